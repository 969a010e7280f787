package speech

import (
	"slices"
	"strings"
	"unicode"
)

// locale is how one language of the API is spoken. Sentences are written for
// the ear: espeak-ng reads them, nobody sees them.
type locale struct {
	name     string // as callers write it
	voice    string // the language of the espeak-ng voice
	sentence string // before the code; {brand} is who sends it
	plain    string // the same where the brand is unknown or cannot be read
	again    string // before the code is repeated
	press    string // asks for the key that starts the code
	script   script
	words    []string        // 0 to 9, where the figure alone is not the clearest word
	letters  map[rune]string // A to Z, where the voice does not know their names
}

// script is the writing that a voice reads.
type script int

const (
	latin script = iota
	cyrillic
	kana // without kanji, each of which espeak-ng calls "Chinese letter"
	hangul
	han
)

var scripts = map[script][]*unicode.RangeTable{
	latin:    {unicode.Latin},
	cyrillic: {unicode.Cyrillic},
	kana:     {unicode.Hiragana, unicode.Katakana},
	hangul:   {unicode.Hangul},
	han:      {unicode.Han},
}

// latinVoice reads Latin letters in a text of another script. espeak-ng would
// change the voice by itself, but for Japanese it then spells every word.
const latinVoice = "en-us"

// locales is the table of the 24. Where espeak-ng has no voice for a country,
// the row names the one that is nearest: espeak-ng's own choice is wrong for
// es-us, which it would speak as in Castile, and for Chinese, whose characters
// its default voice reads as English letters.
var locales = []locale{
	{name: "de-de", voice: "de",
		sentence: "Ihr Code von {brand} lautet", plain: "Ihr Code lautet", again: "Ich wiederhole",
		press: "Um Ihren Code zu hören, drücken Sie die Eins."},
	{name: "en-au", voice: "en-gb",
		sentence: "Your {brand} code is", plain: "Your code is", again: "I repeat",
		press: "To hear your code, press one."},
	{name: "en-gb", voice: "en-gb",
		sentence: "Your {brand} code is", plain: "Your code is", again: "I repeat",
		press: "To hear your code, press one."},
	{name: "en-us", voice: "en-us",
		sentence: "Your {brand} code is", plain: "Your code is", again: "I repeat",
		press: "To hear your code, press one."},
	{name: "en-in", voice: "en-gb",
		sentence: "Your {brand} code is", plain: "Your code is", again: "I repeat",
		press: "To hear your code, press one."},
	{name: "es-es", voice: "es",
		sentence: "Su código de {brand} es", plain: "Su código es", again: "Repito",
		press:   "Para escuchar su código, pulse uno.",
		letters: map[rune]string{'Y': "i griega"}},
	{name: "es-mx", voice: "es-419",
		sentence: "Su código de {brand} es", plain: "Su código es", again: "Repito",
		press:   "Para escuchar su código, presione uno.",
		letters: map[rune]string{'Y': "i griega"}},
	{name: "es-us", voice: "es-419",
		sentence: "Su código de {brand} es", plain: "Su código es", again: "Repito",
		press:   "Para escuchar su código, presione uno.",
		letters: map[rune]string{'Y': "i griega"}},
	{name: "fr-ca", voice: "fr-fr",
		sentence: "Votre code {brand} est", plain: "Votre code est", again: "Je répète",
		press: "Pour entendre votre code, appuyez sur le un."},
	{name: "fr-fr", voice: "fr-fr",
		sentence: "Votre code {brand} est", plain: "Votre code est", again: "Je répète",
		press: "Pour entendre votre code, appuyez sur la touche un."},
	{name: "is-is", voice: "is",
		sentence: "Kóðinn þinn frá {brand} er", plain: "Kóðinn þinn er", again: "Ég endurtek",
		press: "Ýttu á einn til að heyra kóðann þinn."},
	{name: "it-it", voice: "it",
		sentence: "Il suo codice {brand} è", plain: "Il suo codice è", again: "Ripeto",
		press: "Per ascoltare il suo codice, prema uno."},
	{name: "ja-jp", voice: "ja", script: kana,
		sentence: "{brand} の、 かくにん コード わ", plain: "かくにん コード わ", again: "もう いちど、 くりかえします",
		press:   "コードを きくにわ、 いちを おしてください。",
		words:   []string{"ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"},
		letters: letters("エー ビー シー ディー イー エフ ジー エイチ アイ ジェー ケー エル エム エヌ オー ピー キュー アール エス ティー ユー ブイ ダブリュー エックス ワイ ゼット")},
	{name: "ko-kr", voice: "ko", script: hangul,
		sentence: "{brand} 인증 코드는", plain: "인증 코드는", again: "다시 한번 말씀드립니다",
		press:   "코드를 들으시려면, 일번을 눌러 주세요.",
		words:   []string{"공", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"},
		letters: letters("에이 비 씨 디 알파벳-이 에프 지 에이치 아이 제이 케이 엘 엠 엔 알파벳-오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 제트")},
	{name: "nl-nl", voice: "nl",
		sentence: "Uw code van {brand} is", plain: "Uw code is", again: "Ik herhaal",
		press: "Druk op één om uw code te horen."},
	{name: "pl-pl", voice: "pl",
		sentence: "Twój kod {brand} to", plain: "Twój kod to", again: "Powtarzam",
		press: "Aby usłyszeć kod, naciśnij jeden."},
	{name: "pt-pt", voice: "pt",
		sentence: "O seu código {brand} é", plain: "O seu código é", again: "Repito",
		press: "Para ouvir o seu código, prima um."},
	{name: "pt-br", voice: "pt-br",
		sentence: "Seu código {brand} é", plain: "Seu código é", again: "Repito",
		press: "Para ouvir seu código, pressione um."},
	{name: "ro-ro", voice: "ro",
		sentence: "Codul dumneavoastră {brand} este", plain: "Codul dumneavoastră este", again: "Repet",
		press: "Pentru a auzi codul, apăsați unu."},
	{name: "ru-ru", voice: "ru", script: cyrillic,
		sentence: "Ваш код {brand}", plain: "Ваш код", again: "Повторяю",
		press:   "Чтобы услышать код, нажмите один.",
		letters: letters("а бэ цэ дэ е эф гэ аш и йот ка эль эм эн о пэ ку эр эс тэ у вэ дубль-вэ икс игрек зет")},
	{name: "sv-se", voice: "sv",
		sentence: "Din kod från {brand} är", plain: "Din kod är", again: "Jag upprepar",
		press: "Tryck på ett för att höra din kod."},
	{name: "tr-tr", voice: "tr",
		sentence: "{brand} kodunuz", plain: "Kodunuz", again: "Tekrar ediyorum",
		press: "Kodunuzu duymak için bire basın."},
	{name: "zh-cn", voice: "cmn-latn-pinyin", script: han,
		sentence: "您的 {brand} 验证码是", plain: "您的验证码是", again: "再说一遍",
		press: "要听验证码，请按一。",
		words: []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}},
	{name: "zh-tw", voice: "cmn-latn-pinyin", script: han,
		sentence: "您的 {brand} 驗證碼是", plain: "您的驗證碼是", again: "再說一遍",
		press: "要聽驗證碼，請按一。",
		words: []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}},
}

