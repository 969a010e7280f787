package textmagic

import (
	"strconv"
	"strings"

	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/webhook"
)

// news are the formats of the service, which differ in the type of the body alone:
// multipart, urlencoded, or JSON. Only 200 is a success for it.
func news() map[string]webhook.Format {
	formats := map[string]webhook.Format{}
	for name, post := range map[string]func(map[string]string) (*webhook.Request, error){
		"textmagic-m": dialect.PostMultipart, "textmagic-u": dialect.PostForm, "textmagic-j": dialect.PostJSON[map[string]string],
	} {
		formats[name] = webhook.Format{Kinds: []string{gateway.NewsReceived, "message.delivered", "message.undelivered", "message.failed",
			"message.expired", "message.cancelled", "message.unknown"}, Strict: true, Request: gateway.WithSubject(func(n gateway.News) (*webhook.Request, error) {
			fields := fieldsOf(n)
			if fields == nil {
				return nil, nil
			}
			return post(fields)
		})}
	}
	return formats
}

// fieldsOf returns the fields that the service posts, nil where it posts nothing.
func fieldsOf(n gateway.News) map[string]string {
	at := n.At.UTC().Format(timeLayout)
	switch {
	case n.Incoming != nil:
		return map[string]string{"id": strconv.FormatInt(incomingIDs+n.Incoming.ID, 10), "sender": strings.TrimPrefix(n.Incoming.Sender, "+"),
			"receiver": strings.TrimPrefix(string(n.Number), "+"), "messageTime": at, "text": n.Incoming.Text}
	case n.Message != nil && n.Message.Verification != "":
		return nil // the service has no callback for codes
	case n.Message != nil:
		m := n.Message
		return map[string]string{"id": strconv.FormatInt(m.ID, 10), "sender": strings.TrimPrefix(string(n.Number), "+"),
			"receiver": strings.TrimPrefix(string(m.To), "+"), "text": m.Text, "price": "0", "status": states[m.State],
			"partsCount": strconv.Itoa(m.Total), "messageTime": at, "charset": charsetOf(m.Text), "firstName": "", "lastName": "",
			"country": m.To.Region(), "referenceId": m.CustomID}
	case n.Kind == webhook.Test:
		return map[string]string{"id": "0", "sender": "15555550100", "receiver": strings.TrimPrefix(string(n.Number), "+"), "messageTime": at,
			"text": "This is a test of your webhook"}
	}
	return nil
}
