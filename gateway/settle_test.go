package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/line"
	"simgate/gateway/line/gsm"
	"simgate/gateway/store"
	"simgate/gateway/store/storetest"
	"simgate/modem"
)

// What follows from a part whose message has failed meanwhile, because another part
// of it was refused late: it is told as it is, and nothing more of the message goes
// out.
func TestPartsOfAMessageThatHasFailedMeanwhile(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error // of the second part
		want State
	}{
		{"sent", nil, Sent},
		{"unknown", &line.Error{Class: line.Unknown, Cause: cause.Device.With("no answer")}, Unknown},
		{"refused for now", &line.Error{Class: line.Retry, Cause: cause.Device.With("busy")}, Cancelled},
		{"not taken by the modem", &line.Error{Class: line.Device, Cause: cause.Device.With("unplugged")}, Cancelled},
		{"refused for good", &line.Error{Class: line.GiveUp, Cause: cause.Device.With("no such number")}, Failed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			db := storetest.Open(t)
			g := &Gateway{log: slog.New(slog.NewTextHandler(t.Output(), nil)),
				clock: clock.New(clock.Source{Wall: time.Now, Uptime: func() time.Duration { return time.Hour }})}
			g.cfg.Store(&Config{SendTries: 5})
			sim1 := addLine(g)
			var got []string
			err := db.Write(t.Context(), func(tx *store.Tx) error {
				insertMessage(t, tx, 1, Sending, 3, Unknown, Sending)
				late := g.settleLate(tx, line.Token{Message: 1, Seq: 1}, 1, 0, &line.Error{Class: line.GiveUp, Cause: cause.Device.With("CMS 38")})
				r := result{job: job{message: 1, seq: 2, line: 1}, sender: sim1, ref: 7, err: tc.err}
				err := errors.Join(late, g.settle(tx, r))
				if err == nil {
					got, err = statesOf(tx, 1)
				}
				return err
			})
			if want := []string{"failed", "failed", string(tc.want)}; err != nil || !slices.Equal(got, want) {
				t.Errorf("message and parts are %q, want %q, %v", got, want, err)
			}
		})
	}
}

// A part whose state is another than its outcome allows is logged and left as it
// is; its message follows it, and what comes behind it in the same round is settled.
func TestARefusedChangeStopsNobodyElse(t *testing.T) {
	db := storetest.Open(t)
	g := &Gateway{log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		clock: clock.New(clock.Source{Wall: time.Now, Uptime: func() time.Duration { return time.Hour }})}
	g.cfg.Store(&Config{SendTries: 5})
	sim1 := addLine(g)
	var first, second []string
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		insertMessage(t, tx, 1, Sending, 1, Delivered)
		insertMessage(t, tx, 2, Sending, 1, Sending)
		refusal := &line.Error{Class: line.GiveUp, Cause: cause.Device.With("no such number")}
		err := g.settleAll(tx, []result{
			{job: job{message: 1, seq: 1, line: 1}, sender: sim1, err: refusal},
			{job: job{message: 2, seq: 1, line: 1}, sender: sim1, ref: 3},
		})
		if err == nil {
			first, err = statesOf(tx, 1)
		}
		if err == nil {
			second, err = statesOf(tx, 2)
		}
		return err
	})
	if err != nil || !slices.Equal(first, []string{"delivered", "delivered"}) || !slices.Equal(second, []string{"sent", "sent"}) {
		t.Errorf("the messages and their parts are %q and %q, %v", first, second, err)
	}
}

// addLine gives a gateway one line, which judges nothing.
func addLine(g *Gateway) *sender {
	d := gsm.New(modem.New(modem.Config{Name: "sim1"}, g.log))
	g.lines = line.New(line.Config{BlockRefusals: -1, BlockSilent: -1}, nil, g.clock, nil, g.log, []line.Driver{d}, handler{g})
	return &sender{Line: g.lines.All()[0]}
}

// insertMessage writes a message with its first parts.
func insertMessage(t *testing.T, tx *store.Tx, id int64, state State, total int, parts ...State) {
	t.Helper()
	_, err := tx.Exec(`INSERT INTO message (id, app, recipient, body, custom_id, lane, pinned, line, reference, parts, next_part, due, deadline,
		accepted_at, expires_at, state) VALUES (?, 'shop', '+4915112340001', 'hello', '', 1, 0, 1, 0, ?, ?, 0, 9e9, 0, 9e9, ?)`,
		id, total, len(parts), string(state))
	for i, s := range parts {
		if err == nil {
			_, err = tx.Exec(`INSERT INTO part (message_id, seq, line, modem, submitted_at, state) VALUES (?, ?, 1, 'sim1', 0, ?)`, id, i+1, string(s))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// statesOf returns the state of a message and those of its parts.
func statesOf(tx *store.Tx, message int64) ([]string, error) {
	m, err := selectMessage(tx, message)
	if err != nil {
		return nil, err
	}
	parts, err := selectParts(tx, message)
	states := []string{string(m.State)}
	for _, p := range parts {
		states = append(states, fmt.Sprint(p.State))
	}
	return states, err
}
