package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"

	"simgate/api/homeassistant"
)

// MQTT says where the broker of Home Assistant is, and what is shown there.
type MQTT struct {
	Broker    string    `yaml:"broker"`
	User      string    `yaml:"user"`
	Password  Secret    `yaml:"password"`
	CA        string    `yaml:"ca"`
	ID        string    `yaml:"id"`
	Discovery string    `yaml:"discovery"`
	Contacts  []Contact `yaml:"contacts"`
	Send      bool      `yaml:"send"`
	Private   bool      `yaml:"private"`
}

// Contact is somebody who gets a notify entity.
type Contact struct {
	Name   string `yaml:"name"`
	Number string `yaml:"number"`
}

// HomeAssistant returns the settings of the link to Home Assistant, but for its version.
func (c Config) HomeAssistant() homeassistant.Config {
	m := c.MQTT
	out := homeassistant.Config{Broker: m.Broker, User: m.User, Password: string(m.Password), CA: m.CA, ID: m.ID, Discovery: m.Discovery,
		Send: m.Send, Private: m.Private, Cursor: filepath.Join(c.StateDir, "mqtt.cursor")}
	for _, p := range m.Contacts {
		out.Contacts = append(out.Contacts, homeassistant.Contact(p))
	}
	return out
}

var (
	topicForm   = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
	prefixTopic = regexp.MustCompile(`^[a-zA-Z0-9_/-]*$`)
)

func (m MQTT) validate() []Mistake {
	var found []Mistake
	wrong := func(key, format string, args ...any) {
		found = append(found, Mistake{Key: "mqtt." + key, Message: fmt.Sprintf(format, args...)})
	}
	if u, err := url.Parse(m.Broker); m.Broker != "" && (err != nil || !slices.Contains([]string{"mqtt", "mqtts"}, u.Scheme) || u.Hostname() == "" || u.Port() == "" || u.User != nil) {
		wrong("broker", "must be a URL such as mqtt://192.168.1.10:1883, or mqtts://HOST:8883 with TLS; user and password have keys of their own")
	}
	if m.CA != "" && !filepath.IsAbs(m.CA) {
		wrong("ca", "must be a path that begins with /, or empty")
	}
	if len(m.ID) > 32 || !topicForm.MatchString(m.ID) {
		wrong("id", "must be 1 to 32 letters, digits, dashes or underscores")
	}
	if len(m.Discovery) > 64 || !prefixTopic.MatchString(m.Discovery) {
		wrong("discovery", "must be the prefix of a topic, such as homeassistant, or empty")
	}
	for i, c := range m.Contacts {
		key := fmt.Sprintf("contacts[%d]", i)
		if c.Name == "" || len(c.Name) > 64 {
			wrong(key+".name", "must have 1 to 64 characters")
		}
		if !numberForm.MatchString(c.Number) {
			wrong(key+".number", "must be + and country code and digits, in quotes")
		}
		for _, other := range m.Contacts[:i] {
			if homeassistant.Slug(c.Name) == homeassistant.Slug(other.Name) {
				wrong(key+".name", "is too much like the name of another contact: topics have only small letters and digits")
			}
		}
	}
	return found
}
