package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"simgate/gateway/call"
	"simgate/gateway/cause"
	"simgate/gateway/contact"
	"simgate/gateway/fault"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/optout"
	"simgate/gateway/store"
	"simgate/gateway/webhook"
)

// News is what a webhook gets, with the subject that its Kind names.
type News struct {
	webhook.News
	Subject
}

// Subject is what news is about; one of its pointers is set.
type Subject struct {
	Verification *Verification    `json:",omitempty"`
	Message      *Message         `json:",omitempty"`
	Incoming     *inbox.Message   `json:",omitempty"`
	Contact      *contact.Contact `json:",omitempty"`
	Call         *call.Call       `json:",omitempty"`
	OptOut       *optout.Entry    `json:",omitempty"`
	Event        *journal.Event   `json:",omitempty"` // of changes alone
	Number       msisdn.Number    // the SIM's, with Message and Incoming; "" unknown
}

// The kinds of news, beside these for each state that ends a verification, and
// for each that a message or a call is in once it has left the queue.
const (
	NewsReceived = "message.received" // a message came in
	NewsAmended  = "message.amended"  // one that was delivered with gaps has got more of its parts
	NewsMissed   = "call.missed"      // somebody called, and nobody took the call
	NewsRead     = "message.read"     // what came in was read, also a call; in the stream of changes alone
	NewsUnread   = "message.unread"   // it was marked as unread; likewise
	NewsTagged   = "contact.tagged"   // a contact has got another tag
	NewsOptedOut = "optout.added"     // a number wants no messages any more
	NewsOptedIn  = "optout.removed"   // it wants them again
	NewsEvent    = "event"            // something that the owner should know; in the stream of changes alone
)

// NewsKinds lists what webhooks can ask for.
var NewsKinds = slices.DeleteFunc(slices.Clone(ChangeKinds), func(kind string) bool { return inFlight[kind] })

// ChangeKinds lists what can change.
var ChangeKinds = changeKinds()

// inFlight are the kinds that no webhook is told of: what goes on to another state, what was
// read, and events of the owner.
var inFlight = map[string]bool{NewsEvent: true, NewsRead: true, NewsUnread: true, "verification." + string(Pending): true, "message." + string(Queued): true,
	"message." + string(Sending): true, "call." + string(call.Queued): true, "call." + string(call.Calling): true}

func changeKinds() []string {
	kinds := []string{NewsEvent, NewsReceived, NewsAmended, NewsMissed, NewsRead, NewsUnread, NewsTagged, NewsOptedOut, NewsOptedIn}
	for _, s := range VerificationStates {
		kinds = append(kinds, "verification."+string(s))
	}
	for _, s := range States {
		kinds = append(kinds, "message."+string(s))
	}
	for _, s := range call.States {
		kinds = append(kinds, "call."+string(s))
	}
	slices.Sort(kinds)
	return kinds
}

// WithSubject returns fn as the Request of a [webhook.Format].
func WithSubject(fn func(News) (*webhook.Request, error)) func(webhook.News) (*webhook.Request, error) {
	return func(n webhook.News) (*webhook.Request, error) {
		full := News{News: n}
		if n.Content != nil {
			var k kept
			if err := json.Unmarshal(n.Content, &k); err != nil {
				return nil, err
			}
			full.Subject = k.subject()
			if m, why := full.Message, cause.OptedOut.With(); m != nil && m.Cause.Text == why.Text {
				m.Cause = why // an earlier release has written no code
			}
		}
		return fn(full)
	}
}

// subjects is what webhooks ask about the subjects of changes.
func (g *Gateway) subjects() webhook.Subjects {
	return webhook.Subjects{Kind: newsKind, Callback: callbackFor, Render: renderSubject, HasKey: key.Works, Told: told, Sender: senderOf}
}

// senderOf returns from whom came in what a change is about, "" where it is about something
// else: what comes from one sender is delivered in its order.
func senderOf(tx *store.Tx, c journal.Change) (string, error) {
	if c.Kind != inbox.Incoming {
		return "", nil
	}
	m, err := inbox.Select(tx, c.Subject)
	if fault.CodeOf(err) == fault.NotFound {
		err = nil // it is gone
	}
	return m.Sender, err
}

