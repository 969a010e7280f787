package speech

import (
	"math"
	"slices"
	"testing"
	"time"
)

// Two digits that differ by more than 3 dB are not heard equally well, whether one
// measures all of each, or only where it is loud.
func TestDigitsAreLevel(t *testing.T) {
	e := espeak(t)
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			var all, loud []float64
			for _, c := range "0123456789" {
				pcm, err := e.kept(t.Context(), phrase{l.Voice, l.Symbol(c), codeSpeed})
				if err != nil {
					t.Fatal(err)
				}
				x := make([]float64, len(pcm))
				for i, v := range pcm {
					x[i] = float64(v) / fullScale
				}
				all, loud = append(all, effective(x)), append(loud, effective(louder(x, -20)))
				if db := dBFS(pcm); db < leastTop-0.2 || db > peak+0.2 {
					t.Errorf("%c: the peak is at %.1f dBFS", c, db)
				}
			}
			for name, levels := range map[string][]float64{"all": all, "loud": loud} {
				if spread := slices.Max(levels) - slices.Min(levels); spread > 3.05 {
					t.Errorf("%s of the digits is %.1f dB apart: %.1f", name, spread, levels)
				}
			}
		})
	}
}

// louder returns what of x is louder than db, which counts from its peak.
func louder(x []float64, db float64) (out []float64) {
	n := samples(10 * time.Millisecond)
	for i := 0; i+n <= len(x); i += n {
		if effective(x[i:i+n]) > 20*math.Log10(loudest(x))+db {
			out = append(out, x[i:i+n]...)
		}
	}
	return out
}

func TestLimiter(t *testing.T) {
	for name, c := range map[string]struct {
		x       []float64
		touched bool
	}{
		"nothing":       {nil, false},
		"one sample":    {[]float64{2}, true},
		"a quiet tone":  {scaled(tone(1000, Rate), 0.4), false},
		"a loud tone":   {scaled(tone(1000, Rate), 2), true},
		"a click":       {append(make([]float64, 800), append([]float64{-3}, make([]float64, 800)...)...), true},
		"at the begin":  {append([]float64{1}, scaled(tone(1000, Rate), 0.4)...), true},
		"at the end":    {append(scaled(tone(1000, Rate), 0.4), 1), true},
		"swelling tone": {swelling(), true},
	} {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(c.x)
			limit(c.x, 0.5)
			if loudest(c.x) > 0.5+1e-9 {
				t.Errorf("the loudest sample is %g", loudest(c.x))
			}
			if touched := !slices.EqualFunc(before, c.x, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }); touched != c.touched {
				t.Errorf("it was changed: %v", touched)
			}
			// The gain moves slowly: a sample is never turned down by 10 % more than
			// the one before it.
			last := 0.0
			for i := range c.x {
				if math.Abs(before[i]) < 1e-3 {
					continue
				}
				gain := c.x[i] / before[i]
				if last > 0 && math.Abs(gain-last) > 0.1 {
					t.Fatalf("at %d the gain jumps from %.2f to %.2f", i, last, gain)
				}
				last = gain
			}
		})
	}
}

func scaled(x []float64, gain float64) []float64 {
	x = slices.Clone(x)
	scale(x, gain)
	return x
}

func swelling() []float64 {
	x := slices.Clone(tone(700, Rate))
	for i := range x {
		x[i] *= 2 * float64(i) / float64(len(x))
	}
	return x
}

// The phone is on its way to the ear for a second.
func TestLead(t *testing.T) {
	e := espeak(t)
	for name, say := range map[string]func() ([]int16, error){
		"a code":   func() ([]int16, error) { return e.Render(t.Context(), Request{Locale: "en-us", Code: "471902"}) },
		"a prompt": func() ([]int16, error) { return e.Prompt(t.Context(), "en-us", "Acme") },
		"a text":   func() ([]int16, error) { return e.Say(t.Context(), "Hello", "en-us") },
	} {
		pcm, err := say()
		if err != nil {
			t.Fatal(err)
		}
		if from := stretches(pcm, time.Second)[0].from; from < samples(time.Second) || from > samples(1200*time.Millisecond) {
			t.Errorf("%s begins after %d ms", name, from/8)
		}
	}
}

func TestTheKeyIsNamedLast(t *testing.T) {
	e := espeak(t)
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			replay, err := e.text(t.Context(), l, l.Replay, e.kept)
			if err != nil {
				t.Fatal(err)
			}
			pcm, err := e.Render(t.Context(), Request{Locale: l.name, Brand: "Acme", Code: "471902"})
			if err != nil {
				t.Fatal(err)
			}
			if end := len(pcm) - samples(tail); !slices.Equal(pcm[end-len(replay):end], replay) {
				t.Error("the key is not named at the end")
			}
		})
	}
}

func TestWords(t *testing.T) {
	for _, tc := range []struct {
		r    Request
		want string
	}{
		{Request{Locale: "en-us", Brand: "Acme", Code: "471"}, "Your Acme code is. 4. 7. 1. I repeat. 4. 7. 1. To hear it again, press one."},
		{Request{Locale: "en_US", Code: "4a"}, "Your code is. 4. A. I repeat. 4. A. To hear it again, press one."},
		{Request{Locale: "zh-cn", Code: "10"}, "您的验证码是. 幺. 零. 再说一遍. 幺. 零. 要再听一遍，请按一。"},
		{Request{Locale: "pt-br", Code: "61"}, "Seu código é. meia. 1. Repito. meia. 1. Para ouvir novamente, pressione um."},
	} {
		if got, err := Words(tc.r); err != nil || got != tc.want {
			t.Errorf("%q, %v; want %q", got, err, tc.want)
		}
	}
	for field, r := range map[string]Request{"language": {Locale: "xx", Code: "1"}, "code": {Locale: "de", Code: "-"}, "brand": {Locale: "de", Brand: string(make([]rune, MaxBrand+1)), Code: "1"}} {
		if _, err := Words(r); !isInvalid(err, field) {
			t.Errorf("%v, want a mistake in %s", err, field)
		}
	}
}

// What is 20 dB below the loudest is brought forward by 12; the noise of a recording, which
// is further below, is not, however long it takes.
func TestQuietPartsAreLiftedAndNoiseIsNot(t *testing.T) {
	for below, lifted := range map[float64][2]float64{0: {-0.5, 0.5}, -20: {11, 13}, -38: {22, 24}, -50: {-3, 1}, -60: {-25, -18}} {
		x := slices.Concat(tone(1000, Rate), scaled(tone(1000, Rate), amplitude(below)))
		quiet := len(x) * 3 / 4
		before := x[quiet : quiet+samples(100*time.Millisecond)]
		was := effective(before)
		compress(x)
		if by := effective(before) - was; by < lifted[0] || by > lifted[1] {
			t.Errorf("%.0f dB below the loudest: lifted by %.1f dB, want %.0f to %.0f", below, by, lifted[0], lifted[1])
		}
	}
}
