package inbox

import (
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
)

// Kind says what a message that came in is.
type Kind string

// The kinds of incoming messages.
const (
	Text        Kind = "text"
	Data        Kind = "data"        // for an application; the octets are kept
	MMS         Kind = "mms"         // the SMSC announces an MMS, which this gateway cannot fetch
	Indication  Kind = "indication"  // that something waits, such as voice mail
	Undecodable Kind = "undecodable" // the PDU is kept as it came
	Call        Kind = "call"        // somebody called, and nobody took the call
)

// Kinds lists all kinds; the schema checks for the same.
var Kinds = []Kind{Text, Data, MMS, Indication, Undecodable, Call}

// Message is a message that came in, or a call.
type Message struct {
	ID       int64
	Line     int64
	App      string // that it belongs to; "": those see it that may read all
	Sender   string // MSISDN, short code or name; "" where it cannot be told
	Written  string // Sender as the network wrote it
	Named    bool   // Sender is a name, to which nobody can answer
	Abroad   bool   // the SMSC that it, or a part of it, came by is of another country than its sender
	Kind     Kind
	Text     string
	Data     []byte
	Class    int    // 0 to 3, 0 being meant to be shown at once; -1 none
	Replaces int64  // the message that the sender meant to replace with this one, 0 none
	Total    int    // parts
	Missing  []int  // parts that have not come, by their place from 1
	PDU      string // of one that could not be decoded, or only after a repair
	Raw      []Raw  // of [Inbox.Get] alone: what came, as it came
	Unread   bool
	Repair   string // what was wrong with the PDU, "" nothing
	Sent     time.Time
	Received time.Time
	Change   int64 // grows with each message that is shown and each that is completed

	// Facts are those of the sender's number, of a message that has just come in alone.
	Facts msisdn.Facts `json:"-"`
}

// Raw is a part as it came.
type Raw struct {
	Seq int // from 1
	PDU string
}

// gapMark stands in a text in the place of a part that has not come.
const gapMark = "[…]"

// newRow returns the message of which p is all, or a part.
func newRow(line int64, sender string, p Part, wall clock.Wall) row {
	m := row{Message: Message{Line: line, Sender: sender, Written: p.Sender, Named: p.Named, Unread: true,
		Kind: Text, Text: p.Text, Class: -1, Total: 1, PDU: p.Raw, Repair: p.Repair, Sent: p.Sent},
		pid: p.PID, have: 1, received: wall}
	if p.Class != nil {
		m.Class = int(*p.Class)
	}
	const (
		// TP-DCS from here on tell that something waits. Up to CF their text may be
		// discarded (TS 23.038 4); it is kept, as it often tells who called.
		indications = 0xc0
		ofClass     = 0xf0
		toSIM       = 2 // class: meant for the card
	)
	switch {
	case p.Port == mmsPort:
		m.Kind, m.Data, m.Text = MMS, p.piece().octets(), mmsText
	case p.Port >= 0, p.Data != nil, m.Class == toSIM:
		m.Kind, m.Data, m.Text = Data, p.piece().octets(), ""
	case p.DCS >= indications && p.DCS < ofClass:
		m.Kind = Indication
	}
	return m
}

// canonical returns the number of a sender in the form that numbers are stored in
// everywhere, where what the network wrote is one for a SIM of country, "" for one that is
// not known; and any other sender as it is.
func canonical(sender string, named bool, country string) string {
	reading := msisdn.Open(country, nil)
	if country == "" {
		reading = msisdn.International()
	}
	if named || country == "" && !strings.HasPrefix(sender, "+") {
		return sender
	}
	if n, err := msisdn.Read(sender, reading); err == nil {
		return string(n)
	}
	return sender
}
