// Package config reads the configuration file.
//
// A file holds what differs from the defaults, which [Default] takes from the
// packages that use them. It is strict: a key that does not exist, a value of the
// wrong kind and one that cannot work are mistakes, and [Load] returns all of them
// with their lines, not only the first. The file may hold PINs, so no mistake
// shows the value of a key that could be one.
//
// configs/simgate.yaml lists every key; a test compares it with this package.
package config

import (
	"log/slog"
	"slices"
	"time"

	"simgate/api"
	"simgate/api/certificate/acme"
	"simgate/gateway"
	"simgate/gateway/notify"
	"simgate/gateway/speech"
	"simgate/modem"
)

// Config is what a configuration file says; configs/simgate.yaml describes each
// key.
type Config struct {
	Listen     Listeners `yaml:"listen"`
	TLS        TLS       `yaml:"tls"`
	Hosts      []string  `yaml:"hosts"`
	Web        Web       `yaml:"web"`
	MDNS       bool      `yaml:"mdns"`
	Socket     string    `yaml:"socket"`
	StateDir   string    `yaml:"state_dir"`
	RuntimeDir string    `yaml:"runtime_dir"`
	Country    string    `yaml:"country"`
	Modems     []Modem   `yaml:"modems"`
	Lines      []Line    `yaml:"lines"`
	SIMs       []SIM     `yaml:"sims"`
	Pace       Pace      `yaml:"pace"`
	Block      Block     `yaml:"block"`
	Limits     Limits    `yaml:"limits"`
	Code       Code      `yaml:"code"`
	Apps       []App     `yaml:"apps"`
	Dialects   Dialects  `yaml:"dialects"`
	Guard      Guard     `yaml:"guard"`
	OptOut     OptOut    `yaml:"opt_out"`
	Webhooks   Webhooks  `yaml:"webhooks"`
	Notify     Notify    `yaml:"notify"`
	Forward    []Forward `yaml:"forward"`
	Voice      Voice     `yaml:"voice"`
	Message    Message   `yaml:"message"`
	Retention  Retention `yaml:"retention"`
	Backup     Backup    `yaml:"backup"`
	Canary     Canary    `yaml:"canary"`
	MQTT       MQTT      `yaml:"mqtt"`
	Log        Log       `yaml:"log"`
}

// HasSecret reports whether a PIN, a password or a token is in it.
func (c Config) HasSecret() bool {
	return c.Notify.hasSecret() || c.MQTT.Password+c.TLS.ACME.DNS.Token+c.TLS.ACME.DNS.Password != "" ||
		slices.ContainsFunc(c.Lines, func(l Line) bool { return l.Phone.Password != "" }) ||
		slices.ContainsFunc(c.Forward, func(f Forward) bool { return f.NtfyToken != "" }) ||
		slices.ContainsFunc(c.Modems, func(m Modem) bool { return m.PIN != "" }) ||
		slices.ContainsFunc(c.SIMs, func(s SIM) bool { return s.PIN != "" })
}

// Modem is one modem.
type Modem struct {
	Name     string   `yaml:"name"`
	Port     string   `yaml:"port"`
	Baud     int      `yaml:"baud"`
	PIN      PIN      `yaml:"pin"`
	Number   string   `yaml:"number"`
	SMSC     string   `yaml:"smsc"`
	IMEI     string   `yaml:"imei"`
	PDUPause Duration `yaml:"pdu_pause"`

	PowerCycle []string `yaml:"power_cycle"`
}

// Limits bound the size of messages, of the queue, and of HTTP requests.
type Limits struct {
	Parts          int      `yaml:"parts"`
	Queue          int      `yaml:"queue"`
	Tries          int      `yaml:"tries"`
	Connections    int      `yaml:"connections"`
	Body           Size     `yaml:"body"`
	RequestTimeout Duration `yaml:"request_timeout"`
}

// Voice describes calls.
type Voice struct {
	Espeak        string   `yaml:"espeak"`
	Recordings    string   `yaml:"recordings"`
	Files         string   `yaml:"files"`
	RequireKey    bool     `yaml:"require_key"`
	Ring          Duration `yaml:"ring"`
	Limit         Duration `yaml:"limit"`
	IncomingCalls string   `yaml:"incoming_calls"`
}

// App is one app, by the name of its key.
type App struct {
	Name         string `yaml:"name"`
	OriginDomain string `yaml:"origin_domain"`
	AndroidHash  string `yaml:"android_hash"`
	Numbers      string `yaml:"numbers"`
	QuietHours   string `yaml:"quiet_hours"`
}

