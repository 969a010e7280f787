package phonetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// inHTML is what Gson escapes beyond what [json.Marshal] does, since it means something in HTML.
var inHTML = strings.NewReplacer("=", `\u003d`, "'", `\u0027`)

// quote writes a string as Gson does.
func quote(s string) string {
	raw, _ := json.Marshal(s) // a string always can be
	return inHTML.Replace(string(raw))
}

// Handler answers as the app does.
func (p *Phone) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		status, body := p.health()
		p.mu.Unlock()
		answer(w, status, body)
	})
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) (int, string){
		"GET /{$}": func(http.ResponseWriter, *http.Request) (int, string) {
			return 200, `{"status":"ok","model":"Pixel 6"}`
		},
		"GET /device":           p.getDevice,
		"POST /messages":        p.postMessage,
		"POST /message":         p.postMessage,
		"GET /messages/{id}":    p.getMessage,
		"DELETE /messages/{id}": p.deleteMessage,
		"GET /inbox":            p.getInbox,
		"GET /webhooks":         p.getWebhooks,
		"POST /webhooks":        p.postWebhook,
		"DELETE /webhooks/{id}": p.deleteWebhook,
		"PATCH /settings":       p.patchSettings,
	} {
		mux.HandleFunc(pattern, p.guarded(handle))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.set(func() { p.complain("there is no %s %s", r.Method, r.URL.Path) })
		w.WriteHeader(http.StatusNotFound)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		gone := p.away || p.dead
		if !gone {
			p.requests = append(p.requests, r.Method+" "+r.URL.Path)
		}
		w.Header().Set("Date", p.now().UTC().Format(http.TimeFormat))
		p.mu.Unlock()
		if gone { // on a connection that was open
			panic(http.ErrAbortHandler)
		}
		mux.ServeHTTP(w, r)
	})
}