// letters reads the names of A to Z.
func letters(names string) map[rune]string {
	m := map[rune]string{}
	for i, name := range strings.Fields(names) {
		m['A'+rune(i)] = name
	}
	return m
}

// Locales returns the languages that codes can be spoken in, such as "de-de".
func Locales() []string {
	var names []string
	for _, l := range locales {
		names = append(names, l.name)
	}
	return names
}

// find returns the locale of a name. Capitals and an underscore are accepted:
// de-DE and de_DE are how others write it.
func find(name string) (locale, error) {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	i := slices.IndexFunc(locales, func(l locale) bool { return l.name == name })
	if i < 0 {
		return locale{}, &InvalidError{"language", "this language is not one that can be spoken: use one of " + strings.Join(Locales(), ", ")}
	}
	return locales[i], nil
}

// symbol returns what the voice is given to speak one character of a code.
func (l locale) symbol(c rune) string {
	if c >= '0' && c <= '9' && l.words != nil {
		return l.words[c-'0']
	}
	if name := l.letters[c]; name != "" {
		return name
	}
	return string(c)
}

// announcement returns the sentence before a code. A brand in a script that
// nobody here can read is left out: spelled in foreign letter names it would
// only hide the code.
func (l locale) announcement(brand string) string {
	if brand == "" || l.unreadable(brand) != 0 {
		return l.plain
	}
	return strings.ReplaceAll(l.sentence, "{brand}", brand)
}

// unreadable returns the first letter that the voice cannot read, 0 for none.
// Latin letters are read in every locale, if need be by another voice.
func (l locale) unreadable(text string) rune {
	for _, r := range text {
		if unicode.IsLetter(r) && !unicode.In(r, unicode.Latin, unicode.Common) && !unicode.In(r, scripts[l.script]...) {
			return r
		}
	}
	return 0
}

// String names the script, for people.
func (s script) String() string {
	return [...]string{latin: "Latin", cyrillic: "Cyrillic", kana: "kana", hangul: "Hangul", han: "Chinese"}[s]
}
