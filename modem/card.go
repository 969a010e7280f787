package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
)

// card is a sound card, used through two programs of ALSA: aplay writes to it and
// arecord reads from it.
type card struct {
	play, record *exec.Cmd
	in           io.WriteCloser
	out          io.ReadCloser
	kill         context.CancelFunc
	closing      sync.Once
}

// openCard opens the sound card with this ALSA number for the sound of a call.
func openCard(number string) (io.ReadWriteCloser, error) {
	if number == "" {
		return nil, errors.New("the sound card of the modem is not there")
	}
	ctx, kill := context.WithCancel(context.Background())
	args := []string{"-q", "-D", "plughw:" + number, "-t", "raw", "-f", "S16_LE", "-r", "8000", "-c", "1", "--period-size=160", "--buffer-size=640"}
	c := &card{play: exec.CommandContext(ctx, "aplay", args...), record: exec.CommandContext(ctx, "arecord", args...), kill: kill}
	err := c.open()
	if err != nil {
		kill()
		return nil, fmt.Errorf("the sound card of the modem cannot be opened: %w", err)
	}
	return c, nil
}

func (c *card) open() (err error) {
	if c.in, err = c.play.StdinPipe(); err != nil {
		return err
	}
	if c.out, err = c.record.StdoutPipe(); err != nil {
		return err
	}
	if err := c.play.Start(); err != nil {
		return err
	}
	if err := c.record.Start(); err != nil {
		c.kill()
		_ = c.play.Wait() // its error says that it was killed
		return err
	}
	return nil
}

func (c *card) Read(b []byte) (int, error)  { return c.out.Read(b) }
func (c *card) Write(b []byte) (int, error) { return c.in.Write(b) }

// Close kills both programs and waits for their end.
func (c *card) Close() error {
	c.closing.Do(func() {
		c.kill()
		_, _ = c.play.Wait(), c.record.Wait() // their errors say that they were killed
	})
	return nil
}
