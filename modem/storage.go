package modem

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/modem/at"
	"simgate/modem/pdu"
)

// storage is one of the storages for messages of a modem (TS 27.005 3.2.2): "ME" its
// own memory, "SM" the SIM, "MT" both, "SR" for status reports.
type storage struct {
	name        string
	used, total int
}

// storages is what a session knows of the storages.
type storages struct {
	readable []string // that commands may read; empty: the modem does not tell
	incoming string   // for incoming messages, "" if none can be chosen
	selected string   // that commands read and delete from
	step     int64    // of the connection, in which it was selected: a restart selects another
	names    int      // how many names +CPMS= takes
	sweptAt  time.Time
	again    bool           // the next sweep is due soon: the last was not complete
	torn     map[string]int // how often each PDU of the wrong length was read
	full     string         // why nothing comes in, in words; "" if there is room
	toldFull time.Time      // when the owner was told last that the modem says so
	unread   bool           // the modem lets nobody read its messages
}

const (
	listing    = 60 * time.Second // limit of +CMGL; 255 messages take 8 s on a UART
	sweepEvery = 10 * time.Minute // between sweeps
	sweepPoll  = 10 * time.Second // between sweeps of a modem that does not report messages
	sweepAgain = 15 * time.Second // after a sweep that was not complete
	simWaking  = 20               // tries, one a second, while the storage of a SIM wakes up
)

// chooseStorage finds out which storages there are, and chooses the one for incoming
// messages.
func (s *session) chooseStorage(ctx context.Context) error {
	s.store = storages{again: true, torn: map[string]int{}, names: 3, full: s.store.full, toldFull: s.store.toldFull}
	info, _, err := s.waitForStorage(ctx, "+CPMS=?", busySIM)
	if err != nil {
		return err
	}
	readable, receiving := parseStorages(at.Announced(info, "+CPMS"))
	s.store.readable = readable
	return s.chooseIncoming(ctx, receiving, "")
}

// chooseIncoming chooses the best storage for incoming messages of those that can receive
// them, but not the one given. If none is taken it is the one that is set.
func (s *session) chooseIncoming(ctx context.Context, receiving []string, not string) error {
	candidates := slices.Clone(s.profile.storages)
	if len(receiving) > 0 {
		candidates = slices.DeleteFunc(candidates, func(name string) bool { return !slices.Contains(receiving, name) })
		for _, name := range receiving {
			if !slices.Contains(candidates, name) && name != "SR" { // which is for reports alone
				candidates = append(candidates, name)
			}
		}
	}
	for _, name := range candidates {
		if name == not {
			continue
		}
		taken, err := s.receiveIn(ctx, name)
		if err != nil {
			return err
		}
		if taken {
			s.store.incoming = name
			return nil
		}
	}
	if not != "" {
		return nil
	}
	s.m.log.Warn("the storage for incoming messages cannot be chosen")
	info, _, err := s.try(ctx, "+CPMS?", command)
	const third = 6
	s.store.incoming = at.Field(info, "+CPMS:", third)
	return err
}

// receiveIn makes a storage the one for incoming messages, and reports whether the modem
// did not refuse it. Some modems take three names, some two, and some one.
func (s *session) receiveIn(ctx context.Context, name string) (bool, error) {
	first := name // to read from and to write to
	if len(s.store.readable) > 0 && !slices.Contains(s.store.readable, name) {
		first = s.store.readable[0]
	}
	for names := 3; names > 0; names-- {
		list := []string{strconv.Quote(first), strconv.Quote(first), strconv.Quote(name)}
		if first != name && names < len(list) {
			return false, nil
		}
		_, taken, err := s.waitForStorage(ctx, "+CPMS="+strings.Join(list[:names], ","), sleepingSIM)
		if err != nil {
			return false, err
		}
		if taken {
			s.store.selected, s.store.names = first, names
			s.store.step = 0 // it is selected again before something is read
			return true, nil
		}
	}
	return false, nil
}

// waitForStorage repeats a command while its refusal is one that will pass, and reports
// whether the modem did not refuse it.
func (s *session) waitForStorage(ctx context.Context, cmd string, passes func(error) bool) (info []string, ok bool, err error) {
	for range simWaking {
		info, err = s.conn.Command(ctx, cmd, command)
		if err == nil {
			return info, true, nil
		}
		if !refused(err) {
			return nil, false, fmt.Errorf("AT%s: %w", cmd, err)
		}
		if !passes(err) {
			return nil, false, nil
		}
		if err := sleep(ctx, time.Second); err != nil {
			return nil, false, err
		}
	}
	return nil, false, nil
}

