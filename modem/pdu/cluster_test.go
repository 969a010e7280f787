package pdu_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"simgate/modem/pdu"
)

// breakTest returns the clusters of each case of Unicode's test of grapheme clusters.
func breakTest(t testing.TB) [][]string {
	t.Helper()
	file, err := os.ReadFile("testdata/GraphemeBreakTest.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for line := range strings.Lines(string(file)) {
		line, _, _ = strings.Cut(line, "#")
		var clusters []string
		for cluster := range strings.SplitSeq(strings.TrimSpace(line), "÷") {
			var runes []rune
			for point := range strings.FieldsSeq(strings.ReplaceAll(cluster, "×", " ")) {
				r, err := strconv.ParseInt(point, 16, 32)
				if err != nil {
					t.Fatal(err)
				}
				runes = append(runes, rune(r))
			}
			if len(runes) > 0 {
				clusters = append(clusters, string(runes))
			}
		}
		if len(clusters) > 0 {
			all = append(all, clusters)
		}
	}
	return all
}

// units returns how much room a text takes as UCS-2.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// TestPartsEndBetweenClusters lets each case of Unicode's test of grapheme clusters meet
// the end of a part at each of its places. The first part must end at the last end of a
// cluster that it has room for.
func TestPartsEndBetweenClusters(t *testing.T) {
	const room = 67
	refused := 0
	for _, clusters := range breakTest(t) {
		text := strings.Join(clusters, "")
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			refused++ // or made another character: neither is sent
			continue
		}
		for before := room - units(text); before < room; before++ {
			lead := strings.Repeat("я", before-1) + "\n" // nothing joins a line end
			want := lead
			for _, cluster := range clusters {
				if units(want+cluster) > room {
					break
				}
				want += cluster
			}
			parts := encode(t, pdu.Submit{Text: lead + text + "\n" + strings.Repeat("я", room)})
			if parts[0].Text != want && units(lead+text) > room {
				t.Errorf("%+q behind %d units: the first part ends in %+q", clusters, before, strings.TrimPrefix(parts[0].Text, lead))
			}
		}
	}
	if all := len(breakTest(t)); all < 700 || refused > all/3 {
		t.Errorf("%d of %d cases have control characters: is the file whole?", refused, all)
	}
}

// TestClustersOfAllScriptsStayWhole has one example for each rule that people meet.
func TestClustersOfAllScriptsStayWhole(t *testing.T) {
	for name, cluster := range map[string]string{
		"emoji": "😀", "family": "👨‍👩‍👧‍👦", "flag": "🇩🇪", "flag of a region": "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "skin tone": "👍🏽", "keycap": "1\ufe0f\u20e3",
		"combining accent":          "e\u0301",
		"Persian with a non-joiner": "ی\u200c",
		"Hangul of three jamo":      "\u1112\u1161\u11ab",
		"Hangul with a final jamo":  "가\u11a8",
		"half-width voiced kana":    "ｶ\uff9e",
		"Devanagari conjunct":       "क्षि", "Telugu conjunct": "స్త్రీ", "Bengali conjunct": "ক্ষ", "Malayalam conjunct": "ന്ത്യ",
		"Tamil vowel sign": "கொ", "Thai vowel and tone": "ที่", "Hebrew points": "שּׁ", "Arabic marks": "بَّ",
		"Arabic sign in front": "\u0600١",
	} {
		t.Run(name, func(t *testing.T) {
			for lead := range 1 + units(cluster) {
				text := strings.Repeat("я", 66-lead) + "\n" + strings.Repeat(cluster, 24)
				for _, p := range encode(t, pdu.Submit{Text: text}) {
					if rest := strings.TrimLeft(strings.ReplaceAll(p.Text, cluster, ""), "я"); rest != "" && rest != "\n" {
						t.Errorf("part %d contains a part of a character: %+q", p.Seq, rest)
					}
				}
			}
		})
	}
}

// A cluster that fits no part is split between its code points, in as few parts as its
// length needs.
func TestClusterLongerThanAPart(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []int // units of the parts
	}{
		{"marks", "e" + strings.Repeat("\u0301", 200), []int{67, 67, 67}},
		{"marks behind a word", "жизнь\n" + strings.Repeat("e"+strings.Repeat("\u0301", 99), 1), []int{67, 39}},
		{"marks beyond the first plane", "e" + strings.Repeat("\U0001e8d0", 60), []int{67, 54}},
		{"not longer than a part", "жизнь\ne" + strings.Repeat("\u0301", 66), []int{6, 67}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []int
			for _, p := range encode(t, pdu.Submit{Text: tc.text}) {
				got = append(got, units(p.Text))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("the parts have %v units, want %v", got, tc.want)
			}
			checkRoundTrip(t, tc.text)
		})
	}
	if n, err := pdu.Count(strings.Repeat("\u200d\xff", 100)); n != 3 || err != nil {
		t.Errorf("what is not UTF-8 counts %d, %v", n, err)
	}
}