// told reports whether a webhook is told of a change: of what belongs to its app or to
// none. What comes in is private: it is told of that of others where it, or a key of its
// app, may read all.
func told(tx *store.Tx, w webhook.Webhook, c journal.Change) (bool, error) {
	switch {
	case c.App == w.App, c.Kind == inbox.Incoming && w.AllIncoming:
		return true, nil
	case c.Kind == inbox.Incoming:
		return key.Allows(tx, w.App, key.AllInbox)
	}
	return c.App == "", nil
}

// newsKind returns the kind of news that a change is, "" where no webhook gets it.
func newsKind(c journal.Change) string {
	if kind := changeKind(c); slices.Contains(NewsKinds, kind) {
		return kind
	}
	return ""
}

// incomingKinds are the kinds of news about what came in.
var incomingKinds = []string{NewsReceived, NewsAmended, NewsMissed, NewsRead, NewsUnread}

// IsIncoming reports whether news of a kind is about what came in, which is private.
func IsIncoming(kind string) bool { return slices.Contains(incomingKinds, kind) }

// nounOf returns the noun that a kind of news is about, by its table.
func nounOf(kind string) string {
	if IsIncoming(kind) {
		return inbox.Incoming
	}
	noun, _, _ := strings.Cut(kind, ".")
	return noun
}

// Deliveries returns what webhooks are told about a message, call or verification, a noun
// and its id as callers know it: oldest first, and the newest of many.
func (g *Gateway) Deliveries(ctx context.Context, noun, id string) (list []webhook.Delivery, err error) {
	subject, err := strconv.ParseInt(id, 10, 64)
	if noun == "verification" {
		subject, err = store.Read(ctx, g.db, func(tx *store.Tx) (int64, error) {
			row, _, err := namedVerification(tx, id)
			return row.id, err
		})
	}
	if err != nil || subject == 0 {
		return nil, err
	}
	all, err := g.webhooks.Deliveries(ctx, webhook.Filter{Subject: subject})
	for _, d := range slices.Backward(all) {
		if nounOf(d.Kind) == noun {
			list = append(list, d)
		}
	}
	return list, err
}

// changeKind returns the one of ChangeKinds that a change is.
func changeKind(c journal.Change) string {
	switch {
	case c.Kind == inbox.Incoming && c.To == inbox.Missed:
		return NewsMissed
	case c.Kind == inbox.Incoming:
		return "message." + c.To
	case c.Kind == journal.EventKind:
		return NewsEvent
	}
	return c.Kind + "." + c.To
}

// Changed is a change as those see it who follow what happens.
type Changed struct {
	journal.Change
	News    string // which of ChangeKinds
	Subject        // as it is now, in the state that it has changed to; empty where it is gone
}

// Changes returns the changes after the one with an id, the oldest first and at most
// limit.
func (g *Gateway) Changes(ctx context.Context, after int64, limit int) ([]Changed, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]Changed, error) {
		list, err := journal.Changes(tx, after, limit)
		all := make([]Changed, len(list))
		for i, c := range list {
			if err != nil {
				break
			}
			kind := changeKind(c)
			all[i] = Changed{Change: c, News: kind}
			if all[i].Subject, err = subjectOf(tx, kind, c.Subject); fault.CodeOf(err) == fault.NotFound || errors.Is(err, store.ErrNoRows) {
				all[i].Subject, err = Subject{}, nil
			}
		}
		return all, err
	})
}

// KeptChanges returns the ids of the oldest and the newest change that are kept.
func (g *Gateway) KeptChanges(ctx context.Context) (oldest, newest int64, err error) {
	ids, err := store.Read(ctx, g.db, journal.KeptChanges)
	return ids[0], ids[1], err
}

// OnChange returns a channel that is closed after the next change.
func (g *Gateway) OnChange() <-chan struct{} { return g.db.Bell(journal.Changed) }

