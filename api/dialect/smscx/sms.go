package smscx

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"simgate/api/body"
	"simgate/gateway"
	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/idempotency"
	"simgate/gateway/key"
	"simgate/gateway/msisdn"
	"simgate/gateway/schedule"
	"simgate/gateway/text"
	"simgate/gateway/webhook"
)

// message is a message as the service shows it.
type message struct {
	Message   string    `json:"msgId"`
	Status    string    `json:"status"`
	Code      int       `json:"statusCode"`
	ErrorCode *int      `json:"errorCode"`
	Created   string    `json:"createdAt"`
	Quiet     bool      `json:"inQuietHours"`
	Cost      int       `json:"cost"`
	To        string    `json:"to"`
	Country   string    `json:"countryIso"`
	From      string    `json:"from"`
	Text      string    `json:"text,omitempty"`
	Parts     int       `json:"parts"`
	Analysis  *analysis `json:"textAnalysis,omitempty"`
	Track     string    `json:"trackData,omitempty"`
	Timezone  string    `json:"timezone,omitempty"`
	Scheduled string    `json:"scheduledAt,omitempty"`
}

type analysis struct {
	Length  int  `json:"length"`
	Unicode bool `json:"unicode"`
	Parts   int  `json:"parts"`
}

// summary is the summary of a request.
type summary struct {
	Campaign  string         `json:"campaignId"`
	Numbers   int            `json:"totalPhoneNumbers"`
	Valid     int            `json:"totalValid"`
	Invalid   int            `json:"totalInvalid"`
	Cost      int            `json:"totalCost"`
	Parts     int            `json:"totalParts"`
	Callback  *string        `json:"dlrCallbackUrl"`
	ByCountry map[string]int `json:"phoneNumbersByCountry"`
	Scheduled bool           `json:"scheduled"`
	Quiet     int            `json:"totalInQuietHours"`
	Wrong     []string       `json:"invalid,omitempty"`
}

// defaultFrom is the sender that clients are shown for messages without one.
// Recipients see the number of the SIM.
const defaultFrom = "InfoText"

// sms is a request to send messages.
type sms struct {
	to       []string
	reading  msisdn.Reading
	from     string
	text     string
	callback string
	track    string
	once     idempotency.Request
	at       string // when it is to go, "" at once
	local    bool   // at is in the time zone of each number

	invalidToo, short, bare, zones bool
}

func (t server) send(r request) error {
	o, err := read(r)
	if err != nil {
		return err
	}
	s, err := readSMS(o)
	if err != nil {
		return err
	}
	all, wrong, err := t.messages(r, s)
	if err != nil {
		return err
	}
	accepted, err := t.Gateway.SendAll(r.Request().Context(), all)
	if e, ok := errors.AsType[*fault.Error](err); ok {
		switch e.Field {
		case "callback":
			return invalid(1109, e.Message)
		case "not_before":
			code := 1108
			if all[0].NotBefore.Before(time.Now()) {
				code = 1116
			}
			return invalid(code, "scheduledDate: "+e.Message)
		}
	}
	if err != nil {
		return err
	}
	if s.once.Key != "" {
		r.Response().Header().Set("X-Idempotency-Id", s.once.Key)
	}
	return t.answer(r, s, accepted, wrong)
}

// estimate answers what a request to send would be answered with, and sends nothing.
func (t server) estimate(r request) error {
	o, err := read(r)
	if err != nil {
		return err
	}
	s, err := readSMS(o)
	if err != nil {
		return err
	}
	all, wrong, err := t.messages(r, s)
	if err != nil {
		return err
	}
	size, err := text.Measure(s.text)
	if err != nil {
		return invalid(1107, err.Error())
	}
	would := make([]gateway.Message, len(all))
	for i, m := range all {
		would[i] = gateway.Message{To: msisdn.Number(m.To), Text: m.Text, CustomID: m.CustomID, Origin: m.Origin, Callback: m.Callback,
			State: gateway.Queued, Total: size.Parts, Accepted: time.Now(), NotBefore: m.NotBefore}
	}
	return t.answer(r, s, would, wrong)
}

// messages returns what a request asks for, and the numbers of it that are invalid, if
// it allows some to be.
func (t server) messages(r request, s sms) (all []gateway.NewMessage, wrong []string, err error) {
	origin := gateway.Origin{Request: uuid.NewString(), Note: s.from}
	for _, to := range s.to {
		number, err := t.Gateway.ReadNumber(r.key.App, to, s.reading)
		if err != nil {
			wrong = append(wrong, to)
			continue
		}
		at, err := s.time(number)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, gateway.NewMessage{App: r.key.App, To: string(number), NotBefore: at, Text: s.text, Anywhere: r.key.Allows(key.Anywhere), CustomID: s.track, Origin: origin, Once: s.once,
			Callback: webhook.Callback{URL: s.callback, Format: purpose, Optional: true}})
	}
	switch {
	case len(s.to) == 1 && len(wrong) == 1:
		return nil, nil, invalid(1207, "to is not a phone number: write it with + and country code, or set countryIso")
	case len(all) == 0, len(wrong) > 0 && !s.invalidToo:
		e := invalid(1210, "some numbers are invalid: remove them, or set allowInvalid")
		e.Invalid = wrong
		return nil, nil, e
	}
	return all, wrong, nil
}

// time returns when the message to a number is to go, the zero time for at once.
func (s sms) time(to msisdn.Number) (time.Time, error) {
	if s.at == "" {
		return time.Time{}, nil
	}
	zone := "UTC"
	if s.local {
		if zone = to.Timezone(); zone == "" {
			return time.Time{}, invalid(1108, "the time zone of "+string(to)+" is not known: set scheduledDate in UTC")
		}
	}
	at, err := schedule.Time("scheduledDate", s.at, zone)
	if err != nil {
		return at, invalid(1108, "scheduledDate: "+fault.MessageOf(err))
	}
	return at, nil
}

