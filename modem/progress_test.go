package modem_test

import (
	"strings"
	"testing"

	"simgate/modem"
)

// progressLines are what modems say of calls, by make and manual.
var progressLines = []struct{ line, want string }{
	{"BUSY", "busy"}, {"NO ANSWER", "no_answer"}, {"NO CARRIER", "refused"}, {"NO DIALTONE", "failed"},
	{"MO RING", "alerting"}, {"MO CONNECTED", "connected"},
	{"VOICE CALL: BEGIN", "connected"}, {"VOICE CALL: END: 000041", "refused"}, {"VOICE CALL: END", "refused"},
	{"^ORIG:1,0", "dialled"}, {"^CONF:1", "alerting"}, {"^CONN:1,0", "connected"},
	{"^CEND:1,0,104,17", "busy"}, {"^CEND:1,0,104,19", "no_answer"}, {"^CEND:1,0,104,20", "no_answer"}, {"^CEND: 1, 0, 104, 21", "refused"}, {"^CEND:1", "refused"},
	{"^DSCI: 2,0,2,0,+4915112345678,145", "dialled"}, {"^DSCI: 2,0,7,0,+4915112345678,145", "alerting"},
	{"^DSCI: 2,0,3,0,+4915112345678,145", "connected"}, {"^DSCI: 2,0,6,0,+4915112345678,145", "refused"},
	{"^DSCI: 2,1,3,0,+4915112345678,145", ""}, // an incoming one
	{"^DSCI: 2,0,3,1,,0", ""},                 // a data connection
	{`+QIND: "ccinfo",2,0,3,0,0,"+4915112345678",145`, "alerting"}, {`+QIND: "ccinfo",2,0,0,0,0,"",145`, "connected"},
	{`+QIND: "ccinfo",2,0,-1,0,0,"",145`, "refused"}, {`+QIND: "ccinfo",1,0,0,1,0,"",128`, ""}, {`+QIND: "smsfull","ME"`, ""},
	{"+UCALLSTAT: 1,2", "dialled"}, {"+UCALLSTAT: 1,3", "alerting"}, {"+UCALLSTAT: 1,0", "connected"}, {"+UCALLSTAT: 1,7", "connected"}, {"+UCALLSTAT: 1,6", "refused"},
	{`+COLP: "+4915112345678",145`, "connected"},
	{"+DTMF: 5", "key 5"}, {"+DTMF: 5,160", "key 5"}, {"+RXDTMF: #", "key #"}, {"+QTONEDET: 53", "key 5"}, {"+QTONEDET: 42", "key *"},
	{"^DDTMF: 0", "key 0"}, {"+UUDTMFD: 9", "key 9"}, {"+DTMF: A", ""}, {"+DTMF:", ""}, {"+QTONEDET: 65", ""}, {"+DTMF: 55", ""},
	{"RING", "incoming"}, {`+CLIP: "+491701111111",145`, "incoming"}, {"+CREG: 1", ""}, {"", ""},
}

func TestReadProgress(t *testing.T) {
	for _, tc := range progressLines {
		if got := modem.ReadProgress(tc.line); got != tc.want {
			t.Errorf("%q says %q, want %q", tc.line, got, tc.want)
		}
	}
}

// What networks say in words (+CEER) tells a busy line from one that nobody
// answers, and both from a refusal.
func TestCauseOfACall(t *testing.T) {
	for words, want := range map[string]modem.CallOutcome{
		"User busy": modem.CallBusy, `"SM","User alerting, no answer"`: modem.CallNoAnswer, "No user responding": modem.CallNoAnswer,
		"subscriber absent": modem.CallNoAnswer, `+CEER: "CC",20,"Absent subscriber"`: modem.CallNoAnswer,
		"Call rejected": modem.CallRefused, "Unassigned (unallocated) number": modem.CallRefused, "": modem.CallRefused,
	} {
		if got := modem.Unanswered(words); got != want {
			t.Errorf("%q is %s, want %s", words, got, want)
		}
	}
}

// No line upsets the reader, and a key is always one that a telephone has.
func FuzzReadProgress(f *testing.F) {
	for _, tc := range progressLines {
		f.Add(tc.line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if pressed, ok := strings.CutPrefix(modem.ReadProgress(line), "key "); ok && (len(pressed) != 1 || !strings.Contains("0123456789*#", pressed)) {
			t.Errorf("%q is the key %q", line, pressed)
		}
	})
}
