package textmagic

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/msisdn"
	"simgate/gateway/schedule"
	"simgate/gateway/text"
)

// unserved are fields that are not supported and cannot be ignored, since the message
// would be another without them.
var unserved = map[string]string{
	"templateId": "templates are not supported: use text",
	"rrule":      "recurring messages are not supported",
	"contacts":   "contacts are not supported: use phones",
	"lists":      "lists are not supported: use phones",
	"tts":        "text to speech is not supported",
}

// neutral are the values of a field that ask for nothing.
var neutral = []string{"", "0", "false"}

// asks reports whether a field asks for something.
func (r request) asks(field string) bool {
	return !slices.Contains(neutral, strings.TrimSpace(r.fields[field]))
}

// messageFields are the names that fields of the gateway have in a request to send.
var messageFields = map[string]string{"to": "phones", "not_before": "sendingTime", "custom_id": "referenceId"}

func (t server) send(r request) error {
	if err := r.read(); err != nil {
		return err
	}
	all, err := t.readMessages(r)
	if err != nil {
		return err
	}
	accepted, err := t.Gateway.SendAll(r.Request().Context(), all)
	if e, ok := errors.AsType[*fault.Error](err); ok && messageFields[e.Field] != "" {
		return invalid(messageFields[e.Field], e.Message)
	}
	if err != nil {
		return err
	}
	id := accepted[0].ID
	answer := map[string]any{"id": id, "href": fmt.Sprintf("/api/v2/messages/%d", id), "type": "message", "sessionId": id,
		"bulkId": nil, "messageId": id, "scheduleId": nil, "chatId": nil}
	if len(accepted) > 1 { // the id of a session is that of its first message
		answer["type"], answer["messageId"] = "session", nil
	}
	if !accepted[0].NotBefore.IsZero() { // and that of a schedule too
		answer["type"], answer["href"], answer["scheduleId"], answer["messageId"] = "schedule", fmt.Sprintf("/api/v2/schedules/%d", id), id, nil
	}
	return r.JSON(http.StatusCreated, answer)
}

