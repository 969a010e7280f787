package optout

import (
	"strings"
	"testing"

	"simgate/gateway/locale"
	"simgate/gateway/text"
)

func TestWords(t *testing.T) {
	for text, want := range map[string]wish{
		"STOP": out, "stop": out, " Stop. ": out, "\"STOP\"": out, "“Stop”": out, "ＳＴＯＰ": out, "stop\n": out, "S\u200bTOP": out, "STOP 🛑": out,
		"Unsubscribe!": out, "Opt-Out": out, "opt  out": out, "END": out, "cancel": out, "Quit": out,
		"stopall": outOfAll, "Stop all": outOfAll,
		"START": in, "unstop": in, "Старт": in,
		"Arrêt": out, "ARRET": out, "baja": out, "СТОП": out, "kündigen": out, "kundigen": out, "İPTAL": out, "iptal": out, "ıptal": out,
		"ΤΕΛΟΣ": out, "τέλος": out, "إيقاف": out, "ايقاف": out, "退订": out, "退訂": out, "配信停止": out, "수신 거부": out, "बंद": out, "הסר": out,

		"": nothing, "stop it": nothing, "please stop": nothing, "stopp die Pumpe": nothing, "nonstop": nothing, "STOP 5": nothing, "…": nothing,
		"fine": nothing, "son": nothing, "no": nothing, "yes": nothing, "ok": nothing, "acha": nothing, strings.Repeat(" ", 200) + "stop": nothing,
	} {
		if got := read(text); got.wish != want {
			t.Errorf("%q asks for %d, want %d", text, got.wish, want)
		}
	}
	for text, want := range map[string]string{"ABMELDEN": "de", "retour": "", "STOP": "", "baja": "es", "koniec": "", "退訂": "zh-tw"} {
		if got := read(text).locale; got != want {
			t.Errorf("%q is of %q, want %q", text, got, want)
		}
	}
	c := Config{Except: []string{"Cancel"}}
	if c.read("CANCEL!").wish != nothing || c.read("stop").wish != out || (Config{Deaf: true}).read("stop").wish != nothing {
		t.Error("what the owner says of words has no effect")
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	if err := (Config{Except: []string{"hello"}}).Check(); err == nil || !strings.Contains(err.Error(), `"hello" opts nobody out`) {
		t.Error(err)
	}
}

// Each language has words of its own and an answer, which fits one short message; and no
// word asks for both.
func TestLanguages(t *testing.T) {
	whole := map[string]wish{}
	for _, l := range locale.All() {
		o := locale.OptOutOf(l.Name)
		if o.Out == "" || o.In == "" || !strings.Contains(o.Answer, "START") {
			t.Errorf("%s: %+v", l.Name, o)
		}
		if size, err := text.Measure(o.Answer); err != nil || size.Parts != 1 {
			t.Errorf("%s: %q takes %d parts, %v", l.Name, o.Answer, size.Parts, err)
		}
		for list, w := range map[string]wish{o.Out: out, o.In: in} {
			for s := range strings.SplitSeq(list, ",") {
				s = fold(s)
				if before := whole[s]; before != nothing && before != w || s == "" {
					t.Errorf("%s: %q asks for both", l.Name, s)
				}
				if whole[s] = w; read(strings.ToUpper(s)).wish != w {
					t.Errorf("%s: %q is not known in capitals", l.Name, s)
				}
			}
		}
	}
}
