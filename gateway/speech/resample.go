package speech

import "math"

// The low pass of the resampler. A telephone carries up to 3400 Hz; what lies
// above 4000 Hz would come back as whistling below it.
const (
	cutoff      = 3500.0  // Hz, the middle of the slope: 3000 Hz pass, 4000 Hz do not
	kernel      = 4.72e-3 // seconds, the length of the filter, which makes the slope
	attenuation = 75.0    // dB, of what does not pass
)

// resample brings a sound to 8000 Hz: for each sample that comes out, the phase
// of the filter that falls on it is laid over the samples that went in. From
// 22050 Hz that is 160 phases, of which every 441st step is taken.
func resample(in []float64, rate int) []float64 {
	if rate == Rate {
		return in
	}
	g := gcd(rate, Rate)
	up, down := Rate/g, rate/g
	phases := bank(rate, up)
	half := len(phases[0]) / 2
	out := make([]float64, len(in)*up/down)
	for n := range out {
		at := n * down
		first := at/up - half + 1 // of the samples under the filter
		var sum float64
		for k, h := range phases[at%up] {
			if i := first + k; i >= 0 && i < len(in) {
				sum += h * in[i]
			}
		}
		out[n] = sum
	}
	return out
}

// bank returns the phases of a sinc in a Kaiser window. Each adds up to one, so
// that none is louder than the others.
func bank(rate, up int) [][]float64 {
	half := int(math.Ceil(kernel * float64(rate) / 2))
	beta := 0.1102 * (attenuation - 8.7)
	phases := make([][]float64, up)
	for p := range phases {
		taps := make([]float64, 2*half)
		var sum float64
		for k := range taps {
			x := float64(k-half+1) - float64(p)/float64(up) // samples from the middle
			if w := x / float64(half); w > -1 && w < 1 {
				taps[k] = sinc(2*cutoff/float64(rate)*x) * bessel(beta*math.Sqrt(1-w*w))
			}
			sum += taps[k]
		}
		for k := range taps {
			taps[k] /= sum
		}
		phases[p] = taps
	}
	return phases
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// bessel is the modified Bessel function of the first kind and order zero, of
// which the Kaiser window is made.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