// answer answers a request to send with its messages.
func (t server) answer(r request, s sms, accepted []gateway.Message, wrong []string) error {
	// The campaign is that of the first request, if this one repeats it.
	info := summary{Campaign: campaignOf(accepted[0]), Numbers: len(s.to), Valid: len(accepted), Invalid: len(wrong),
		ByCountry: map[string]int{}, Wrong: wrong}
	if url := accepted[0].Callback.URL; url != "" { // "" too where it is withheld
		info.Callback = &url
	}
	data := []message{}
	for _, m := range accepted {
		d := t.messageOf(m)
		if m.State != gateway.Cancelled { // as it is at once where the recipient has opted out
			d.Status, d.Code, d.ErrorCode = "ACCEPTED", messageStates[gateway.Queued].code, nil
		}
		if d.Status == "ACCEPTED" && !m.NotBefore.IsZero() {
			d.Status, info.Scheduled = "SCHEDULED", true
		}
		if d.Quiet = s.at == "" && !m.NotBefore.IsZero(); d.Quiet {
			info.Quiet++
		}
		if s.bare {
			d.Text, d.Analysis = "", nil
		}
		if s.zones {
			d.Timezone = m.To.Timezone()
		}
		info.Parts += d.Parts
		info.ByCountry[d.Country]++
		if !s.short {
			data = append(data, d)
		}
	}
	return r.JSON(http.StatusOK, map[string]any{"info": info, "data": data})
}

// messageOf returns a message as the service shows it.
func (t server) messageOf(m gateway.Message) message {
	state := messageStates[m.State]
	d := message{Message: idOf(outgoing, m.ID), Status: state.status, Code: state.code, Created: m.Accepted.UTC().Format(time.DateTime),
		To: string(m.To), Country: m.To.Region(), From: cmp.Or(m.Origin.Note, defaultFrom), Text: m.Text, Parts: max(1, m.Total)}
	switch {
	case m.Cause.Code == cause.OptedOut:
		d.ErrorCode = &causeOptOut
	case state.cause != 0:
		d.ErrorCode = &state.cause
	}
	if d.Country == "" {
		d.Country = t.Country
	}
	if d.Track = trackOf(m.CustomID); !m.NotBefore.IsZero() {
		d.Scheduled = m.NotBefore.UTC().Format(time.DateTime)
	}
	if size, err := text.Measure(m.Text); err == nil {
		d.Analysis = &analysis{size.Length, size.Unicode, max(1, size.Parts)}
	}
	return d
}

// readSMS reads a request.
func readSMS(o *body.Object) (s sms, err error) {
	if s.to, err = readRecipients(o); err != nil {
		return s, err
	}
	country, err := o.String("countryIso")
	if err == nil {
		s.reading, err = readCountry(country)
	}
	if err != nil {
		return s, invalid(2003, err.Error())
	}
	if s.from, err = readFrom(o, 1105, true); err != nil {
		return s, err
	}
	if s.text, err = readText(o, "text", 1107, true); err != nil {
		return s, err
	}
	if len([]rune(s.text)) > maxText {
		return s, invalid(1107, fmt.Sprintf("the text is longer than %d characters", maxText))
	}
	if s.text, err = readContent(o, s.text); err != nil {
		return s, err
	}
	if s.at, err = o.String("scheduledDate"); err != nil {
		return s, invalid(1108, "scheduledDate must be a time such as 2026-01-31 18:00:00")
	}
	if o.Has("isUtc") {
		utc, err := o.Bool("isUtc")
		if err != nil {
			return s, invalid(1108, "isUtc must be true or false")
		}
		s.local = !utc
	}
	if s.callback, err = o.String("dlrCallbackUrl"); err != nil || s.callback != "" && !isURL(s.callback) {
		return s, invalid(1109, "dlrCallbackUrl must be a URL, http or https")
	}
	if s.track, err = o.String("trackData"); err != nil || !lowerUUID.MatchString(s.track) {
		s.track = "" // the service ignores what is not a UUID
	}
	if s.once.Key, err = o.String("idempotencyId"); err != nil || s.once.Key != "" && !lowerUUID.MatchString(s.once.Key) {
		return s, invalid(1111, "idempotencyId must be a UUID in small letters")
	}
	s.once.Route, s.once.Fingerprint = "smscx /sms", o.Digest()
	for name, value := range map[string]*bool{"allowInvalid": &s.invalidToo, "shortResponse": &s.short, "noTextDetails": &s.bare, "showTimezone": &s.zones} {
		if *value, err = o.Bool(name); err != nil {
			return s, err
		}
	}
	return s, nil
}

// readRecipients reads a number or a list of numbers.
func readRecipients(o *body.Object) ([]string, error) {
	const most = 1000
	var list []string
	if raw := o.Raw("to"); len(raw) > 0 && raw[0] == '[' {
		if json.Unmarshal(raw, &list) != nil {
			return nil, invalid(1104, "to must be a phone number, or a list of them")
		}
	} else {
		one, err := readText(o, "to", 1104, true)
		if err != nil {
			return nil, err
		}
		list = []string{one}
	}
	switch {
	case len(list) == 0:
		return nil, invalid(1104, "to is empty")
	case len(list) > most:
		return nil, invalid(1103, fmt.Sprintf("to has more than %d phone numbers: send them in several requests", most))
	}
	return list, nil
}
