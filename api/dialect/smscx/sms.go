package smscx

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"simgate/api/body"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
)

const maxText = 1530 // characters of a text, ten parts

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
}

// report is what became of a message.
type report struct {
	message
	Updated *string `json:"updatedAt"`
	Source  string  `json:"source"`
	Channel string  `json:"channel"`
}

type analysis struct {
	Length  int  `json:"length"`
	Unicode bool `json:"unicode"`
	Parts   int  `json:"parts"`
}

// summary is a request as the service sums it up.
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

// defaultFrom is the sender of messages that name none, as far as clients are
// told: people see the number of the SIM.
const defaultFrom = "InfoText"

// messageStates are the states of messages in reports. The numbers are ours.
var messageStates = map[gateway.State]struct {
	status      string
	code, cause int
}{
	gateway.Queued:      {"ACCEPTED", 1, 0},
	gateway.Sending:     {"ACCEPTED", 1, 0},
	gateway.Sent:        {"SENT", 2, 0},
	gateway.Unknown:     {"SENT", 2, 0},
	gateway.Delivered:   {"DELIVERED", 3, 0},
	gateway.Undelivered: {"FAILED", 4, 1},
	gateway.Failed:      {"FAILED", 4, 2},
	gateway.ExpiredOut:  {"FAILED", 4, 3},
	gateway.Cancelled:   {"REJECTED", 5, 0},
}

