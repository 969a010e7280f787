package speech

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// wave makes a WAV file with the header that is described.
func wave(format, channels, rate, bits int, data []byte) []byte {
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) }
	b.WriteString("RIFF")
	put(uint32(36 + len(data)))
	b.WriteString("WAVEfmt ")
	put(uint32(16))
	put([]uint16{uint16(format), uint16(channels)})
	put([]uint32{uint32(rate), uint32(rate * channels * bits / 8)})
	put([]uint16{uint16(channels * bits / 8), uint16(bits)})
	b.WriteString("data")
	put(uint32(len(data)))
	b.Write(data)
	return b.Bytes()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	want := []int16{0, 1, -1, 32767, -32768, 12345}
	var b bytes.Buffer
	if err := WriteWAV(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := readWAV(b.Bytes())
	if err != nil || got.rate != Rate || len(got.samples) != len(want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, v := range got.samples {
		if int16(v*32768) != want[i] {
			t.Errorf("sample %d is %g, want %d", i, v*32768, want[i])
		}
	}
}

func TestEveryWidthOfSample(t *testing.T) {
	for name, c := range map[string]struct {
		bits, channels int
		data           []byte
		want           []float64
	}{
		"8 bits, which are unsigned": {8, 1, []byte{128, 255, 0}, []float64{0, 127. / 128, -1}},
		"16 bits":                    {16, 1, []byte{0, 0x40, 0, 0x80}, []float64{0.5, -1}},
		"24 bits":                    {24, 1, []byte{0, 0, 0x40, 0, 0, 0x80}, []float64{0.5, -1}},
		"32 bits":                    {32, 1, []byte{0, 0, 0, 0x40, 0, 0, 0, 0x80}, []float64{0.5, -1}},
		"two channels are mixed":     {16, 2, []byte{0, 0x40, 0, 0, 0, 0x40, 0, 0xc0}, []float64{0.25, 0}},
		"half a sample is left out":  {16, 1, []byte{0, 0x40, 9}, []float64{0.5}},
	} {
		s, err := readWAV(wave(formatPCM, c.channels, 16000, c.bits, c.data))
		if err != nil || len(s.samples) != len(c.want) {
			t.Errorf("%s: %v, %v", name, s.samples, err)
			continue
		}
		for i := range c.want {
			if math.Abs(s.samples[i]-c.want[i]) > 1e-9 {
				t.Errorf("%s: sample %d is %g, want %g", name, i, s.samples[i], c.want[i])
			}
		}
	}
}

func TestWAVFilesThatCannotBeUsedSayWhy(t *testing.T) {
	good := wave(formatPCM, 1, 8000, 16, make([]byte, 100))
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":              {nil, "not a WAV"},
		"an MP3":             {[]byte("ID3\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "not a WAV"},
		"a header alone":     {good[:12], "without sound"},
		"a cut header":       {good[:30], "without sound"},
		"cut off":            {good[:len(good)-1], "promises 100 bytes of sound and it has 99"},
		"A-law":              {wave(6, 1, 8000, 8, nil), "compressed"},
		"floating point":     {wave(3, 1, 8000, 32, nil), "floating point"},
		"six channels":       {wave(formatPCM, 6, 8000, 16, nil), "6 channels"},
		"no channels":        {wave(formatPCM, 0, 8000, 16, nil), "0 channels"},
		"12 bits":            {wave(formatPCM, 1, 8000, 12, nil), "12 bits"},
		"sampled too seldom": {wave(formatPCM, 1, 4000, 16, nil), "4000 Hz"},
		"sampled strangely":  {wave(formatPCM, 1, 44101, 16, nil), "44101 Hz"},
		"no format":          {append(append([]byte{}, good[:12]...), good[36:]...), "format is missing"},
	} {
		if _, err := readWAV(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// espeak-ng writes to a pipe and cannot know the length.
func TestWAVOfUnknownLength(t *testing.T) {
	file := wave(formatPCM, 1, 22050, 16, make([]byte, 100))
	binary.LittleEndian.PutUint32(file[40:], 0x7ffff000)
	if s, err := readWAV(file); err != nil || len(s.samples) != 50 {
		t.Errorf("%d samples, %v", len(s.samples), err)
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add(wave(formatPCM, 1, 8000, 16, make([]byte, 100)))
	f.Add(wave(formatPCM, 2, 48000, 24, make([]byte, 99)))
	f.Add(wave(formatExtensible, 2, 48000, 24, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := readWAV(b)
		if err != nil {
			return
		}
		if s.rate < minRate || s.rate > maxRate || len(s.samples) > len(b) {
			t.Errorf("%d samples at %d Hz of %d bytes", len(s.samples), s.rate, len(b))
		}
		for _, v := range s.samples {
			if v < -1 || v > 1 {
				t.Fatalf("a sample is %g", v)
			}
		}
		if len(s.samples) < 2000 {
			// The noise beneath the speech takes up to a tenth of a decibel off.
			if pcm, err := piece(s); err == nil && (dBFS(pcm) < -6.1 || dBFS(pcm) > -2) {
				t.Errorf("the peak is at %g dBFS", dBFS(pcm))
			}
		}
	})
}
