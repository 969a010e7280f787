package mo_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"simgate/gateway/mo"
	"simgate/gateway/msisdn"
)

func TestTokens(t *testing.T) {
	form := regexp.MustCompile(`^SG [0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	seen, used := map[string]bool{}, map[rune]bool{}
	for range 2000 {
		token := mo.NewToken()
		if !form.MatchString(mo.Show(token)) || seen[token] {
			t.Fatalf("%s has not the form of a token, or came twice", token)
		}
		seen[token] = true
		for _, c := range token {
			used[c] = true
		}
		if found := mo.Find(mo.Show(token)); len(found) != 1 || found[0].Token != token || !found[0].Marked {
			t.Fatalf("%s is read as %+v", mo.Show(token), found)
		}
	}
	if len(used) != 32 { // five bits each
		t.Errorf("tokens are made of %d characters", len(used))
	}
}

// What keyboards, replies and people make of a token.
func TestFind(t *testing.T) {
	const token = "7KQ40N1P"
	for name, text := range map[string]string{
		"as it was shown":              "SG 7KQ4-0N1P",
		"the whole text":               "SG 7KQ4-0N1P Shop: Send this only if you asked for it.",
		"in small letters":             "sg 7kq4-0n1p",
		"with a capital letter first":  "Sg 7kq4-0n1p",
		"without blanks and dashes":    "SG7KQ40N1P",
		"with a blank for the dash":    "SG 7KQ4 0N1P",
		"with a long dash":             "SG 7KQ4–0N1P",
		"with a non-breaking hyphen":   "SG 7KQ4‑0N1P",
		"with no-break spaces":         "SG\u00a07KQ4-0N1P",
		"in straight quotes":           `"SG 7KQ4-0N1P"`,
		"in curly quotes":              "“SG 7KQ4-0N1P”",
		"in French quotes":             "« SG 7KQ4-0N1P »",
		"as a quoted reply":            "> SG 7KQ4-0N1P\n\nok",
		"broken over two lines":        "SG 7KQ4-\n0N1P",
		"quoted over two lines":        "> SG 7KQ4-\n> 0N1P",
		"with a signature":             "SG 7KQ4-0N1P\n--\nSent from my phone",
		"behind other words":           "Hello, here it is: SG 7KQ4-0N1P.",
		"with look-alikes":             "SG 7KQ4-ON1P",
		"with others of them":          "SG 7KQ4-oNlP",
		"and more":                     "SG 7KQ4-oNIP",
		"in full-width letters":        "ＳＧ　７ＫＱ４－０Ｎ１Ｐ",
		"with marks of direction":      "\u202aSG 7KQ4-0N1P\u202c",
		"with a joiner inside":         "SG 7KQ4-0N\u200b1P",
		"in Arabic digits":             "SG ٧KQ٤-٠N١P",
		"behind Hebrew":                "שלום SG 7KQ4-0N1P תודה",
		"without the mark, with dash":  "7KQ4-0N1P",
		"without the mark, among text": "my code is 7kq4-0n1p, thanks",
		"without the mark, in one":     "7kq40n1p",
		"alone with a blank":           " 7KQ4 0N1P ",
		"behind the mark of others":    "MSG 7KQ4-0N1P",
	} {
		t.Run(name, func(t *testing.T) {
			found := mo.Find(text)
			if len(found) != 1 || found[0].Token != token {
				t.Fatalf("%q has %+v", text, found)
			}
			masked := mo.Mask(text, found)
			if again := mo.Find(masked); len(again) != 0 || !strings.Contains(masked, "••••") {
				t.Errorf("masked it is %q, which has %+v", masked, again)
			}
		})
	}
	for _, text := range []string{"", "ok", "STOP", "SG", "SG 7KQ4", "SG 7KQ4-0N1", "7KQ4 and 0N1P", "Ja, gerne!", "+4915112345678", "SG 7KQ4-0N1PX"} {
		if found := mo.Find(text); len(found) != 0 {
			t.Errorf("%q has %+v", text, found)
		}
	}
	if masked := mo.Mask("a SG 7KQ4-0N1P b sg 7kq4 0n1p c", mo.Find("a SG 7KQ4-0N1P b sg 7kq4 0n1p c")); masked != "a SG ••••-•••• b sg •••• •••• c" {
		t.Errorf("two are masked as %q", masked)
	}
	if n := len(mo.Find(strings.Repeat("SG 7KQ4-0N1P ", 1000))); n > 8 {
		t.Errorf("%d are looked for in one text", n)
	}
}

func TestLink(t *testing.T) {
	const text = "SG 7KQ4-XN2P Müller & Söhne: 100 % + more?"
	link := mo.Link("+4915112345678", text)
	if strings.Contains(strings.TrimPrefix(link, "sms:+"), "+") {
		t.Errorf("%s has a + for a blank, which phones show", link)
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "sms" || u.Opaque != "+4915112345678" || u.Query().Get("body") != text {
		t.Errorf("%s is read as %+v, %v", link, u, err)
	}
}

func TestJudge(t *testing.T) {
	const anna, ben = msisdn.Number("+4915112345678"), msisdn.Number("+4915187654321")
	for _, tc := range []struct {
		name string
		a    mo.Awaited
		by   mo.Sender
		want mo.Verdict
	}{
		{"the number itself", mo.Awaited{From: anna}, mo.Sender{Number: anna}, mo.Proven},
		{"anybody", mo.Awaited{}, mo.Sender{Number: ben}, mo.Proven},
		{"another number", mo.Awaited{From: anna}, mo.Sender{Number: ben}, mo.Stranger},
		{"a name", mo.Awaited{From: anna}, mo.Sender{}, mo.NoNumber},
		{"a name where anybody may", mo.Awaited{}, mo.Sender{}, mo.NoNumber},
		{"by an SMSC of another country", mo.Awaited{From: anna}, mo.Sender{Number: anna, Abroad: true}, mo.Answer},
		{"with an answer", mo.Awaited{From: anna, Reply: true}, mo.Sender{Number: anna}, mo.Answer},
		{"again", mo.Awaited{From: anna, Heard: true, Over: true}, mo.Sender{Number: anna}, mo.Repeated},
		{"again from another number", mo.Awaited{From: anna, Heard: true}, mo.Sender{Number: ben}, mo.Stranger},
		{"late", mo.Awaited{From: anna, Over: true}, mo.Sender{Number: anna}, mo.Late},
		{"late by an SMSC of another country", mo.Awaited{From: anna, Over: true}, mo.Sender{Number: anna, Abroad: true}, mo.Late},
		{"late from another number", mo.Awaited{From: anna, Over: true}, mo.Sender{Number: ben}, mo.Stranger},
	} {
		if got := mo.Judge(tc.a, tc.by); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	for _, v := range mo.Verdicts {
		if (mo.Awaited{}).Explain(v).Code == "" && v != mo.Proven {
			t.Errorf("of %s nobody is told why", v)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("SG 7KQ4-XN2P")
	f.Add("> “sg 7kq4–\n> xn2p”\xff")
	f.Fuzz(func(t *testing.T, text string) {
		found := mo.Find(text)
		for _, f := range found {
			if len(f.Token) != 8 {
				t.Errorf("%q has the token %q", text, f.Token)
			}
		}
		if again := mo.Find(mo.Mask(text, found)); len(found) < 8 && len(again) > 0 && again[0].Marked {
			t.Errorf("%q, masked, has %+v", text, again)
		}
	})
}
