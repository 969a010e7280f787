package speech

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What a recording may be sampled at. The resampler wants a rate that shares a
// factor with 8000; all that are in use do.
const (
	minRate, maxRate = 8000, 192000
	rateStep         = 25
)

// Formats of a WAV file: of samples as they are, and of "see the longer header".
const (
	formatPCM        = 1
	formatExtensible = 0xfffe
)

// streamed: a program that writes to a pipe cannot know how much will follow.
// It writes a length that no file has, and the data go on to the end.
const streamed = 0x7ff00000

// readWAV reads a WAV file with 8, 16, 24 or 32 bits and one or two channels,
// which are mixed. Samples that the header promises must be there.
func readWAV(b []byte) (sound, error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return sound{}, errors.New("it is not a WAV file")
	}
	var format waveFormat
	for b = b[12:]; len(b) >= 8; {
		id, size, body := string(b[:4]), uint64(binary.LittleEndian.Uint32(b[4:8])), b[8:]
		if id == "data" {
			if size >= streamed {
				size = uint64(len(body))
			}
			if size > uint64(len(body)) {
				return sound{}, fmt.Errorf("it is cut off: its header promises %d bytes of sound and it has %d", size, len(body))
			}
			return format.samples(body[:size])
		}
		if size > uint64(len(body)) {
			break
		}
		if id == "fmt " {
			if err := format.read(body[:size]); err != nil {
				return sound{}, err
			}
		}
		b = body[min(size+size%2, uint64(len(body))):] // chunks begin at even places
	}
	return sound{}, errors.New("it is a WAV file without sound in it")
}

// waveFormat is the fmt chunk.
type waveFormat struct{ rate, channels, bits int }

func (f *waveFormat) read(b []byte) error {
	if len(b) < 16 {
		return errors.New("it is not a WAV file: its format is cut off")
	}
	kind := binary.LittleEndian.Uint16(b)
	if kind == formatExtensible && len(b) >= 26 {
		kind = binary.LittleEndian.Uint16(b[24:])
	}
	f.channels = int(binary.LittleEndian.Uint16(b[2:]))
	rate := binary.LittleEndian.Uint32(b[4:])
	f.bits = int(binary.LittleEndian.Uint16(b[14:]))
	switch {
	case kind != formatPCM:
		return fmt.Errorf("it is compressed or in floating point (WAV format %d): save it as PCM with 16 bits", kind)
	case f.channels < 1 || f.channels > 2:
		return fmt.Errorf("it has %d channels: save it with one", f.channels)
	case f.bits != 8 && f.bits != 16 && f.bits != 24 && f.bits != 32:
		return fmt.Errorf("it has %d bits a sample: save it with 16", f.bits)
	case rate < minRate || rate > maxRate || rate%rateStep != 0:
		return fmt.Errorf("it is sampled at %d Hz: save it at 8000, 16000, 22050, 44100 or 48000 Hz", rate)
	}
	f.rate = int(rate)
	return nil
}

// samples reads the data chunk.
func (f *waveFormat) samples(b []byte) (sound, error) {
	if f.rate == 0 {
		return sound{}, errors.New("it is not a WAV file: the format is missing before the sound")
	}
	width := f.bits / 8
	s := sound{f.rate, make([]float64, len(b)/(width*f.channels))}
	for i := range s.samples {
		for range f.channels {
			s.samples[i] += wide(b[:width]) / float64(f.channels)
			b = b[width:]
		}
	}
	return s, nil
}

// wide reads one sample, of 1 to 4 bytes, as a number from -1 to 1. Those of
// one byte are unsigned.
func wide(b []byte) float64 {
	if len(b) == 1 {
		return (float64(b[0]) - 128) / 128
	}
	var v int32
	for i, octet := range b {
		v |= int32(octet) << (8 * (4 - len(b) + i))
	}
	return float64(v) / (1 << 31)
}

// WriteWAV writes sound of 8000 Hz as a WAV file with 16 bits and one channel.
func WriteWAV(w io.Writer, pcm []int16) error {
	const header, width = 44, 2
	var b bytes.Buffer
	b.Grow(header + width*len(pcm))
	b.WriteString("RIFF")
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // to memory: cannot fail
	put(uint32(header - 8 + width*len(pcm)))
	b.WriteString("WAVEfmt ")
	put(uint32(16))
	put([]uint16{formatPCM, 1})
	put([]uint32{Rate, Rate * width})
	put([]uint16{width, 8 * width})
	b.WriteString("data")
	put(uint32(width * len(pcm)))
	put(pcm)
	_, err := w.Write(b.Bytes())
	return err
}
