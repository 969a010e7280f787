package locale

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"de-de": "de-de", "de_DE": "de-de", " DE ": "de-de", "en": "en-us", "es": "es-es", "fr": "fr-fr", "pt": "pt-pt", "zh": "zh-cn", "zh-TW": "zh-tw",
		"": "", "xx": "", "de-at": "", "d": "", "de-": "", "auto": "",
	} {
		if l, ok := Find(name); l.Name != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", name, l.Name, want)
		}
	}
	form := regexp.MustCompile(`^[a-z]{2}-[a-z]{2}$`)
	seen := map[string]bool{}
	for _, l := range All() {
		if !form.MatchString(l.Name) || seen[l.Name] {
			t.Errorf("%q is no name, or there twice", l.Name)
		}
		seen[l.Name] = true
	}
	if !seen[Default] {
		t.Errorf("%s is missing", Default)
	}
}

func TestCountries(t *testing.T) {
	for country, want := range map[string]string{"DE": "de-de", "BR": "pt-br", "US": "en-us", "ZW": "en-us", "": "en-us", "BG": "bg-bg", "SG": "en-gb", "HK": "zh-tw"} {
		if got := Of(country); got != want {
			t.Errorf("%s reads %s, want %s", country, got, want)
		}
	}
	form := regexp.MustCompile(`^[A-Z]{2}$`)
	whose := map[string]string{}
	for _, l := range All() {
		list := strings.Fields(l.Countries)
		if !slices.IsSorted(list) {
			t.Errorf("%s: the countries are not sorted", l.Name)
		}
		for _, country := range list {
			if whose[country] != "" || !form.MatchString(country) {
				t.Errorf("%s: %s is no country, or has %s already", l.Name, country, whose[country])
			}
			whose[country] = l.Name
		}
	}
}

