package gsm

import (
	"simgate/gateway/line"
	"simgate/modem/pdu"
)

// Decode implements [line.Decoder].
func (d *Driver) Decode(raw string) line.Received { return decode(raw) }

// decode returns what stands in the PDU of an incoming message.
func decode(raw string) line.Received {
	d, err := pdu.ParseDeliver(raw)
	if err != nil {
		return line.Received{Raw: raw, Port: -1, Invalid: err}
	}
	r := line.Received{Sender: d.Sender.Number, Named: d.Sender.Alphanumeric, Sent: d.Sent, Text: d.Text, UTF16: d.UTF16, Data: d.Data,
		Class: d.Class, Port: -1, PID: int(d.PID), DCS: int(d.DCS), SMSC: d.SMSC.Number, Raw: raw, Repair: d.Repair}
	if c := d.Concat; c != nil {
		r.Reference, r.Wide, r.Seq, r.Total = c.Ref, c.Wide, c.Seq, c.Total
	}
	if d.Ports != nil {
		r.Port = int(d.Ports.Destination)
	}
	return r
}
