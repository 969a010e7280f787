package speech

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// Nine is heard as five, and six as eight, where others talk. A listener who knows
// how each of them sounds, and how loud the others are, must confuse ours less than
// half as often as those of espeak-ng alone, at the same speed and loudness.
func TestDigitsAreHeardAmongOtherVoices(t *testing.T) {
	e := espeak(t)
	others := babble(t, e)
	plain, ours := map[rune][]float64{}, map[rune][]float64{}
	for _, c := range "9568" {
		raw := spoken8k(t, e, phrase{"en-us", string(c), codeSpeed})
		plain[c] = trim(slices.Clone(raw.samples))
		pcm, err := piece(raw)
		if err != nil {
			t.Fatal(err)
		}
		ours[c] = make([]float64, len(pcm))
		for i, v := range pcm {
			ours[c][i] = float64(v)
		}
	}
	const times = 120
	before, after := confused(plain, others, times), confused(ours, others, times)
	t.Logf("of %d digits %d of espeak-ng and %d of ours were heard as their neighbour: %.2f", 4*times, before, after, float64(after)/float64(before))
	if before < 4*times/30 {
		t.Fatalf("the listener hears too well for a comparison: %d mistakes", before)
	}
	if 2*after > before {
		t.Error("ours are not heard better")
	}
}

// confused returns how many of so many digits each are taken for their neighbour when
// the others are 8 dB louder.
func confused(digits map[rune][]float64, others []float64, times int) int {
	var all []float64
	for _, x := range digits {
		all = append(all, x...)
	}
	talk := spectra(scaled(others, 2.5*effectiveOf(all, silence)))
	hum := make([]float64, bands) // the talk on average
	for _, frame := range talk {
		for b, p := range powers(frame) {
			hum[b] += p / float64(len(talk))
		}
	}
	pad := make([]float64, samples(100*time.Millisecond))
	random := rand.New(rand.NewPCG(1, 2))
	mistakes := 0
	for _, pair := range []string{"95", "59", "68", "86"} {
		said := spectra(slices.Concat(pad, digits[rune(pair[0])], pad))
		neighbour := spectra(slices.Concat(pad, digits[rune(pair[1])], pad))
		right, wrong := expected(said, hum), expected(neighbour, hum)
		for range times {
			at := random.IntN(len(talk) - len(said))
			heard := make([][]float64, len(said))
			for i, frame := range said {
				mixed := slices.Clone(frame)
				for k := range mixed {
					mixed[k] += talk[at+i][k]
				}
				heard[i] = loudnesses(powers(mixed))
			}
			if distance(heard, wrong) < distance(heard, right) {
				mistakes++
			}
		}
	}
	return mistakes
}

// babble returns six people who talk at once, with an effective value of one.
func babble(t *testing.T, e *Engine) []float64 {
	words := strings.Repeat("the weather was fine while they waited for a train that never came, so somebody bought bread and told us about his brother who sells old radios at the harbour. ", 2)
	out := make([]float64, 12*Rate)
	for i, voice := range []string{"en-us", "en-us+f2", "en-gb+m3", "en-us+m7", "en-gb+f3", "en-us+f4"} {
		x := spoken8k(t, e, phrase{voice, words, 150 + 5*i}).samples
		gain := 1 / effectiveOf(x, silence)
		for j := range out {
			out[j] += gain * x[(j+i*Rate)%len(x)]
		}
	}
	return scaled(out, 1/effectiveOf(out, silence))
}

func spoken8k(t *testing.T, e *Engine, p phrase) sound {
	t.Helper()
	wav, err := e.espeak(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	s, err := readWAV(wav)
	if err != nil {
		t.Fatal(err)
	}
	return sound{Rate, resample(s.samples, s.rate)}
}

const (
	bands  = 14  // of the ear, in what a telephone carries
	points = 256 // of a spectrum, 32 ms
	hop    = 160 // samples from one to the next, 20 ms
)

// spectra returns the lines of a spectrum every 20 ms.
func spectra(x []float64) [][]complex128 {
	var out [][]complex128
	for ; len(x) >= points; x = x[hop:] {
		frame := make([]complex128, points)
		for i := range frame {
			frame[i] = complex(x[i]*(1-math.Cos(2*math.Pi*float64(i)/points)), 0)
		}
		out = append(out, fourier(frame)[:points/2])
	}
	return out
}

func fourier(x []complex128) []complex128 {
	if len(x) == 1 {
		return x
	}
	half := len(x) / 2
	even, odd := make([]complex128, half), make([]complex128, half)
	for i := range half {
		even[i], odd[i] = x[2*i], x[2*i+1]
	}
	even, odd = fourier(even), fourier(odd)
	out := make([]complex128, len(x))
	for k := range half {
		turned := odd[k] * cmplx.Rect(1, -2*math.Pi*float64(k)/float64(len(x)))
		out[k], out[k+half] = even[k]+turned, even[k]-turned
	}
	return out
}

// bandOf tells in which band of the ear a line is, which are wider the higher they are.
var bandOf = func() (band [points / 2]int) {
	const from, to = 250, 3500 // Hz
	mel := func(hz float64) float64 { return math.Log(1 + hz/700) }
	for k := range band {
		hz := float64(k) * Rate / points
		band[k] = int(math.Floor((mel(hz) - mel(from)) / (mel(to) - mel(from)) * bands))
	}
	return band
}()

// powers returns the power in each band.
func powers(lines []complex128) []float64 {
	out := make([]float64, bands)
	for k, v := range lines {
		if b := bandOf[k]; b >= 0 && b < bands {
			out[b] += real(v)*real(v) + imag(v)*imag(v)
		}
	}
	return out
}

// loudnesses returns how loud powers seem.
func loudnesses(powers []float64) []float64 {
	out := make([]float64, len(powers))
	for b, p := range powers {
		out[b] = math.Log(p + 1e-9)
	}
	return out
}

// expected returns how loud a sound is in each band when hum lies over it.
func expected(sound [][]complex128, hum []float64) [][]float64 {
	out := make([][]float64, len(sound))
	for i, frame := range sound {
		p := powers(frame)
		for b := range p {
			p[b] += hum[b]
		}
		out[i] = loudnesses(p)
	}
	return out
}

// distance returns how far two sounds are apart when each is stretched as suits best.
func distance(a, b [][]float64) float64 {
	row := make([]float64, len(b)+1) // of the best way to each frame of b
	for j := range row {
		row[j] = math.Inf(1)
	}
	row[0] = 0
	for _, x := range a {
		diagonal := row[0]
		row[0] = math.Inf(1)
		for j, y := range b {
			var apart float64
			for k := range x {
				apart += (x[k] - y[k]) * (x[k] - y[k])
			}
			best := min(diagonal, row[j], row[j+1])
			diagonal = row[j+1]
			row[j+1] = best + apart
		}
	}
	return row[len(b)]
}