// readMessages reads the fields of a request to send. Its error names all that are
// wrong.
func (t server) readMessages(r request) ([]gateway.NewMessage, error) {
	var wrong validation
	for field, why := range unserved {
		if r.asks(field) {
			_ = wrong.add(invalid(field, why))
		}
	}
	if strings.TrimSpace(r.fields["text"]) == "" && !r.asks("templateId") {
		_ = wrong.add(invalid("text", blank))
	}
	if err := wrong.add(r.checkParts()); err != nil {
		return nil, err
	}
	at, err := r.sendingTime()
	if err := wrong.add(err); err != nil {
		return nil, err
	}
	numbers, err := t.recipients(r)
	if err = wrong.add(err); err != nil {
		return nil, err
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	origin := gateway.Origin{Note: shorten(r.fields["from"])}
	if len(numbers) > 1 {
		origin.Request = uuid.NewString()
	}
	all := make([]gateway.NewMessage, len(numbers))
	for i, to := range numbers {
		all[i] = gateway.NewMessage{App: r.key.App, To: string(to), NotBefore: at, Text: r.fields["text"], Anywhere: r.key.Allows(key.Anywhere), CustomID: r.fields["referenceId"], Origin: origin}
	}
	return all, nil
}

// sendingTime reads when the messages are to go, the zero time for at once: as seconds of
// Unix time, or as clocks in a time zone show it, without one in UTC.
func (r request) sendingTime() (time.Time, error) {
	if r.asks("sendingTime") {
		seconds, err := strconv.ParseInt(strings.TrimSpace(r.fields["sendingTime"]), 10, 64)
		if err != nil || seconds < 0 {
			return time.Time{}, invalid("sendingTime", "must be a number of seconds of Unix time")
		}
		return time.Unix(seconds, 0), nil
	}
	if !r.asks("sendingDateTime") {
		return time.Time{}, nil
	}
	at, err := schedule.Time("sendingDateTime", r.fields["sendingDateTime"], cmp.Or(strings.TrimSpace(r.fields["sendingTimezone"]), "UTC"))
	if e, ok := errors.AsType[*fault.Error](err); ok {
		field := e.Field
		if field == "time_zone" {
			field = "sendingTimezone"
		}
		return at, invalid(field, e.Message)
	}
	return at, err
}

// shorten returns as much of a sender as is given back: no valid one is longer.
func shorten(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
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

// recipients reads the numbers of phones: in international form, or with local in the
// form of a country.
func (t server) recipients(r request) ([]msisdn.Number, error) {
	country := ""
	if r.asks("local") {
		country = r.fields["localCountry"]
	}
	var numbers []msisdn.Number
	var wrong validation
	for phone := range strings.SplitSeq(r.fields["phones"], ",") {
		if strings.TrimSpace(phone) == "" {
			continue // a comma at the end
		}
		to, err := t.readPhone(r, "phones", phone, "localCountry", country)
		if err := wrong.add(err); err != nil {
			return nil, err
		}
		numbers = append(numbers, to)
	}
	if len(numbers) == 0 {
		return nil, invalid("phones", blank)
	}
	return numbers, wrong.err()
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

// message answers with one message. To this service messages with codes do not exist.
func (t server) message(r request) error {
	m, err := t.findMessage(r)
	if err != nil {
		return err
	}
	session, err := t.sessionOf(r, m)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, showMessage(m, session))
}

// remove answers as if a message were deleted. It stays until its time of retention is
// over, since what was sent to whom is the owner's to know.
func (t server) remove(r request) error {
	if _, err := t.findMessage(r); err != nil {
		return err
	}
	return r.NoContent(http.StatusNoContent)
}

// unschedule cancels the messages of a request that wait for their time. Their schedule
// has the id of the first of them.
func (t server) unschedule(r request) error {
	missing := fail(http.StatusNotFound, "there is no schedule with this id")
	first, err := t.findMessage(r)
	if err != nil {
		return err
	}
	all := []gateway.Message{first}
	if first.Origin.Request != "" {
		if all, err = t.Gateway.Messages(r.Request().Context(), gateway.MessageFilter{App: first.App, Request: first.Origin.Request, Limit: maxListed}); err != nil {
			return err
		}
	}
	cancelled := 0
	for _, m := range all {
		if m.NotBefore.IsZero() || m.State != gateway.Queued {
			continue
		}
		if _, err := t.Gateway.CancelMessage(r.Request().Context(), m.App, m.ID); err == nil {
			cancelled++
		} else if fault.CodeOf(err) != fault.Conflict { // it has left meanwhile
			return err
		}
	}
	if cancelled == 0 {
		return missing
	}
	return r.NoContent(http.StatusNoContent)
}

// findMessage returns the message of the path, if it is the caller's.
func (t server) findMessage(r request) (gateway.Message, error) {
	missing := fail(http.StatusNotFound, "there is no message with this id")
	id, err := strconv.ParseInt(r.Param("id"), 10, 64)
	if err != nil {
		return gateway.Message{}, missing
	}
	m, err := t.Gateway.Message(r.Request().Context(), id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && (m.App != r.key.App || m.Verification != "") {
		return gateway.Message{}, missing
	}
	return m, err
}

// sessionOf returns the id of the session of a message, which is that of the first
// message of its request.
func (t server) sessionOf(r request, m gateway.Message) (int64, error) {
	if m.Origin.Request == "" {
		return m.ID, nil
	}
	list, err := t.Gateway.Messages(r.Request().Context(), gateway.MessageFilter{App: m.App, Request: m.Origin.Request, Limit: maxListed})
	if err != nil || len(list) == 0 {
		return m.ID, err
	}
	return list[len(list)-1].ID, nil
}

func showMessage(m gateway.Message, session int64) map[string]any {
	charset := charsetOf(m.Text)
	phone := strings.TrimPrefix(string(m.To), "+")
	return map[string]any{"id": m.ID, "sender": m.Origin.Note, "fromNumber": "", "receiver": phone, "phone": phone, "text": m.Text,
		"status": states[m.State], "contactId": nil, "sessionId": session, "messageTime": m.Accepted.UTC().Format(timeLayout), "avatar": nil,
		"deleted": false, "charset": charset, "charsetLabel": charset, "firstName": "", "lastName": "", "country": m.To.Region(), "price": 0,
		"partsCount": m.Total, "referenceId": m.CustomID, "fromEmail": nil, "rejectReason": rejectReason(m)}
}

// price answers what a message costs, which is nothing, and in how many parts it is
// sent to which countries.
func (t server) price(r request) error {
	r.fields = map[string]string{}
	for name, values := range r.QueryParams() {
		r.fields[name] = strings.Join(values, ",")
	}
	all, err := t.readMessages(r)
	if err != nil {
		return err
	}
	size, err := text.Measure(r.fields["text"])
	if err != nil {
		return invalid("text", err.Error())
	}
	count := map[string]int{}
	for _, m := range all {
		count[msisdn.Number(m.To).Region()]++
	}
	countries := []map[string]any{}
	for _, region := range slices.Sorted(maps.Keys(count)) {
		countries = append(countries, map[string]any{"country": region, "countryName": region, "allowDedicated": false, "count": count[region],
			"max": size.Parts, "sum": "0", "landline": 0})
	}
	return r.JSON(http.StatusOK, map[string]any{"total": 0, "parts": size.Parts, "countries": countries})
}
