package config

import (
	"reflect"
	"strings"
	"testing"

	v1 "simgate/api/v1"
)

// Each setting says where its value is from, whether the file has another by now, and what is
// secret in none.
func TestSettings(t *testing.T) {
	const text = "country: DE\n\npace:\n  day: 50\nmqtt: {broker: mqtt://127.0.0.1:1883, password: secret}\nguard:\n  countries: [DE, AT]\nmodems: [{name: stick, port: auto, pin: \"0815\"}]\nweb: {clear: false}\n"
	settled, err := Source{Raw: []byte(text)}.Settle()
	if err != nil {
		t.Fatal(err)
	}
	c := settled.Config
	settings := func(text string) map[string]v1.ConfigSetting {
		t.Helper()
		all, err := c.Settings(Source{Path: "/f.yaml", Raw: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		byKey := map[string]v1.ConfigSetting{}
		for _, s := range all {
			byKey[s.Key] = s
		}
		return byKey
	}
	got := settings(text)
	for _, want := range []v1.ConfigSetting{
		{Key: "country", Value: "DE", Restart: true, Line: 1, Source: v1.SettingFile, Type: v1.SettingText, Place: "/f.yaml:1"},
		{Key: "modems", Value: "stick", Restart: true, Line: 8, Source: v1.SettingFile, Type: v1.SettingEntries, Place: "/f.yaml:8"},
		{Key: "pace.day", Value: "50", Line: 4, Source: v1.SettingFile, Type: v1.SettingNumber, Default: "0", Changeable: true, Place: "/f.yaml:4"},
		{Key: "guard.countries", Value: "DE\nAT", Line: 7, Source: v1.SettingFile, Type: v1.SettingList, Changeable: true, Place: "/f.yaml:7"},
		{Key: "mqtt.password", Value: hidden, Restart: true, Line: 5, Source: v1.SettingFile, Type: v1.SettingText, Hidden: true, Place: "/f.yaml:5"},
		{Key: "web.clear", Value: "false", Line: 9, Source: v1.SettingFile, Type: v1.SettingChoice, Choices: []string{"true", "false"}, Default: "false", Place: "/f.yaml:9"},
		{Key: "notify.sms", Source: v1.SettingDefault, Type: v1.SettingText, Hidden: true, Changeable: true, Place: "/f.yaml: notify: {sms: …}"},
		{Key: "pace.cost_day", Value: "0.00", Default: "0.00", Source: v1.SettingDefault, Type: v1.SettingText, Changeable: true, Place: "/f.yaml:3 (pace), below it: cost_day: 0.00"},
		{Key: "limits.body", Value: "64KB", Default: "64KB", Restart: true, Source: v1.SettingDefault, Type: v1.SettingText, Place: `/f.yaml: limits: {body: 64KB}`},
	} {
		one := got[want.Key]
		want.Description = one.Description
		if !reflect.DeepEqual(one, want) {
			t.Errorf("%+v, want %+v", one, want)
		}
	}
	if n := len(got); n < 100 {
		t.Errorf("there are %d settings", n)
	}

	got = settings(strings.Replace(strings.Replace(text, "day: 50", "day: 60", 1), "DE\n", "AT\n", 1))
	for key, s := range got {
		if want := key == "pace.day" || key == "country"; s.Waiting != want {
			t.Errorf("%s differs from the file: %v", key, s.Waiting)
		}
	}
	if got["country"].Value != "DE" || got["pace.day"].Value != "50" {
		t.Errorf("what is in force: %+v", got)
	}

	all, err := c.Settings(Source{Raw: []byte("country: [\n")})
	if err == nil || len(all) != len(got) {
		t.Errorf("of a file with mistakes: %d settings, %v", len(all), err)
	}
	for _, s := range all {
		if s.Waiting {
			t.Errorf("%s differs from nothing", s.Key)
		}
	}
}

// What is named as a section is none.
func TestEverySettingIsAKey(t *testing.T) {
	all, _ := Default().Settings(Source{})
	keys := map[string]bool{}
	for _, s := range all {
		keys[s.Key] = true
		if s.Source != v1.SettingDefault && s.Key != "hosts" || s.Value != s.Default { // an empty file is from before there was TLS
			t.Errorf("%s of the defaults is not the default", s.Key)
		}
	}
	compare("", reflect.ValueOf(Default()), reflect.ValueOf(new(Config)).Elem(), func(key string, _, _ reflect.Value) {
		if !keys[key] {
			t.Errorf("%s is missing", key)
		}
	})
}

// Every key that is for the file alone, or waits for a restart, is one.
func TestListedKeysExist(t *testing.T) {
	known := paths()
	for _, key := range append(append([]string{}, fixed...), filed...) {
		if !known[key] {
			t.Errorf("there is no key %s", key)
		}
	}
}