// Dialects are the settings of dialects.
type Dialects struct {
	NinetyNine NinetyNine `yaml:"ninetynine"`
}

// NinetyNine are the settings of the dialect of 99digital.
type NinetyNine struct {
	Country string `yaml:"country"`
}

// OptOut says what becomes of who answers STOP.
type OptOut struct {
	Words  bool     `yaml:"words"`
	Answer bool     `yaml:"answer"`
	Except []string `yaml:"except"`
}

// Webhooks says which receivers of webhooks may be reached.
type Webhooks struct {
	Allow       []string `yaml:"allow"`
	AnyCallback bool     `yaml:"any_callback"`
}

// Code describes one-time codes and their texts.
type Code struct {
	Length      int      `yaml:"length"`
	Lifetime    Duration `yaml:"lifetime"`
	MaxLifetime Duration `yaml:"max_lifetime"`

	Locale        string   `yaml:"locale"`
	Texts         []string `yaml:"texts"`
	VoiceFallback string   `yaml:"voice_fallback"`
	TestNumbers   []string `yaml:"test_numbers"`
}

// Message describes messages that wait, and those that came in.
type Message struct {
	Lifetime   Duration `yaml:"lifetime"`
	GapTimeout Duration `yaml:"gap_timeout"`
}

// Retention says how long rows are kept after their end.
type Retention struct {
	Messages      Duration `yaml:"messages"`
	Verifications Duration `yaml:"verifications"`
	Inbox         Duration `yaml:"inbox"`
	Events        Duration `yaml:"events"`
}

// Log describes the log of the daemon.
type Log struct {
	Level  slog.Level `yaml:"level"`
	Format string     `yaml:"format"`
}

// Default returns the configuration of an empty file. Where a package has a
// default of its own, that is used, so that each stands in one place.
func Default() Config {
	g, server := gateway.DefaultConfig(), api.DefaultConfig()
	return Config{
		Listen:     Listeners{{Address: "127.0.0.1:8080"}},
		TLS:        TLS{Names: []string{}, ACME: ACME{Names: []string{}, Directory: acme.LetsEncrypt, DNS: DNS{Resolvers: []string{}}}},
		Hosts:      []string{},
		Web:        Web{Enabled: true, TrustedProxies: []string{}, FrameAncestors: []string{}, StatusPage: Off},
		MDNS:       true,
		Socket:     "/run/simgate/simgate.sock",
		StateDir:   "/var/lib/simgate",
		RuntimeDir: "/run/simgate",
		Modems:     []Modem{},
		Lines:      []Line{},
		SIMs:       []SIM{},
		Block:      Block{Refusals: g.Lines.BlockRefusals, Silent: g.Lines.BlockSilent, Window: Duration(g.Lines.BlockWindow)},
		Limits: Limits{Parts: g.MaxParts, Queue: g.MaxQueue, Tries: g.SendTries, Connections: server.Connections,
			Body: Size(server.BodyLimit), RequestTimeout: Duration(server.RequestTimeout)},
		Code: Code{Length: g.CodeLength, Lifetime: Duration(g.CodeLifetime), MaxLifetime: Duration(g.MaxCodeLifetime),
			Locale: g.Locale, Texts: []string{}, VoiceFallback: string(g.VoiceFallback), TestNumbers: []string{}},
		Apps:     []App{},
		Forward:  []Forward{},
		Dialects: Dialects{NinetyNine: NinetyNine{Country: "IL"}},
		Guard:    defaultGuard(g),
		OptOut:   OptOut{Words: true, Answer: true, Except: []string{}},
		Webhooks: Webhooks{Allow: []string{}},
		Notify:   Notify{Language: "en", Email: Email{TLS: notify.StartTLS}},
		Voice: Voice{Espeak: speech.DefaultEspeak, Ring: Duration(g.Voice.Ring), Limit: Duration(g.Voice.Limit),
			IncomingCalls: string(modem.RefuseCalls)},
		Message: Message{Lifetime: Duration(g.MessageLifetime), GapTimeout: Duration(g.GapTimeout)},
		Retention: Retention{Messages: Duration(g.KeepMessages), Verifications: Duration(g.KeepVerifications),
			Inbox: Duration(g.KeepInbox), Events: Duration(g.KeepEvents)},
		Backup: Backup{Keep: 7},
		MQTT:   MQTT{ID: "gateway", Discovery: "homeassistant", Contacts: []Contact{}},
		Canary: Canary{Within: Duration(5 * time.Minute)},
		Log:    Log{Level: slog.LevelInfo, Format: "text"},
	}
}
