package gateway

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"simgate/gateway/call"
	"simgate/gateway/contact"
	"simgate/gateway/fault"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
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
	Number       msisdn.Number    // the SIM's, with Message and Incoming; "" unknown
}

// The kinds of news, beside these for each state that ends a verification, and
// for each that a message or a call is in once it has left the queue.
const (
	NewsReceived = "message.received" // a message came in
	NewsAmended  = "message.amended"  // one that was delivered with gaps has got more of its parts
	NewsTagged   = "contact.tagged"   // a contact has got another tag
)

// NewsKinds lists all that can be asked for.
var NewsKinds = newsKinds()

func newsKinds() []string {
	kinds := []string{NewsReceived, NewsAmended, NewsTagged}
	for _, s := range VerificationStates {
		if s != Pending {
			kinds = append(kinds, "verification."+string(s))
		}
	}
	for _, s := range States {
		if s != Queued && s != Sending {
			kinds = append(kinds, "message."+string(s))
		}
	}
	for _, s := range call.States {
		if s != call.Queued && s != call.Calling {
			kinds = append(kinds, "call."+string(s))
		}
	}
	slices.Sort(kinds)
	return kinds
}

// WithSubject returns fn as the Request of a [webhook.Format].
func WithSubject(fn func(News) (*webhook.Request, error)) func(webhook.News) (*webhook.Request, error) {
	return func(n webhook.News) (*webhook.Request, error) {
		full := News{News: n}
		if n.Content != nil {
			if err := json.Unmarshal(n.Content, &full.Subject); err != nil {
				return nil, err
			}
		}
		return fn(full)
	}
}

// subjects is what webhooks ask about the subjects of changes.
func (g *Gateway) subjects() webhook.Subjects {
	return webhook.Subjects{Kind: newsKind, Callback: callbackFor, Render: renderSubject, HasKey: key.Works}
}

// newsKind returns the kind of news that a change is, "" where nobody gets it.
func newsKind(c journal.Change) string {
	kind := c.Kind + "." + c.To
	if c.Kind == inbox.Incoming {
		kind = "message." + c.To
	}
	if !slices.Contains(NewsKinds, kind) {
		return ""
	}
	return kind
}

// nounOf returns the noun that a kind of news is about, by its table.
func nounOf(kind string) string {
	if kind == NewsReceived || kind == NewsAmended {
		return inbox.Incoming
	}
	noun, _, _ := strings.Cut(kind, ".")
	return noun
}

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

// renderSubject returns what is delivered about a subject, as JSON of a [Subject]. The
// state is that of the kind: the subject may have moved on since.
func renderSubject(tx *store.Tx, kind string, id int64) ([]byte, error) {
	var s Subject
	noun, state, _ := strings.Cut(kind, ".")
	var err error
	switch {
	case kind == NewsReceived || kind == NewsAmended:
		var m inbox.Message
		if m, err = inbox.Select(tx, id); err == nil {
			s.Incoming = &m
			s.Number, err = line.NumberOf(tx, m.Line)
		}
	case noun == "message":
		var m Message
		if m, err = selectMessage(tx, id); err == nil {
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
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(s)
}
