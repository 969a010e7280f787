package simulator

import (
	"fmt"
	"strconv"
	"strings"
)

// form is how a command is written (V.250 5.4).
type form int

const (
	run  form = iota + 1 // AT+X
	read                 // AT+X?
	set                  // AT+X=1
	test                 // AT+X=?
)

// command is one command of a line.
type command struct {
	name string // "+CMGS", "E", "&D"
	form form
	args string // behind "=", or the number of a basic command
	text string // all of it
}

// basic tells commands of V.250 without prefix, and with "&", from the others.
func (c command) basic() bool { return isLetter(c.name[0]) || c.name[0] == '&' }

// fields are the arguments without quotes.
func (c command) fields() []string {
	var fields []string
	for rest := c.args; ; {
		end := unquotedIndex(rest, ',')
		field := strings.TrimSpace(rest[:end])
		fields = append(fields, strings.Trim(field, `"`))
		if end == len(rest) {
			return fields
		}
		rest = rest[end+1:]
	}
}

// number is the field at i, or def when it is missing or empty; ok is false
// when it is something else than a number.
func (c command) number(i, def int) (n int, ok bool) {
	fields := c.fields()
	if i >= len(fields) || fields[i] == "" {
		return def, true
	}
	n, err := strconv.Atoi(fields[i])
	return n, err == nil && n >= 0
}

// commandLine applies what the host's keyboard does to a line (V.250 5.2.1):
// backspace takes the last character back, other controls are skipped.
func commandLine(typed []byte) string {
	var line []byte
	for _, b := range typed {
		switch {
		case b == bs && len(line) > 0:
			line = line[:len(line)-1]
		case b >= ' ' && b < 0x7f:
			line = append(line, b)
		}
	}
	return string(line)
}

// cutAT finds the body of a command line; what stands in front of AT is noise.
func cutAT(line string) (body string, ok bool) {
	at := strings.Index(strings.ToUpper(line), "AT")
	if at < 0 {
		return "", false
	}
	return line[at+2:], true
}

// parseCommands splits the body of a command line (V.250 5.3.1, 5.4). It
// returns what it understood in front of what it did not.
func parseCommands(body string) ([]command, error) {
	var commands []command
	rest := body
	for {
		rest = strings.TrimLeft(rest, " ;")
		if rest == "" {
			return commands, nil
		}
		length := basicLength(rest)
		if strings.ContainsRune("+^$#*%!", rune(rest[0])) {
			length = unquotedIndex(rest, ';')
		}
		if length == 0 {
			return commands, errPlain
		}
		commands = append(commands, parseCommand(strings.TrimRight(rest[:length], " ")))
		rest = rest[length:]
	}
}

// basicLength is the length of the basic command in front: a letter, "&" and a
// letter, with a number behind; or D with all that follows. 0 means neither.
func basicLength(s string) int {
	i := 0
	if s[0] == '&' {
		i = 1
	}
	if i == len(s) || !isLetter(s[i]) {
		return 0
	}
	if i == 0 && (s[0] == 'D' || s[0] == 'd') {
		return len(s)
	}
	i++
	for i < len(s) && (isDigit(s[i]) || s[i] == '=' || s[i] == '?') {
		i++
	}
	return i
}

func parseCommand(text string) command {
	c := command{text: strings.ToUpper(text), form: run}
	end := strings.IndexAny(text, "=?")
	switch {
	case isLetter(text[0]):
		end = 1
	case text[0] == '&':
		end = 2
	case end < 0:
		end = len(text)
	case text[end:] == "=?":
		c.form = test
	case text[end:] == "?":
		c.form = read
	case text[end] == '=':
		c.form, c.args = set, text[end+1:]
	}
	c.name = strings.ToUpper(text[:end])
	if c.basic() {
		c.args = text[end:]
	}
	return c
}

// unquotedIndex is the index of the first sep outside quotes, or the length.
func unquotedIndex(s string, sep byte) int {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			return i
		}
	}
	return len(s)
}

func isLetter(b byte) bool { return 'A' <= b&^0x20 && b&^0x20 <= 'Z' }
func isDigit(b byte) bool  { return '0' <= b && b <= '9' }

// reply is an answer of one line.
func reply(format string, args ...any) answer {
	return answer{lines: []string{fmt.Sprintf(format, args...)}}
}

// fail is an answer without lines.
func fail(err error) answer { return answer{err: err} }
