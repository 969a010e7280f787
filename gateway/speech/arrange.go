package speech

import (
	"fmt"
	"time"
)

// The quiet between pieces. A listener writes the code down meanwhile.
const (
	lead      = time.Second            // before the first word: the phone is still on its way to the ear
	tail      = 300 * time.Millisecond // after the last
	sayGap    = 600 * time.Millisecond // between a sentence and the code
	againGap  = 900 * time.Millisecond // between the code and its repetition
	digitGap  = 400 * time.Millisecond // between the characters of a code
	leastGap  = 300 * time.Millisecond // the same where the code would take too long
	groupGap  = 250 * time.Millisecond // is added between groups of characters
	runGap    = 150 * time.Millisecond // where the voice changes within a sentence
	groupSize = 3                      // of characters
	ungrouped = 5                      // characters that need no groups
)

// announcement is what is put together to speak a code.
type announcement struct {
	sentence []int16
	again    []int16   // before the code is repeated; nil to begin with the sentence
	code     [][]int16 // a piece for each character
	replay   []int16   // the key that has it said again; nil for none
}

// arrange puts the parts together so often, or, with 0, twice where there is
// time for it. Where the time is short the characters come closer together, or
// the key that has it said again is not named.
func (a *announcement) arrange(repeat int) ([]int16, error) {
	most := repeat
	if repeat == 0 {
		repeat, most = 1, 2
	}
	for ; most >= repeat; most-- {
		for _, replay := range [][]int16{a.replay, nil} {
			for _, gap := range []time.Duration{digitGap, (digitGap + leastGap) / 2, leastGap} {
				if pcm := a.join(most, gap, replay); duration(pcm) <= MaxLength {
					return pcm, nil
				}
			}
		}
	}
	return nil, &InvalidError{"repeat", fmt.Sprintf("said %d times, the code would take longer than %s: have it said less often, or use a shorter code or brand", repeat, MaxLength)}
}

// join says the sentence and the code, all but the first time "again" instead of
// the sentence, and last which key has it said again.
func (a *announcement) join(times int, gap time.Duration, replay []int16) []int16 {
	out := quiet(lead)
	for i := range times {
		announce := a.sentence
		if i > 0 {
			out = append(out, quiet(againGap)...)
			if a.again != nil {
				announce = a.again
			}
		}
		out = append(out, announce...)
		out = append(out, quiet(sayGap)...)
		out = append(out, spell(a.code, gap)...)
	}
	if replay != nil {
		out = append(out, quiet(againGap)...)
		out = append(out, replay...)
	}
	return append(out, quiet(tail)...)
}

// spell puts quiet between the characters of a code, and more between groups of
// three: that is how people read, and remember, what has more than five.
func spell(code [][]int16, gap time.Duration) []int16 {
	var out []int16
	for i, c := range code {
		if i > 0 {
			out = append(out, quiet(gap)...)
			if len(code) > ungrouped && i%groupSize == 0 && len(code)-i > 1 {
				out = append(out, quiet(groupGap)...)
			}
		}
		out = append(out, c...)
	}
	return out
}

// framed puts quiet around what is spoken.
func framed(pcm []int16) []int16 {
	out := append(quiet(lead), pcm...)
	return append(out, quiet(tail)...)
}

// duration returns how long a sound takes.
func duration(pcm []int16) time.Duration {
	return time.Duration(len(pcm)) * time.Second / Rate
}

// samples returns how many samples take so long.
func samples(d time.Duration) int { return int(d * Rate / time.Second) }
