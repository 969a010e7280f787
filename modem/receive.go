package modem

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"simgate/modem/at"
	"simgate/modem/pdu"
)

// receive hands on a PDU, and reports whether the storage need keep it no more:
// it is on the disk, or it is nothing that could ever be. What is not, stays
// where it is; the next sweep finds it again.
func (s *session) receive(ctx context.Context, raw string) (settled bool) {
	// A port that dies just now takes nothing back of what it has said.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	switch pdu.KindOf(raw) {
	case pdu.KindSubmit:
		return false // a draft, which is its owner's
	case pdu.KindReport:
		if r, err := pdu.ParseStatusReport(raw); err == nil {
			if err := s.m.handler.Report(ctx, r); err != nil {
				s.m.log.Error("a status report could not be stored", "err", err)
				return false
			}
			return true
		}
		// Kept as what it is: a PDU that cannot be read.
	}
	if err := s.m.handler.Received(ctx, raw); err != nil {
		s.m.log.Error("an incoming message could not be stored; it stays on the SIM", "err", err)
		return false
	}
	return true
}

// rereads is how often a PDU is read again that is not as long as it should be.
const rereads = 2

// settleStored hands on what is stored, and then deletes it. An error is one of
// the modem.
func (s *session) settleStored(ctx context.Context, m stored) (removed bool, err error) {
	if pdu.KindOf(m.pdu) == pdu.KindSubmit {
		return false, nil
	}
	// What an unsolicited result or noise has torn is read again. Only what looks
	// the same each time is really so.
	if !m.whole && s.store.torn[m.pdu] < rereads {
		s.store.torn[m.pdu]++
		s.store.again = true
		return false, nil
	}
	if !s.receive(ctx, m.pdu) {
		s.store.again = true
		return false, nil
	}
	// One at a time, by its index: to delete all would take those along that came
	// meanwhile. If the power fails before this, the message is found again, and
	// known.
	_, ok, err := s.try(ctx, fmt.Sprintf("+CMGD=%d", m.index), slowCommand)
	if !ok && err == nil {
		s.store.again = true
	}
	return ok, err
}

// arrived reads a message or a status report that the modem says is stored:
// +CMTI and +CDSI (TS 27.005 3.4.1).
func (s *session) arrived(ctx context.Context, u event) error {
	lines := []string{u.Line}
	name := field(lines, u.Name()+":", 0)
	index, err := strconv.Atoi(field(lines, u.Name()+":", 1))
	if err != nil || index < 0 || name == "" {
		return s.sweep(ctx) // somewhere, it says
	}
	if err := s.selectStorage(ctx, name); err != nil {
		return err
	}
	found := false
	if s.store.selected == name {
		if found, err = s.read(ctx, index); err != nil {
			return err
		}
	}
	if !found && u.Name() == "+CDSI" {
		return s.sweep(ctx) // some announce one storage and use another
	}
	return s.selectStorage(ctx, s.store.incoming)
}

// read reads one place of the selected storage, and settles what is there.
func (s *session) read(ctx context.Context, index int) (found bool, err error) {
	info, err := s.conn.Command(ctx, fmt.Sprintf("+CMGR=%d", index), slowCommand)
	if err != nil {
		if !refused(err) {
			return false, fmt.Errorf("AT+CMGR: %w", err)
		}
		if _, bare := errors.AsType[at.ResultError](err); bare {
			s.conn.Distrust() // some say ERROR and then OK of an empty place
		}
		if busySIM(err) {
			s.store.again = true
		}
		return false, nil
	}
	for i, line := range info {
		if strings.HasPrefix(line, "+CMGR:") && i+1 < len(info) {
			_, err := s.settleStored(ctx, newStored(index, line, info[i+1]))
			return true, err
		}
	}
	return false, nil // the place is empty: a sweep was faster
}

// shown takes a message or a status report that the modem shows instead of
// storing it: +CMT and +CDS. Where the modem expects to be told that it was
// taken, it is told; where the message could not be kept, the network is to
// bring it again.
func (s *session) shown(ctx context.Context, u event) error {
	if len(u.Body) == 0 {
		s.m.log.Warn("a message came without its PDU", "urc", u.Name())
		return nil
	}
	settled := s.receive(ctx, u.Body[0])
	if !s.acknowledges {
		return nil
	}
	// "+CNMA" alone is what older modems know of +CNMA=1.
	cmds := []string{"+CNMA=1", "+CNMA"}
	if !settled {
		cmds = []string{"+CNMA=2"}
	}
	_, err := s.first(ctx, cmds, command, func([]string) bool { return true })
	return err
}

// learnDuty asks whether the modem expects acknowledgements: it does while
// message service 1 is chosen (TS 27.005 3.2.1), which some cannot leave.
func (s *session) learnDuty(ctx context.Context) error {
	info, ok, err := s.try(ctx, "+CSMS?", command)
	s.acknowledges = ok && field(info, "+CSMS:", 0) == "1"
	return err
}

// busySIM reports whether a refusal is one that passes in a moment: the SIM is
// busy, or its storage is not ready yet.
func busySIM(err error) bool {
	if cms, ok := errors.AsType[at.CMSError](err); ok {
		return cms == 314 || cms == 302 || cms == 532
	}
	cme, ok := errors.AsType[at.CMEError](err)
	return ok && cme == 14
}

// storageFull is told when there is no room for what comes in.
func (s *session) storageFull(ctx context.Context) error {
	s.m.notice(ctx, Notice{Kind: NoticeStorageFull, Text: "the storage for incoming messages is full; it is being emptied"})
	return s.sweep(ctx)
}
