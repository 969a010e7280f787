package ninetynine

import (
	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/msisdn"
)

func (t server) news() map[string]gateway.Format {
	return map[string]gateway.Format{"99digital": {Kinds: []string{gateway.NewsReceived}, Request: t.tell}}
}

// tell returns what the service posts.
func (t server) tell(n gateway.News) (*gateway.Request, error) {
	fields := map[string]string{"date": n.At.Local().Format("02/01/06 15:04:05"), "from": "", "to": n.Number.National(t.Country),
		"message": "This is a test of your webhook"}
	if m := n.Incoming; m != nil {
		fields["from"], fields["message"] = msisdn.Number(m.Sender).National(t.Country), m.Text
	} else if n.Kind != gateway.NewsTest {
		return nil, nil
	}
	return dialect.PostMultipart(fields)
}
