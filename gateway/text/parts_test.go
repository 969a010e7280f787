package text_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"simgate/gateway/text"
	"simgate/modem/pdu"
)

// segmenter is a program for Node, whose texts and their grapheme clusters are JSON. It
// answers with nothing where Node knows less of Indic scripts than Unicode 15.1.
const segmenter = `
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const segmenter = new Intl.Segmenter("en", {granularity: "grapheme"});
const known = parseFloat(process.versions.unicode) >= 15.1;
console.log(JSON.stringify(known ? texts.map(t => Array.from(segmenter.segment(t), s => s.segment)) : []));
`

// clustersByNode returns the grapheme clusters of texts as Node sees them, whose tables and
// rules are those of ICU.
func clustersByNode(t *testing.T, texts []string) [][]string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed, whose Intl.Segmenter tells grapheme clusters: apt-get install nodejs")
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "-e", segmenter)
	node.Stdin = bytes.NewReader(in)
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var clusters [][]string
	if err := json.Unmarshal(out, &clusters); err != nil {
		t.Fatal(err)
	}
	if len(clusters) == 0 {
		t.Skip("this Node is older than Unicode 15.1, which has rule GB9c for Indic scripts")
	}
	return clusters
}

// unicodeCases returns the cases of Unicode's test of grapheme clusters that can be sent.
func unicodeCases(t *testing.T) []string {
	t.Helper()
	file, err := os.ReadFile("../../modem/pdu/testdata/GraphemeBreakTest.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(file)) {
		line, _, _ = strings.Cut(line, "#")
		var b strings.Builder
		for point := range strings.FieldsSeq(line) {
			if r, err := strconv.ParseInt(point, 16, 32); err == nil {
				b.WriteRune(rune(r))
			}
		}
		if s := b.String(); s != "" && !strings.ContainsFunc(s, unicode.IsControl) {
			all = append(all, s)
		}
	}
	return all
}

// longTexts returns n texts in the scripts of all locales, of one part to about ten: their
// sentences, with cases of Unicode's test and characters longer than a part between them.
func longTexts(t *testing.T, n int) []string {
	r := rand.New(rand.NewPCG(23, 38))
	cases, locales := unicodeCases(t), text.Locales()
	brands := []string{"Shop", "दिल्ली क्षेत्र", "ร้านค้า", "فروشگاه می\u200cخواهم", "한국은행", "👩‍👩‍👧", "Cafe\u0301"}
	var all []string
	for i := range n {
		locale := locales[i%len(locales)]
		branded, err := text.For(locale, true)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := text.For(locale, false)
		pin, _ := text.PINFor(locale)
		var b strings.Builder
		for range 1 + r.IntN(8) {
			sentence := []string{branded, plain, pin}[r.IntN(3)]
			brand := brands[0]
			if i >= n/3 { // before, the texts of Latin scripts stay in the alphabet of GSM
				brand = brands[r.IntN(len(brands))]
			}
			b.WriteString(strings.NewReplacer("{code}", "471902", "{brand}", brand).Replace(sentence))
			b.WriteString([]string{"", " ", "\n", " €{}[] "}[r.IntN(4)])
			for range r.IntN(6) * min(1, i/(n/3)) {
				b.WriteString(cases[r.IntN(len(cases))])
			}
			if i%50 == 49 && r.IntN(4) == 0 {
				b.WriteString("e" + strings.Repeat("\u0301", 40+r.IntN(160)))
			}
		}
		all = append(all, b.String())
	}
	return all
}

// TestLongTextsInAllScripts compares with ICU: no part ends within a grapheme cluster, and
// no fewer parts would do.
func TestLongTextsInAllScripts(t *testing.T) {
	texts := longTexts(t, 500)
	wide, joined := 0, 0
	for i, clusters := range clustersByNode(t, texts) {
		body := texts[i]
		size, err := pdu.Measure(body)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := pdu.Encode(pdu.Submit{To: "+4915112345678", Text: body})
		if err != nil {
			t.Fatalf("%+q: %v", body, err)
		}
		ends := endsOf(clusters, size.Unicode)
		at := 0
		for _, p := range parts {
			if at += len(p.Text); !slices.ContainsFunc(ends, func(e end) bool { return e.at == at }) {
				t.Errorf("%s: part %d of %d ends within a character: %+q", text.Locales()[i%len(text.Locales())], p.Seq, p.Total, p.Text)
			}
		}
		if at != len(body) {
			t.Errorf("the parts have %d of %d octets of %+q", at, len(body), body)
		}
		if fewest := fewestParts(ends, size.Unicode); len(parts) != fewest {
			t.Errorf("%d parts, and %d are enough for %+q", len(parts), fewest, body)
		}
		if size.Unicode {
			wide++
		}
		if len(parts) > 1 {
			joined++
		}
	}
	if wide < 300 || wide > 480 || joined < 400 {
		t.Errorf("of the texts %d are in UCS-2, and %d have several parts", wide, joined)
	}
}

// end is where a part may end: after so many octets of the text, which take so many
// septets or units.
type end struct{ at, length int }

// The room in a part of several (TS 23.040 9.2.3.24.1), and in one alone.
func room(wide bool) (alone, joined int) {
	if wide {
		return 70, 67
	}
	return 160, 153
}

// endsOf returns where parts of a text may end, the beginning of the text first: after
// each cluster, and after each code point of a cluster that no part has room for.
func endsOf(clusters []string, wide bool) []end {
	length := func(s string) int {
		if wide {
			return len(utf16.Encode([]rune(s)))
		}
		size, _ := pdu.Measure(s)
		return size.Length
	}
	_, joined := room(wide)
	all := []end{{}}
	for _, cluster := range clusters {
		pieces := []string{cluster}
		if length(cluster) > joined {
			pieces = strings.Split(cluster, "")
		}
		for _, piece := range pieces {
			last := all[len(all)-1]
			all = append(all, end{last.at + len(piece), last.length + length(piece)})
		}
	}
	return all
}

// fewestParts tries all ways to divide a text.
func fewestParts(ends []end, wide bool) int {
	alone, joined := room(wide)
	if ends[len(ends)-1].length <= alone {
		return 1
	}
	fewest := make([]int, len(ends))
	for i := 1; i < len(ends); i++ {
		fewest[i] = len(ends)
		for j := i - 1; j >= 0 && ends[i].length-ends[j].length <= joined; j-- {
			fewest[i] = min(fewest[i], fewest[j]+1)
		}
	}
	return fewest[len(fewest)-1]
}
