package modem

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"simgate/modem/at"
)

// progress is an event of a call.
type progress struct {
	kind    progressKind
	key     byte        // of key
	outcome CallOutcome // of ended; "" if only code and cause tell
	code    int         // of ended: the cause (TS 24.008 10.5.4.11), 0 if unknown
	cause   because     // of ended
}

type progressKind int

const (
	nothing   progressKind = iota
	dialled                // the network is setting the call up
	alerting               // the far end rings
	connected              // the far end has answered
	ended                  // the call is over
	withdrawn              // the call is to be ended from this side
	lost                   // the link to the modem was lost
	key                    // a key was pressed at the far end
	incoming               // a call comes in
)

// callResults are the results of V.250 6.3, and results of vendors without a name.
var callResults = map[string]progress{
	"BUSY":         {kind: ended, outcome: CallBusy, cause: lineBusy.because()},
	"NO ANSWER":    {kind: ended, outcome: CallNoAnswer, cause: nobodyThere.because()},
	"NO CARRIER":   {kind: ended},
	"NO DIALTONE":  {kind: ended, outcome: CallFailed, cause: noDialTone.because()},
	"NO DIAL TONE": {kind: ended, outcome: CallFailed, cause: noDialTone.because()},
	"MO RING":      {kind: alerting},
	"MO CONNECTED": {kind: connected},
}

// dsci, ucallstat and ccinfo are the call states of ^DSCI (Quectel and others),
// +UCALLSTAT (u-blox) and +QIND: "ccinfo" (Quectel).
var (
	dsci      = map[string]progressKind{"2": dialled, "3": connected, "6": ended, "7": alerting}
	ucallstat = map[string]progressKind{"0": connected, "2": dialled, "3": alerting, "6": ended, "7": connected}
	ccinfo    = map[string]progressKind{"0": connected, "2": dialled, "3": alerting, "-1": ended}
)

// readProgress decodes an unsolicited result on calls or keys, of whatever vendor: no
// two vendors use one name for different things. The kind is nothing for any other
// line.
func readProgress(line string) progress {
	if p, ok := callResults[line]; ok {
		return p
	}
	if rest, ok := strings.CutPrefix(line, "VOICE CALL:"); ok {
		if strings.HasPrefix(strings.TrimSpace(rest), "BEGIN") {
			return progress{kind: connected}
		}
		return progress{kind: ended}
	}
	name, _, _ := strings.Cut(line, ":")
	nth := func(n int) string { return at.Field([]string{line}, name+":", n) }
	switch name {
	case "^ORIG":
		return progress{kind: dialled}
	case "^CONF":
		return progress{kind: alerting}
	case "^CONN", "+COLP":
		return progress{kind: connected}
	case "^CEND":
		return progress{kind: ended, code: atoi(nth(3))}
	case "^DSCI":
		if nth(1) == "0" && nth(3) == "0" {
			return progress{kind: dsci[nth(2)]}
		}
	case "+UCALLSTAT":
		return progress{kind: ucallstat[nth(1)]}
	case "+QIND":
		if nth(0) == "ccinfo" && nth(2) == "0" && nth(4) == "0" {
			return progress{kind: ccinfo[nth(3)]}
		}
	case "+DTMF", "+RXDTMF", "^DDTMF", "+UUDTMFD":
		return pressed(nth(0))
	case "+QTONEDET":
		return pressed(string(rune(atoi(nth(0)))))
	case "RING", "+CRING", "+CLIP", "+CCWA":
		return progress{kind: incoming}
	}
	return progress{}
}

// pressed returns the event of a key, nothing if text is no key of a telephone.
func pressed(text string) progress {
	if len(text) == 1 && strings.Contains("0123456789*#", text) {
		return progress{kind: key, key: text[0]}
	}
	return progress{}
}

// listedCall is an entry of the list of calls (TS 27.007 7.18).
type listedCall struct {
	incoming bool
	stat     int
	number   string // "" if unknown
}

// kind returns what the state of an entry means.
func (c listedCall) kind() progressKind {
	switch c.stat {
	case 0, 1: // active, held
		return connected
	case 3:
		return alerting
	}
	return dialled
}

// listCalls returns the voice calls of the modem; ok is false if it does not know the
// command. LTE modems list data connections too, which are left out.
func (s *session) listCalls(ctx context.Context) (list []listedCall, ok bool, err error) {
	info, ok, err := s.try(ctx, "+CLCC", command)
	for _, line := range info {
		nth := func(n int) string { return at.Field([]string{line}, "+CLCC:", n) }
		stat, err := strconv.Atoi(nth(2))
		if err == nil && isVoice(nth(3)) {
			list = append(list, listedCall{incoming: nth(1) == "1", stat: stat, number: nth(5)})
		}
	}
	return list, ok, err
}

// isVoice reports whether a <mode> of +CLCC is one of voice: 3 to 5 alternate between
// voice and data or fax, and are at voice (TS 27.007 7.18).
func isVoice(mode string) bool { return slices.Contains([]string{"0", "3", "4", "5"}, mode) }

// voiceLine is the one voice call that a modem can have. It gives unsolicited results
// to the goroutine of that call.
type voiceLine struct {
	mu      sync.Mutex
	events  chan progress // to the call; nil: there is no call
	over    chan struct{} // closed when the call is over
	told    chan struct{} // closed when a line comes that is awaited; nil: it has come
	awaited []string      // how such lines begin
}

// begin takes the voice line for a call and returns its events. It reports false if
// there is a call already.
func (l *voiceLine) begin() (<-chan progress, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.events != nil {
		return nil, false
	}
	l.events, l.over = make(chan progress, 256), make(chan struct{})
	return l.events, true
}

// end gives the voice line back.
func (l *voiceLine) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events, l.told = nil, nil
	close(l.over)
}

// free returns a channel that is closed when the call is over; nil if there is none.
func (l *voiceLine) free() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.events == nil {
		return nil
	}
	return l.over
}

// await returns a channel that is closed when a line comes that begins in one of these
// ways: it tells the end of a file that is played, or of a text that is spoken.
func (l *voiceLine) await(begin []string) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told, l.awaited = make(chan struct{}), begin
	return l.told
}

// take gives an unsolicited result to the call, and reports whether it belongs to the
// call. It never blocks.
func (l *voiceLine) take(u at.URC) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.events == nil {
		return false
	}
	if l.told != nil && slices.ContainsFunc(l.awaited, func(begin string) bool { return strings.HasPrefix(u.Line, begin) }) {
		close(l.told)
		l.told = nil
		return true
	}
	p := readProgress(u.Line)
	if p.kind == nothing || p.kind == incoming {
		return false
	}
	l.give(p)
	return true
}

// give sends an event to the call. The caller holds mu.
func (l *voiceLine) give(p progress) {
	select {
	case l.events <- p:
	default: // too many: the list of calls will tell how the call stands
	}
}

// pressed gives keys to the call that were detected in its sound.
func (l *voiceLine) pressed(keys string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range len(keys) {
		if l.events != nil {
			l.give(progress{kind: key, key: keys[i]})
		}
	}
}

// atoi returns the number that s is, 0 if it is none.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
