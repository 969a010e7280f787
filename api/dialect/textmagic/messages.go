package textmagic

import (
	"fmt"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/inbox"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
)

// unserved are fields that ask for what would turn a message into something
// else if they were passed over: a time to send it at, or people that are known
// to the service alone.
var unserved = map[string]string{
	"templateId":      "there are no templates here: give text",
	"sendingTime":     "messages are sent at once here: send it when its time has come",
	"sendingDateTime": "messages are sent at once here: send it when its time has come",
	"rrule":           "messages are sent once here",
	"contacts":        "there are no contacts here: give phones",
	"lists":           "there are no lists here: give phones",
	"tts":             "this call sends messages only",
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
		number, err := r.recipient(phone)
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
	if len(accepted) > 1 { // the session is known by its first message
		answer["type"], answer["messageId"] = "session", nil
	}
	return r.JSON(http.StatusCreated, answer)
}

// checkParts refuses a text that is longer than its sender wants to pay for.
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

// recipient reads one of phones: in international form, or with local as people
// write it in a country.
func (r request) recipient(phone string) (msisdn.Number, error) {
	country := ""
	if r.fields["local"] != "" {
		country = r.fields["localCountry"]
	}
	to, region, err := readPhone(phone, country)
	if err != nil {
		return "", err
	}
	number, err := msisdn.Parse(to, region)
	if err != nil {
		return "", invalid("phones", fault.MessageOf(err))
	}
	return number, nil
}

// states are the letters for the states of messages.
var states = map[gateway.State]string{gateway.Queued: "q", gateway.Sending: "r", gateway.Sent: "a", gateway.Delivered: "d",
	gateway.Undelivered: "f", gateway.Failed: "j", gateway.Unknown: "u", gateway.ExpiredOut: "f", gateway.Cancelled: "j"}

const timeLayout = "2006-01-02T15:04:05-0700"

// charsetOf is the alphabet that a text is sent in, as the service calls it.
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

// The pages of a list.
const (
	defaultPage = 10
	maxPage     = 100
)

// replies lists what came in, newest first.
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
		return invalid("page", "only the last 500 messages are listed here")
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

// numbers are those of the lines, without +.
func (t server) numbers(r request) (map[int64]string, error) {
	lines, err := t.Gateway.Lines(r.Request().Context())
	numbers := map[int64]string{}
	for _, l := range lines {
		numbers[l.ID] = strings.TrimPrefix(l.Number, "+")
	}
	return numbers, err
}

// userID is the number of an app, which has no account here.
func userID(app string) int32 { return int32(crc32.ChecksumIEEE([]byte(app)) >> 1) } //nolint:gosec // 31 bits

func (server) ping(r request) error {
	return r.JSON(http.StatusOK, map[string]any{"userId": userID(r.key.App), "ping": "pong",
		"utcDateTime": time.Now().UTC().Format("2006-01-02T15:04:05.000Z")})
}

// user tells of the app as of an account. Its balance is what the operators last
// said of the credit of all SIMs, in a currency that they do not tell: XXX is the
// name of none (ISO 4217).
func (t server) user(r request) error {
	ctx := r.Request().Context()
	lines, err := t.Gateway.Lines(ctx)
	if err != nil {
		return err
	}
	balance, phone, country := 0.0, "", ""
	for _, l := range lines {
		if l.ID == 0 {
			continue
		}
		if phone == "" && l.Number != "" {
			phone, country = strings.TrimPrefix(l.Number, "+"), msisdn.Number(l.Number).Region()
		}
		b, known, err := t.Gateway.Balance(ctx, l.ID)
		if err != nil {
			return err
		}
		if known && b.Known {
			balance += b.Amount
		}
	}
	return r.JSON(http.StatusOK, map[string]any{"id": userID(r.key.App), "displayTimeFormat": "24h", "username": r.user, "firstName": r.key.App,
		"lastName": "", "email": "", "status": "A", "balance": balance, "phone": phone, "company": "",
		"currency": map[string]string{"id": "XXX", "htmlSymbol": "&curren;"}, "country": map[string]string{"id": country, "name": country},
		"timezone": map[string]any{"id": 1, "area": "UTC", "dst": "0", "offset": 0, "timezone": "UTC"}, "subaccountType": "P",
		"emailAccepted": true, "phoneAccepted": true, "avatar": nil})
}
