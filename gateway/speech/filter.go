package speech

import (
	"errors"
	"math"
	"slices"
	"time"
)

const (
	highPass = 180.0 // Hz; below is rumble that small loudspeakers turn into buzz
	emphasis = 0.6   // of the sample before is taken away: consonants come forward
	dynamics = 0.4   // of the distance in dB from the loudest part remains to a quieter one
	gate     = -38.0 // dB below the loudest part; what is quieter is no speech, and falls off
	peak     = -3.0  // dBFS, the most that the loudest sample of a piece may be
	leastTop = -6.0  // dBFS, the least
	level    = -18.5 // dBFS, the loudness of a piece
	silence  = -60.0 // dB below the peak; what is quieter is no part of the loudness
	loud     = -20.0 // dB below the peak; what is louder is a loud part
	floor    = -60.0 // dBFS, the noise under everything
	audible  = -45.0 // dB below the peak; what is quieter at either end is cut off
	faint    = -50.0 // dBFS; what is quieter all through is no speech

	edge   = 40 * time.Millisecond // is kept before and after what is audible: soft consonants
	fade   = 5 * time.Millisecond  // in and out, so that nothing clicks
	window = 5 * time.Millisecond  // over which loudness is measured
	sweep  = 20 * time.Millisecond // before and after, over which the dynamics are: two periods of a deep voice
)

// errNothing means that a sound has nothing in it that can be heard.
var errNothing = errors.New("it is silent")

// sound is what was recorded or spoken, as samples from -1 to 1.
type sound struct {
	rate    int // samples a second
	samples []float64
}

// duration returns how long the sound takes.
func (s sound) duration() time.Duration {
	return time.Duration(len(s.samples)) * time.Second / time.Duration(s.rate)
}

// piece makes of a sound what can be put on the line. The same sound always
// makes the same piece, down to its noise.
func piece(s sound) ([]int16, error) {
	x := resample(s.samples, s.rate)
	shape(x)
	x = trim(x)
	if loudest(x) < amplitude(faint) {
		return nil, errNothing
	}
	compress(x)
	fadeEnds(x)
	if loudest(x) < amplitude(faint) {
		return nil, errNothing // it is so short that nothing is left
	}
	equalize(x)
	n := newNoise()
	pcm := make([]int16, len(x))
	for i, v := range x {
		pcm[i] = int16(math.Round(v*fullScale)) + n.next()
	}
	return pcm, nil
}

// equalize brings a sound to the level, which is how loud it seems: of two digits
// with the same peak one may be 8 dB louder. Peaks above the limit are turned down,
// which costs some of the level, so that it is done again; and what is loud with low
// peaks, such as a tone, keeps them at leastTop.
func equalize(x []float64) {
	for range 3 {
		scale(x, max(amplitude(level)/loudness(x), amplitude(leastTop)/loudest(x)))
		limit(x, amplitude(peak))
	}
}

// loudness returns how loud a sound seems: the mean of its effective value and that of
// its loud parts, since neither a hiss and a pause in a word nor one loud vowel says all.
func loudness(x []float64) float64 {
	return math.Sqrt(effectiveOf(x, silence) * effectiveOf(x, loud))
}

func scale(x []float64, gain float64) {
	for i := range x {
		x[i] *= gain
	}
}

// effectiveOf returns the effective value of what of x is louder than least, in dB,
// counted from its peak.
func effectiveOf(x []float64, least float64) float64 {
	threshold := loudest(x) * amplitude(least)
	n := samples(window)
	var sum float64
	count := 0
	for i := 0; i < len(x); i += n {
		part := x[i:min(i+n, len(x))]
		if loudest(part) < threshold {
			continue
		}
		for _, v := range part {
			sum += v * v
		}
		count += len(part)
	}
	return math.Sqrt(sum / float64(count))
}

