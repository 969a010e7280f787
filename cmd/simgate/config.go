package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Config is the configuration file.
type Config struct {
	Listen     string    `yaml:"listen"`
	Socket     string    `yaml:"socket"`
	StateDir   string    `yaml:"state_dir"`
	RuntimeDir string    `yaml:"runtime_dir"`
	Country    string    `yaml:"country"`
	Modems     []Modem   `yaml:"modems"`
	Limits     Limits    `yaml:"limits"`
	Code       Code      `yaml:"code"`
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

// Code is what codes are like.
type Code struct {
	Length      int      `yaml:"length"`
	Lifetime    Duration `yaml:"lifetime"`
	MaxLifetime Duration `yaml:"max_lifetime"`
}

// Message is what messages are like.
type Message struct {
	Lifetime Duration `yaml:"lifetime"`
}

// Retention is how long what is over is kept.
type Retention struct {
	Messages      Duration `yaml:"messages"`
	Verifications Duration `yaml:"verifications"`
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
		Limits: Limits{Parts: 10, Queue: 100_000, Tries: 5, Connections: 512, Body: 64 << 10,
			RequestTimeout: duration("10s")},
		Code:      Code{Length: 6, Lifetime: duration("5m"), MaxLifetime: duration("24h")},
		Message:   Message{Lifetime: duration("72h")},
		Retention: Retention{Messages: duration("30d"), Verifications: duration("7d")},
		Log:       Log{Level: slog.LevelInfo, Format: "text"},
	}
}

// loadConfig reads the file that --config names. Its errors name each mistake.
func (a *app) loadConfig() (Config, error) {
	raw, err := os.ReadFile(a.configPath)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, usageError{fmt.Errorf("there is no configuration at %s: make one with \"simgate config default\", or name another with --config", a.configPath)}
	}
	if err != nil {
		return Config{}, usageError{err}
	}
	cfg, mistakes := parseConfig(raw)
	if len(mistakes) > 0 {
		return Config{}, usageError{errors.New(describe(a.configPath, mistakes))}
	}
	return cfg, nil
}

// mistake is one thing that is wrong with a configuration.
type mistake struct {
	line    int    // 0 where there is none
	key     string // as limits.parts or modems[0].port
	message string
}

func (m mistake) String() string {
	if m.key == "" {
		return m.message
	}
	return m.key + ": " + m.message
}

func describe(path string, mistakes []mistake) string {
	lines := make([]string, len(mistakes))
	for i, m := range mistakes {
		lines[i] = fmt.Sprintf("%s:%d: %s", path, m.line, m)
	}
	return strings.Join(lines, "\n")
}

// parseConfig reads a configuration over the defaults, and returns all that is
// wrong with it, by line.
func parseConfig(raw []byte) (Config, []mistake) {
	cfg := Default()
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return cfg, []mistake{yamlMistake(err)}
	}
	var mistakes []mistake
	for _, doc := range file.Docs {
		mistakes = append(mistakes, unknownKeys(doc.Body, keysOf[Config](), "")...)
	}
	if len(mistakes) == 0 {
		d := yaml.NewDecoder(bytes.NewReader(raw), yaml.DisallowUnknownField())
		switch err := d.Decode(&cfg); {
		case errors.Is(err, io.EOF):
			cfg = Default() // an empty file
		case err != nil:
			return cfg, []mistake{yamlMistake(err)}
		}
		if len(file.Docs) > 1 && file.Docs[1].Body != nil {
			mistakes = append(mistakes, mistake{message: "the file holds more than one document", line: file.Docs[1].Body.GetToken().Position.Line})
		}
		for _, m := range cfg.validate() {
			m.line = lineOf(file, m.key)
			mistakes = append(mistakes, m)
		}
	}
	slices.SortStableFunc(mistakes, func(a, b mistake) int { return a.line - b.line })
	return cfg, mistakes
}

// yamlMistake takes line and text from an error of the library. The excerpt
// that it could add might show a PIN, so the text alone is used.
func yamlMistake(err error) mistake {
	if e, ok := errors.AsType[valueError](err); ok {
		return mistake{message: e.Error(), line: e.line}
	}
	if e, ok := errors.AsType[yaml.Error](err); ok {
		m := mistake{message: e.GetMessage()}
		if t := e.GetToken(); t != nil && t.Position != nil {
			m.line = t.Position.Line
		}
		return m
	}
	return mistake{message: err.Error()}
}

// lineOf returns the line of a key, or of the nearest key above it that stands
// in the file.
func lineOf(file *ast.File, key string) int {
	for key != "" {
		path, err := yaml.PathString("$." + key)
		if err == nil {
			if node, err := path.FilterFile(file); err == nil && node != nil {
				return node.GetToken().Position.Line
			}
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return 1
}
