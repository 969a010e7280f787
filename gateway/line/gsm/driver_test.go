package gsm

import (
	"errors"
	"log/slog"
	"testing"

	"simgate/gateway/line"
	"simgate/modem"
)

// A class, state, voice or outcome means to the gateway what it means to the modem.
func TestWordsOfTheModemAreThoseOfTheLine(t *testing.T) {
	for _, pair := range [][2]string{
		{string(modem.Absent), string(line.Absent)}, {string(modem.Opening), string(line.Opening)},
		{string(modem.Starting), string(line.Starting)}, {string(modem.Searching), string(line.Searching)},
		{string(modem.Ready), string(line.Ready)}, {string(modem.InCall), string(line.InCall)},
		{string(modem.Locked), string(line.Locked)}, {string(modem.Faulted), string(line.Faulted)},
		{string(modem.VoiceTTY), string(line.VoiceTTY)}, {string(modem.VoiceALSA), string(line.VoiceALSA)},
		{string(modem.VoiceFile), string(line.VoiceFile)}, {string(modem.VoiceTTS), string(line.VoiceTTS)},
		{string(modem.VoiceNone), string(line.VoiceNone)},
		{string(modem.CallCompleted), string(line.CallCompleted)}, {string(modem.CallHungUp), string(line.CallHungUp)},
		{string(modem.CallBusy), string(line.CallBusy)}, {string(modem.CallNoAnswer), string(line.CallNoAnswer)},
		{string(modem.CallRefused), string(line.CallRefused)}, {string(modem.CallNotHeard), string(line.CallNotHeard)},
		{string(modem.CallFailed), string(line.CallFailed)}, {string(modem.CallUnknown), string(line.CallUnknown)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("the modem says %q and the line %q", pair[0], pair[1])
		}
	}
	if modem.DefaultRing != line.DefaultRing || modem.DefaultCallLimit != line.DefaultCallLimit {
		t.Error("the limits of a call differ")
	}
}

func TestErrors(t *testing.T) {
	other := errors.New("disk full")
	for _, tc := range []struct {
		name    string
		err     error
		class   line.Class
		cause   string
		tries   int
		blocked bool
	}{
		{"none", nil, line.None, "", 5, false},
		{"for the moment", &modem.Error{Class: modem.Retry, Code: 42, Cause: "congestion", Tries: 3}, line.Retry, "congestion", 3, false},
		{"as a block is told", &modem.Error{Class: modem.OtherSIM, Code: 8, Cause: "barred"}, line.OtherLine, "barred", 5, true},
		{"for good", &modem.Error{Class: modem.GiveUp, Code: 1, Cause: "no such number"}, line.GiveUp, "no such number", 5, false},
		{"by the modem", &modem.Error{Class: modem.Device, Code: -1, Cause: "not ready"}, line.Device, "not ready", 5, false},
		{"no answer", &modem.Error{Class: modem.Unknown, Code: -1, Cause: "no answer"}, line.Unknown, "no answer", 5, false},
		{"of something else", other, line.Device, "disk full", 5, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := wrap(tc.err)
			if line.ClassOf(err) != tc.class || line.CauseOf(err).Text != tc.cause || line.TriesOf(err, 5) != tc.tries || line.TellsOfBlock(err) != tc.blocked {
				t.Errorf("%v is %q %q, final after %d, of a block: %v", tc.err, line.ClassOf(err), line.CauseOf(err).Text, line.TriesOf(err, 5), line.TellsOfBlock(err))
			}
			if tc.err != nil && !errors.Is(err, tc.err) {
				t.Errorf("%v hides its reason", err)
			}
		})
	}
}

// A unit is a part of the message, and no driver sends what another has made.
func TestUnits(t *testing.T) {
	d := New(modem.New(modem.Config{Name: "sim1"}, slog.New(slog.DiscardHandler)))
	long := make([]byte, 161)
	for i := range long {
		long[i] = 'x'
	}
	for text, want := range map[string]int{"hello": 1, string(long): 2} {
		if units, err := d.Units(line.Text{To: "+4915112345678", Body: text}); err != nil || len(units) != want {
			t.Errorf("%d units of %d characters, want %d, %v", len(units), len(text), want, err)
		}
	}
	if _, err := d.Units(line.Text{To: "nobody", Body: "hello"}); err == nil {
		t.Error("a text to no number became units")
	}
	if _, err := d.Send(t.Context(), line.Submission{Unit: "a unit of another driver"}); line.ClassOf(err) != line.GiveUp {
		t.Errorf("a unit of another driver: %v", err)
	}
}

func TestDecode(t *testing.T) {
	if r := decode("00040B9194"); r.Invalid == nil || r.Raw != "00040B9194" || r.Port != -1 {
		t.Errorf("a PDU that ends too early: %+v", r)
	}
	const hello = "07919471010770F0040B919451214365F700006211820100004005E8329BFD06" // "hello" from +4915123456…
	if r := decode(hello); r.Invalid != nil || r.Text != "hello" || r.Raw != hello || r.Total != 0 || r.Port != -1 || r.Sent.IsZero() {
		t.Errorf("a message: %+v", r)
	}
}
