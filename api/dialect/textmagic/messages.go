package textmagic

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/inbox"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
)

// unserved are fields that are not supported and cannot be ignored, since the message
// would be another without them.
var unserved = map[string]string{
	"templateId":      "templates are not supported: use text",
	"sendingTime":     "scheduling is not supported: send the request at that time",
	"sendingDateTime": "scheduling is not supported: send the request at that time",
	"rrule":           "recurring messages are not supported",
	"contacts":        "contacts are not supported: use phones",
	"lists":           "lists are not supported: use phones",
	"tts":             "text to speech is not supported",
}

func (t server) send(r request) error {
	if err := r.read(); err != nil {
		return err
	}
	for field, why := range unserved {
		if r.fields[field] != "" {
			return invalid(field, why)
		}
	}
	if strings.TrimSpace(r.fields["text"]) == "" {
		return invalid("text", "This value should not be blank.")
	}
	if strings.TrimSpace(r.fields["phones"]) == "" {
		return invalid("phones", "This value should not be blank.")
	}
	if err := r.checkParts(); err != nil {
		return err
	}
	var all []gateway.NewMessage
	for phone := range strings.SplitSeq(r.fields["phones"], ",") {
		number, err := t.recipient(r, phone)
		if err != nil {
			return err
		}
		all = append(all, gateway.NewMessage{App: r.key.App, To: string(number), Text: r.fields["text"], CustomID: r.fields["referenceId"]})
	}
	accepted, err := t.Gateway.SendAll(r.Request().Context(), all)
	if err != nil {
		return err
	}
	id := accepted[0].ID
	answer := map[string]any{"id": id, "href": fmt.Sprintf("/api/v2/messages/%d", id), "type": "message", "sessionId": id,
		"bulkId": nil, "messageId": id, "scheduleId": nil, "chatId": nil}
	if len(accepted) > 1 { // the id of a session is that of its first message
		answer["type"], answer["messageId"] = "session", nil
	}
	return r.JSON(http.StatusCreated, answer)
}

// checkParts returns an error if the text has more parts than the caller allows.
func (r request) checkParts() error {
	most, err := r.number("partsCount", 0)
	if err != nil || most == 0 {
		return err
	}
	if size, err := text.Measure(r.fields["text"]); err == nil && size.Parts > most {
		return invalid("partsCount", fmt.Sprintf("the text takes %d parts: shorten it, or allow more", size.Parts))
	}
	return nil
}

// recipient reads a number of phones: in international form, or with local in the form
// of a country.
func (t server) recipient(r request, phone string) (msisdn.Number, error) {
	country := ""
	if r.fields["local"] != "" {
		country = r.fields["localCountry"]
	}
	return t.readPhone(r, "phones", phone, "localCountry", country)
}

// states are the letters of the states of messages.
var states = map[gateway.State]string{gateway.Queued: "q", gateway.Sending: "r", gateway.Sent: "a", gateway.Delivered: "d",
	gateway.Undelivered: "f", gateway.Failed: "j", gateway.Unknown: "u", gateway.ExpiredOut: "f", gateway.Cancelled: "j"}

const timeLayout = "2006-01-02T15:04:05-0700"

// charsetOf returns the name of the alphabet that a text is sent in.
func charsetOf(body string) string {
	if size, err := text.Measure(body); err == nil && size.Unicode {
		return "UTF-16BE"
	}
	return "ISO-8859-1"
}

func (t server) message(r request) error {
	missing := fail(http.StatusNotFound, "there is no message with this id")
	id, err := strconv.ParseInt(r.Param("id"), 10, 64)
	if err != nil {
		return missing
	}
	m, err := t.Gateway.Message(r.Request().Context(), id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && m.App != r.key.App {
		return missing
	}
	if err != nil {
		return err
	}
	charset := charsetOf(m.Text)
	phone := strings.TrimPrefix(string(m.To), "+")
	return r.JSON(http.StatusOK, map[string]any{"id": m.ID, "sender": "", "fromNumber": "", "receiver": phone, "phone": phone, "text": m.Text,
		"status": states[m.State], "contactId": nil, "sessionId": m.ID, "messageTime": m.Accepted.UTC().Format(timeLayout), "avatar": nil,
		"deleted": false, "charset": charset, "charsetLabel": charset, "firstName": "", "lastName": "", "country": m.To.Region(), "price": 0,
		"partsCount": m.Total, "referenceId": m.CustomID})
}

// The sizes of pages.
const (
	defaultPage = 10
	maxPage     = 100
)

// replies lists incoming messages, newest first.
func (t server) replies(r request) error {
	page, limit := 1, defaultPage
	for name, value := range map[string]*int{"page": &page, "limit": &limit} {
		if s := r.QueryParam(name); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil || n < 1 {
				return invalid(name, "must be a whole number, at least 1")
			}
			*value = n
		}
	}
	limit = min(limit, maxPage)
	if page*limit > 500 {
		return invalid("page", "only the last 500 messages are listed")
	}
	list, err := t.Gateway.Inbox().List(r.Request().Context(), inbox.Filter{Limit: 500})
	if err != nil {
		return err
	}
	numbers, err := t.numbers(r)
	if err != nil {
		return err
	}
	resources := []map[string]any{}
	for _, m := range list[min(len(list), (page-1)*limit):min(len(list), page*limit)] {
		resources = append(resources, map[string]any{"id": m.ID, "sender": strings.TrimPrefix(m.Sender, "+"), "receiver": numbers[m.Line],
			"messageTime": m.Received.UTC().Format(timeLayout), "text": m.Text, "contactId": nil, "firstName": "", "lastName": "",
			"avatar": nil, "email": nil})
	}
	return r.JSON(http.StatusOK, map[string]any{"page": page, "limit": limit, "pageCount": (len(list) + limit - 1) / limit, "resources": resources})
}