// callbackFor returns the callback of the subject of a change.
func callbackFor(tx *store.Tx, c journal.Change) (webhook.Callback, error) {
	var column string
	var err error
	switch c.Kind {
	case "message":
		column, err = selectCallback(tx, "message", c.Subject)
	case "verification":
		column, err = selectCallback(tx, "verification", c.Subject)
	case "call":
		var called call.Call
		called, err = call.Select(tx, c.Subject)
		column = called.Callback
	}
	if errors.Is(err, store.ErrNoRows) || fault.CodeOf(err) == fault.NotFound {
		err = nil // it is gone
	}
	return webhook.CallbackOf(column), err
}

// renderSubject returns what is delivered about a subject, as JSON of what is kept of it.
func renderSubject(tx *store.Tx, kind string, id int64) ([]byte, error) {
	s, err := subjectOf(tx, kind, id)
	if err != nil {
		return nil, err
	}
	return json.Marshal(keep(s))
}

// kept is a [Subject] as a delivery keeps it from its first try on. There a cause is two
// members, as earlier releases have written it and read it.
type kept struct {
	Subject
	Message *keptMessage `json:",omitempty"`
	Call    *keptCall    `json:",omitempty"`
}

type keptMessage struct {
	Message
	Cause     string
	CauseCode cause.Code
	Waiting   string // of no news
}

type keptCall struct {
	call.Call
	Cause     string
	CauseCode cause.Code
}

func keep(s Subject) kept {
	k := kept{Subject: s}
	if m := s.Message; m != nil {
		k.Message = &keptMessage{Message: *m, Cause: m.Cause.Text, CauseCode: m.Cause.Code}
	}
	if c := s.Call; c != nil {
		k.Call = &keptCall{*c, c.Cause.Text, c.Cause.Code}
	}
	return k
}

func (k kept) subject() Subject {
	s := k.Subject
	if m := k.Message; m != nil {
		s.Message = &m.Message
		s.Message.Cause = cause.Cause{Code: m.CauseCode, Text: m.Cause}
	}
	if c := k.Call; c != nil {
		s.Call = &c.Call
		s.Call.Cause = cause.Cause{Code: c.CauseCode, Text: c.Cause}
	}
	return s
}

// subjectOf returns what a change of a kind is about. The state is that of the kind: the
// subject may have moved on since.
func subjectOf(tx *store.Tx, kind string, id int64) (s Subject, err error) {
	noun, state, _ := strings.Cut(kind, ".")
	switch {
	case IsIncoming(kind):
		var m inbox.Message
		if m, err = inbox.Select(tx, id); err == nil {
			if kind == NewsRead || kind == NewsUnread {
				m.Unread = kind == NewsUnread
			}
			s.Incoming = &m
			s.Number, err = line.NumberOf(tx, m.Line)
		}
	case noun == "message":
		var m Message
		if m, err = selectMessage(tx, id); err == nil {
			if m.State != State(state) {
				m.Cause = cause.Cause{} // it is that of what came after
			}
			m.State, s.Message = State(state), &m
			s.Number, err = line.NumberOf(tx, m.Line)
		}
	case noun == "verification":
		row, ok, e := verificationByID(tx, id)
		if err = e; err == nil && !ok {
			err = fault.NewNotFound("the verification is gone")
		}
		row.State, row.Parts = VerificationState(state), row.parts
		s.Verification = &row.Verification
	case noun == "call":
		var c call.Call
		if c, err = call.Select(tx, id); err == nil {
			c.State, s.Call = call.State(state), &c
		}
	case noun == "contact":
		var c contact.Contact
		if c, err = contact.Select(tx, id); err == nil {
			s.Contact = &c
		}
	case noun == optout.ChangeKind:
		var e optout.Entry
		if e, err = optout.Select(tx, id); err == nil {
			s.OptOut = &e
		}
	case noun == NewsEvent:
		var e journal.Event
		if e, err = journal.EventByID(tx, id); err == nil {
			s.Event = &e
		}
	}
	return s, err
}
