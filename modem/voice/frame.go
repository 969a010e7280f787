package voice

import (
	"encoding/binary"
	"time"
)

const (
	// Rate is the sampling rate of a call, in samples a second.
	Rate = 8000
	// FrameTime is how long a frame takes.
	FrameTime = 20 * time.Millisecond

	frameSamples = int(Rate * FrameTime / time.Second)
	width        = 2 // bytes of a sample
)

// pack encodes samples into b.
func pack(b []byte, pcm []int16) {
	for i, v := range pcm {
		binary.LittleEndian.PutUint16(b[width*i:], uint16(v))
	}
}

// unpacker decodes samples from reads that may end within a sample.
type unpacker struct {
	half byte // the first byte of a sample whose second has not come
	held bool // there is one
}

// samples returns the samples that b completes.
func (u *unpacker) samples(b []byte) []int16 {
	pcm := make([]int16, 0, (len(b)+1)/width)
	for _, octet := range b {
		if u.held {
			pcm = append(pcm, int16(uint16(octet)<<8|uint16(u.half)))
		}
		u.half, u.held = octet, !u.held
	}
	return pcm
}

// noise generates the noise of silence: white, at -60 dBFS.
type noise uint32

// bound is the largest sample of the noise. All up to it are equally likely, so the RMS
// value is bound divided by the square root of three: 33 of 32767.
const bound = 57

func (n *noise) next() int16 {
	*n = *n*1664525 + 1013904223
	return int16(uint32(*n)>>16%(2*bound+1)) - bound
}
