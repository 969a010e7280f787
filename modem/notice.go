package modem

import "context"

// NoticeKind says what a notice is about.
type NoticeKind string

// The kinds of notices.
const (
	NoticeStorageFull NoticeKind = "storage.full"   // messages that come in have found no room
	NoticePower       NoticeKind = "modem.power"    // the supply of the modem breaks down
	NoticeRecovery    NoticeKind = "modem.recovery" // what was done to bring the modem back
	NoticeUSSD        NoticeKind = "ussd"           // the network sent a text that nobody asked for
	NoticeModem       NoticeKind = "modem.changed"  // another modem, or another port
	NoticeCall        NoticeKind = "call.incoming"  // somebody has called
)

// Notice is something that the owner of a modem should know of.
type Notice struct {
	Kind NoticeKind
	Text string // in words, without numbers of people
	From string // who has called, as the network tells; "" nobody has, or his number is withheld
}

// notice logs something, and tells the handler.
func (m *Modem) notice(ctx context.Context, n Notice) {
	m.log.Warn(n.Text, "kind", string(n.Kind))
	m.handler.Notice(ctx, n)
}
