package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	v1 "simgate/api/v1"
)

// Follow selects changes; empty fields select all.
type Follow struct {
	Kinds []string // such as message, or message.sent
	App   string   // for the operator, who sees those of every app
	To    string   // a number
	Line  int64    // id of a SIM
}

// The times of a stream.
const (
	silence  = time.Minute // after which the connection is dead: the daemon says more often that it is there
	leastGap = time.Second // between two tries to connect again
	mostGap  = 15 * time.Second
)

// Changes is a stream of what happens, from one change on. It connects again where it was
// cut off, and misses nothing of the last 7 days. It is for one goroutine.
type Changes struct {
	c     *Client
	ctx   context.Context //nolint:containedctx // the stream ends with it, as a request does
	query url.Values

	last   string // id of the last event
	stop   context.CancelFunc
	body   io.ReadCloser
	lines  *bufio.Scanner
	silent *time.Timer
}

// Follow begins a stream after the change with an id; with 0 it begins at the present, and
// what happens after the return is in it.
func (c *Client) Follow(ctx context.Context, f Follow, after int64) (*Changes, error) {
	s := &Changes{c: c, ctx: ctx, query: url.Values{}}
	for name, value := range map[string]string{"kind": strings.Join(f.Kinds, ","), "app": f.App, "to": f.To} {
		if value != "" {
			s.query.Set(name, value)
		}
	}
	if f.Line != 0 {
		s.query.Set("line", strconv.FormatInt(f.Line, 10))
	}
	if after > 0 {
		s.last = strconv.FormatInt(after, 10)
	}
	return s, s.connect()
}

// Next waits for the next change. An error is final: ctx has ended, or the daemon refuses
// to go on.
func (s *Changes) Next() (v1.Change, error) {
	for gap := leastGap; ; {
		c, err := s.read()
		if err == nil {
			return c, nil
		}
		s.Close()
		select {
		case <-s.ctx.Done():
			return c, s.ctx.Err()
		case <-time.After(gap):
		}
		gap = min(2*gap, mostGap)
		if p, refused := errors.AsType[*v1.Problem](s.connect()); refused && p.Status < http.StatusInternalServerError && p.Status != http.StatusTooManyRequests {
			return c, p
		}
	}
}

// Close ends the stream.
func (s *Changes) Close() {
	if s.body != nil {
		s.silent.Stop()
		s.stop()
		_ = s.body.Close()
		s.body = nil
	}
}

// connect begins the stream after the last event, and returns when the daemon has begun.
func (s *Changes) connect() error {
	ctx, stop := context.WithCancel(s.ctx)
	silent := time.AfterFunc(silence, stop)
	r, err := s.c.request(ctx, http.MethodGet, "/v1/events?"+s.query.Encode(), nil, "")
	if err == nil {
		r.Header.Set("Accept", "text/event-stream")
		if s.last != "" {
			r.Header.Set("Last-Event-ID", s.last)
		}
	}
	var answer *http.Response
	if err == nil {
		answer, err = s.c.http.Do(r)
	}
	if err == nil && answer.StatusCode != http.StatusOK {
		err = problem(answer)
		_ = answer.Body.Close()
	}
	if err != nil {
		silent.Stop()
		stop()
		return err
	}
	s.stop, s.silent, s.body, s.lines = stop, silent, answer.Body, bufio.NewScanner(answer.Body)
	s.lines.Buffer(nil, maxEvent)
	if _, err := s.frame(); err != nil {
		s.Close()
		return err
	}
	return nil
}

// maxEvent bounds a line of the stream.
const maxEvent = 1 << 20

var errCutOff = errors.New("the stream was cut off")

// read returns the next change of this connection.
func (s *Changes) read() (c v1.Change, err error) {
	if s.body == nil {
		return c, errCutOff
	}
	for {
		data, err := s.frame()
		if err != nil {
			return c, err
		}
		if data != "" {
			return c, json.Unmarshal([]byte(data), &c)
		}
	}
}

// frame returns the data of the next event, "" where it has none.
func (s *Changes) frame() (data string, err error) {
	for s.lines.Scan() {
		s.silent.Reset(silence)
		line := s.lines.Text()
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "":
			return data, nil
		case name == "id":
			s.last = value
		case name == "data":
			data = value
		}
	}
	if err := s.lines.Err(); err != nil {
		return "", err
	}
	return "", errCutOff
}
