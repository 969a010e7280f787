package simulator

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Record returns port, and writes a transcript of its use to w, one line for each write
// and each read, in the form that simulatortest.Playback reads.
// An error of w ends the transcript, not the dialogue. PINs and numbers are not
// masked.
func Record(port io.ReadWriteCloser, w io.Writer) io.ReadWriteCloser {
	return &recorder{ReadWriteCloser: port, w: w, began: time.Now()}
}

type recorder struct {
	io.ReadWriteCloser
	began time.Time

	mu     sync.Mutex
	w      io.Writer
	failed bool
}

// Read reads from the modem.
func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.ReadWriteCloser.Read(p)
	r.note('<', p[:n])
	return n, err
}

// Write writes to the modem. It is recorded before, since the answer may be read before
// the write returns.
func (r *recorder) Write(p []byte) (int, error) {
	r.note('>', p)
	return r.ReadWriteCloser.Write(p)
}

func (r *recorder) note(direction byte, b []byte) {
	if len(b) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed {
		return
	}
	_, err := fmt.Fprintf(r.w, "%.3f %c %s\n", time.Since(r.began).Seconds(), direction, escapeText(direction, b))
	r.failed = err != nil
}

// escapeText writes octets as one line of readable text.
func escapeText(direction byte, b []byte) string {
	quoted := strconv.QuoteToASCII(string(b))
	text := strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	if strings.HasSuffix(text, " ") {
		text = text[:len(text)-1] + `\x20`
	}
	if direction == '<' && !strings.Contains(text, `\`) {
		// Without an escape it would read as a whole line.
		text = fmt.Sprintf(`\x%02x`, b[0]) + text[1:]
	}
	return text
}
