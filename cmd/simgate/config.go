package main

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"time"
)

// Config is the configuration file; configs/simgate.yaml says what each key means.
type Config struct {
	Listen     string    `yaml:"listen"`
	Socket     string    `yaml:"socket"`
	StateDir   string    `yaml:"state_dir"`
	RuntimeDir string    `yaml:"runtime_dir"`
	Country    string    `yaml:"country"`
	Modems     []Modem   `yaml:"modems"`
	SIMs       []SIM     `yaml:"sims"`
	Pace       Pace      `yaml:"pace"`
	Block      Block     `yaml:"block"`
	Limits     Limits    `yaml:"limits"`
	Code       Code      `yaml:"code"`
	Apps       []App     `yaml:"apps"`
	Guard      Guard     `yaml:"guard"`
	Webhooks   Webhooks  `yaml:"webhooks"`
	Voice      Voice     `yaml:"voice"`
	Message    Message   `yaml:"message"`
	Retention  Retention `yaml:"retention"`
	Log        Log       `yaml:"log"`
}

// Modem is one modem of the configuration.
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

// Limits bound what callers and the network can take.
type Limits struct {
	Parts          int      `yaml:"parts"`
	Queue          int      `yaml:"queue"`
	Tries          int      `yaml:"tries"`
	Connections    int      `yaml:"connections"`
	Body           Size     `yaml:"body"`
	RequestTimeout Duration `yaml:"request_timeout"`
}

// Voice is how calls speak.
type Voice struct {
	Espeak        string   `yaml:"espeak"`
	Recordings    string   `yaml:"recordings"`
	Files         string   `yaml:"files"`
	RequireKey    bool     `yaml:"require_key"`
	Ring          Duration `yaml:"ring"`
	Limit         Duration `yaml:"limit"`
	IncomingCalls string   `yaml:"incoming_calls"`
}

// App is what belongs to one app.
type App struct {
	Name         string `yaml:"name"`
	OriginDomain string `yaml:"origin_domain"`
	AndroidHash  string `yaml:"android_hash"`
}

// Webhooks bound where webhooks may be.
type Webhooks struct {
	Allow       []string `yaml:"allow"`
	AnyCallback bool     `yaml:"any_callback"`
}

// Code is what codes are like.
type Code struct {
	Length      int      `yaml:"length"`
	Lifetime    Duration `yaml:"lifetime"`
	MaxLifetime Duration `yaml:"max_lifetime"`

	Locale        string   `yaml:"locale"`
	Texts         []string `yaml:"texts"`
	VoiceFallback string   `yaml:"voice_fallback"`
	TestNumbers   []string `yaml:"test_numbers"`
}

// Message is what messages are like.
type Message struct {
	Lifetime   Duration `yaml:"lifetime"`
	GapTimeout Duration `yaml:"gap_timeout"`
}

// Retention is how long what is over is kept.
type Retention struct {
	Messages      Duration `yaml:"messages"`
	Verifications Duration `yaml:"verifications"`
	Inbox         Duration `yaml:"inbox"`
	Events        Duration `yaml:"events"`
}

// Log is how the daemon logs.
type Log struct {
	Level  slog.Level `yaml:"level"`
	Format string     `yaml:"format"`
}

// Default returns the configuration of an empty file.
func Default() Config {
	return Config{
		Listen:     "127.0.0.1:8080",
		Socket:     "/run/simgate/simgate.sock",
		StateDir:   "/var/lib/simgate",
		RuntimeDir: "/run/simgate",
		Modems:     []Modem{},
		SIMs:       []SIM{},
		Block:      Block{Refusals: 3, Silent: 10, Window: Duration(time.Hour)},
		Limits: Limits{Parts: 10, Queue: 100_000, Tries: 5, Connections: 512, Body: 64 << 10,
			RequestTimeout: Duration(10 * time.Second)},
		Code: Code{Length: 6, Lifetime: Duration(5 * time.Minute), MaxLifetime: Duration(24 * time.Hour),
			Locale: "en-us", Texts: []string{}, VoiceFallback: "sms", TestNumbers: []string{}},
		Apps:      []App{},
		Guard:     defaultGuard(),
		Webhooks:  Webhooks{Allow: []string{}},
		Voice:     Voice{Espeak: "espeak-ng", Ring: Duration(45 * time.Second), Limit: Duration(90 * time.Second), IncomingCalls: "refuse"},
		Message:   Message{Lifetime: Duration(72 * time.Hour), GapTimeout: Duration(day)},
		Retention: Retention{Messages: Duration(30 * day), Verifications: Duration(7 * day), Inbox: Duration(30 * day), Events: Duration(90 * day)},
		Log:       Log{Level: slog.LevelInfo, Format: "text"},
	}
}

// loadConfig reads the file that --config names. Its errors name each mistake.
func (a *app) loadConfig() (Config, error) {
	cfg, mistakes, err := readConfig(a.configPath)
	if err == nil && len(mistakes) > 0 {
		err = usageError{errors.New(describe(a.configPath, mistakes))}
	}
	return cfg, err
}

// readConfig reads a file, and returns all that is wrong with what it holds.
func readConfig(path string) (Config, []mistake, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, nil, usageError{missingConfig(path)}
	}
	if err != nil {
		return Config{}, nil, usageError{err}
	}
	cfg, mistakes := parseConfig(raw)
	return cfg, mistakes, nil
}

// missingConfig is the path of a configuration that does not exist.
type missingConfig string

func (m missingConfig) Error() string {
	return "there is no configuration at " + string(m) + ": make one with \"simgate config default\", or name another with --config"
}

// Is reports whether target is fs.ErrNotExist.
func (m missingConfig) Is(target error) bool { return target == fs.ErrNotExist }
