package gateway_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/conversation"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/line"
)

// entry names an entry: whether it came or went, and its id.
func entry(e conversation.Entry[gateway.Message, inbox.Message]) string {
	if e.Out != nil {
		return fmt.Sprint("out ", e.Out.ID)
	}
	return fmt.Sprint("in ", e.In.ID)
}

// All pages of the list of conversations, and of each conversation, are what a reader of
// both tables would make of them, whatever the order in which messages came and went.
func TestConversationsOfRandomHistories(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	ctx, g := t.Context(), w.Gateway
	type row struct {
		name, app, number string
		at                int64
		in, begins        bool // it came in; it begins a conversation
		unread            bool
	}
	var history []row
	var outs, ins int
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 600 {
		r := row{app: []string{"shop", "bank", ""}[random.IntN(3)], number: fmt.Sprintf("+49151123456%02d", random.IntN(40)), at: 1_700_000_000_000 + int64(i)*1000}
		if r.in = random.IntN(2) == 0; r.in {
			ins++
			r.name, r.begins, r.unread = fmt.Sprint("in ", ins), true, random.IntN(2) == 0
			if _, err := g.Store(ctx, `INSERT INTO incoming (abroad, app, line, sender, sender_raw, named, kind, unread, body, class, pid, reference, wide, parts, have,
				replaces, pdu, repair, sent_at, sent_offset, received_at, last_at, gap_due, gap_end, change, tick)
				VALUES (0, ?, 1, ?, ?, 0, 'text', ?, 'hello', -1, 0, 0, 0, 1, 1, 0, '', '', 0, 0, ?, 0, 0, 0, ?, 0)`, r.app, r.number, r.number, r.unread, r.at, ins); err != nil {
				t.Fatal(err)
			}
		} else {
			outs++
			if r.app == "" {
				r.app = "shop"
			}
			lane := []line.Lane{line.Urgent, line.Normal, line.Bulk}[random.IntN(3)]
			r.name, r.begins = fmt.Sprint("out ", outs), lane != line.Bulk
			if _, err := g.Store(ctx, `INSERT INTO message (app, recipient, body, custom_id, lane, state, pinned, line, reference, parts, due, deadline, accepted_at, expires_at, ended_at)
				VALUES (?, ?, 'hello', '', ?, 'sent', 0, 1, 0, 1, 0, 0, ?, 0, 1)`, r.app, r.number, lane, r.at); err != nil {
				t.Fatal(err)
			}
		}
		history = append(history, r)
	}
	slices.Reverse(history)
	for _, v := range []conversation.View{{Sent: true}, {}, {Sent: true, SentApp: "shop", CameApp: "shop"}, {Sent: true, SentApp: "bank"}} {
		seen := func(r row) bool {
			if r.in {
				return v.CameApp == "" || r.app == v.CameApp
			}
			return v.Sent && (v.SentApp == "" || r.app == v.SentApp)
		}
		for _, unreadOnly := range []bool{false, true} {
			var want, got []string
			unread := map[string]int{}
			for _, r := range history {
				if seen(r) && r.unread {
					unread[r.number]++
				}
			}
			shown := map[string]bool{}
			for _, r := range history {
				if seen(r) && r.begins && !shown[r.number] {
					shown[r.number] = true
					if !unreadOnly || unread[r.number] > 0 {
						want = append(want, fmt.Sprint(r.number, " ", unread[r.number], " ", r.name))
					}
				}
			}
			for at := (conversation.Place{}); ; {
				list, next, err := g.Conversations().List(ctx, v, unreadOnly, at, 7)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range list {
					got = append(got, fmt.Sprint(c.Number, " ", c.Unread, " ", entry(c.Entries[0])))
				}
				if at = next; next == (conversation.Place{}) {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v, unread %v: %q, want %q", v, unreadOnly, got, want)
			}
		}
		for _, number := range []string{"+4915112345607", "+4915112345622"} {
			var want, got []string
			for _, r := range history {
				if r.number == number && seen(r) {
					want = append(want, r.name)
				}
			}
			for at := (conversation.Place{}); ; {
				c, err := g.Conversations().With(ctx, v, number, at, 4)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range c.Entries {
					got = append(got, entry(e))
				}
				if at = c.Next; c.Next == (conversation.Place{}) {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v, %s: %q, want %q", v, number, got, want)
			}
		}
	}
}

// A conversation as it happens: a code is not in it, a call is, and what was read stays so.
func TestConversation(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		ctx, g := t.Context(), w.Gateway
		sim := gatewaytest.SIM(0).MSISDN
		if _, err := g.StartVerification(ctx, gateway.NewVerification{App: "shop", To: anna}); err != nil {
			t.Fatal(err)
		}
		step := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		send(t, w, anna, "Is Monday all right?")
		step(nil)
		step(w.Network.Subscriber(anna).Send(sim, "yes"))
		step(w.Network.Subscriber(anna).Call(sim))
		send(t, w, "+4915112345670", "hello")
		step(nil)
		all := conversation.View{Sent: true}
		list, _, err := g.Conversations().List(ctx, all, false, conversation.Place{}, 0)
		if err != nil || len(list) != 2 || list[0].Number != "+4915112345670" || list[1].Number != anna || list[1].Unread != 2 || list[1].Entries[0].In.Kind != inbox.Call {
			t.Fatalf("%+v, %v", list, err)
		}
		with := func() conversation.Conversation[gateway.Message, inbox.Message] {
			t.Helper()
			c, err := g.Conversations().With(ctx, all, anna, conversation.Place{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		c := with()
		if len(c.Entries) != 3 || c.Entries[0].In == nil || c.Entries[1].In.Text != "yes" || c.Entries[2].Out.Text != "Is Monday all right?" || c.Entries[2].Out.State != gateway.Delivered {
			t.Fatalf("%+v", c.Entries)
		}
		if c.Entries[1].In.App == "" || c.Entries[0].In.App != c.Entries[1].In.App {
			t.Errorf("the call belongs to %q, the answer to %q", c.Entries[0].In.App, c.Entries[1].In.App)
		}
		for _, read := range []struct {
			app  string
			upTo int64
			left int
		}{{"another", 0, 0}, {"", c.Entries[1].In.ID, 1}, {"", 0, 0}} {
			if left, err := g.Inbox().MarkRead(ctx, read.app, anna, read.upTo); err != nil || left != read.left {
				t.Errorf("%+v: %d are unread, %v", read, left, err)
			}
		}
		w.Restart()
		g = w.Gateway
		if c := with(); c.Unread != 0 {
			t.Errorf("%d are unread after a restart", c.Unread)
		}
		if m, err := g.Inbox().Mark(ctx, c.Entries[0].In.ID, true); err != nil || !m.Unread || with().Unread != 1 {
			t.Errorf("%+v, %v", m, err)
		}
	})
}
