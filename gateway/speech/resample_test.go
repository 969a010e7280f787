package speech

import (
	"math"
	"testing"
)

// tone is one second of a sine of half of full scale.
func tone(hz float64, rate int) []float64 {
	x := make([]float64, rate)
	for i := range x {
		x[i] = math.Sin(2*math.Pi*hz*float64(i)/float64(rate)) / 2
	}
	return x
}

// power returns the level of what is in x at a frequency, in dB of full scale.
func power(x []float64, hz, rate float64) float64 {
	var re, im float64
	for i, v := range x {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / rate)
		re, im = re+v*cos, im+v*sin
	}
	return 20 * math.Log10(2*math.Hypot(re, im)/float64(len(x)))
}

// effective returns the level of all that is in x, as that of a sine.
func effective(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	return 10 * math.Log10(2*sum/float64(len(x))+1e-30)
}

func TestResamplerPassesSpeechAndNothingAboveIt(t *testing.T) {
	for _, rate := range []int{11025, 16000, 22050, 24000, 32000, 44100, 48000, 96000, 192000} {
		// Of a tone so long the middle has each phase of the filter, and takes a tenth of a second.
		brief := func(hz float64) []float64 { return tone(hz, rate)[:(3*rate+9)/10] }
		for _, hz := range []float64{200, 300, 1000, 2000, 2500, 3000} {
			out := middle(resample(brief(hz), rate))
			if got := power(out, hz, Rate) - power(tone(hz, rate), hz, float64(rate)); math.Abs(got) > 0.5 {
				t.Errorf("from %d Hz, %g Hz comes out %.2f dB louder, want within 0.5", rate, hz, got)
			}
			if noise := effective(out) - power(out, hz, Rate); noise > 0.01 {
				t.Errorf("from %d Hz, %g Hz comes out with %.2f dB of something else", rate, hz, noise)
			}
		}
		for _, hz := range []float64{4100, 4500, 5000, 5400, 6000, 7900, 8000, 10000, 20000} {
			if hz >= float64(rate)/2 {
				continue
			}
			if got := effective(middle(resample(brief(hz), rate))) - effective(tone(hz, rate)); got > -65 {
				t.Errorf("from %d Hz, %g Hz still comes out at %.1f dB, want 65 dB down", rate, hz, got)
			}
		}
	}
}

// middle leaves out where the filter runs in and out. What is left has a whole
// number of periods of every frequency that divides by ten.
func middle(x []float64) []float64 { return x[800 : len(x)-800] }

func TestResamplerKeepsTheLength(t *testing.T) {
	for _, rate := range []int{8000, 8025, 11025, 22050, 44100, 48000} {
		if got := len(resample(make([]float64, 3*rate), rate)); got != 3*Rate {
			t.Errorf("3 s at %d Hz become %d samples, want %d", rate, got, 3*Rate)
		}
	}
}

// An impulse must come out where it went in: the phases of the filter are in
// step with the samples.
func TestResamplerKeepsTheTime(t *testing.T) {
	in := make([]float64, 22050)
	in[11025] = 1
	out := resample(in, 22050)
	at := 0
	for i, v := range out {
		if v > out[at] {
			at = i
		}
	}
	if at != 4000 {
		t.Errorf("what is at half a second comes out at %g s", float64(at)/Rate)
	}
}

func TestHighPass(t *testing.T) {
	through := func(hz float64) float64 {
		x := tone(hz, Rate)
		shape(x)
		return power(middle(x), hz, Rate) - power(tone(hz, Rate), hz, Rate)
	}
	if hum, voice := through(50), through(1000); hum > voice-20 {
		t.Errorf("hum comes out at %.1f dB and a voice at %.1f", hum, voice)
	}
	if low, high := through(400), through(3000); high-low < 8 || high-low > 12 {
		t.Errorf("3000 Hz is lifted by %.1f dB over 400 Hz, want 8 to 12", high-low)
	}
}

func TestPieceIsLevelAndTrimmed(t *testing.T) {
	for name, gain := range map[string]float64{"loud": 1.9, "medium": 0.5, "quiet": 0.02} {
		x := make([]float64, 22050/2)
		for _, v := range tone(1000, 22050) {
			x = append(x, v*gain)
		}
		x = append(x, make([]float64, 22050)...)
		pcm, err := piece(sound{22050, x})
		if err != nil {
			t.Fatal(err)
		}
		if db := dBFS(pcm); db < leastTop-0.2 || db > leastTop+0.2 { // it is a tone
			t.Errorf("%s: the peak is at %.2f dBFS, want %g", name, db, leastTop)
		}
		if got, want := len(pcm), Rate+2*samples(edge); got < want-Rate/50 || got > want+Rate/50 {
			t.Errorf("%s: one second of sound became %d samples, want about %d", name, got, want)
		}
	}
}

func TestSilenceIsNoPiece(t *testing.T) {
	hum := tone(50, 22050)
	for i := range hum {
		hum[i] *= 0.01
	}
	for name, x := range map[string][]float64{"nothing": nil, "zeros": make([]float64, 22050), "hum": hum, "a click": {0, 1}} {
		if _, err := piece(sound{22050, x}); err == nil {
			t.Errorf("%s is taken for speech", name)
		}
	}
}

func TestQuietIsANoiseFloor(t *testing.T) {
	pcm := quiet(10 * lead)
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	if db := 20 * math.Log10(math.Sqrt(sum/float64(len(pcm)))/fullScale); db < -61 || db > -59 {
		t.Errorf("the noise is at %.1f dBFS, want -60", db)
	}
	if n := deadAir(pcm); n > 4 {
		t.Errorf("%d samples in a row are alike", n)
	}
}
