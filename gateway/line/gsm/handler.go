package gsm

import (
	"context"

	"simgate/gateway/cause"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/modem"
	"simgate/modem/pdu"
)

// handler is the [modem.Handler] of a driver: it hands what the modem says to the host
// in the values of package line, and remembers for the modem what must outlive a restart.
type handler struct{ host line.Host }

// Changed implements [modem.Handler].
func (h handler) Changed() { h.host.Changed() }

// Identified implements [modem.Handler].
func (h handler) Identified(ctx context.Context, sim modem.SIM) error {
	return h.host.Identified(ctx, line.SIM(sim))
}

// Report implements [modem.Handler]. Reports that the network is still trying are
// nothing that a message changes by.
func (h handler) Report(ctx context.Context, r pdu.StatusReport) error {
	if !r.Status.Final() {
		return nil
	}
	told := line.Report{Ref: int(r.MR), Recipient: r.Recipient.Number, Delivered: r.Status.Delivered(), Cause: cause.Cause{Text: r.Status.String()}}
	if !told.Delivered {
		told.Cause.Code = cause.Code(r.Status.Code())
	}
	return h.host.Report(ctx, told)
}

// Received implements [modem.Handler].
func (h handler) Received(ctx context.Context, raw string) error {
	return h.host.Received(ctx, decode(raw))
}

// Late implements [modem.Handler].
func (h handler) Late(ctx context.Context, token any, mr int, refused error) error {
	of, ok := token.(line.Token)
	if !ok {
		return nil
	}
	return h.host.Late(ctx, of, mr, wrap(refused))
}

// notices are the kinds of events that the notices of modems become.
var notices = map[modem.NoticeKind]journal.Kind{
	modem.NoticeStorageFull: journal.StorageFull,
	modem.NoticePower:       journal.ModemPower,
	modem.NoticeRecovery:    journal.ModemRecovery,
	modem.NoticeFault:       journal.ModemFault,
	modem.NoticeUSSD:        journal.USSDReceived,
	modem.NoticeModem:       journal.ModemChanged,
}

// Notice implements [modem.Handler].
func (h handler) Notice(ctx context.Context, n modem.Notice) {
	if n.Kind == modem.NoticeCall {
		if err := h.host.Called(ctx, line.Called{From: n.From, Text: n.Text}); err != nil {
			h.host.Log.Warn("a call that came in could not be written down", "err", err)
		}
		return
	}
	text := n.Text
	if n.From != "" {
		text += "; the number is " + n.From
	}
	h.host.Notice(ctx, line.Notice{Kind: notices[n.Kind], Text: text})
}

// PIN implements [modem.Handler].
func (h handler) PIN(_ context.Context, iccid string) (string, error) { return h.host.PIN(iccid), nil }

// Bearer implements [modem.Handler].
func (h handler) Bearer(ctx context.Context, sim modem.SIM) (modem.Bearer, error) {
	mode, err := line.Bearer(ctx, h.host.DB, sim.ICCID)
	return modem.Bearer{OverData: modem.OverData(h.host.SMSOverData(line.SIM(sim))), Mode: mode}, err
}

// NoteBearer implements [modem.Handler].
func (h handler) NoteBearer(ctx context.Context, iccid string, mode int) error {
	return line.NoteBearer(ctx, h.host.DB, iccid, mode)
}

// SMSC implements [modem.Handler].
func (h handler) SMSC(ctx context.Context, iccid string) (string, error) {
	return line.SMSC(ctx, h.host.DB, iccid)
}

// NoteSMSC implements [modem.Handler].
func (h handler) NoteSMSC(ctx context.Context, iccid, smsc string) error {
	return line.NoteSMSC(ctx, h.host.DB, iccid, smsc)
}
