package ninetynine

import (
	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/msisdn"
	"simgate/gateway/webhook"
)

func (t server) news() map[string]webhook.Format {
	return map[string]webhook.Format{"99digital": {Kinds: []string{gateway.NewsReceived}, Request: gateway.WithSubject(t.post)}}
}

// post returns what the service posts.
func (t server) post(n gateway.News) (*webhook.Request, error) {
	fields := map[string]string{"date": n.At.Local().Format("02/01/06 15:04:05"), "from": "", "to": n.Number.National(t.Country),
		"message": "This is a test of your webhook"}
	if m := n.Incoming; m != nil {
		fields["from"], fields["message"] = msisdn.Number(m.Sender).National(t.Country), m.Text
	} else if n.Kind != webhook.Test {
		return nil, nil
	}
	return dialect.PostMultipart(fields)
}
