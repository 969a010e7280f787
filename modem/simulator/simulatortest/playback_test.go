package simulatortest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"simgate/modem/simulator"
	"simgate/modem/simulator/simulatortest"
)

// A submission of 18 octets, and its command.
const (
	hello = "0001000C9194511132547600" + "0005E8329BFD06"
	cmgs  = "AT+CMGS=18\r"
)

// failures is a test that is made to fail.
type failures []string

func (f *failures) Helper() {}

func (f *failures) Errorf(format string, args ...any) {
	*f = append(*f, fmt.Sprintf(format, args...))
}

func TestRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork(simulator.Latency(1500 * time.Millisecond))
		port, err := n.Modem(simulator.SIM{}).Open()
		if err != nil {
			t.Fatal(err)
		}
		var transcript bytes.Buffer
		recorded := simulator.Record(port, &transcript)
		talk(t, recorded, "ATE0\r", "OK\r\n")
		talk(t, recorded, cmgs, "> ")
		talk(t, recorded, hello+"\x1a", "OK\r\n")
		if err := recorded.Close(); err != nil {
			t.Error(err)
		}
		want := strings.Join([]string{
			`0.000 > ATE0\r`,
			`0.000 < ATE0\r`,
			`0.000 < \r\nOK\r\n`,
			`0.000 > AT+CMGS=18\r`,
			`0.000 < \r\n>\x20`,
			`0.000 > ` + hello + `\x1a`,
			`1.500 < \r\n+CMGS: 0\r\n\r\nOK\r\n`,
			``,
		}, "\n")
		if diff := cmp.Diff(want, transcript.String()); diff != "" {
			t.Error(diff)
		}

		// What was recorded plays back.
		played := simulatortest.Playback(t, &transcript)
		talk(t, played, "ATE0\r", "OK\r\n")
		talk(t, played, cmgs, "> ")
		talk(t, played, hello+"\x1a", "OK\r\n")
		if err := played.Close(); err != nil {
			t.Error(err)
		}
	})
}

// talk writes, and reads up to what ends the answer.
func talk(t *testing.T, port io.ReadWriter, write, end string) {
	t.Helper()
	if _, err := io.WriteString(port, write); err != nil {
		t.Fatal(err)
	}
	var got []byte
	b := make([]byte, 64)
	for !bytes.HasSuffix(got, []byte(end)) {
		n, err := port.Read(b)
		if err != nil {
			t.Fatalf("read: %v after %q", err, got)
		}
		got = append(got, b[:n]...)
	}
}

func TestPlaybackOfATranscriptWrittenByHand(t *testing.T) {
	port := simulatortest.Playback(t, strings.NewReader(`
# a Quectel that answers in two pieces, and a URC between
> AT+CSQ\r
< +CSQ: 20,99
< +CMTI: "SM",3
< \r\nO
< K\r\n
12.5 > AT+CSQ\r
12.6 < ERROR
`))
	talk(t, port, "AT+CSQ\r", "+CMTI: \"SM\",3\r\n\r\nOK\r\n")
	talk(t, port, "AT+CSQ\r", "\r\nERROR\r\n")
	if err := port.Close(); err != nil {
		t.Error(err)
	}
	if err := port.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if _, err := port.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("read: %v", err)
	}
}

func TestPlaybackFails(t *testing.T) {
	for name, test := range map[string]struct {
		transcript string
		host       func(io.ReadWriter)
		want       string
	}{
		"on another command": {
			"> AT+CSQ\\r\n", func(port io.ReadWriter) { _, _ = io.WriteString(port, "AT+CREG?\r") },
			`the host wrote "REG?\r" where the transcript has "SQ\r"`,
		},
		"on a command too many": {
			"> AT\\r\n< OK\n", func(port io.ReadWriter) { _, _ = io.WriteString(port, "AT\rAT\r") },
			`the host wrote "AT\r" where the transcript has ""`,
		},
		"on a command too few": {
			"> AT\\r\n> AT+CSQ\\r\n", func(port io.ReadWriter) { _, _ = io.WriteString(port, "AT\r") },
			`the host never wrote "AT+CSQ\r"`,
		},
		"on an answer that nobody read": {
			"> AT\\r\n< OK\n", func(port io.ReadWriter) { _, _ = io.WriteString(port, "AT\r") },
			`the host never read "\r\nOK\r\n"`,
		},
		"on a line that is no step": {
			"= AT\n", func(io.ReadWriter) {},
			`transcript, line 1: "= AT" begins neither with > nor with <`,
		},
		"on a bad escape": {
			"> AT\\q\n", func(io.ReadWriter) {},
			`transcript, line 1: "> AT\\q": invalid syntax`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got failures
			port := simulatortest.Playback(&got, strings.NewReader(test.transcript))
			test.host(port)
			_ = port.Close() // what it returns is among the failures
			if len(got) != 1 || got[0] != test.want {
				t.Errorf("failures %q, want %q", got, test.want)
			}
		})
	}
}

func TestPlaybackWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := simulatortest.Playback(t, strings.NewReader("> AT\\r\n< OK\n"))
		time.AfterFunc(time.Second, func() { _, _ = io.WriteString(port, "AT\r") })
		talk(t, port, "", "OK\r\n")
		time.AfterFunc(time.Second, func() { _ = port.Close() })
		if _, err := port.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("read: %v", err)
		}
	})
}

func FuzzTranscript(f *testing.F) {
	f.Add("AT+CSQ\r", "\r\n+CSQ: 20,99\r\n")
	f.Add(hello+"\x1a", "> ")
	f.Add("AT\"\\\"\r", "no escape")
	f.Add("\xff\x00", "\"")
	f.Add("ü ", " \n ")
	f.Fuzz(func(t *testing.T, write, read string) {
		if write == "" || read == "" {
			t.Skip("a step of nothing")
		}
		var transcript bytes.Buffer
		port := simulator.Record(struct {
			io.Reader
			io.WriteCloser
		}{strings.NewReader(read), discard{}}, &transcript)
		_, _ = io.WriteString(port, write)
		_, _ = io.CopyN(io.Discard, port, int64(len(read)))
		text := transcript.String()

		played := simulatortest.Playback(t, &transcript)
		if _, err := io.WriteString(played, write); err != nil {
			t.Fatalf("%v of %q", err, text)
		}
		got := make([]byte, len(read))
		if _, err := io.ReadFull(played, got); err != nil || string(got) != read {
			t.Fatalf("read %q, %v, want %q of %q", got, err, read, text)
		}
		if err := played.Close(); err != nil {
			t.Fatalf("%v of %q", err, text)
		}
	})
}

// discard takes everything.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }
