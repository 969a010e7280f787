package simulator

import (
	"fmt"
	"strconv"
	"strings"
)

// form is the form of a command (V.250 5.4).
type form int

const (
	run  form = iota + 1 // AT+X
	read                 // AT+X?
	set                  // AT+X=1
	test                 // AT+X=?
)

// command is a command of a command line.
type command struct {
	name string // "+CMGS", "E", "&D"
	form form
	args string // after "=", or the number of a basic command
	text string // all of it
}

// basic reports whether the command is one of V.250 without a prefix, or with "&".
func (c command) basic() bool { return c.name != "" && (isLetter(c.name[0]) || c.name[0] == '&') }

// fields returns the arguments, without quotes.
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

// number returns the field at i, or def if it is missing or empty; ok is false if it is
// not a number.
func (c command) number(i, def int) (n int, ok bool) {
	fields := c.fields()
	if i >= len(fields) || fields[i] == "" {
		return def, true
	}
	n, err := strconv.Atoi(fields[i])
	return n, err == nil && n >= 0
}

// commandLine applies the control characters of a line (V.250 5.2.1): backspace removes
// the last character, others are ignored.
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

// cutAT returns what follows AT in a command line. What precedes AT is ignored.
func cutAT(line string) (body string, ok bool) {
	at := strings.Index(strings.ToUpper(line), "AT")
	if at < 0 {
		return "", false
	}
	return line[at+2:], true
}

// parseCommands splits the body of a command line (V.250 5.3.1, 5.4). With an error it
// returns the commands before it.
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

// basicLength returns the length of the basic command that s begins with: a letter, or "&"
// and a letter, and a number; or D and all that follows. It is 0 for none.
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
	case text == "":
		end = 0
	case isLetter(text[0]):
		end = 1
	case text[0] == '&':
		end = min(2, len(text))
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

// unquotedIndex returns the index of the first sep outside quotes, or the length of s.
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

// reply returns an answer of one line and OK.
func reply(format string, args ...any) answer {
	return answer{lines: []string{fmt.Sprintf(format, args...)}}
}

// fail returns an answer without lines and with an error.
func fail(err error) answer { return answer{err: err} }
