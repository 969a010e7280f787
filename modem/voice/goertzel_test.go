package voice

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// press is a key as it sounds.
type press struct {
	key        byte
	on, off    time.Duration
	low, high  float64 // levels of the tones, in dBFS
	offset     float64 // of both frequencies, as a share
	white, hum float64 // levels of what is mixed in, in dBFS; 0 for none
}

// frequencies returns the tones of a key.
func frequencies(key byte) (row, column float64) {
	for r, of := range keys {
		if c := strings.IndexByte(string(of[:]), key); c >= 0 {
			return tones[r], tones[4+c]
		}
	}
	return 0, 0
}

// sound appends a key and the pause after it.
func (p press) sound(pcm []int16, random *rand.Rand) []int16 {
	row, column := frequencies(p.key)
	for i := range samples(p.on + p.off) {
		t := float64(i) / Rate
		var v float64
		if i < samples(p.on) {
			v = level(p.low)*math.Sin(2*math.Pi*row*(1+p.offset)*t) + level(p.high)*math.Sin(2*math.Pi*column*(1+p.offset)*t+1)
		}
		if p.white != 0 {
			v += level(p.white) * math.Sqrt(1.5) * (2*random.Float64() - 1)
		}
		if p.hum != 0 {
			v += level(p.hum) * math.Sin(2*math.Pi*50*t)
		}
		pcm = append(pcm, int16(math.Round(v*32767)))
	}
	return pcm
}

// level returns the amplitude of a sine of so many dBFS.
func level(db float64) float64 { return math.Pow(10, db/20) }

const allKeys = "123A456B789C*0#D"

func TestKeys(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, p := range map[string]press{
		"as people press them":         {on: 150 * ms, off: 100 * ms, low: -12, high: -10},
		"as short as Q.24 allows":      {on: 40 * ms, off: 40 * ms, low: -12, high: -10},
		"held for long":                {on: time.Second, off: 100 * ms, low: -12, high: -10},
		"loud":                         {on: 80 * ms, off: 70 * ms, low: -7, high: -7},
		"quiet":                        {on: 80 * ms, off: 70 * ms, low: -42, high: -42},
		"high tones weaker, by 8 dB":   {on: 80 * ms, off: 70 * ms, low: -12, high: -20},
		"high tones stronger, by 4 dB": {on: 80 * ms, off: 70 * ms, low: -16, high: -12},
		"1.5 % too high":               {on: 80 * ms, off: 70 * ms, low: -12, high: -10, offset: 0.015},
		"1.5 % too low":                {on: 80 * ms, off: 70 * ms, low: -12, high: -10, offset: -0.015},
		"in noise 15 dB below":         {on: 80 * ms, off: 70 * ms, low: -15, high: -15, white: -30},
		"with hum":                     {on: 80 * ms, off: 70 * ms, low: -15, high: -15, hum: -22},
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			for start := 0; start < block; start += 13 { // wherever a key begins within a block
				pcm := make([]int16, start)
				for _, key := range []byte(allKeys + "1122") {
					p.key = key
					pcm = p.sound(pcm, random)
				}
				var d Detector
				var got strings.Builder
				for len(pcm) > 0 { // in frames, as they come
					n := min(len(pcm), frameSamples)
					got.WriteString(d.Keys(pcm[:n]))
					pcm = pcm[n:]
				}
				if got.String() != "123456789*0#1122" {
					t.Fatalf("from sample %d on, heard %q", start, got.String())
				}
			}
		})
	}
}

func TestAKeyThatFadesForAMomentIsOnePress(t *testing.T) {
	var pcm []int16
	for range 3 {
		pcm = press{key: '1', on: 100 * time.Millisecond, off: 9 * time.Millisecond, low: -12, high: -10}.sound(pcm, nil)
	}
	if got := new(Detector).Keys(pcm); got != "1" {
		t.Errorf("heard %q, want one 1", got)
	}
}

// What is no key must not start a code: a voicemail would record it.
func TestWhatIsNoKey(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	const seconds = 20
	for name, at := range map[string]func(t float64) float64{
		"silence":               func(float64) float64 { return 0 },
		"noise":                 func(float64) float64 { return 0.5 * (2*random.Float64() - 1) },
		"the dial tone":         func(t float64) float64 { return sine(350, t)/4 + sine(440, t)/4 },
		"ringing":               func(t float64) float64 { return sine(440, t)/4 + sine(480, t)/4 },
		"the European tone":     func(t float64) float64 { return sine(425, t) / 2 },
		"a fax":                 func(t float64) float64 { return sine(1100, t) / 2 },
		"a modem":               func(t float64) float64 { return sine(2100, t) / 2 },
		"no number":             func(t float64) float64 { return sine([]float64{950, 1400, 1800}[int(3*t)%3], t) / 2 },
		"one tone of a key":     func(t float64) float64 { return sine(697, t) / 2 },
		"two rows":              func(t float64) float64 { return sine(697, t)/4 + sine(941, t)/4 },
		"very quiet":            func(t float64) float64 { return sine(697, t)/400 + sine(1209, t)/400 },
		"one tone far stronger": func(t float64) float64 { return sine(697, t)/2 + sine(1209, t)/10 },
		"a slide":               func(t float64) float64 { return math.Sin(2*math.Pi*(300*t+50*t*t/2)) / 2 },
		"vowels":                vowels,
	} {
		pcm := make([]int16, seconds*Rate)
		for i := range pcm {
			pcm[i] = int16(32767 * at(float64(i)/Rate))
		}
		if got := new(Detector).Keys(pcm); got != "" {
			t.Errorf("%s: heard %q", name, got)
		}
	}
}

func sine(hz, t float64) float64 { return math.Sin(2 * math.Pi * hz * t) }

// vowels sing: overtones of a pitch that slides between those of men and
// children, louder around three formants that wander.
func vowels(t float64) float64 {
	phase := 2 * math.Pi * (200*t + 120/0.7*(1-math.Cos(0.7*t))) // of a pitch from 80 to 320 Hz
	pitch := 200 + 120*math.Sin(0.7*t)
	formant := func(hz, middle, width float64) float64 {
		away := (hz - middle) / width
		return math.Exp(-away * away)
	}
	var v float64
	for n := 1.0; n*pitch < 3400; n++ {
		hz := n * pitch
		v += math.Sin(n*phase) * (formant(hz, 500+250*math.Sin(2.3*t), 120) +
			0.6*formant(hz, 1400+500*math.Sin(1.7*t), 150) +
			0.4*formant(hz, 2600+200*math.Sin(1.1*t), 200) + 0.03)
	}
	return v / 4
}

func TestTooShortForAKey(t *testing.T) {
	for _, key := range []byte(allKeys) {
		for start := 0; start < block; start += 5 {
			pcm := press{key: key, on: 23 * time.Millisecond, off: 50 * time.Millisecond, low: -12, high: -10}.sound(make([]int16, start), nil)
			if got := new(Detector).Keys(pcm); got != "" {
				t.Errorf("23 ms of %c, from sample %d, is heard as %q", key, start, got)
			}
		}
	}
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte{0, 128, 255, 127}, uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		var u unpacker
		pcm := u.samples(b)
		if len(pcm) != len(b)/2 {
			t.Fatalf("%d samples of %d bytes", len(pcm), len(b))
		}
		whole := new(Detector).Keys(pcm)
		n := min(int(cut), len(pcm))
		var d Detector
		if parts := d.Keys(pcm[:n]) + d.Keys(pcm[n:]); parts != whole || strings.Trim(whole, "0123456789*#") != "" {
			t.Errorf("heard %q, and %q in two parts", whole, parts)
		}
	})
}