// guarded answers those who know the password.
func (p *Phone) guarded(handle func(http.ResponseWriter, *http.Request) (int, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		user, password, ok := r.BasicAuth()
		if !ok || user != User || password != p.password {
			p.mu.Unlock()
			w.Header().Set("WWW-Authenticate", `Basic realm="Access to SMS Gateway", charset=UTF-8`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		changes := r.Method != http.MethodGet
		if changes && p.fails > 0 {
			p.fails--
			p.mu.Unlock()
			answer(w, http.StatusInternalServerError, `{"message":"database is locked"}`)
			return
		}
		status, body := handle(w, r)
		deaf, early := changes && p.deaf, p.early && status == http.StatusAccepted
		pace := p.pace
		p.mu.Unlock()
		if deaf {
			panic(http.ErrAbortHandler)
		}
		if early {
			time.Sleep(8 * pace)
		}
		answer(w, status, body)
	}
}

func answer(w http.ResponseWriter, status int, body string) {
	if body != "" {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// problem is an answer that is no success.
func problem(status int, text string) (int, string) {
	return status, `{"message":` + quote(text) + `}`
}

// read decodes a body. The app reads over what it does not know; here it is a complaint.
func (p *Phone) read(r *http.Request, into any) error {
	if r.Header.Get("Content-Type") != "application/json" {
		p.complain("%s %s has the Content-Type %q", r.Method, r.URL.Path, r.Header.Get("Content-Type"))
		return errors.New("unsupported media type")
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	if err := strict.Decode(into); err != nil {
		p.complain("%s %s: %v", r.Method, r.URL.Path, err)
		return err
	}
	return nil
}

// health returns the answer about how the phone is.
func (p *Phone) health() (status int, body string) {
	overall, level, charging := "pass", "pass", 0
	switch {
	case p.battery < 10:
		overall, level, status = "fail", "fail", http.StatusInternalServerError
	case p.battery < 25:
		overall, level = "warn", "warn"
	}
	if p.charging {
		charging = 3
	}
	if status == 0 {
		status = http.StatusOK
	}
	check := func(status string, value int, unit, text string) string {
		return fmt.Sprintf(`{"status":%q,"observedValue":%d,"observedUnit":%q,"description":%q}`, status, value, unit, text)
	}
	return status, `{"checks":{"messages:failed":` + check("pass", 0, "messages", "Failed messages for last hour") +
		`,"connection:status":` + check("pass", 1, "boolean", "Internet connection status") +
		`,"battery:level":` + check(level, p.battery, "percent", "Battery level in percent") +
		`,"battery:charging":` + check("pass", charging, "flags", "Is the phone charging?") +
		`},"status":"` + overall + `","version":"1.66.1","releaseId":16601}`
}

func (p *Phone) getDevice(http.ResponseWriter, *http.Request) (int, string) {
	var cards []string
	for _, s := range p.sims {
		card := fmt.Sprintf(`{"slotIndex":%d,"simNumber":%d`, s.Slot-1, s.Slot)
		for _, field := range [][2]string{{"phoneNumber", s.Number}, {"carrierName", s.Carrier}, {"iccid", s.ICCID}} {
			if field[1] != "" {
				card += fmt.Sprintf(`,%q:%s`, field[0], quote(field[1]))
			}
		}
		cards = append(cards, card+"}")
	}
	return 200, fmt.Sprintf(`[{"id":%q,"name":%s,"createdAt":%q,"updatedAt":%q,"lastSeen":%q,"simCards":[%s]}]`,
		p.device, quote(p.model), date(p.now()), date(p.now()), date(p.now()), strings.Join(cards, ","))
}

var numberForm = regexp.MustCompile(`^\+?[0-9*#]{2,15}$`)

func (p *Phone) postMessage(_ http.ResponseWriter, r *http.Request) (int, string) {
	var in struct {
		ID          string
		TextMessage *struct{ Text string }
		Message     string
		DataMessage *struct {
			Data string
			Port int
		}
		PhoneNumbers       []string
		SIMNumber          *int
		WithDeliveryReport *bool
		IsEncrypted        *bool
		Priority           *int8
		TTL                *int64
		ValidUntil         string
		ScheduleAt         string
		DeviceID           string
	}
	if err := p.read(r, &in); err != nil {
		return problem(400, err.Error())
	}
	switch {
	case in.TextMessage == nil:
		return problem(400, "Must specify exactly one of: textMessage, dataMessage, or message")
	case in.TextMessage.Text == "":
		return problem(400, "Text message is empty")
	case len(in.PhoneNumbers) == 0:
		return problem(400, "Empty phone numbers list")
	case in.SIMNumber != nil && *in.SIMNumber < 1:
		return problem(400, "SIM number cannot be less than 1")
	case in.DeviceID != "" && in.DeviceID != p.device:
		return problem(400, "Invalid device ID")
	case in.TTL != nil && in.ValidUntil != "":
		return problem(400, "fields conflict: ttl and validUntil")
	}
	m := &message{id: in.ID, to: in.PhoneNumbers[0], text: in.TextMessage.Text, report: in.WithDeliveryReport == nil || *in.WithDeliveryReport,
		state: "Pending", until: p.now().Add(24 * time.Hour)}
	if in.TTL != nil {
		m.until = p.now().Add(time.Duration(*in.TTL) * time.Second)
	}
	if in.ValidUntil != "" {
		at, err := time.Parse("2006-01-02T15:04:05.000Z07:00", in.ValidUntil)
		if err != nil {
			p.complain("validUntil is %q", in.ValidUntil)
			return problem(400, err.Error())
		}
		m.until = at
	}
	if m.until.Before(p.now()) {
		return problem(400, "message already expired")
	}
	if in.SIMNumber != nil {
		m.sim = *in.SIMNumber
	}
	if len(in.ID) > 36 || len(in.PhoneNumbers) != 1 || !numberForm.MatchString(m.to) || r.URL.Query().Get("skipPhoneValidation") != "true" {
		p.complain("a message with the id %q to %q", in.ID, in.PhoneNumbers)
	}
	if m.id == "" {
		m.id = p.id()
	}
	if p.find(m.id) != nil {
		return problem(409, "Message with the same ID already exists")
	}
	shown := p.show(m)
	p.enter(m, "Pending", "")
	p.messages = append(p.messages, m)
	p.after(p.pace, func() { p.process(m) })
	return http.StatusAccepted, shown
}

func (p *Phone) find(id string) *message {
	for _, m := range p.messages {
		if m.id == id {
			return m
		}
	}
	return nil
}

// show writes a message with its text.
func (p *Phone) show(m *message) string {
	failed := ""
	if m.err != "" {
		failed = `,"error":` + quote(m.err)
	}
	return fmt.Sprintf(`{"id":%s,"deviceId":%q,"state":%q,"isHashed":false,"isEncrypted":false,"textMessage":{"text":%s},`+
		`"recipients":[{"phoneNumber":%s,"state":%q%s}],"states":{%s}}`,
		quote(m.id), p.device, m.state, quote(m.text), quote(m.to), m.state, failed, strings.Join(m.states, ","))
}

func (p *Phone) getMessage(_ http.ResponseWriter, r *http.Request) (int, string) {
	m := p.find(r.PathValue("id"))
	if m == nil {
		return 404, ""
	}
	return 200, p.show(m)
}

func (p *Phone) deleteMessage(_ http.ResponseWriter, r *http.Request) (int, string) {
	m := p.find(r.PathValue("id"))
	switch {
	case m == nil:
		return 404, ""
	case m.state == "Cancelled":
	case m.state != "Pending":
		return problem(400, "Message "+m.id+" is not in Pending state")
	default:
		p.enter(m, "Cancelled", "")
		p.emit("sms:cancelled", fmt.Sprintf(`%s,"cancelledAt":%q`, about(m), date(p.now())))
	}
	return 200, p.show(m)
}

func (p *Phone) getInbox(w http.ResponseWriter, r *http.Request) (int, string) {
	query := r.URL.Query()
	from := time.Time{}
	if raw := query.Get("from"); raw != "" {
		var err error
		if from, err = time.Parse(time.RFC3339, raw); err != nil {
			return problem(400, "Invalid from datetime")
		}
		if from.After(p.now()) {
			return problem(400, "Start date cannot be after end date")
		}
	}
	limit, offset := 50, 0
	for name, n := range map[string]*int{"limit": &limit, "offset": &offset} {
		if raw := query.Get(name); raw != "" {
			*n, _ = strconv.Atoi(raw)
		}
	}
	if limit < 1 || limit > 500 {
		return problem(400, "limit must be between 1 and 500")
	}
	var found []string
	for i := len(p.incoming) - 1; i >= 0; i-- { // newest first
		if m := p.incoming[i]; !m.at.Before(from) {
			found = append(found, fmt.Sprintf(`{"id":%s,"type":"SMS","sender":%s,"simNumber":%d,"contentPreview":%s,"createdAt":%q,"attachments":[]}`,
				quote(m.id), quote(m.from), m.sim, quote(m.text), date(m.at)))
		}
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(found)))
	found = found[min(offset, len(found)):]
	return 200, "[" + strings.Join(found[:min(limit, len(found))], ",") + "]"
}

// registered writes a registration.
func registered(h hook) string {
	return fmt.Sprintf(`{"id":%s,"url":%s,"event":%q,"source":"Local"}`, quote(h.id), quote(h.url), h.event)
}

func (p *Phone) getWebhooks(http.ResponseWriter, *http.Request) (int, string) {
	all := make([]string, len(p.hooks))
	for i, h := range p.hooks {
		all[i] = registered(h)
	}
	return 200, "[" + strings.Join(all, ",") + "]"
}

var events = regexp.MustCompile(`^(sms:(received|data-received|sent|delivered|failed|cancelled)|mms:(received|downloaded)|system:ping|app:started)$`)

func (p *Phone) postWebhook(_ http.ResponseWriter, r *http.Request) (int, string) {
	var in struct{ ID, DeviceID, URL, Event string }
	if err := p.read(r, &in); err != nil {
		return problem(400, err.Error())
	}
	switch {
	case in.DeviceID != "" && in.DeviceID != p.device:
		return problem(400, "Device ID mismatch")
	case !strings.HasPrefix(in.URL, "https://") && !strings.HasPrefix(in.URL, "http://127.0.0.1") && (!p.insecure || !strings.HasPrefix(in.URL, "http://")):
		return problem(400, "url must start with https:// or http://127.0.0.1")
	case !events.MatchString(in.Event):
		return problem(400, "Unsupported event")
	}
	h := hook{in.ID, in.URL, in.Event}
	if h.id == "" {
		h.id = p.id()
	}
	for i := range p.hooks {
		if p.hooks[i].id == h.id {
			p.hooks[i] = h
			return 201, registered(h)
		}
	}
	p.hooks = append(p.hooks, h)
	return 201, registered(h)
}

func (p *Phone) deleteWebhook(_ http.ResponseWriter, r *http.Request) (int, string) {
	for i := range p.hooks {
		if p.hooks[i].id == r.PathValue("id") {
			p.hooks = append(p.hooks[:i], p.hooks[i+1:]...)
			break
		}
	}
	return 204, ""
}

func (p *Phone) patchSettings(_ http.ResponseWriter, r *http.Request) (int, string) {
	var in struct {
		Webhooks struct {
			InternetRequired *bool   `json:"internet_required"`
			RetryCount       *int    `json:"retry_count"`
			SigningKey       *string `json:"signing_key"`
		}
	}
	if err := p.read(r, &in); err != nil {
		return problem(400, "Invalid request: "+err.Error())
	}
	if in.Webhooks.SigningKey != nil {
		p.key = *in.Webhooks.SigningKey
	}
	if in.Webhooks.InternetRequired != nil {
		p.internet = *in.Webhooks.InternetRequired
	}
	return 200, fmt.Sprintf(`{"encryption":{},"gateway":{},"messages":{},"ping":{},"logs":{},"webhooks":{"internet_required":%t,"retry_count":15}}`, p.internet)
}
