package config

import (
	"reflect"
	"slices"
	"testing"

	"simgate/modem"
)

func TestReload(t *testing.T) {
	old, next := Default(), Default()
	next.Pace.Day = 100
	next.Notify.Ntfy.URL = "https://ntfy.sh/x"
	next.SIMs = []SIM{{ICCID: "8949020000012345678"}}
	next.Listen = Listeners{{Address: "127.0.0.1:9090"}}
	next.Modems = []Modem{{Name: "stick", Port: modem.AutoPort}}
	next.Voice.Ring++
	running, applied, waiting := old.Reload(next)
	if !slices.Equal(applied, []string{"sims", "pace.day", "notify.ntfy.url"}) || !slices.Equal(waiting, []string{"listen", "modems", "voice.ring"}) {
		t.Errorf("applied %q, waiting %q", applied, waiting)
	}
	next.Listen, next.Modems, next.Voice = old.Listen, old.Modems, old.Voice
	if !reflect.DeepEqual(running, next) {
		t.Errorf("%+v", running)
	}
	if same, applied, waiting := running.Reload(running); len(applied)+len(waiting) > 0 || !reflect.DeepEqual(same, running) {
		t.Errorf("without a change: %q, %q", applied, waiting)
	}
}

// Every key that waits for a restart is one.
func TestFixedKeysExist(t *testing.T) {
	keys := map[string]bool{}
	var collect func(prefix string, of reflect.Type)
	collect = func(prefix string, of reflect.Type) {
		for name, field := range keysOf(of) {
			keys[prefix+name] = true
			if field.Type.Kind() == reflect.Struct {
				collect(prefix+name+".", field.Type)
			}
		}
	}
	collect("", reflect.TypeFor[Config]())
	for _, key := range fixed {
		if !keys[key] {
			t.Errorf("there is no key %s", key)
		}
	}
}
