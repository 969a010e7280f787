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

// receive gives a PDU to the handler. It reports whether that is on the disk, so that
// the storage need not keep it. If not, the next sweep finds it again.
func (s *session) receive(ctx context.Context, raw string) (settled bool) {
	// A PDU that was received is stored even if the port fails now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer cancel()
	switch pdu.KindOf(raw) {
	case pdu.KindSubmit:
		return false // a draft of the owner of the SIM
	case pdu.KindReport:
		if r, err := pdu.ParseStatusReport(raw); err == nil {
			if err := s.m.handler.Report(ctx, r); err != nil {
				s.m.log.Error("a status report could not be stored", "err", err)
				return false
			}
			return true
		}
		// A report that cannot be decoded is stored as an incoming PDU.
	}
	if err := s.m.handler.Received(ctx, raw); err != nil {
		s.m.log.Error("an incoming message could not be stored; it stays on the SIM", "err", err)
		return false
	}
	return true
}

// rereads is how often a PDU of the wrong length is read again.
const rereads = 2

// settleStored gives a stored PDU to the handler and then deletes it from the storage.
// Its error means that the modem does not answer.
func (s *session) settleStored(ctx context.Context, m stored) (removed bool, err error) {
	if pdu.KindOf(m.pdu) == pdu.KindSubmit {
		return false, nil
	}
	// An unsolicited result or noise may have damaged it on the way, so it is read
	// again. If it is the same each time, that is what is stored.
	if !m.whole && s.store.torn[m.pdu] < rereads {
		s.store.torn[m.pdu]++
		s.store.again = true
		return false, nil
	}
	if !s.receive(ctx, m.pdu) {
		s.store.again = true
		return false, nil
	}
	// By its index: deleting all would delete what came meanwhile. If the power fails
	// before this, the message is found again, and recognized.
	_, ok, err := s.try(ctx, fmt.Sprintf("+CMGD=%d", m.index), slowCommand)
	if !ok && err == nil {
		s.store.again = true
	}
	return ok, err
}

// arrived processes +CMTI and +CDSI (TS 27.005 3.4.1): a message or a status report was
// stored.
func (s *session) arrived(ctx context.Context, u event) error {
	lines := []string{u.Line}
	name := field(lines, u.Name()+":", 0)
	index, err := strconv.Atoi(field(lines, u.Name()+":", 1))
	if err != nil || index < 0 || name == "" {
		return s.sweep(ctx) // it does not say where
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
		return s.sweep(ctx) // some modems name the wrong storage
	}
	return s.selectStorage(ctx, s.store.incoming)
}

// read reads one index of the selected storage, and settles what is there.
func (s *session) read(ctx context.Context, index int) (found bool, err error) {
	info, err := s.conn.Command(ctx, fmt.Sprintf("+CMGR=%d", index), slowCommand)
	if err != nil {
		if !refused(err) {
			return false, fmt.Errorf("AT+CMGR: %w", err)
		}
		if _, bare := errors.AsType[at.ResultError](err); bare {
			s.conn.Distrust() // some answer ERROR and then OK for an empty index
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
	return false, nil // empty: a sweep was faster
}

// shown processes +CMT and +CDS: a message or a status report that the modem shows and
// does not store. It acknowledges it if the modem expects that. If the message could
// not be stored, it refuses it, so that the network sends it again.
func (s *session) shown(ctx context.Context, u event) error {
	if len(u.Body) == 0 {
		s.m.log.Warn("a message came without its PDU", "urc", u.Name())
		return nil
	}
	settled := s.receive(ctx, u.Body[0])
	if !s.acknowledges {
		return nil
	}
	// Older modems know only "+CNMA".
	cmds := []string{"+CNMA=1", "+CNMA"}
	if !settled {
		cmds = []string{"+CNMA=2"}
	}
	_, err := s.first(ctx, cmds, command, func([]string) bool { return true })
	return err
}

// learnAcknowledges finds out whether the modem expects acknowledgements: it does in
// message service 1 (TS 27.005 3.2.1), which some modems cannot leave.
func (s *session) learnAcknowledges(ctx context.Context) error {
	info, ok, err := s.try(ctx, "+CSMS?", command)
	s.acknowledges = ok && field(info, "+CSMS:", 0) == "1"
	return err
}

// busySIM reports whether a refusal will pass soon: the SIM is busy, or its storage is
// not ready yet.
func busySIM(err error) bool {
	if cms, ok := errors.AsType[at.CMSError](err); ok {
		return cms == 314 || cms == 302 || cms == 532
	}
	cme, ok := errors.AsType[at.CMEError](err)
	return ok && cme == 14
}

// storageFull empties the storage when the modem reports that it is full.
func (s *session) storageFull(ctx context.Context) error {
	s.m.notice(ctx, Notice{Kind: NoticeStorageFull, Text: "the storage for incoming messages is full; it is being emptied"})
	return s.sweep(ctx)
}
