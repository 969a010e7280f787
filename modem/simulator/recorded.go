package simulator

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// recording is what a modem answered when it was recorded.
type recording struct {
	answers map[question][]answer // in order; the last again and again
	refusal error                 // of what it does not know
}

// question is a command, and for one that reads a setting what had set it before, ""
// for nothing.
type question struct{ text, after string }

// Recorded returns an option that makes a modem answer as one did that was recorded, by
// "simgate doctor --record" or by [Record]: so a vendor joins by a file, without code. The
// sets that it announced are enforced, and what it refused is refused. What follows from
// the state of a modem, such as how full its storages are and whether it is locked, is
// that of the simulated one, and so are the numbers of the modem and its card. Commands that are not in the recording are answered by the
// simulator, or refused as the recorded modem refuses what it does not know. Lines of a
// recording are described at simulatortest.Playback.
func Recorded(r io.Reader) (ModemOption, error) {
	rec := &recording{answers: make(map[question][]answer)}
	refusals := make(map[error]int)
	settings := make(map[string]string)
	var asked *command
	said := ""
	end := func() {
		if asked == nil {
			said = ""
			return
		}
		a := recordedAnswer(said)
		q := question{asked.text, ""}
		if asked.form == read {
			q.after = settings[asked.name]
		}
		rec.answers[q] = append(rec.answers[q], a)
		switch {
		case a.err != nil && (strings.HasPrefix(a.err.Error(), asked.name) || strings.HasPrefix(a.err.Error(), "+CMS")):
			// It is a value without OK, or refuses something that the modem knows.
		case a.err != nil:
			if refusals[a.err]++; rec.refusal == nil || refusals[a.err] > refusals[rec.refusal] {
				rec.refusal = a.err
			}
		case asked.form == set:
			settings[asked.name] = asked.text
		}
		asked, said = nil, ""
	}
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		direction, text, err := recordedLine(lines.Text())
		switch {
		case err != nil:
			return nil, fmt.Errorf("recording, line %d: %w", number, err)
		case direction == ">":
			end()
			if body, ok := cutAT(commandLine([]byte(text))); ok && body != "" && !strings.Contains(text, "\x1b") {
				c := parseCommand(body)
				asked = &c
			}
		case direction == "<":
			said += text
		}
	}
	end()
	if len(rec.answers) == 0 {
		return nil, errors.New("a recording without commands")
	}
	return rec.play, lines.Err()
}

// play makes a modem the recorded one.
func (r *recording) play(m *Modem) {
	m.recorded = &recording{maps.Clone(r.answers), r.refusal}
	if sets, ok := r.sets("+CNMI=?"); ok && len(sets) == len(m.sets) {
		for i, set := range sets {
			m.sets[i] = numbersOf(set)
		}
	}
	if sets, ok := r.sets("+CPMS=?"); ok {
		m.memories, m.receiving = sets[0], sets[len(sets)-1]
		first := m.memories[0]
		if now := strings.Split(strings.TrimPrefix(r.line("+CPMS?"), "+CPMS:"), ",")[0]; now != "" {
			first = strings.Trim(now, ` "`)
		}
		m.mem = [3]string{first, first, first}
	}
	if sets, ok := r.sets("+CSCS=?"); ok {
		m.charsets = slices.Concat(sets...)
	}
	if sets, ok := r.sets("+CSMS=?"); ok {
		m.csms = numbersOf(sets[0])
	}
	const technology = 3 // of +COPS: mode, format, name, technology
	if fields := strings.Split(r.line("+COPS?"), ","); len(fields) > technology {
		m.rat = map[string]RAT{"0": GSM, "1": GSM, "3": GSM, "2": UMTS, "4": UMTS, "5": UMTS, "6": UMTS}[fields[technology]]
		if fields[technology] == "7" {
			m.rat = LTE
		}
	}
	m.knows = nil
	for q, answers := range r.answers {
		if name := parseCommand(q.text).name; answers[0].err == nil {
			m.knows = append(m.knows, name)
		}
	}
}

// line returns the first line of the first answer to a command, which may be its final
// result; "" if it was not asked.
func (r *recording) line(text string) string {
	answers := r.answers[question{text, ""}]
	switch {
	case len(answers) == 0:
	case len(answers[0].lines) > 0:
		return answers[0].lines[0]
	case answers[0].err != nil:
		return answers[0].err.Error()
	}
	return ""
}

// sets returns the sets in the answer to a test command: the values in each pair of
// brackets, however deep, or each value by itself where there are none.
func (r *recording) sets(text string) (sets [][]string, ok bool) {
	line, ok := strings.CutPrefix(r.line(text), strings.TrimSuffix(text, "=?")+":")
	if !ok && !strings.HasPrefix(line, "(") {
		return nil, false
	}
	bracketed := strings.Contains(line, "(")
	var now []string
	depth := 0
	for _, token := range splitAfter(line, "(),") {
		value := strings.Trim(token, ` "(),`)
		if depth += strings.Count(token, "("); value != "" {
			now = append(now, value)
		}
		closed := strings.HasSuffix(token, ")")
		if closed {
			depth--
		}
		if len(now) > 0 && (closed || !bracketed || depth == 0) {
			sets, now = append(sets, now), nil
		}
	}
	return sets, len(sets) > 0
}

