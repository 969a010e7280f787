package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"simgate/configs"
)

func open(t *testing.T, text string) *File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "simgate.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestChangesKeepTheRest(t *testing.T) {
	for _, tc := range []struct {
		name, before string
		change       func(f *File) error
		after        string // "" for one that must be made by hand
	}{
		{"a country", "# mine\ncountry: \"\" # home\nlog: {level: info}\n", func(f *File) error { return f.SetCountry("DE") },
			"# mine\ncountry: DE # home\nlog: {level: info}\n"},
		{"Norway", "country: DE\n", func(f *File) error { return f.SetCountry("NO") }, "country: NO\n"},
		{"a country without a line end", "listen: 127.0.0.1:1", func(f *File) error { return f.SetCountry("DE") }, "listen: 127.0.0.1:1\ncountry: DE\n"},
		{"a country after a text of several octets a letter", "code: {texts: [\"de-de={code} für {brand}\"]}\ncountry: \"\"\n",
			func(f *File) error { return f.SetCountry("AT") }, "code: {texts: [\"de-de={code} für {brand}\"]}\ncountry: AT\n"},
		{"an address", "listen: 127.0.0.1:8080   # here\n", func(f *File) error { return f.SetListen("127.0.0.1:8081") }, "listen: 127.0.0.1:8081   # here\n"},
		{"an address for other machines", "listen: 127.0.0.1:8080   # here\n", func(f *File) error { return f.SetListen("0.0.0.0:8443") },
			"listen: [\"127.0.0.1:8080\", {address: \"0.0.0.0:8443\", tls: on}]   # here\n"},
		{"an address for other machines instead of another", "listen: 0.0.0.0:8080\n", func(f *File) error { return f.SetListen("[::]:8443") },
			"listen: [{address: \"[::]:8443\", tls: on}]\n"},
		{"an address in a list", "listen:\n  - 127.0.0.1:8080\n", func(f *File) error { return f.SetListen("0.0.0.0:8080") }, ""},
		{"the first modem", "modems: []\n# what follows\ncountry: DE\n",
			func(f *File) error { return f.SetModems([]Modem{{Name: "modem", Port: "auto"}}) },
			"modems:\n  - name: modem\n    port: auto\n# what follows\ncountry: DE\n"},
		{"the first modem where the key has no value", "modems:\ncountry: DE\n",
			func(f *File) error {
				return f.SetModems([]Modem{{Name: "modem", Port: "/dev/ttyAMA0", PIN: "0123"}})
			},
			"modems:\n  - name: modem\n    port: /dev/ttyAMA0\n    pin: \"0123\"\ncountry: DE\n"},
		{"the first modem of an empty list of two lines", "modems: [\n  ]\ncountry: DE\n",
			func(f *File) error { return f.SetModems([]Modem{{Name: "modem", Port: "auto"}}) },
			"modems:\n  - name: modem\n    port: auto\ncountry: DE\n"},
		{"modems where there are some", "modems: [{name: a, port: auto}]\n", func(f *File) error { return f.SetModems([]Modem{{Name: "b", Port: "auto"}}) }, ""},
		{"a PIN", "modems:\n  - name: a # mine\n    port: auto\n  - name: b\n    port: /dev/ttyUSB1\n", func(f *File) error { return f.SetPIN(1, "0123") },
			"modems:\n  - name: a # mine\n    port: auto\n  - name: b\n    pin: \"0123\"\n    port: /dev/ttyUSB1\n"},
		{"a PIN on one line", "modems: [{name: a, port: auto}] # one\n", func(f *File) error { return f.SetPIN(0, "1234") },
			"modems: [{name: a, port: auto, pin: \"1234\"}] # one\n"},
		{"another PIN", "modems:\n  - {name: a, pin: '1111', port: auto}\n", func(f *File) error { return f.SetPIN(0, "1234") },
			"modems:\n  - {name: a, pin: \"1234\", port: auto}\n"},
		{"a PIN that is none", "modems:\n  - {name: a, port: auto}\n", func(f *File) error { return f.SetPIN(0, "12") }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := open(t, tc.before)
			err := tc.change(f)
			if tc.after == "" {
				if err == nil || string(f.raw) != tc.before {
					t.Errorf("%v: %s", err, f.raw)
				}
				return
			}
			if err == nil {
				err = f.Write()
			}
			written, _ := os.ReadFile(f.path)
			if err != nil || string(written) != tc.after {
				t.Errorf("%v:\n%s\nwant\n%s", err, written, tc.after)
			}
			if got, err := Load(f.path); err != nil || !reflect.DeepEqual(got, f.Config()) {
				t.Errorf("it is read as %+v: %v", got, err)
			}
		})
	}
}

// The file that the package installs takes every change that setup needs there, and loses none of its comments.
func TestTheDefaultFileCanBeChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "simgate.yaml")
	f, err := Open(path, configs.Default)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(f.SetModems([]Modem{{Name: "modem", Port: "auto"}}), f.SetPIN(0, "0815"), f.SetCountry("GB"), f.Write())
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(path)
	if err != nil || cfg.Country != "GB" || len(cfg.Modems) != 1 || cfg.Modems[0].PIN != "0815" || len(cfg.Listen) != 2 {
		t.Errorf("%+v: %v", cfg, err)
	}
	raw, _ := os.ReadFile(path)
	if before, after := strings.Count(string(configs.Default), "#"), strings.Count(string(raw), "#"); after != before {
		t.Errorf("of %d comments %d are left", before, after)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("it has the mode %v", info.Mode())
	}
}

// Whatever a file looks like, a change means that change and no other, or is refused.
func FuzzChanges(f *testing.F) {
	f.Add([]byte("modems: []\ncountry: \"\"\n"), "1234")
	f.Add([]byte("modems: [{name: a, port: auto}]"), "0815")
	f.Add([]byte("# ü\r\nmodems:\r\n  - name: a\r\n    port: auto\r\n"), "0815")
	f.Add(configs.Default, "12345678")
	f.Fuzz(func(t *testing.T, raw []byte, pin string) {
		before, mistakes := parse(raw)
		if len(mistakes) > 0 {
			return
		}
		file := &File{raw: raw, cfg: before}
		if file.SetModems([]Modem{{Name: "modem", Port: "auto"}}) == nil {
			before.Modems = []Modem{{Name: "modem", Port: "auto"}}
		}
		if len(before.Modems) > 0 && file.SetPIN(0, PIN(pin)) == nil {
			before.Modems[0].PIN = PIN(pin)
		}
		if file.SetCountry("NO") == nil {
			before.Country = "NO"
		}
		if got, mistakes := parse(file.raw); len(mistakes) > 0 || !reflect.DeepEqual(got, before) {
			t.Errorf("%q became %q: %v", raw, file.raw, mistakes)
		}
	})
}