// manners holds, for each language, what tells that a sentence asks to keep the code
// to oneself, and the words that belong to one register only.
var manners = map[string]struct{ secret, formal, informal string }{
	"bg": {"Не го споделяйте", `[Вв]ашия|споделяйте|натиснете`, `[Тт]воя|споделяй\b|натисни\b`},
	"de": {"an niemanden weiter", `Ihre?n?\b|Sie\b`, `\b[Dd]eine?n?\b|\b[Dd]u\b`},
	"en": {"Do not share it", "", ""},
	"es": {"No lo compartas", `\b[Ss]u\b|pulse|presione|comparta\b`, `\b[Tt]u\b|pulsa|presiona|compartas`},
	"fr": {"Ne le communiquez à personne", `[Vv]otre|appuyez|communiquez`, `\b[Tt]on\b|appuie|communique\b`},
	"he": {"אין לשתף", "", ""},
	"is": {"Ekki deila honum", `yðar`, `þinn|þitt|þann|Ýttu`},
	"it": {"Non lo comunichi a nessuno", `\b[Ss]uo\b|prema|comunichi`, `\b[Tt]uo\b|premi\b|condivider`},
	"ja": {"誰にも教えないでください", `です|ください|ます`, `教えないで。|おして。`},
	"ko": {"알려 주지 마십시오", `입니다|십시오|드립니다`, `세요|줘`},
	"nl": {"Deel hem met niemand", `\b[Uu]w?\b`, `\b[Jj]e\b|\b[Jj]ouw\b`},
	"pl": {"Nie podawaj go nikomu", `Pana|Pani|Państwa|proszę|nacisnąć`, `Twój|podawaj|naciśnij`},
	"pt": {"Não o (com)?partilhe", `[Ss]eu|prima|pressione|partilhe`, `[Tt]eu|prime\b|pressiona|partilhes`},
	"ro": {"Nu îl divulgați", `dvs|dumneavoastră|divulgați|apăsați`, `\btău\b|apasă\b|divulga\b`},
	"ru": {"Никому его не сообщайте", `[Вв]аш|сообщайте|нажмите`, `[Тт]вой|сообщай\.|нажми\b`},
	"sv": {"Dela den inte med någon", `\b[Nn]i\b|\b[Ee]r\b`, `\b[Dd]in\b|[Tt]ryck|Dela`},
	"tr": {"Kimseyle paylaşmayın", `odunuz|basın|paylaşmayın`, `odun\b|\bbas\b|paylaşma\b`},
	"hi": {"किसी को न बताएँ", `आपका|दबाएँ`, `तुम्हारा|तेरा|दबाओ`},
	"ar": {"لا تشاركه مع أحد", "", ""},
	"uk": {"Нікому його не повідомляйте", `[Вв]аш|повідомляйте|натисніть`, `[Тт]вій|повідомляй\b|натисни\b`},
	"el": {"Μην τον μοιραστείτε", `\bσας\b|ακούσετε|πατήστε|μοιραστείτε`, `\bσου\b|πάτα|μοιραστείς`},
	"id": {"Jangan berikan kepada siapa pun", `Anda`, `\bkamu\b|mu\b`},
	"vi": {"Không chia sẻ mã này", "", ""},
	"th": {"โปรดอย่าบอกผู้อื่น", "", ""},
	"fa": {"آن را به کسی ندهید", `شما|ندهید|دهید`, `کد تو|نده[.]|بده[.]`},
	"bn": {"কাউকে বলবেন না", `আপনার|চাপুন|বলবেন`, `তোমার|চাপো`},
	"ur": {"کسی کو نہ بتائیں", `آپ|بتائیں|دبائیں`, `تمہارا|دباؤ`},
	"sw": {"Usimpe mtu yeyote", "", ""},
	"cs": {"Nikomu ho nesdělujte", `[Vv]áš|nesdělujte|stiskněte`, `[Tt]vůj|nesděluj\b|stiskni\b`},
	"hu": {"Ne ossza meg senkivel", `Ön\b|ossza|nyomja`, `kódod|oszd|nyomd`},
	"da": {"Del den ikke med nogen", `\bDe\b|\bDeres\b`, `\b[Dd]in\b|\bTryk\b`},
	"nb": {"Ikke del den med noen", `\bDe\b|\bDeres\b`, `\bdin\b|\bTrykk\b`},
	"fi": {"Älä kerro sitä kenellekään", `koodinne|Älkää|Painakaa`, `oodisi|Älä\b|Paina\b`},
	"hr": {"Ne dijelite ga ni s kim", `[Vv]aša?\b|dijelite|pritisnite`, `[Tt]voj|dijeli\b|pritisni\b`},
	"sr": {"Ne delite ga ni sa kim", `[Vv]aša?\b|delite|pritisnite`, `[Tt]voj|deli\b|pritisni\b`},
	"sk": {"Nikomu ho neprezraďte", `[Vv]áš|neprezraďte|stlačte`, `[Tt]voj|neprezraď\b|stlač\b`},
	"sl": {"Nikomur je ne povejte", `[Vv]aša?\b|povejte|pritisnite`, `[Tt]voj|povej\b|pritisni\b`},
	"lt": {"Niekam jo nesakykite", `[Jj]ūsų|nesakykite|spauskite`, `\b[Tt]avo\b|nesakyk\b|spausk\b`},
	"lv": {"Neizpaudiet to nevienam", `[Jj]ūsu|izpaudiet|nospiediet`, `\b[Tt]avs\b|neizpaud\b|nospied\b`},
	"et": {"Ärge jagage seda kellegagi", `[Tt]eie|Ärge|vajutage`, `\b[Ss]inu\b|Ära\b|vajuta\b`},
	"ca": {"No el comparteixis", `\b[Ss]eu\b|premi\b|comparteixi\b`, `\bteu\b|prem\b|comparteixis`},
	"ta": {"பகிர வேண்டாம்", `உங்கள்|அழுத்தவும்`, `உன்|அழுத்து\b`},
	"te": {"ఎవరికీ చెప్పకండి", `మీ|నొక్కండి|చెప్పకండి`, `నీ|నొక్కు\b`},
	"ms": {"Jangan kongsi dengan sesiapa", `\banda\b`, `\bkamu\b|\bawak\b`},
	"zh": {"请勿告知他人|請勿告知他人", `您|请|請`, `你`},
}

// word compiles a pattern in which \b is the edge of a word in every script.
func word(pattern string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(pattern, `\b`, `(?:^|$|[^\p{L}])`))
}

