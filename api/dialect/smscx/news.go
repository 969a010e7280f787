package smscx

import (
	"time"

	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/msisdn"
	"simgate/gateway/webhook"
)

func (t server) news() map[string]webhook.Format {
	kinds := []string{gateway.NewsReceived, "message.sent", "message.delivered", "message.undelivered", "message.failed", "message.expired",
		"message.unknown"}
	for _, s := range gateway.VerificationStates {
		if s != gateway.Pending {
			kinds = append(kinds, "verification."+string(s))
		}
	}
	return map[string]webhook.Format{purpose: {Kinds: kinds, Retries: []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute},
		Request: gateway.WithSubject(t.post)}}
}

// event is what the service posts: the name of the event, and its subjects.
type event struct {
	Event string `json:"event"`
	Data  []any  `json:"data"`
}

type delivered struct {
	Campaign  string  `json:"campaignId"`
	Message   string  `json:"msgId"`
	Code      int     `json:"statusCode"`
	Status    string  `json:"status"`
	ErrorCode *int    `json:"errorCode"`
	At        string  `json:"datetime"`
	Track     *string `json:"trackData"`
}

type received struct {
	Message string `json:"msgId"`
	From    string `json:"from"`
	Country string `json:"countryIso"`
	To      string `json:"to"`
	Text    string `json:"text"`
	Cost    int    `json:"cost"`
	At      string `json:"receivedAt"`
}

// post returns what the service posts.
func (t server) post(n gateway.News) (*webhook.Request, error) {
	out := event{Event: "otp_update", Data: []any{}}
	at := n.At.UTC().Format(time.DateTime)
	switch {
	case n.Verification != nil:
		out.Data = append(out.Data, t.otpOf(*n.Verification))
	case n.Message != nil && n.Message.Verification != "":
		return nil, nil // the service tells of the OTP alone
	case n.Message != nil:
		d := t.messageOf(*n.Message)
		row := delivered{Campaign: campaignOf(*n.Message), Message: d.Message, Code: d.Code, Status: d.Status, ErrorCode: d.ErrorCode, At: at}
		if d.Track != "" {
			row.Track = &d.Track
		}
		out.Event, out.Data = "dlr_update", append(out.Data, row)
	case n.Incoming != nil:
		row := received{Message: idOf(incoming, n.Incoming.ID), From: n.Incoming.Sender, Country: msisdn.Number(n.Incoming.Sender).Region(),
			To: string(n.Number), Text: n.Incoming.Text, At: at}
		if row.Country == "" {
			row.Country = t.Country
		}
		out.Event, out.Data = "receive_sms", append(out.Data, row)
	case n.Kind != webhook.Test:
		return nil, nil
	}
	return dialect.PostJSON(out)
}
