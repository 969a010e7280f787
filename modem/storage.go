package modem

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	offered  []string // that can be read
	incoming string   // for incoming messages, "" if none can be chosen
	selected string   // that commands read and delete from
	sweptAt  time.Time
	again    bool           // the next sweep is due soon: the last was not complete
	torn     map[string]int // how often each PDU of the wrong length was read
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
	s.store = storages{again: true, torn: map[string]int{}}
	info, ok, err := s.waitForStorage(ctx, "+CPMS=?")
	if err != nil {
		return err
	}
	if ok {
		s.store.offered = parseStorages(behind(info, "+CPMS:"))
	}
	if len(s.store.offered) == 0 {
		s.store.offered = []string{"SM"}
	}
	for _, name := range s.profile.storages {
		if ok && !slices.Contains(s.store.offered, name) {
			continue
		}
		_, taken, err := s.waitForStorage(ctx, fmt.Sprintf(`+CPMS="%[1]s","%[1]s","%[1]s"`, name))
		if err != nil {
			return err
		}
		if taken {
			s.store.incoming, s.store.selected = name, name
			return nil
		}
	}
	s.m.log.Warn("the storage for incoming messages cannot be chosen")
	return nil
}

// waitForStorage repeats a command while the SIM is busy, and reports whether the modem
// did not refuse it.
func (s *session) waitForStorage(ctx context.Context, cmd string) (info []string, ok bool, err error) {
	for range simWaking {
		info, err = s.conn.Command(ctx, cmd, command)
		if err == nil {
			return info, true, nil
		}
		if !refused(err) {
			return nil, false, fmt.Errorf("AT%s: %w", cmd, err)
		}
		if !busySIM(err) {
			return nil, false, nil
		}
		if err := sleep(ctx, time.Second); err != nil {
			return nil, false, err
		}
	}
	return nil, false, nil
}

// parseStorages returns the storages that can be read, from the parameters of the reply
// to +CPMS=?: the names in the first pair of brackets.
func parseStorages(answer string) []string {
	_, rest, ok := strings.Cut(answer, "(")
	if !ok {
		return nil
	}
	first, _, _ := strings.Cut(rest, ")")
	var names []string
	for _, name := range splitFields(first) {
		if name != "" && name != "BM" { // BM holds cell broadcasts
			names = append(names, name)
		}
	}
	return names
}

// sweep reads every storage, gives what is there to the handler, and deletes it, so
// that no message is lost if the modem does not report it.
func (s *session) sweep(ctx context.Context) error {
	s.store.sweptAt, s.store.again = time.Now(), false
	for _, name := range s.store.offered {
		if name == "MT" && len(s.store.offered) > 1 {
			continue // it holds what the others hold
		}
		if err := s.sweepOne(ctx, name); err != nil {
			return err
		}
	}
	return s.selectStorage(ctx, s.store.incoming)
}

// sweepOne sweeps one storage.
func (s *session) sweepOne(ctx context.Context, name string) error {
	st, ok, err := s.openStorage(ctx, name)
	if err != nil || !ok {
		return err
	}
	if st.used == 0 {
		s.noteStorage(st)
		return nil
	}
	info, ok, err := s.try(ctx, "+CMGL=4", listing)
	if err != nil {
		return err
	}
	if !ok {
		s.conn.Distrust() // some answer ERROR and then OK for an empty storage
		return nil
	}
	for _, m := range parseList(info) {
		removed, err := s.settleStored(ctx, m)
		if err != nil {
			return err
		}
		if removed {
			st.used--
		}
	}
	s.noteStorage(st)
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
	if name == "" || name == s.store.selected {
		return nil
	}
	_, _, err := s.openStorage(ctx, name)
	return err
}

// openStorage selects a storage and returns how full it is. It reports false if the
// modem refuses.
func (s *session) openStorage(ctx context.Context, name string) (storage, bool, error) {
	info, ok, err := s.try(ctx, fmt.Sprintf("+CPMS=%q", name), slowCommand)
	if err != nil || !ok {
		s.store.again = s.store.again || name == s.store.incoming
		return storage{}, false, err
	}
	s.store.selected = name
	used, _ := strconv.Atoi(field(info, "+CPMS:", 0))
	total, err := strconv.Atoi(field(info, "+CPMS:", 1))
	if err != nil {
		used = 1 // unknown: it may hold something
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
}

// newStored returns the message in two lines of a reply to +CMGL or +CMGR. The last
// field of the header is the length of the TPDU in octets (TS 27.005 4.1).
func newStored(index int, header, line string) stored {
	m := stored{index: index, pdu: strings.TrimSpace(line)}
	octets, err := strconv.Atoi(strings.TrimSpace(header[strings.LastIndexByte(header, ',')+1:]))
	m.whole = err == nil && pdu.Fits(m.pdu, octets)
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
		first, _, _ := strings.Cut(rest, ",")
		index, err := strconv.Atoi(strings.TrimSpace(first))
		if err != nil || i+1 == len(info) || strings.HasPrefix(info[i+1], "+") {
			continue
		}
		list = append(list, newStored(index, info[i], info[i+1]))
		i++
	}
	return list
}

// behind returns what follows the prefix in the first line that has it, "" if none has.
func behind(info []string, prefix string) string {
	for _, line := range info {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return rest
		}
	}
	return ""
}
