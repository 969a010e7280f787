package gsm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"simgate/gateway/cause"
	"simgate/gateway/line"
	"simgate/modem"
	"simgate/modem/pdu"
)

// Driver is a [line.Driver], [line.Caller], [line.Asker] and [line.Restarter] on a modem.
type Driver struct {
	modem *modem.Modem
}

// New returns a driver on a modem, which nobody else may handle or run.
func New(m *modem.Modem) *Driver { return &Driver{modem: m} }

// Name implements [line.Driver].
func (d *Driver) Name() string { return d.modem.Name() }

// Attach implements [line.Driver].
func (d *Driver) Attach(h line.Host) { d.modem.Handle(handler{h}) }

// Run implements [line.Driver].
func (d *Driver) Run(ctx context.Context) error { return d.modem.Run(ctx) }

// Alive implements [line.Driver].
func (d *Driver) Alive() error { return d.modem.Alive() }

// State implements [line.Driver].
func (d *Driver) State() line.State { return line.State(d.modem.State()) }

// Status implements [line.Driver].
func (d *Driver) Status() line.Status { return Status(d.modem.Status()) }

// Reports implements [line.Driver]: each part asks for a status report.
func (d *Driver) Reports() bool { return true }

// Units implements [line.Driver]: a unit is a part.
func (d *Driver) Units(t line.Text) ([]line.Unit, error) {
	parts, err := pdu.Encode(pdu.Submit{To: string(t.To), Text: t.Body, Ref: t.Reference, Validity: t.Validity, Report: true, Flash: t.Flash})
	units := make([]line.Unit, len(parts))
	for i, p := range parts {
		units[i] = p
	}
	return units, err
}

// Send implements [line.Driver]. The reference is the TP-MR.
func (d *Driver) Send(ctx context.Context, s line.Submission) (int, error) {
	part, ok := s.Unit.(pdu.Part)
	if !ok {
		return 0, &line.Error{Class: line.GiveUp, Code: -1, Cause: because("", fmt.Sprintf("a modem cannot send a %T", s.Unit))}
	}
	mr, err := d.modem.Send(ctx, modem.Submission{Part: part, Token: s.Token, Within: s.Within})
	return mr, wrap(err)
}

// Restart implements [line.Restarter].
func (d *Driver) Restart() error { return wrap(d.modem.Restart()) }

// USSD implements [line.Asker].
func (d *Driver) USSD(ctx context.Context, code string) (line.USSDAnswer, error) {
	answer, err := d.modem.USSD(ctx, code)
	return line.USSDAnswer(answer), wrap(err)
}

// EndUSSD implements [line.Asker].
func (d *Driver) EndUSSD(ctx context.Context) error { return wrap(d.modem.EndUSSD(ctx)) }

// Call implements [line.Caller].
func (d *Driver) Call(ctx context.Context, c line.Call) (line.CallResult, error) {
	r, err := d.modem.Call(ctx, modem.Call(c))
	return line.CallResult{Outcome: line.CallOutcome(r.Outcome), Cause: because(r.CauseCode, r.Cause), Answered: r.Answered,
		Duration: r.Duration, Keys: r.Keys, Strategy: r.Strategy}, wrap(err)
}

// Status returns the status of a modem as that of its line.
func Status(s modem.Status) line.Status {
	voices := make([]line.Voice, len(s.Voices))
	for i, v := range s.Voices {
		voices[i] = line.Voice(v)
	}
	var advice []line.Setting
	for _, a := range s.Advice {
		advice = append(advice, line.Setting(a))
	}
	return line.Status{
		Name: s.Name, Port: s.Port, State: line.State(s.State), Detail: s.Detail, Since: s.Since,
		IMEI: s.IMEI, Manufacturer: s.Manufacturer, Model: s.Model, Revision: s.Revision, SIM: line.SIM(s.SIM),
		NumberSet: s.NumberSet, SMSC: s.SMSC, PINTries: s.PINTries, Registration: s.Registration, Roaming: s.Roaming, Operator: s.Operator, Technology: s.Technology,
		SignalDBm: s.SignalDBm, Profile: s.Profile, Storage: line.Storage(s.Storage),
		Voice: line.Voice(s.Voice), Voices: voices, VoLTE: s.VoLTE, Advice: advice,
	}
}

// blockCodes are those of +CMS ERROR with which networks answer a SIM that they have
// blocked, that has no credit, or that lacks the service. Each also comes alone and
// means little; in a row, for different recipients, they do not (TS 24.011 annex E;
// 193 is of TS 23.040, 500 what modems make of the rest).
var blockCodes = []int{8, 10, 21, 38, 41, 50, 69, 193, 500}

// wrap returns an error of package modem as one of package line, and others as they are.
func wrap(err error) error {
	e, ok := errors.AsType[*modem.Error](err)
	if !ok {
		return err
	}
	return &line.Error{Class: classes[e.Class], Code: e.Code, Cause: because(e.CauseCode, e.Cause), Tries: e.Tries, Pause: e.Pause, Busy: e.Busy,
		Blocked: slices.Contains(blockCodes, e.Code), Err: err}
}

// because returns the cause that a modem names by a code, which it does not know for all, and
// a text.
func because(code, text string) cause.Cause {
	if text == "" {
		return cause.Cause{}
	}
	return cause.Cause{Code: cmp.Or(cause.Code(code), cause.Device), Text: text}
}

// Causes returns the causes of a modem and its network.
func Causes() []cause.Kind {
	all := modem.Causes()
	kinds := make([]cause.Kind, len(all))
	for i, c := range all {
		kinds[i] = cause.Kind{Code: cause.Code(c.Code), Text: c.Text, Means: c.Means, Do: c.Do, Numbered: c.Numbered}
	}
	return kinds
}

var classes = map[modem.Class]line.Class{
	modem.Retry:    line.Retry,
	modem.OtherSIM: line.OtherLine,
	modem.GiveUp:   line.GiveUp,
	modem.Device:   line.Device,
	modem.Unknown:  line.Unknown,
}
