package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Each setting says where its value is from, whether the file has another by now, and what is
// secret in none.
func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "simgate.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const text = "country: DE\n\npace:\n  day: 50\nmqtt: {broker: mqtt://127.0.0.1:1883, password: secret}\nguard:\n  countries: [DE, AT]\nmodems: [{name: stick, port: auto, pin: \"0815\"}]\nweb: {clear: false}\n"
	write(text)
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	settings := func() map[string]Setting {
		t.Helper()
		all, err := c.Settings(path)
		if err != nil {
			t.Fatal(err)
		}
		byKey := map[string]Setting{}
		for _, s := range all {
			byKey[s.Key] = s
		}
		return byKey
	}
	got := settings()
	for _, want := range []Setting{
		{Key: "country", Value: "DE", Restart: true, Line: 1}, {Key: "modems", Value: "stick", Restart: true, Line: 8}, {Key: "pace.day", Value: "50", Line: 4},
		{Key: "guard.countries", Value: "DE, AT", Line: 7}, {Key: "mqtt.password", Value: "•••••", Restart: true, Line: 5},
		{Key: "web.clear", Value: "false", Default: true, Line: 9}, {Key: "notify.sms", Value: "", Default: true},
	} {
		if got[want.Key] != want {
			t.Errorf("%+v, want %+v", got[want.Key], want)
		}
	}
	if n := len(got); n < 100 {
		t.Errorf("there are %d settings", n)
	}

	write(strings.Replace(strings.Replace(text, "day: 50", "day: 60", 1), "DE\n", "AT\n", 1))
	got = settings()
	for key, s := range got {
		if want := key == "pace.day" || key == "country"; s.Differs != want {
			t.Errorf("%s differs from the file: %v", key, s.Differs)
		}
	}
	if got["country"].Value != "DE" || got["pace.day"].Value != "50" {
		t.Errorf("what is in force: %+v", got)
	}

	write("country: [\n")
	all, err := c.Settings(path)
	if err == nil || len(all) != len(got) {
		t.Errorf("of a file with mistakes: %d settings, %v", len(all), err)
	}
	for _, s := range all {
		if s.Differs {
			t.Errorf("%s differs from nothing", s.Key)
		}
	}
}

// What is named as a section is none.
func TestEverySettingIsAKey(t *testing.T) {
	all, _ := Default().Settings("")
	keys := map[string]bool{}
	for _, s := range all {
		keys[s.Key] = true
		if !s.Default {
			t.Errorf("%s of the defaults is not the default", s.Key)
		}
	}
	compare("", reflect.ValueOf(Default()), reflect.ValueOf(new(Config)).Elem(), func(key string, _, _ reflect.Value) {
		if !keys[key] {
			t.Errorf("%s is missing", key)
		}
	})
}
