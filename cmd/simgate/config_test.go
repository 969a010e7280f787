package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"simgate/configs"
)

func TestDefaultFileIsTheDefault(t *testing.T) {
	got, mistakes := parseConfig(configs.Default)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if diff := cmp.Diff(Default(), got); diff != "" {
		t.Errorf("the annotated file is not the default (-default +file):\n%s", diff)
	}
	if _, mistakes := parseConfig(nil); len(mistakes) > 0 {
		t.Errorf("an empty file has the mistakes %v", mistakes)
	}
}

func TestDefaultFileMentionsEveryKey(t *testing.T) {
	text := string(configs.Default)
	var missing func(prefix string, k keys)
	missing = func(prefix string, k keys) {
		for name, below := range k {
			if !strings.Contains(text, name+":") {
				t.Errorf("%s%s is not mentioned", prefix, name)
			}
			missing(prefix+name+".", below)
		}
	}
	missing("", keysOf[Config]())
}

// The example of a modem in the annotated file works when the # are removed.
func TestExampleOfTheDefaultFile(t *testing.T) {
	_, example, _ := strings.Cut(string(configs.Default), "modems: []\n#")
	text := strings.ReplaceAll(example, "\n#  ", "\n  ")
	cfg, mistakes := parseConfig([]byte(text))
	if len(mistakes) > 0 || len(cfg.Modems) != 1 {
		t.Fatal(mistakes, len(cfg.Modems))
	}
	want := Modem{Name: "stick", Port: "/dev/ttyUSB2", Baud: 115200, PIN: "1234", Number: "+4915112345678",
		SMSC: "+491710760000", IMEI: "490154203237518", PDUPause: Duration(100 * time.Millisecond)}
	if cfg.Modems[0] != want {
		t.Errorf("the modem is %+v", cfg.Modems[0])
	}
}

func TestConfigMistakes(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		want       []string // LINE: key: beginning of the text
	}{
		{"unknown key", "listen: 127.0.0.1:80\nlisten_on: x\n", []string{"2: listen_on: there is no such key"}},
		{"unknown keys at two places", "limits:\n  part: 3\nmodems:\n  - name: a\n    port: /dev/x\n    speed: 9\n",
			[]string{"2: limits.part: there is no such key", "6: modems[0].speed: there is no such key"}},
		{"nearly right", "stateDir: /x\n", []string{"1: stateDir: there is no such key; did you mean state_dir?"}},
		{"twice", "country: DE\ncountry: FR\n", []string{"2: mapping key \"country\" already defined"}},
		{"wrong type", "limits:\n  parts: many\n", []string{"2: "}},
		{"not YAML", "listen: [\n", []string{"1: "}},
		{"wrong values, each with its line", "listen: here\ncountry: Germany\nlimits:\n  parts: 0\n  connections: 9999\n",
			[]string{"1: listen: must be", "2: country: must be", "4: limits.parts: must be", "5: limits.connections: must be"}},
		{"a length of time", "code:\n  lifetime: soon\n", []string{"2: "}},
		{"a size", "limits:\n  body: big\n", []string{"2: "}},
		{"too long a life", "code:\n  lifetime: 48h\n", []string{"2: code.lifetime: must be"}},
		{"two modems of one name", "modems:\n  - {name: a, port: /dev/x}\n  - {name: a, port: /dev/y}\n", []string{"3: modems[1].name: another modem"}},
		{"a modem without a port", "modems:\n  - name: a\n", []string{"2: modems[0].port: is missing"}},
		{"a PIN that is none", "modems:\n  - name: a\n    port: /dev/x\n    pin: \"98x76\"\n", []string{"4: modems[0].pin: must be 4 to 8 digits"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, mistakes := parseConfig([]byte(tc.file))
			var got []string
			for _, m := range mistakes {
				got = append(got, fmt.Sprintf("%d: %s", m.line, m))
			}
			if len(got) != len(tc.want) {
				t.Fatalf("the mistakes are %q, want %q", got, tc.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], tc.want[i]) {
					t.Errorf("mistake %d is %q, want %q", i, got[i], tc.want[i])
				}
				if strings.Contains(got[i], "98x76") {
					t.Errorf("the mistake shows the PIN: %s", got[i])
				}
			}
		})
	}
}

func TestPINIsNeverPrinted(t *testing.T) {
	m := Modem{PIN: "7391"}
	for _, s := range []string{fmt.Sprint(m), fmt.Sprintf("%+v", m), fmt.Sprintf("%#v", m), m.PIN.String()} {
		if strings.Contains(s, "7391") {
			t.Errorf("printed: %s", s)
		}
	}
}

func TestConfigCommand(t *testing.T) {
	good, bad := filepath.Join(t.TempDir(), "good.yaml"), filepath.Join(t.TempDir(), "bad.yaml")
	r := command(t, "config", "default")
	if r.code != exitOK || r.out != string(configs.Default) {
		t.Errorf("config default: %+v", r)
	}
	if err := os.WriteFile(good, []byte(r.out), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte("# a comment\nlisen: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := command(t, "config", "check", good); r.code != exitOK || !strings.Contains(r.out, ": ok") {
		t.Errorf("a good file: %+v", r)
	}
	if r := command(t, "config", "check", bad); r.code != exitUsage || !strings.Contains(r.out, "bad.yaml:2: lisen: ") {
		t.Errorf("a bad file: %+v", r)
	}
	if r := command(t, "serve", "--config", bad); r.code != exitUsage || !strings.Contains(r.errors, "bad.yaml:2: lisen: ") {
		t.Errorf("serving with a bad file: %+v", r)
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(configs.Default)
	f.Add([]byte("modems:\n  - {name: a, port: /dev/x}\n"))
	f.Add([]byte("a: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, mistakes := parseConfig(raw)
		for _, m := range mistakes {
			if m.message == "" {
				t.Errorf("a mistake without words: %+v", m)
			}
		}
	})
}
