package modem

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"simgate/modem/voice"
)

const (
	uploadWithin = time.Minute      // limit of an upload, which runs at 11 kB/s at 115200 Bd
	playSlack    = 5 * time.Second  // for the report of the end, past the length of the sound
	haltWithin   = time.Second      // for the report of the end, after halt
	codeWithin   = 20 * time.Second // limit of encoding a file
)

// player speaks by having the module play files, which are uploaded before the call.
type player struct {
	s   *session
	way way
}

func newPlayer(s *session, w way, _ func(string)) speaker { return &player{s: s, way: w} }

func (p *player) path(u utterance) string {
	return p.way.folder + "simgate_" + u.name + "." + p.way.format
}

// prepare uploads what may be said.
func (p *player) prepare(ctx context.Context, all []utterance) error {
	if err := p.s.steps(ctx, p.way.before); err != nil {
		return err
	}
	for _, u := range all {
		octets := wav(u.pcm)
		if p.way.format == "amr" {
			var err error
			if octets, err = encodeAMR(ctx, octets); err != nil {
				return err
			}
		}
		last := len(p.way.upload) - 1
		for _, cmd := range p.way.upload[:last] { // which delete an older file
			if _, _, err := p.s.try(ctx, fill(cmd, p.path(u), 0), command); err != nil {
				return err
			}
		}
		cmd := fill(p.way.upload[last], p.path(u), len(octets))
		if err := p.s.conn.Upload(ctx, cmd, octets, uploadWithin); err != nil {
			return fmt.Errorf("AT%s: %w", cmd, err)
		}
	}
	return nil
}

// fill puts the name of a file and its length in octets into a command.
func fill(cmd, name string, size int) string {
	return strings.NewReplacer("{name}", name, "{size}", strconv.Itoa(size)).Replace(cmd)
}

func (p *player) begin(context.Context) error { return nil }

func (p *player) say(ctx context.Context, u utterance) error {
	length := time.Duration(len(u.pcm)) * time.Second / voice.Rate
	return p.s.perform(ctx, p.way, fill(p.way.play, p.path(u), 0), length+playSlack)
}

func (p *player) end(context.Context) bool { return false }

// perform has the module play or read something, and returns when the module reports
// the end of it, or after within if it does not. When ctx ends the module is halted, or
// it would refuse what is said next.
func (s *session) perform(ctx context.Context, w way, cmd string, within time.Duration) error {
	over := s.calls.await(w.ended)
	if _, err := s.ask(ctx, cmd, slowCommand); err != nil {
		return err
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-over:
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
	}
	_, ok, err := s.try(context.WithoutCancel(ctx), w.halt, command)
	if err == nil && ok {
		timer.Reset(haltWithin)
		select {
		case <-over: // which would be taken for the end of what is said next
		case <-timer.C:
		}
	}
	return ctx.Err()
}

// wav returns samples as a WAV file: 8000 samples a second, 16 bits, one channel.
func wav(pcm []int16) []byte {
	const header = 44
	size := uint32(2 * len(pcm))
	b := make([]byte, 0, header+int(size))
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, header-8+size)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16) // octets of what follows
	for _, v := range []uint16{1, 1} {          // PCM, one channel
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	for _, v := range []uint32{voice.Rate, 2 * voice.Rate} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	for _, v := range []uint16{2, 16} { // octets and bits of a sample
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, size)
	for _, v := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return b
}

// encodeAMR converts a WAV file to AMR-NB, which is all that some modules play.
func encodeAMR(ctx context.Context, file []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, codeWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sox", "-t", "wav", "-", "-r", "8000", "-c", "1", "-t", "amr-nb", "-C", "4", "-")
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(file), &out, &complaint
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("sox cannot write AMR (sudo apt install sox libsox-fmt-all): %w: %s", err, bytes.TrimSpace(complaint.Bytes()))
	}
	if !bytes.HasPrefix(out.Bytes(), []byte("#!AMR")) {
		return nil, errors.New("sox did not write AMR (sudo apt install libsox-fmt-all)")
	}
	return out.Bytes(), nil
}

// installed reports whether a program is installed.
func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}
