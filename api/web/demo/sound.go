package demo

import (
	"bytes"
	"encoding/binary"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The sound of calls: samples a second, each of 16 bits.
const rate = 8000

// How the sound of a call that is not over is sent.
const (
	listen   = 100 * time.Millisecond // from one piece to the next
	patience = 10 * time.Second       // that the listener has to take a piece
	longest  = 10 * time.Minute
)

// sound answers with the sound of a call as a WAV file: while the call lasts as it is
// heard, and then as a whole.
func (d *page) sound(w http.ResponseWriter, r *http.Request) {
	phone := r.PathValue("phone")
	name, _ := strings.CutSuffix(r.PathValue("call"), ".wav")
	ns, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	begun := time.Unix(0, ns)
	w.Header().Set("Content-Type", "audio/wav")
	pcm, over := d.network.Sound(phone, begun, 0)
	if over {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(append(wavHeader(2*len(pcm)), octets(pcm)...)))
		return
	}
	rc := http.NewResponseController(w)
	if err := rc.SetReadDeadline(time.Now().Add(longest)); err != nil {
		return
	}
	piece := append(wavHeader(math.MaxInt32-64), octets(pcm)...) // nobody knows yet how long it gets
	for heard := len(pcm); time.Since(begun) < longest; heard += len(pcm) {
		if len(piece) > 0 {
			if err := rc.SetWriteDeadline(time.Now().Add(patience)); err != nil {
				return
			}
			if _, err := w.Write(piece); err != nil || rc.Flush() != nil { //nolint:gosec // it is sound
				return
			}
		}
		if over {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-d.Stopped():
			return
		case <-time.After(listen):
		}
		pcm, over = d.network.Sound(phone, begun, heard)
		piece = octets(pcm)
	}
}

func octets(pcm []int16) []byte {
	out := make([]byte, 0, 2*len(pcm))
	for _, s := range pcm {
		out = binary.LittleEndian.AppendUint16(out, uint16(s))
	}
	return out
}

// wavHeader returns the header of a WAV file with so many octets of sound.
func wavHeader(data int) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF")
	_ = binary.Write(&b, binary.LittleEndian, uint32(36+data)) // a buffer takes all
	b.WriteString("WAVEfmt ")
	_ = binary.Write(&b, binary.LittleEndian, struct {
		Size             uint32
		Format, Channels uint16
		Rate, Octets     uint32
		Block, Bits      uint16
	}{16, 1, 1, rate, 2 * rate, 2, 16})
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(data))
	return b.Bytes()
}