// splitAfter splits a text behind each of these characters.
func splitAfter(text, characters string) (tokens []string) {
	for text != "" {
		i := strings.IndexAny(text, characters) + 1
		if i == 0 {
			i = len(text)
		}
		tokens, text = append(tokens, text[:i]), text[i:]
	}
	return tokens
}

// numbersOf returns the numbers of a set: "0", "2" and "0-2" are 0, 2, and 0 to 2. It is
// not nil.
func numbersOf(set []string) []int {
	const most = 256
	all := []int{}
	for _, value := range set {
		from, to, isRange := strings.Cut(value, "-")
		first, err := strconv.Atoi(from)
		last := first
		if isRange && err == nil {
			last, err = strconv.Atoi(to)
		}
		for n := first; err == nil && n <= last && len(all) < most; n++ {
			all = append(all, n)
		}
	}
	return all
}

// recordedLine returns the direction and the octets of a line, "" for a remark.
func recordedLine(line string) (direction, text string, err error) {
	rest := strings.TrimLeft(line, " \t")
	if rest == "" || rest[0] == '#' {
		return "", "", nil
	}
	if seconds, behind, found := strings.Cut(rest, " "); found {
		if _, err := strconv.ParseFloat(seconds, 64); err == nil {
			rest = strings.TrimLeft(behind, " ")
		}
	}
	direction, text, _ = strings.Cut(rest, " ")
	octets, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	if err != nil || direction != ">" && direction != "<" {
		return "", "", fmt.Errorf("%q is no line of a recording", line)
	}
	if direction == "<" && !strings.Contains(text, `\`) {
		octets = "\r\n" + octets + "\r\n"
	}
	return direction, octets, nil
}

// recordedAnswer returns the answer in what a modem said. The last line is the final
// result.
func recordedAnswer(said string) answer {
	var a answer
	for line := range strings.FieldsFuncSeq(said, func(c rune) bool { return c == cr || c == lf }) {
		a.lines = append(a.lines, line)
	}
	if len(a.lines) == 0 {
		return a
	}
	last := a.lines[len(a.lines)-1]
	a.lines = a.lines[:len(a.lines)-1]
	if last != "OK" {
		a.err = resultText(last)
	}
	return a
}

// onAir are the commands whose answers follow the registration.
var onAir = []string{"+CREG", "+CGREG", "+CEREG", "+C5GREG", "+COPS", "+CSQ", "+CESQ", "+CIREG", "+QCSQ", "+CPSI", "^HCSQ"}

// own reports whether the simulated modem answers a command by itself, because the answer
// follows from its state, which is not that of the recording.
func (m *Modem) own(c command) bool {
	switch {
	case c.basic(), c.name == "+CLCC", c.name == "+CPMS" && c.form == read && m.settings[c.name] != "":
		return true
	case slices.Contains(onAir, c.name) && c.form != set:
		return !m.registered()
	case c.name == "+CPIN":
		return m.card == nil || !m.unlocked || !strings.Contains(m.recorded.line("+CPIN?"), "READY")
	}
	h, ok := m.lookUp(c.name)
	return ok && m.lacks(h.need) != nil
}

// replay returns the next recorded answer to a command, and false if the simulated modem
// is to answer by itself. What a recorded command has set is set.
func (m *Modem) replay(c command) (answer, bool) {
	if m.recorded == nil || m.own(c) {
		return answer{}, false
	}
	q := question{c.text, ""}
	if c.form == read {
		q.after = m.settings[c.name]
	}
	answers := m.recorded.answers[q]
	if len(answers) == 0 {
		return answer{}, false
	}
	if len(answers) > 1 {
		m.recorded.answers[q] = answers[1:]
	}
	a := m.signed(c.name, answers[0])
	if c.form == set && a.err == nil {
		if done := m.carryOut(c); done.err == nil {
			a.then = done.then
		}
	}
	return a, true
}

// longNumber matches a number in an answer: that of a device, a card or a subscriber.
var longNumber = regexp.MustCompile(`[0-9]{7,}[0-9A-F]*`)

// signed returns a recorded answer with the numbers of the simulated modem and its card in
// the form of those that were recorded and masked: several modems may play one recording.
func (m *Modem) signed(name string, a answer) answer {
	own := ""
	switch {
	case name == "+CGSN":
		own = m.imei
	case name == "+CIMI":
		own = m.card.IMSI
	case name == "+CNUM":
		own = strings.TrimPrefix(m.card.MSISDN, "+")
	case strings.Contains(name, "CCID"), name == "^SCID":
		own = m.card.ICCID
	}
	if own == "" {
		return a
	}
	a.lines = slices.Clone(a.lines)
	for i, line := range a.lines {
		a.lines[i] = longNumber.ReplaceAllStringFunc(line, func(was string) string {
			const digits = 15
			switch {
			case name == "+CGSN" && len(was) != digits: // a serial number of the vendor
				return was
			case strings.HasPrefix(was, "98"): // an ICCID as it is on the card
				return swapped(own)
			case strings.HasSuffix(was, "F") && len(own)%2 == 1:
				return own + "F"
			}
			return own
		})
	}
	return a
}

// swapped returns the digits of an ICCID as they are on the card: the second of each octet
// first, and F in the last if they are odd.
func swapped(digits string) string {
	if len(digits)%2 == 1 {
		digits += "F"
	}
	octets := []byte(digits)
	for i := 0; i < len(octets); i += 2 {
		octets[i], octets[i+1] = octets[i+1], octets[i]
	}
	return string(octets)
}
