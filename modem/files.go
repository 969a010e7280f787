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

// uploadBlock is how many octets of a file a command uploads where several can: the most
// that +FSWRITE of the SIM800 and its descendants takes.
const uploadBlock = 10 << 10

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
		block := len(octets)
		if p.way.extend != "" {
			block = uploadBlock
		}
		err := p.upload(ctx, u, octets, block)
		if refused(err) && block < len(octets) {
			// Some firmware of a family takes a file in one piece only.
			err = p.upload(ctx, u, octets, len(octets))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// upload replaces a file of the module, a block of octets at a time.
func (p *player) upload(ctx context.Context, u utterance, octets []byte, block int) error {
	for _, cmd := range p.way.remove {
		if _, _, err := p.s.try(ctx, p.fill(cmd, u), command); err != nil {
			return err
		}
	}
	next := p.way.write
	for at := 0; at < len(octets); at += block {
		piece := octets[at:min(at+block, len(octets))]
		cmd := strings.NewReplacer("{size}", strconv.Itoa(len(piece)), "{at}", strconv.Itoa(at)).Replace(p.fill(next, u))
		if err := p.s.conn.Upload(ctx, cmd, piece, uploadWithin); err != nil {
			return fmt.Errorf("AT%s: %w", cmd, err)
		}
		next = p.way.extend
	}
	return nil
}

// fill puts the name of the file for an utterance into a command.
func (p *player) fill(cmd string, u utterance) string {
	file := "simgate_" + u.name + "." + p.way.format
	return strings.NewReplacer("{name}", p.way.folder+file, "{file}", file).Replace(cmd)
}

func (p *player) begin(context.Context) error { return nil }

func (p *player) say(ctx context.Context, u utterance) error {
	length := time.Duration(len(u.pcm)) * time.Second / voice.Rate
	return p.s.perform(ctx, p.way, p.fill(p.way.play, u), length+playSlack)
}

func (p *player) end(context.Context) bool { return false }

// perform has the module play or read something, and returns when the module reports
// the end of it, or after within if it does not. When ctx ends the module is halted, or
// it would refuse what is said next. One that refuses is halted, since it may be at
// something else (+CME ERROR: 904 of Quectel), and told once more.
func (s *session) perform(ctx context.Context, w way, cmd string, within time.Duration) error {
	over := s.calls.await(w.ended)
	_, err := s.ask(ctx, cmd, slowCommand)
	if refused(err) {
		if _, _, err := s.try(ctx, w.halt, command); err != nil {
			return err
		}
		if err := sleep(ctx, haltWithin); err != nil {
			return err
		}
		over = s.calls.await(w.ended)
		_, err = s.ask(ctx, cmd, slowCommand)
	}
	if err != nil {
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
