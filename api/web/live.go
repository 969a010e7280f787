package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"simgate/api/web/prefix"
)

// The limits of streams.
const (
	maxStreams = 100                    // of all readers
	maxOwn     = 20                     // of one session, or of one address where nobody logs in
	look       = 400 * time.Millisecond // from one look at what is shown to the next
	heartbeat  = 20 * time.Second       // so that nobody between takes the connection for dead; the page does where it misses one
	lifetime   = 15 * time.Minute       // the page then asks for another
	patience   = 10 * time.Second       // that a reader has to take an event
	askAgain   = 2 * time.Second        // whether the reader is logged in still
)

// streams are the streams that are open. Those that show the same share what is made for
// them.
type streams struct {
	mu     sync.Mutex
	open   []*live // the oldest first
	shared map[string]*shot
}

// live is one stream. A limit is to punish who opens too many pages and nobody else, so it
// is known whose it is.
type live struct {
	who     string // the user, or the address
	session string // of the user; else the same
	end     context.CancelCauseFunc
}

// errRoom is why a stream ends that makes room for a newer one, errCrowded why one does not
// begin.
var (
	errRoom    = errors.New("a newer page needs the room")
	errCrowded = errors.New("too many pages are open")
)

// holder returns a stream for who asks for it.
func (p *Pages) holder(r *http.Request, end context.CancelCauseFunc) *live {
	who := Who(r)
	address := who.client.Address
	if p.door == nil {
		address, _, _ = net.SplitHostPort(r.RemoteAddr)
	}
	l := &live{who: cmp.Or(who.Name, address), session: fmt.Sprint("session ", who.session.ID), end: end}
	if who.session.ID == 0 { // a proxy has named the user, or nobody logs in
		l.session = who.Name + " " + address
	}
	return l
}

// shot is what a page shows, and when that was made.
type shot struct {
	page    *Page
	mu      sync.Mutex
	readers int
	at      time.Time
	regions map[string]string // by id
	err     error
}

// enter lets a stream in. Where a session has all that it may have, its oldest one ends for
// it, and where all are used, the oldest of who has the most: nobody is kept out by others. A
// page that waits ends none, or two that come back by themselves would end each other for ever.
func (s *streams) enter(key string, page *Page, l *live, waits bool) (*shot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.crowds(l); old >= 0 {
		if waits {
			return nil, errCrowded
		}
		s.open[old].end(errRoom)
		s.open = slices.Delete(s.open, old, old+1)
	}
	s.open = append(s.open, l)
	if s.shared == nil {
		s.shared = map[string]*shot{}
	}
	one := s.shared[key]
	if one == nil {
		one = &shot{page: page}
		s.shared[key] = one
	}
	one.readers++
	return one, nil
}

// crowds returns the place of the stream that makes room for another, -1 where there is room.
func (s *streams) crowds(l *live) int {
	own, most, of := 0, "", map[string]int{}
	for _, one := range s.open {
		if one.session == l.session {
			own++
		}
		of[one.who]++
	}
	switch {
	case own >= maxOwn:
		return slices.IndexFunc(s.open, func(one *live) bool { return one.session == l.session })
	case len(s.open) < maxStreams:
		return -1
	}
	for _, one := range s.open { // of several with the same, who has the oldest
		if most == "" || of[one.who] > of[most] {
			most = one.who
		}
	}
	return slices.IndexFunc(s.open, func(one *live) bool { return one.who == most })
}

func (s *streams) leave(key string, l *live) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := slices.Index(s.open, l); at >= 0 { // else it has made room
		s.open = slices.Delete(s.open, at, at+1)
	}
	if one := s.shared[key]; one.readers > 1 {
		one.readers--
	} else {
		delete(s.shared, key)
	}
}

// Watched reports whether somebody has a page open.
func (p *Pages) Watched(page *Page) bool {
	p.streams.mu.Lock()
	defer p.streams.mu.Unlock()
	for _, one := range p.streams.shared {
		if one.page == page {
			return true
		}
	}
	return false
}

// prints are the fingerprints of the regions that a reader has, by their ids. They are the
// id of the last event that the reader got, so who comes back after the connection was lost,
// or the page was in the background, gets only what has changed meanwhile.
type prints map[string]string

// seed is of this process: what another has shown is shown again.
var seed = maphash.MakeSeed()

// printOf returns the fingerprint of a region.
func printOf(html string) string { return strconv.FormatUint(maphash.String(seed, html), 36) }

