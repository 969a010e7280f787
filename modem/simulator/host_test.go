package simulator_test

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"

	"simgate/modem/simulator"
)

// host is a person with a terminal program on the port of a modem.
type host struct {
	t    *testing.T
	port io.ReadWriteCloser
	in   *bufio.Reader
}

// open opens the port and switches echo off.
func open(t *testing.T, m *simulator.Modem) *host {
	t.Helper()
	port, err := m.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = port.Close() })
	h := &host{t: t, port: port, in: bufio.NewReader(port)}
	h.command("E0;+CMEE=1")
	return h
}

func (h *host) write(s string) {
	h.t.Helper()
	if _, err := io.WriteString(h.port, s); err != nil {
		h.t.Fatal(err)
	}
}

// line reads the next line that is not empty.
func (h *host) line() string {
	h.t.Helper()
	for {
		line, err := h.in.ReadString('\n')
		if err != nil {
			h.t.Fatalf("read: %v after %q", err, line)
		}
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			return line
		}
	}
}

// expect reads lines and compares them.
func (h *host) expect(lines ...string) {
	h.t.Helper()
	for _, want := range lines {
		if got := h.line(); got != want {
			h.t.Errorf("line %q, want %q", got, want)
		}
	}
}

// skipTo reads lines up to one.
func (h *host) skipTo(want string) {
	h.t.Helper()
	for h.line() != want {
	}
}

// command types a command and returns its answer, the lines joined by "|".
func (h *host) command(s string) string {
	h.t.Helper()
	h.write("AT" + s + "\r")
	return h.answer()
}

// answer returns the lines up to the final result, joined by "|".
func (h *host) answer() string {
	h.t.Helper()
	var lines []string
	for {
		line := h.line()
		lines = append(lines, line)
		if line == "OK" || line == "NO CARRIER" || line == "COMMAND NOT SUPPORT" || strings.Contains(line, "ERROR") {
			return strings.Join(lines, "|")
		}
	}
}

// prompt waits for the prompt of +CMGS.
func (h *host) prompt() {
	h.t.Helper()
	const prompt = "\r\n> "
	b := make([]byte, len(prompt))
	if _, err := io.ReadFull(h.in, b); err != nil || string(b) != prompt {
		h.t.Fatalf("prompt %q, %v", b, err)
	}
}

// send submits a PDU and returns the answer.
func (h *host) send(pdu string) string {
	h.t.Helper()
	h.write(cmgs(pdu))
	h.prompt()
	h.write(pdu + "\x1a")
	return h.answer()
}

// cmgs is the command that announces a PDU without SMSC address.
func cmgs(pdu string) string {
	return fmt.Sprintf("AT+CMGS=%d\r", len(pdu)/2-1)
}

const (
	anna = "+491511234567"
	shop = "+4915770000001"

	// PDUs to anna as +CMGS takes them, without SMSC address.
	hello       = "0001000C9194511132547600" + "0005E8329BFD06"          // "hello"
	helloReport = "0021000C9194511132547600" + "0005E8329BFD06"          // with a status report
	helloHour   = "0031000C9194511132547600" + "000B05E8329BFD06"        // and valid for one hour
	part1of2    = "0041000C9194511132547600" + "00080500034D0201" + "C8" // "d", first of two
	part2of2    = "0041000C9194511132547600" + "00080500034D0202" + "D2" // "i", second of two
	snowman     = "0001000C9194511132547600" + "0804" + "26030021"       // U+2603 and "!"
	euro        = "0001000C91945111325476000002" + "9B32"                // "€"
	octets      = "0001000C91945111325476" + "000402" + "CAFE"           // 8 bit data
	shortCode   = "00010005812200F000" + "0005E8329BFD06"                // "hello" to 22000
)
