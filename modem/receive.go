package modem

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	case pdu.KindSubmit, pdu.KindErased:
		return false // a draft of the owner of the SIM, or nothing
	case pdu.KindReport:
		if r, err := pdu.ParseStatusReport(raw); err == nil {
			return s.receiveReport(ctx, r)
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
	if m.report != nil {
		if !s.receiveReport(ctx, *m.report) {
			s.store.again = true
			return false, nil
		}
		return s.remove(ctx, m.index)
	}
	switch kind := pdu.KindOf(m.pdu); {
	case kind == pdu.KindSubmit, kind == pdu.KindErased:
		return false, nil
	case m.own:
		if d, err := pdu.ParseDeliver(m.pdu); err != nil || d.Repair != "" {
			return false, nil //nolint:nilerr // it was written by the owner, whatever it is
		}
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
	return s.remove(ctx, m.index)
}

// remove deletes a message that was settled from the selected storage.
func (s *session) remove(ctx context.Context, index int) (removed bool, err error) {
	// By its index: deleting all would delete what came meanwhile. If the power fails
	// before this, the message is found again, and recognized.
	// And only while the storage is certainly the one that it was read from.
	_, refusal, err := s.queryIn(ctx, s.store.step, fmt.Sprintf("+CMGD=%d", index), slowCommand)
	if errors.Is(err, at.ErrResynced) {
		s.store.again = true
		return false, nil
	}
	if refusal != nil {
		s.store.again = true
	}
	return err == nil && refusal == nil, err
}

// arrived processes +CMTI and +CDSI (TS 27.005 3.4.1): a message or a status report was
// stored.
func (s *session) arrived(ctx context.Context, u event) error {
	lines := []string{u.Line}
	name := at.Field(lines, u.Name()+":", 0)
	index, err := strconv.Atoi(at.Field(lines, u.Name()+":", 1))
	if err != nil || index < 0 || name == "" {
		return s.sweep(ctx) // it does not say where
	}
	if err := s.selectStorage(ctx, name); err != nil {
		return err
	}
	found := false
	if s.store.selected == name || s.store.selected == "" { // which has the one storage
		if found, err = s.read(ctx, index); err != nil {
			return err
		}
	}
	if !found && u.Name() == "+CDSI" {
		return s.sweep(ctx) // some modems name the wrong storage
	}
	return s.selectStorage(ctx, s.store.incoming)
}

// read reads one index of the selected storage, and settles what is there. A modem in
// text mode is put back into PDU mode first.
func (s *session) read(ctx context.Context, index int) (found bool, err error) {
	for range 2 {
		info, refusal, err := s.query(ctx, fmt.Sprintf("+CMGR=%d", index), slowCommand)
		if err != nil {
			return false, err
		}
		if _, bare := errors.AsType[at.ResultError](refusal); bare {
			s.conn.Distrust() // some answer ERROR and then OK for an empty index
		}
		if refusal != nil {
			s.store.again = s.store.again || busySIM(refusal)
			return false, nil
		}
		if s.text.Load() {
			for _, m := range s.parseTextList(info, index) {
				_, err := s.settleStored(ctx, m)
				return true, err
			}
			return slices.ContainsFunc(info, at.InTextMode), nil
		}
		if slices.ContainsFunc(info, at.InTextMode) {
			if left, err := s.leaveTextMode(ctx, true); err != nil || !left {
				return false, err
			}
			continue
		}
		for i, line := range info {
			if rest, ok := strings.CutPrefix(line, "+CMGR:"); ok && i+1 < len(info) {
				fields := at.ParseParameters(rest)
				status := fields.At(0)
				if len(fields) == 1 {
					status = at.Parameter{} // it tells the length alone
				}
				_, err := s.settleStored(ctx, newStored(index, status, fields.At(len(fields)-1), info[i+1]))
				return true, err
			}
		}
		return false, nil // empty: a sweep was faster
	}
	s.store.again = true
	return true, nil
}

// leaveTextMode puts the modem back into PDU mode, if it is in text mode: it has restarted
// and did not say so, or another program has set it. It reports whether it was. Then all
// else that was set may be lost too, so that it is set again soon.
func (s *session) leaveTextMode(ctx context.Context, certain bool) (was bool, err error) {
	if !certain {
		info, _, err := s.try(ctx, "+CMGF?", command)
		if err != nil || at.Field(info, "+CMGF:", 0) != "1" {
			return false, err
		}
	}
	s.m.log.Warn("the modem was in text mode: it is put back into PDU mode")
	if _, err := s.ask(ctx, "+CMGF=0", command); err != nil {
		return false, err
	}
	s.forgotten.Store(true)
	s.doubt()
	return true, nil
}

// shown processes +CMT and +CDS: a message or a status report that the modem shows and
// does not store. It acknowledges it if the modem expects that. If the message could
// not be stored, it refuses it, so that the network sends it again.
func (s *session) shown(ctx context.Context, u event) error {
	var settled bool
	switch {
	case at.InTextMode(u.Line):
		settled = s.receiveText(ctx, u)
		if s.text.Load() {
			break
		}
		if _, err := s.leaveTextMode(ctx, true); err != nil {
			return err
		}
	case len(u.Body) == 0:
		s.m.log.Warn("a message came without its PDU", "urc", u.Name())
		return nil
	case s.tornShown(u):
		s.m.log.Warn("a message was shown in pieces: does another program read the port?", "urc", u.Name())
		settled = u.Name() == "+CDS" // nothing can be learned from it
	default:
		settled = s.receive(ctx, u.Body[0])
	}
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

// tornShown reports whether octets of what the modem shows are missing, and it is not to be
// handed on: a report that says nothing, or a message that the network sends again. What
// comes so again and again is what there is.
func (s *session) tornShown(u event) bool {
	_, rest, _ := strings.Cut(u.Line, ":")
	fields := at.ParseParameters(rest)
	octets, ok := fields.At(len(fields) - 1).Number()
	raw := u.Body[0]
	if !ok || pdu.Fits(raw, octets) || s.store.torn[raw] >= rereads {
		return false
	}
	if u.Name() == "+CDS" {
		_, err := pdu.ParseStatusReport(raw)
		return err != nil
	}
	s.store.torn[raw]++
	return s.acknowledges
}

// receiveText gives a message or a status report to the handler that the modem shows in
// text mode (TS 27.005 3.4.1), as the PDU that it would be in PDU mode.
func (s *session) receiveText(ctx context.Context, u event) bool {
	_, rest, _ := strings.Cut(u.Line, ":")
	fields := at.ParseParameters(rest)
	if u.Name() == "+CDS" {
		report, ok := s.reportIn(fields)
		return !ok || s.receiveReport(ctx, *report)
	}
	m, ok := s.deliverIn(stored{}, told{fields, u.Body})
	return ok && s.receive(ctx, m.pdu)
}

// receiveReport gives a status report to the handler, and reports whether it is on the disk.
func (s *session) receiveReport(ctx context.Context, r pdu.StatusReport) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer cancel()
	if err := s.m.handler.Report(ctx, r); err != nil {
		s.m.log.Error("a status report could not be stored", "err", err)
		return false
	}
	return true
}

// textTime returns the time of a message in text mode, as "26/11/28,12:00:00+04" with its
// offset in quarters of an hour; the present if it is invalid.
func textTime(text string) time.Time {
	const layout = "06/01/02,15:04:05"
	if len(text) < len(layout) {
		return time.Now()
	}
	const quarter = 15 * 60
	zone := time.FixedZone("", quarter*atoi(text[len(layout):]))
	t, err := time.ParseInLocation(layout, text[:len(layout)], zone)
	if err != nil {
		return time.Now()
	}
	return t
}

// learnAcknowledges finds out whether the modem expects acknowledgements: it does in
// message service 1 (TS 27.005 3.2.1), which some modems cannot leave.
func (s *session) learnAcknowledges(ctx context.Context) error {
	info, ok, err := s.try(ctx, "+CSMS?", command)
	s.acknowledges = ok && at.Field(info, "+CSMS:", 0) == "1"
	return err
}

// busySIM reports whether a refusal will pass soon: the SIM is busy, or its storage is
// not ready yet.
func busySIM(err error) bool {
	cms, ok := errors.AsType[at.CMSError](err)
	return ok && cms == 302 || sleepingSIM(err)
}

// sleepingSIM reports whether a refusal says that the SIM or the modem is busy. 302, not
// allowed, is not among its reasons: as the answer to a name it is a refusal of the name.
func sleepingSIM(err error) bool {
	if cms, ok := errors.AsType[at.CMSError](err); ok {
		return cms == 314 || cms == 532
	}
	cme, ok := errors.AsType[at.CMEError](err)
	return ok && (cme == 14 || cme == 515) // 515 is of vendors: busy, please wait
}

// storageFull empties the storage when the modem reports that it is full, unless that was
// done since.
func (s *session) storageFull(ctx context.Context, came time.Time) error {
	if !came.After(s.store.sweptAt) {
		return nil
	}
	if s.store.toldFull.IsZero() || time.Since(s.store.toldFull) >= tellFull {
		s.store.toldFull = time.Now()
		s.m.notice(ctx, Notice{Kind: NoticeStorageFull, Text: "the storage for incoming messages is full; it is being emptied"})
	}
	return s.sweep(ctx)
}

// tellFull is the least time between two notices that a storage is full: while reports come
// in for what was sent, a small one is so again and again.
const tellFull = time.Hour
