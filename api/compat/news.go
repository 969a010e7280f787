package compat

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/msisdn"
)

// Formats are the webhooks of the hosted services, by name. Country is that of
// local numbers, and of those that belong to none.
func Formats(country string) map[string]gateway.Format {
	cx := SMSCX{Country: country}
	received := []string{gateway.NewsReceived}
	ended := []string{"message.delivered", "message.undelivered", "message.failed", "message.expired", "message.cancelled", "message.unknown"}
	formats := map[string]gateway.Format{
		// Only 200 is a success for the service.
		"textlink": {Kinds: []string{gateway.NewsReceived, gateway.NewsTagged, "message.sent", "message.failed", "message.undelivered",
			"message.expired"}, Strict: true, Request: newsTextLink},
		"99digital": {Kinds: received, Request: func(n gateway.News) (*gateway.Request, error) { return news99(n, country) }},
		purposeSMSCX: {Kinds: append([]string{gateway.NewsReceived, "message.sent", "message.delivered", "message.undelivered", "message.failed",
			"message.expired", "message.unknown"}, endsOfVerifications()...),
			Retries: []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute}, Request: cx.news},
	}
	for name, write := range map[string]func(map[string]string) (*gateway.Request, error){
		"textmagic-m": postMultipart, "textmagic-u": postForm, "textmagic-j": postJSON[map[string]string],
	} {
		formats[name] = gateway.Format{Kinds: append(received, ended...), Strict: true, Request: func(n gateway.News) (*gateway.Request, error) {
			fields := newsTextmagic(n)
			if fields == nil {
				return nil, nil
			}
			return write(fields)
		}}
	}
	return formats
}

func endsOfVerifications() []string {
	var kinds []string
	for _, s := range gateway.VerificationStates {
		if s != gateway.Pending {
			kinds = append(kinds, "verification."+string(s))
		}
	}
	return kinds
}

// postForm, postMultipart and postJSON return requests with a body of that type.
func postForm(fields map[string]string) (*gateway.Request, error) {
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	return post("application/x-www-form-urlencoded", []byte(form.Encode())), nil
}

func postMultipart(fields map[string]string) (*gateway.Request, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return post(w.FormDataContentType(), b.Bytes()), err
}

func postJSON[T any](v T) (*gateway.Request, error) {
	raw, err := json.Marshal(v)
	return post("application/json", raw), err
}

func post(kind string, content []byte) *gateway.Request {
	return &gateway.Request{Header: http.Header{"Content-Type": {kind}}, Body: content}
}

// newsTL is what TextLink posts: the keys of both generations of its
// documentation. Which of them a consumer reads, differs.
type newsTL struct {
	Secret    string `json:"secret"`
	Number    string `json:"phone_number"`
	Text      string `json:"text,omitempty"`
	Timestamp int64  `json:"timestamp"` // milliseconds
	SIM       int64  `json:"sim_card_id,omitempty"`
	ID        int64  `json:"textlink_id,omitempty"`
	CustomID  string `json:"custom_id,omitempty"`
	Tag       string `json:"tag,omitempty"`
	Portal    *bool  `json:"portal,omitempty"` // of sent: typed in a console, which there is none of
	Sent      *bool  `json:"sent,omitempty"`
	Received  *bool  `json:"received,omitempty"`
}

func newsTextLink(n gateway.News) (*gateway.Request, error) {
	yes, no := true, false
	out := newsTL{Secret: n.Secret, Timestamp: n.At.UnixMilli()}
	switch {
	case n.Incoming != nil:
		out.Number, out.Text, out.SIM, out.ID = n.Incoming.Sender, n.Incoming.Text, n.Incoming.Line, n.Incoming.ID
		out.Sent, out.Received = &no, &yes
	case n.Message != nil:
		out.Number, out.Text, out.SIM, out.ID = string(n.Message.To), n.Message.Text, n.Message.Line, n.Message.ID
		out.CustomID = n.Message.CustomID
		if n.Message.State == gateway.Sent {
			out.Portal, out.Sent, out.Received = &no, &yes, &no
		}
	case n.Contact != nil:
		out.Number, out.Tag = string(n.Contact.Number), n.Contact.Tag
	case n.Kind == gateway.NewsTest:
		out.Number, out.Text, out.Sent, out.Received = "+15555550100", "This is a test of your webhook", &no, &yes
	default:
		return nil, nil
	}
	return postJSON(out)
}