// readPrints reads the id of an event. What is none, or of another process, is nothing that
// the reader has.
func readPrints(id string) prints {
	p := prints{}
	for pair := range strings.SplitSeq(id, " ") {
		if region, print, ok := strings.Cut(pair, ":"); ok && len(p) < mostRegions {
			p[region] = print
		}
	}
	return p
}

// mostRegions is more than any page has.
const mostRegions = 16

// String returns them as the id of an event.
func (p prints) String() string {
	var pairs []string
	for _, region := range slices.Sorted(maps.Keys(p)) {
		pairs = append(pairs, region+":"+p[region])
	}
	return strings.Join(pairs, " ")
}

// waitsHeader is in what a page asks that has lost its stream to another, and now comes back
// by itself.
const waitsHeader = "Simgate-Waits"

// stream sends each region of a page as it changes, and at first those that the reader does
// not have: a page that comes back after the server was away so catches up.
func (p *Pages) stream(w http.ResponseWriter, r *http.Request, page *Page) {
	who := Who(r)
	key := fmt.Sprint(prefix.Of(r), " ", languageOf(r), " ", who.Role, " ", who.Numbers, " ", r.URL.RequestURI())
	ctx, end := context.WithCancelCause(r.Context())
	defer end(nil)
	l := p.holder(r, end)
	one, err := p.streams.enter(key, page, l, r.Header.Get(waitsHeader) != "")
	if err != nil {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "Too many live pages are open: close some.", http.StatusTooManyRequests)
		return
	}
	defer p.streams.leave(key, l)
	ctx, cancel := context.WithTimeout(ctx, lifetime)
	defer cancel()
	defer context.AfterFunc(p.done, cancel)()

	rc := http.NewResponseController(w)
	if err := rc.SetReadDeadline(time.Now().Add(lifetime + patience)); err != nil {
		p.log.Error("a live page cannot be served", "err", err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	send := func(text string) error {
		if err := rc.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		return rc.Flush()
	}
	if send(": here\n\n") != nil { // so that the page knows that it is live
		return
	}
	defer func() {
		if errors.Is(context.Cause(ctx), errRoom) {
			_ = send("event: paused\ndata:\n\n") // so that the page says so
		}
	}()
	shown, last, asked := readPrints(r.Header.Get("Last-Event-ID")), time.Now(), time.Now()
	tick := time.NewTicker(cmp.Or(page.Every, look))
	defer tick.Stop()
	for {
		if p.door != nil && time.Since(asked) > askAgain {
			if now, err := p.enter(r); err != nil || now.Role != who.Role {
				return
			}
			asked = time.Now()
		}
		regions, err := one.get(func() (map[string]string, error) { return p.render(r.WithContext(ctx), page) })
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			p.log.Warn("a live page cannot be shown", "path", r.URL.Path, "err", err)
			return
		}
		var event strings.Builder
		for id, html := range regions {
			if print := printOf(html); shown[id] != print {
				shown[id] = print
				fmt.Fprintf(&event, "<hx-partial hx-target=\"#%s\" hx-swap=\"innerMorph\">%s</hx-partial>", id, html)
			}
		}
		text := ""
		if event.Len() > 0 {
			text = "id: " + shown.String() + "\ndata: " + strings.ReplaceAll(strings.ReplaceAll(event.String(), "\r", ""), "\n", "\ndata: ") + "\n\n"
		} else if time.Since(last) >= heartbeat {
			text = "event: beat\ndata:\n\n"
		}
		if text != "" {
			if send(text) != nil {
				return
			}
			last = time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// get returns what is shown, made anew unless it was just made for another reader.
func (s *shot) get(render func() (map[string]string, error)) (map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.at) > cmp.Or(s.page.Every, look)/2 {
		s.regions, s.err = render()
		s.at = time.Now()
	}
	return s.regions, s.err
}

// render returns the regions of a page.
func (p *Pages) render(r *http.Request, page *Page) (map[string]string, error) {
	data, err := page.Data(r)
	if err != nil {
		return nil, err
	}
	set := p.set(r)
	all := map[string]string{}
	for _, region := range page.Regions(data) {
		var b bytes.Buffer
		if err := set.ExecuteTemplate(&b, region.Template, region.Data); err != nil {
			return nil, err
		}
		all[region.ID] = string(prefix.Links(b.Bytes(), prefix.Of(r)))
	}
	return all, nil
}

// Stopped is closed when the server stops, for handlers that answer for long.
func (p *Pages) Stopped() <-chan struct{} { return p.done.Done() }
