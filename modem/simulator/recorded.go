package simulator

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// recording is what a modem answered when it was recorded.
type recording struct {
	answers map[string][]answer // by the text of the command, in order; the last again and again
	refusal error               // of what it does not know
}

// Recorded returns an option that makes a modem answer as one did that was recorded, by
// "simgate doctor --record" or by [Record]: so a vendor joins by a file, without code.
// Commands that are not in the recording are answered by the simulator, or refused as the
// recorded modem refuses what it does not know. Lines of a recording are described at
// simulatortest.Playback.
func Recorded(r io.Reader) (ModemOption, error) {
	rec := &recording{answers: make(map[string][]answer)}
	refusals := make(map[error]int)
	asked, said := "", ""
	end := func() {
		a := recordedAnswer(said)
		if asked != "" {
			rec.answers[asked] = append(rec.answers[asked], a)
		}
		if asked != "" && a.err != nil {
			if refusals[a.err]++; rec.refusal == nil || refusals[a.err] > refusals[rec.refusal] {
				rec.refusal = a.err
			}
		}
		said = ""
	}
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		direction, text, err := recordedLine(lines.Text())
		switch {
		case err != nil:
			return nil, fmt.Errorf("recording, line %d: %w", number, err)
		case direction == ">":
			end()
			asked = ""
			if body, ok := cutAT(commandLine([]byte(text))); ok && !strings.Contains(text, "\x1b") {
				asked = strings.ToUpper(body)
			}
		case direction == "<":
			said += text
		}
	}
	end()
	if len(rec.answers) == 0 {
		return nil, errors.New("a recording without commands")
	}
	return func(m *Modem) { m.recorded = rec }, lines.Err()
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

// answer returns the next answer to a command, and false if it was not recorded.
func (r *recording) answer(c command) (answer, bool) {
	if r == nil || c.basic() {
		return answer{}, false
	}
	answers := r.answers[c.text]
	if len(answers) == 0 {
		return answer{}, false
	}
	if len(answers) > 1 {
		r.answers[c.text] = answers[1:]
	}
	return answers[0], true
}
