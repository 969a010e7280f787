package at

import (
	"context"
	"errors"
	"strings"
	"time"
)

var errNoUpload = errors.New("the modem never asked for the file")

// Upload runs a command that takes a file: the modem asks for it with a prompt or with
// CONNECT, reads as many octets as the command has announced, and gives a final result.
// The timeout covers all of that. A port that takes no more octets is closed. Lines of
// the reply count as unsolicited. The errors are those of [Conn.Command].
func (c *Conn) Upload(ctx context.Context, cmd string, file []byte, timeout time.Duration) error {
	if strings.ContainsAny(cmd, controls) {
		return errControl
	}
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.leave()
	if err := c.inStep(ctx); err != nil {
		return err
	}
	// The library cannot send a file, which is binary and has no Ctrl-Z at its end.
	e := newExchange(nil, cmd, string(file))
	e.upload = true
	c.flight.Store(e)
	defer c.flight.Store(nil)
	defer c.limit(ctx, e, timeout)()
	err := c.upload(ctx, e, timeout)
	if err != nil && e.unanswered() {
		c.outOfStep(e)
	}
	return err
}

// upload runs the exchange of an upload.
func (c *Conn) upload(ctx context.Context, e *exchange, timeout time.Duration) error {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	await := func(ch <-chan struct{}) error {
		select {
		case <-ch:
			return nil
		case <-e.final:
			return nil
		case <-c.closed:
			return c.closedError()
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return ErrTimeout
		}
	}
	if err := c.write(e, "AT"+e.cmd+"\r"); err != nil {
		return err
	}
	if err := await(e.prompted); err != nil {
		return err
	}
	if !done(e.final) {
		if err := c.write(e, e.payload); err != nil && !errors.Is(err, errAnswered) {
			return err
		}
		if err := await(e.final); err != nil {
			return err
		}
	}
	switch _, result, _ := e.outcome(); {
	case result != "OK":
		return resultError(result)
	case !done(e.prompted):
		return errNoUpload
	}
	return nil
}

// unanswered reports whether the exchange has no final result.
func (e *exchange) unanswered() bool {
	_, result, _ := e.outcome()
	return result == ""
}