// sms is what is asked to be sent.
type sms struct {
	to       []string
	country  string
	from     string
	text     string
	callback string
	track    string
	once     gateway.Once

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
	campaign := uuid.NewString()
	var all []gateway.NewMessage
	var wrong []string
	for _, to := range s.to {
		number, err := msisdn.Parse(to, s.country)
		if err != nil {
			wrong = append(wrong, to)
			continue
		}
		all = append(all, gateway.NewMessage{App: r.key.App, To: string(number), Text: s.text, CustomID: customID(campaign, s.track), Once: s.once,
			Callback: gateway.Callback{URL: s.callback, Format: purpose}})
	}
	switch {
	case len(s.to) == 1 && len(wrong) == 1:
		return invalid(1207, "this is not a phone number: give it as + and country code, or with countryIso")
	case len(all) == 0, len(wrong) > 0 && !s.invalidToo:
		e := invalid(1210, "some are not phone numbers: take them out, or set allowInvalid")
		e.Invalid = wrong
		return e
	}
	accepted, err := t.Gateway.SendAll(r.Request().Context(), all)
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Field == "callback" {
		return invalid(1109, e.Message)
	}
	if err != nil {
		return err
	}
	if s.once.Key != "" {
		r.Response().Header().Set("X-Idempotency-Id", s.once.Key)
	}
	campaign, _ = campaignOf(accepted[0].CustomID) // that of the first time, if this is another
	info := summary{Campaign: campaign, Numbers: len(s.to), Valid: len(accepted), Invalid: len(wrong),
		ByCountry: map[string]int{}, Wrong: wrong}
	if s.callback != "" {
		info.Callback = &s.callback
	}
	data := []message{}
	for _, m := range accepted {
		d := t.messageOf(m)
		d.From, d.Status, d.Code, d.ErrorCode = s.from, "ACCEPTED", messageStates[gateway.Queued].code, nil
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

// data shows a message.
func (t server) messageOf(m gateway.Message) message {
	state := messageStates[m.State]
	d := message{Message: messageID(m.ID), Status: state.status, Code: state.code, Created: m.Accepted.UTC().Format(time.DateTime),
		To: string(m.To), Country: m.To.Region(), From: defaultFrom, Text: m.Text, Parts: max(1, m.Total)}
	if state.cause != 0 {
		d.ErrorCode = &state.cause
	}
	if d.Country == "" {
		d.Country = t.Country
	}
	_, d.Track = campaignOf(m.CustomID)
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
	if s.country, err = o.String("countryIso"); err != nil || s.country != "" && !msisdn.KnownCountry(s.country) {
		return s, invalid(2003, "countryIso is no country in two capital letters")
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
	if o.Has("scheduledDate") {
		return s, invalid(1108, "messages are sent at once here: leave scheduledDate out, and send it when its time has come")
	}
	if s.callback, err = o.String("dlrCallbackUrl"); err != nil || s.callback != "" && !isURL(s.callback) {
		return s, invalid(1109, "dlrCallbackUrl must be a URL, http or https")
	}
	if s.track, err = o.String("trackData"); err != nil || !lowerUUID.MatchString(s.track) {
		s.track = "" // what is no UUID is passed over, as it is by the service
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

// readRecipients reads one number, or a list of them.
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

// servedElsewhere are places of a text whose content lies with the service.
var servedElsewhere = regexp.MustCompile(`\{\{(optoutLink|shortlink:[^{}]*|attachement:[^{}]*)\}\}`)

// readContent returns the text as it is to be sent.
func readContent(o *body.Object, text string) (string, error) {
	if p := servedElsewhere.FindString(text); p != "" {
		return "", invalid(1112, p+" cannot be filled here: take it out")
	}
	text, err := fill(text)
	if err != nil {
		return "", err
	}
	inner, err := o.Object("transliteration")
	if err != nil {
		return "", invalid(1135, err.Error())
	}
	if inner == nil {
		return text, nil
	}
	alphabet, err := inner.String("alphabet")
	if err != nil || alphabet != "NONE" && alphabet != "NON_GSM" {
		return "", invalid(1110, "the alphabet must be NONE or NON_GSM")
	}
	withoutEmojis, err := inner.Bool("removeEmojis")
	if err != nil {
		return "", invalid(1503, err.Error())
	}
	if withoutEmojis {
		text = strings.Map(func(r rune) rune {
			if emoji(r) {
				return -1
			}
			return r
		}, text)
	}
	if alphabet == "NON_GSM" {
		text = plainGSM(text)
	}
	return text, nil
}

// emoji reports whether r is one, or joins or colours some.
func emoji(r rune) bool {
	const joiner, variation, firstSymbol = 0x200d, 0xfe0f, 0x2190
	return r == joiner || r == variation || r >= firstSymbol && (unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r))
}

// plainGSM puts characters of the default alphabet of GSM in the place of others:
// the letter without its accent, or else a question mark.
func plainGSM(text string) string {
	var b strings.Builder
	for _, r := range text {
		if inGSM(string(r)) {
			b.WriteRune(r)
			continue
		}
		if bare := []rune(norm.NFKD.String(string(r))); inGSM(string(bare[0])) {
			b.WriteRune(bare[0])
		} else if !unicode.Is(unicode.Mn, r) {
			b.WriteByte('?')
		}
	}
	return b.String()
}

func inGSM(s string) bool {
	size, err := text.Measure(s)
	return err == nil && !size.Unicode
}

// customPrefix keeps the ids of this dialect apart from others' own.
const customPrefix = "smscx:"

// customID is what messages are marked with: the request that they came with, and
// the caller's own id.
func customID(campaign, track string) string { return customPrefix + campaign + ":" + track }

func campaignOf(custom string) (campaign, track string) {
	rest, ok := strings.CutPrefix(custom, customPrefix)
	if !ok {
		return "", ""
	}
	campaign, track, _ = strings.Cut(rest, ":")
	return campaign, track
}

// The id of a message is a UUID there. Ours is a number, which is written as one
// of version 8 (RFC 9562 5.8).
const messageUUID = "736d7300-0000-8000-8"

func messageID(id int64) string {
	return fmt.Sprintf("%s%03x-%012x", messageUUID, id>>48&0xfff, id&(1<<48-1))
}

// parseMessageID returns the number in the id of a message.
func parseMessageID(s string) (int64, bool) {
	rest, ok := strings.CutPrefix(s, messageUUID)
	id, err := strconv.ParseInt(strings.Replace(rest, "-", "", 1), 16, 64)
	return id, ok && err == nil && messageID(id) == s
}

// report tells what became of a message.
func (t server) report(r request) error {
	missing := fail(http.StatusNotFound, "not_found", 1160, "there is no message with this id")
	if !lowerUUID.MatchString(r.Param("id")) {
		return invalid(1165, "this is not the id of a message")
	}
	id, ok := parseMessageID(r.Param("id"))
	if !ok {
		return missing
	}
	m, err := t.Gateway.Message(r.Request().Context(), id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && m.App != r.key.App {
		return missing
	}
	if err != nil {
		return err
	}
	report := report{message: t.messageOf(m), Source: "api", Channel: "sms"}
	if !m.Ended.IsZero() {
		at := m.Ended.UTC().Format(time.DateTime)
		report.Updated = &at
	}
	return r.JSON(http.StatusOK, map[string]any{"data": report})
}