// parseStorages returns the storages that can be read, and those for incoming messages,
// of the reply to +CPMS=?: lists of names for reading, writing and receiving
// (TS 27.005 3.2.2). All may be in brackets together, the brackets may be missing, and
// some modems have fewer lists.
func parseStorages(answer at.Parameters) (readable, receiving []string) {
	if len(answer) == 1 && slices.ContainsFunc(answer[0].List, func(p at.Parameter) bool { return p.List != nil }) {
		answer = answer[0].List
	}
	var lists [][]string
	if slices.ContainsFunc(answer, func(p at.Parameter) bool { return p.List != nil }) {
		for _, p := range answer {
			lists = append(lists, messageStorages(at.Parameters{p}.Words()))
		}
	} else {
		lists = append(lists, messageStorages(answer.Words()))
	}
	const reading, receivingIn = 0, 2
	if len(lists) > receivingIn {
		receiving = lists[receivingIn]
	}
	return lists[reading], receiving
}

// messageStorages returns the names without those of cell broadcasts.
func messageStorages(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return name == "BM" })
}

// swept returns the storages that may hold incoming messages, whichever was chosen.
func (st storages) swept() []string {
	names := slices.Clone(st.readable)
	if len(names) == 0 {
		names = []string{"SM", "ME"}
	}
	if st.incoming != "" && !slices.Contains(names, st.incoming) {
		names = append(names, st.incoming)
	}
	if slices.Contains(names, "SM") && slices.Contains(names, "ME") {
		names = slices.DeleteFunc(names, func(name string) bool { return name == "MT" }) // it holds what these hold
	}
	return names
}

// sweep reads every storage, gives what is there to the handler, and deletes it, so
// that no message is lost if the modem does not report it.
func (s *session) sweep(ctx context.Context) error {
	s.store.sweptAt, s.store.again = time.Now(), false
	opened, listed := false, false
	for _, name := range s.store.swept() {
		st, ok, err := s.openStorage(ctx, name)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		opened = true
		ok, err = s.sweepOne(ctx, &st)
		if err != nil {
			return err
		}
		listed = listed || ok
		s.noteStorage(st)
	}
	if !opened { // a modem without +CPMS has the one storage
		st := storage{name: s.store.selected, used: 1}
		s.store.step = s.conn.Resyncs()
		var err error
		if listed, err = s.sweepOne(ctx, &st); err != nil {
			return err
		}
	}
	s.store.unread = !listed
	if err := s.selectStorage(ctx, s.store.incoming); err != nil {
		return err
	}
	return s.makeRoom(ctx)
}

// sweepOne sweeps the selected storage, and reports whether the modem lists it.
func (s *session) sweepOne(ctx context.Context, st *storage) (listed bool, err error) {
	if st.used == 0 {
		return true, nil
	}
	info, ok, err := s.listStorage(ctx)
	if err != nil || !ok {
		return false, err
	}
	list := parseList(info)
	if s.text.Load() {
		list = s.parseTextList(info, 0)
	}
	for _, m := range list {
		removed, err := s.settleStored(ctx, m)
		if err != nil {
			return true, err
		}
		if removed {
			st.used--
		}
	}
	return true, nil
}

// listStorage lists the selected storage. A modem in text mode is put back into PDU mode
// first: nothing that was read in text mode may be deleted.
func (s *session) listStorage(ctx context.Context) (info []string, ok bool, err error) {
	if s.text.Load() {
		return s.try(ctx, `+CMGL="ALL"`, listing)
	}
	for range 2 {
		if info, ok, err = s.try(ctx, "+CMGL=4", listing); err != nil {
			return nil, false, err
		}
		if ok && !slices.ContainsFunc(info, at.InTextMode) {
			return info, true, nil
		}
		if !ok {
			s.conn.Distrust() // some answer ERROR and then OK for an empty storage
		}
		left, err := s.leaveTextMode(ctx, ok)
		if err != nil || !left {
			return nil, false, err
		}
	}
	s.store.again = true
	return nil, false, nil
}