// limit turns x down around samples that are louder than most, so smoothly that no
// click or crackle is heard: each sample by the mean, over a window, of what the
// loudest within a window asks for.
func limit(x []float64, most float64) {
	n := samples(window)
	gain := make([]float64, len(x)+2*n) // that of x[i] is at i+n
	for i := range gain {
		gain[i] = 1
	}
	for i, v := range x {
		if v < -most || v > most {
			for j := range 2*n + 1 {
				gain[i+j] = min(gain[i+j], most/math.Abs(v))
			}
		}
	}
	var sum float64
	for _, g := range gain[:2*n] {
		sum += g
	}
	for i := range x {
		sum += gain[i+2*n]
		x[i] *= sum / float64(2*n+1)
		sum -= gain[i]
	}
}

const fullScale = 32767

// amplitude returns the share of full scale that a level in dB is.
func amplitude(db float64) float64 { return math.Pow(10, db/20) }

// shape takes away what is below the voice, with a Butterworth high pass of the
// second order, and lifts consonants above vowels a little.
func shape(x []float64) {
	w := 2 * math.Pi * highPass / Rate
	alpha := math.Sin(w) / math.Sqrt2
	a0, a1, a2 := 1+alpha, -2*math.Cos(w), 1-alpha
	b0, b1 := (1+math.Cos(w))/2, -(1 + math.Cos(w))
	var x1, x2, y1, y2 float64
	for i, v := range x {
		y := (b0*v + b1*x1 + b0*x2 - a1*y1 - a2*y2) / a0
		x2, x1 = x1, v
		x[i] = y - emphasis*y1
		y2, y1 = y1, y
	}
}

// compress lifts what is quiet in a word. Digits differ by consonants and by how a
// vowel begins and ends (nine and five, six and eight), which are 20 dB below the
// vowel and the first that noise hides. The pauses of a recording are not lifted.
// x is not silent.
func compress(x []float64) {
	levels := envelope(x, samples(sweep))
	top := slices.Max(levels)
	least := top * amplitude(gate)
	for i, v := range levels {
		gain := math.Exp((dynamics - 1) * math.Log(max(v, least)/top)) // a power; math.Pow takes longer
		if v < least {
			gain *= (v / least) * (v / least)
		}
		x[i] *= gain
	}
}

// envelope returns the effective value around each sample, n before and n after.
func envelope(x []float64, n int) []float64 {
	squares := make([]float64, len(x)+2*n) // that of x[i] is at i+n
	var sum float64
	for i, v := range x {
		squares[i+n] = v * v
	}
	for _, v := range squares[:2*n] {
		sum += v
	}
	out := make([]float64, len(x))
	for i := range out {
		sum += squares[i+2*n]
		out[i] = math.Sqrt(max(sum, 0) / float64(2*n+1))
		sum -= squares[i]
	}
	return out
}

// trim cuts off what cannot be heard at both ends.
func trim(x []float64) []float64 {
	threshold := loudest(x) * amplitude(audible)
	n := samples(window)
	first, last := -1, 0
	for i := 0; i < len(x); i += n {
		if loudest(x[i:min(i+n, len(x))]) > threshold {
			if first < 0 {
				first = i
			}
			last = min(i+n, len(x))
		}
	}
	if first < 0 {
		return nil
	}
	return x[max(first-samples(edge), 0):min(last+samples(edge), len(x))]
}

// fadeEnds lets a sound begin and end without a click.
func fadeEnds(x []float64) {
	n := min(samples(fade), len(x)/2)
	for i := range n {
		gain := float64(i) / float64(n)
		x[i] *= gain
		x[len(x)-1-i] *= gain
	}
}

func loudest(x []float64) float64 {
	var most float64
	for _, v := range x {
		most = max(most, math.Abs(v))
	}
	return most
}

// noise is white and always the same, so that the same code makes the same call.
type noise uint32

func newNoise() *noise { n := noise(1); return &n }

// bound is the greatest sample of the noise. That all up to it are equally likely makes the
// effective value of the noise the bound divided by the root of three.
var bound = fullScale * amplitude(floor) * math.Sqrt(3)

// next returns one sample.
func (n *noise) next() int16 {
	*n = *n*1664525 + 1013904223
	return int16(math.Round((float64(*n)/(1<<31) - 1) * bound))
}

// quiet is noise alone. The line is never dead.
func quiet(d time.Duration) []int16 {
	n := newNoise()
	out := make([]int16, samples(d))
	for i := range out {
		out[i] = n.next()
	}
	return out
}
