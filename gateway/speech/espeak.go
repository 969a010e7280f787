package speech

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Words a minute. The usual 175 are for listeners with a screen reader.
const (
	textSpeed = 130
	codeSpeed = 105
)

const (
	// maxOutput is the most that espeak-ng may return: three minutes of sound,
	// which is more than it can make of [MaxText] characters.
	maxOutput = 8 << 20
	maxStderr = 400 // of which an error repeats this much

	// holdsOn is how long the output is waited for when espeak-ng itself has
	// ended: a process that it left behind may hold it open.
	holdsOn = time.Second
)

// espeak has espeak-ng say a phrase, and returns a WAV file.
func (e *Engine) espeak(ctx context.Context, p phrase) ([]byte, error) {
	return e.run(ctx, p.text, "-b", "1", "-v", p.voice, "-s", strconv.Itoa(p.speed), "--stdin", "--stdout")
}

// run runs espeak-ng with a text on its stdin and returns what it wrote.
func (e *Engine) run(ctx context.Context, stdin string, args ...string) ([]byte, error) {
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("nothing was spoken: %w", ctx.Err())
	}
	limited, stop := context.WithTimeout(ctx, e.cfg.TimeLimit)
	defer stop()

	cmd := exec.CommandContext(limited, e.cfg.Espeak, args...)
	stdout, stderr := &bounded{most: maxOutput}, &bounded{most: maxStderr, rest: true}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin+"\n"), stdout, stderr
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = holdsOn
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

	err := cmd.Run()
	if err != nil && cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it may have left behind
	}
	switch {
	case err == nil && stdout.buffer.Len() > 0:
		return stdout.buffer.Bytes(), nil
	case stdout.over:
		return nil, fmt.Errorf("espeak-ng returned more than %d MB and was ended", maxOutput>>20)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("nothing was spoken: %w", ctx.Err())
	case limited.Err() != nil:
		return nil, fmt.Errorf("espeak-ng did not answer within %s and was ended: try it by hand with: echo 1 | %s -v en-us --stdin", e.cfg.TimeLimit, e.cfg.Espeak)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: espeak-ng is not installed (%s); install it with: sudo apt-get install espeak-ng", ErrMissing, e.cfg.Espeak)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: %s may not be run: make it executable, or name another program", ErrMissing, e.cfg.Espeak)
	case strings.Contains(stderr.buffer.String(), "voice does not exist"):
		return nil, fmt.Errorf("%w: %s", ErrMissing, reinstall)
	case err != nil:
		return nil, fmt.Errorf("espeak-ng failed (%w)%s", err, stderr.quoted())
	}
	return nil, fmt.Errorf("espeak-ng returned no sound%s", stderr.quoted())
}

const reinstall = "espeak-ng lacks voices; install them with: sudo apt-get install --reinstall espeak-ng-data"

// bounded keeps what a program writes, up to a limit. What is beyond it ends the
// program, or, with rest, is dropped. The buffer is not embedded: it would be
// read into directly, past the limit.
type bounded struct {
	buffer     bytes.Buffer
	most       int
	rest, over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	room := b.most - b.buffer.Len()
	if len(p) <= room {
		return b.buffer.Write(p)
	}
	b.over = true
	b.buffer.Write(p[:room])
	if b.rest {
		return len(p), nil
	}
	return room, errors.New("too much")
}

// quoted returns what a program complained about, for an error.
func (b *bounded) quoted() string {
	text := clean(b.buffer.String())
	if text == "" {
		return ""
	}
	return ": it says: " + text
}

// VoicesError says that espeak-ng lacks the voices of some locales. The others can
// be spoken. It wraps [ErrMissing].
type VoicesError struct {
	Locales []string // without a voice
	voices  []string // the same with their voices, for people
}

func (e *VoicesError) Error() string {
	return fmt.Sprintf("%v %s: %s", ErrMissing, strings.Join(e.voices, ", "), reinstall)
}

func (e *VoicesError) Unwrap() error { return ErrMissing }

// Check tells whether every locale can be spoken: it asks espeak-ng for its
// voices, and reads all recordings. The error says what is missing and what to
// do; it wraps [ErrMissing] where espeak-ng is not there, and is a [*VoicesError]
// where voices are not.
func (e *Engine) Check(ctx context.Context) error {
	if err := e.checkRecordings(); err != nil {
		return err
	}
	list, err := e.run(ctx, "", "--voices")
	if err != nil {
		return err
	}
	var installed []string
	for lines := bufio.NewScanner(bytes.NewReader(list)); lines.Scan(); {
		// Pty Language Age/Gender VoiceName File Other
		if columns := strings.Fields(lines.Text()); len(columns) > 1 {
			installed = append(installed, strings.ToLower(columns[1]))
		}
	}
	var missing VoicesError
	for _, l := range languages {
		if !slices.Contains(installed, l.Voice) {
			missing.Locales, missing.voices = append(missing.Locales, l.name), append(missing.voices, l.name+" ("+l.Voice+")")
		}
	}
	if missing.Locales != nil {
		return &missing
	}
	return nil
}