// makeRoom chooses another storage for incoming messages, if what is left in this one,
// as messages that were sent and drafts of the owner, fills it. If there is none it tells
// the owner.
func (s *session) makeRoom(ctx context.Context) error {
	was := s.store.full
	s.store.full = ""
	st, ok, err := s.openStorage(ctx, s.store.incoming)
	if err != nil || !ok || st.total == 0 || st.used < st.total || s.store.again {
		return err
	}
	full := st.name
	if err := s.chooseIncoming(ctx, s.store.swept(), full); err != nil {
		return err
	}
	if s.store.incoming != full {
		if st, ok, err = s.openStorage(ctx, s.store.incoming); err != nil {
			return err
		}
		if ok && (st.total == 0 || st.used < st.total) {
			s.m.log.Warn("the storage for incoming messages is full of others: another is used", "full", full, "now", st.name)
			s.noteStorage(st)
			return nil
		}
	}
	s.store.full = fmt.Sprintf("the storage %s is full of %d messages that were sent or not read by simgate, so nothing can come in: delete them in a phone", full, st.total)
	if was == "" {
		s.m.notice(ctx, Notice{Kind: NoticeStorageFull, Text: s.store.full})
	}
	return nil
}

// noteStorage puts the storage for incoming messages into the status.
func (s *session) noteStorage(st storage) {
	if st.name == s.store.incoming {
		s.m.learn(func(status *Status) { status.Storage = Storage{st.name, max(st.used, 0), st.total} })
	}
}

// selectStorage selects the storage that commands read and delete from.
func (s *session) selectStorage(ctx context.Context, name string) error {
	if name == "" || name == s.store.selected && s.store.step == s.conn.Resyncs() {
		return nil
	}
	_, _, err := s.openStorage(ctx, name)
	return err
}

// openStorage selects a storage and returns how full it is. It reports false if the
// modem refuses.
func (s *session) openStorage(ctx context.Context, name string) (storage, bool, error) {
	if name == "" {
		return storage{}, false, nil
	}
	s.store.step = s.conn.Resyncs()
	names := strconv.Quote(name)
	info, ok, err := s.try(ctx, "+CPMS="+names, slowCommand)
	if err == nil && !ok && s.store.names == 2 { // it takes two names and not one
		info, ok, err = s.try(ctx, "+CPMS="+names+","+names, slowCommand)
	}
	if err != nil || !ok {
		s.store.again = s.store.again || name == s.store.incoming && s.store.names > 0
		return storage{}, false, err
	}
	s.store.selected = name
	fields := at.ParseParameters(at.Behind(info, "+CPMS:"))
	if _, counted := fields.At(0).Number(); !counted && len(fields) > 0 {
		fields = fields[1:] // the name stands in front of the numbers
	}
	used, _ := fields.At(0).Number()
	total, ok := fields.At(1).Number()
	if !ok {
		used, total = 1, 0 // unknown: it may hold something
	}
	return storage{name: name, used: used, total: total}, true, nil
}

// sweepDue reports whether a sweep is due.
func (s *session) sweepDue() bool {
	every := sweepEvery
	switch {
	case s.store.again:
		every = sweepAgain
	case s.polls:
		every = sweepPoll
	}
	return s.store.sweptAt.IsZero() || time.Since(s.store.sweptAt) >= every
}

// stored is a message in a storage.
type stored struct {
	index int
	pdu   string
	whole bool // the PDU has the length in its header
	own   bool // its status says that it was written or sent from here

	report *pdu.StatusReport // in text mode, in the place of the PDU
}

// newStored returns the message in two lines of a reply to +CMGL or +CMGR. Status is the
// first field of the header, if it has one, and the length of the TPDU in octets the
// last (TS 27.005 4.1).
func newStored(index int, status, length at.Parameter, line string) stored {
	const unsent, sent = 2, 3
	m := stored{index: index, pdu: strings.Trim(line, ` "`)}
	octets, ok := length.Number()
	m.whole = ok && pdu.Fits(m.pdu, octets)
	stat, ok := status.Number()
	m.own = ok && (stat == unsent || stat == sent)
	return m
}

// parseList returns the messages in the reply to +CMGL: pairs of a header and a PDU.
// Incomplete ones are left out; the next sweep finds them.
func parseList(info []string) []stored {
	var list []stored
	for i := 0; i < len(info); i++ {
		rest, ok := strings.CutPrefix(info[i], "+CMGL:")
		if !ok {
			continue
		}
		fields := at.ParseParameters(rest)
		index, ok := fields.At(0).Number()
		if !ok || i+1 == len(info) || strings.HasPrefix(info[i+1], "+") {
			continue
		}
		list = append(list, newStored(index, fields.At(1), fields.At(len(fields)-1), info[i+1]))
		i++
	}
	return list
}
