package textlink

import (
	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/webhook"
)

// news is the webhook format of the service, for which only 200 is a success.
var news = map[string]webhook.Format{
	"textlink": {Kinds: []string{gateway.NewsReceived, gateway.NewsTagged, "message.sent", "message.failed", "message.undelivered",
		"message.expired"}, Strict: true, Request: gateway.WithSubject(post)},
}

// event is what the service posts. It has the keys of both generations of the
// documentation, since consumers read either.
type event struct {
	Secret    string `json:"secret"`
	Number    string `json:"phone_number"`
	Text      string `json:"text,omitempty"`
	Timestamp int64  `json:"timestamp"` // milliseconds
	SIM       int64  `json:"sim_card_id,omitempty"`
	ID        int64  `json:"textlink_id,omitempty"`
	CustomID  string `json:"custom_id,omitempty"`
	Tag       string `json:"tag,omitempty"`
	Portal    *bool  `json:"portal,omitempty"` // with sent: written in the console of the service, so always false
	Sent      *bool  `json:"sent,omitempty"`
	Received  *bool  `json:"received,omitempty"`
}

// The service numbers what comes in and what goes out together, so the one has odd ids
// here and the other even ones.
func incomingID(id int64) int64 { return 2*id - 1 }
func outgoingID(id int64) int64 { return 2 * id }

// post returns what the service posts.
func post(n gateway.News) (*webhook.Request, error) {
	yes, no := true, false
	out := event{Secret: n.Secret, Timestamp: n.At.UnixMilli()}
	switch {
	case n.Incoming != nil:
		out.Number, out.Text, out.SIM, out.ID = n.Incoming.Sender, n.Incoming.Text, n.Incoming.Line, incomingID(n.Incoming.ID)
		out.Sent, out.Received = &no, &yes
	case n.Message != nil:
		out.Number, out.Text, out.SIM, out.ID = string(n.Message.To), n.Message.Text, n.Message.Line, outgoingID(n.Message.ID)
		out.CustomID = n.Message.CustomID
		if n.Message.State == gateway.Sent {
			out.Portal, out.Sent, out.Received = &no, &yes, &no
		}
	case n.Contact != nil:
		out.Number, out.Tag = string(n.Contact.Number), n.Contact.Tag
	case n.Kind == webhook.Test:
		out.Number, out.Text, out.Sent, out.Received = "+15555550100", "This is a test of your webhook", &no, &yes
	default:
		return nil, nil
	}
	return dialect.PostJSON(out)
}