func TestSentences(t *testing.T) {
	for _, l := range All() {
		m, ok := manners[l.language()]
		if !ok {
			t.Errorf("%s: say in manners how it speaks", l.Name)
			continue
		}
		w, s := l.Written, l.Spoken
		written := []string{w.Branded, w.Plain, w.PIN, w.Asked}
		spoken := []string{s.Branded, s.Plain, s.Again, s.Press, s.Replay}
		if w.Asked == "" {
			t.Errorf("%s: nobody is asked to send only what he has asked for", l.Name)
		}
		for _, sentence := range []string{w.Branded, w.Plain} {
			if !word(m.secret).MatchString(sentence) {
				t.Errorf("%s: %q does not say to keep it secret", l.Name, sentence)
			}
			if !strings.HasPrefix(sentence, "{code} ") {
				t.Errorf("%s: %q does not begin with the code", l.Name, sentence)
			}
		}
		right, wrong := m.formal, m.informal
		switch l.Register {
		case Informal:
			right, wrong = wrong, right
		case Neutral:
			right, wrong = "", ""
		}
		for name, all := range map[string]string{"written": strings.Join(written, "\n"), "spoken": strings.TrimSpace(strings.Join(spoken, "\n"))} {
			if right != "" && all != "" && !word(right).MatchString(all) {
				t.Errorf("%s: nothing that is %s is of its register", l.Name, name)
			}
			if found := word(wrong).FindString(all); wrong != "" && found != "" {
				t.Errorf("%s: %q, which is %s, is of another register", l.Name, found, name)
			}
		}
		for sentence, want := range map[string]string{
			w.Branded: "{brand}{code}", w.Plain: "{code}", w.PIN: "{brand}{code}", w.Asked: "", s.Branded: "{brand}", s.Plain: "", s.Again: "", s.Press: "", s.Replay: "",
		} {
			if got := placeholders(sentence); got != want && (sentence != "" || s.Voice != "") {
				t.Errorf("%s: %q has the placeholders %q, want %q", l.Name, sentence, got, want)
			}
			if !utf8.ValidString(sentence) || strings.Contains(sentence, "  ") || strings.TrimSpace(sentence) != sentence || strings.ContainsAny(sentence, "0123456789") {
				t.Errorf("%s: %q has blanks too many, or figures", l.Name, sentence)
			}
		}
	}
}

// placeholders returns those of a sentence, sorted.
func placeholders(sentence string) string {
	all := regexp.MustCompile(`\{[^}]*\}`).FindAllString(sentence, -1)
	slices.Sort(all)
	return strings.Join(all, "")
}

// Chinese, Japanese and Korean have their own punctuation and spacing.
func TestPunctuation(t *testing.T) {
	for _, l := range All() {
		w := l.Written
		all := strings.Join([]string{w.Branded, w.Plain, w.PIN, w.Asked}, "\n")
		switch l.language() {
		case "zh":
			if strings.ContainsAny(all, ",.") {
				t.Errorf("%s: %q has the comma or full stop of Latin", l.Name, all)
			}
		case "ja":
			for _, sentence := range []string{w.Branded, w.Plain} {
				if strings.Count(sentence, "認証コード") != 1 || strings.ContainsAny(sentence, ",.") {
					t.Errorf("%s: %q", l.Name, sentence)
				}
			}
		case "ko":
			if strings.Contains(all, " 입니다") {
				t.Errorf("%s: 입니다 is written apart in %q", l.Name, all)
			}
		}
	}
}

// A language that is spoken says all that is said in a call.
func TestSpokenIsWhole(t *testing.T) {
	for _, l := range All() {
		s := l.Spoken
		if s.Voice == "" {
			continue
		}
		for name, sentence := range map[string]string{"Branded": s.Branded, "Plain": s.Plain, "Again": s.Again, "Press": s.Press, "Replay": s.Replay} {
			if sentence == "" {
				t.Errorf("%s: %s is missing", l.Name, name)
			}
			for _, r := range strings.ReplaceAll(sentence, "{brand}", "") {
				if s.Script != Latin && s.Script != Thai && r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
					t.Errorf("%s: %q has Latin letters", l.Name, sentence)
				}
			}
		}
		if n := len(s.Letters); n != 0 && n != 26 && s.Script != Latin {
			t.Errorf("%s: %d names of letters", l.Name, n)
		}
	}
}