func news99(n gateway.News, country string) (*gateway.Request, error) {
	fields := map[string]string{"date": n.At.Local().Format("02/01/06 15:04:05"), "from": "", "to": n.Number.National(country),
		"message": "This is a test of your webhook"}
	if m := n.Incoming; m != nil {
		fields["from"], fields["message"] = msisdn.Number(m.Sender).National(country), m.Text
	} else if n.Kind != gateway.NewsTest {
		return nil, nil
	}
	return postMultipart(fields)
}

// newsCX is what sms.cx posts: an event, and a list of what it is about.
type newsCX struct {
	Event string `json:"event"`
	Data  []any  `json:"data"`
}

type deliveredCX struct {
	Campaign  string  `json:"campaignId"`
	Message   string  `json:"msgId"`
	Code      int     `json:"statusCode"`
	Status    string  `json:"status"`
	ErrorCode *int    `json:"errorCode"`
	At        string  `json:"datetime"`
	Track     *string `json:"trackData"`
}

type receivedCX struct {
	Message string `json:"msgId"`
	From    string `json:"from"`
	Country string `json:"countryIso"`
	To      string `json:"to"`
	Text    string `json:"text"`
	Cost    int    `json:"cost"`
	At      string `json:"receivedAt"`
}

func (t SMSCX) news(n gateway.News) (*gateway.Request, error) {
	out := newsCX{Event: "otp_update", Data: []any{}}
	at := n.At.UTC().Format(time.DateTime)
	switch {
	case n.Verification != nil:
		out.Data = append(out.Data, t.otp(*n.Verification))
	case n.Message != nil:
		d := t.data(*n.Message)
		campaign, _ := campaignCX(n.Message.CustomID)
		row := deliveredCX{Campaign: campaign, Message: d.Message, Code: d.Code, Status: d.Status, ErrorCode: d.ErrorCode, At: at}
		if d.Track != "" {
			row.Track = &d.Track
		}
		out.Event, out.Data = "dlr_update", append(out.Data, row)
	case n.Incoming != nil:
		row := receivedCX{Message: messageCX(n.Incoming.ID), From: n.Incoming.Sender, Country: msisdn.Number(n.Incoming.Sender).Region(),
			To: string(n.Number), Text: n.Incoming.Text, At: at}
		if row.Country == "" {
			row.Country = t.Country
		}
		out.Event, out.Data = "receive_sms", append(out.Data, row)
	case n.Kind != gateway.NewsTest:
		return nil, nil
	}
	return postJSON(out)
}

// newsTextmagic are the fields that Textmagic posts, nil where it posts nothing.
func newsTextmagic(n gateway.News) map[string]string {
	at := n.At.UTC().Format(timeTM)
	switch {
	case n.Incoming != nil:
		return map[string]string{"id": strconv.FormatInt(n.Incoming.ID, 10), "sender": strings.TrimPrefix(n.Incoming.Sender, "+"),
			"receiver": strings.TrimPrefix(string(n.Number), "+"), "messageTime": at, "text": n.Incoming.Text}
	case n.Message != nil:
		m := n.Message
		return map[string]string{"id": strconv.FormatInt(m.ID, 10), "sender": strings.TrimPrefix(string(n.Number), "+"),
			"receiver": strings.TrimPrefix(string(m.To), "+"), "text": m.Text, "price": "0", "status": statesTM[m.State],
			"partsCount": strconv.Itoa(m.Total), "messageTime": at, "charset": charsetTM(m.Text), "firstName": "", "lastName": "",
			"country": m.To.Region(), "referenceId": m.CustomID}
	case n.Kind == gateway.NewsTest:
		return map[string]string{"id": "0", "sender": "15555550100", "receiver": strings.TrimPrefix(string(n.Number), "+"), "messageTime": at,
			"text": "This is a test of your webhook"}
	}
	return nil
}
