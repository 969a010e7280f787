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

// storage is a place in which a modem keeps messages (TS 27.005 3.2.2): "ME" its
// own memory, "SM" the SIM, "MT" both, "SR" status reports.
type storage struct {
	name        string
	used, total int
}

// storages are those of one session.
type storages struct {
	offered  []string // that can be read
	incoming string   // where messages come in, "" where the modem cannot be told
	selected string   // that commands to read and delete are about now
	sweptAt  time.Time
	again    bool           // the last sweep left something: it is to be repeated soon
	torn     map[string]int // how often a PDU of another length than its header's was read
}

const (
	listing    = 60 * time.Second // a storage of 255 messages takes 8 s on a UART
	sweepEvery = 10 * time.Minute // between sweeps that nothing asked for
	sweepPoll  = 10 * time.Second // the same on a modem that does not tell what comes in
	sweepAgain = 15 * time.Second // after one that failed
	simWaking  = 20               // seconds that the storage of a SIM may need after its PIN
)

// chooseStorage learns which storages there are, and has messages come into
// one of them. A SIM that has just been opened may be busy for a while.
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
	s.m.log.Warn("the modem lets no storage be chosen for incoming messages")
	return nil
}

// waitForStorage tries a command while the SIM says that it is busy.
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

// parseStorages reads the storages that can be read out of +CPMS=?: the names in
// the first pair of brackets.
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

// sweep reads every storage, hands on what is there, and deletes it, so that
// nothing depends on an unsolicited result having been heard.
func (s *session) sweep(ctx context.Context) error {
	s.store.sweptAt, s.store.again = time.Now(), false
	for _, name := range s.store.offered {
		if name == "MT" && len(s.store.offered) > 1 {
			continue // the union of others
		}
		if err := s.sweepOne(ctx, name); err != nil {
			return err
		}
	}
	return s.selectStorage(ctx, s.store.incoming)
}

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
		s.conn.Distrust() // some modems say ERROR and then OK of an empty storage
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

// noteStorage keeps the fill of the storage that matters.
func (s *session) noteStorage(st storage) {
	if st.name == s.store.incoming {
		s.m.learn(func(status *Status) { status.Storage = Storage{st.name, max(st.used, 0), st.total} })
	}
}

// selectStorage makes one the storage that is read and deleted from.
func (s *session) selectStorage(ctx context.Context, name string) error {
	if name == "" || name == s.store.selected {
		return nil
	}
	_, _, err := s.openStorage(ctx, name)
	return err
}

// openStorage selects a storage and returns how full it is.
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
		used = 1 // it does not tell: look
	}
	return storage{name: name, used: used, total: total}, true, nil
}

// sweepDue reports whether it is time for a sweep.
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

// stored is one message in a storage.
type stored struct {
	index int
	pdu   string
	whole bool // the PDU has the length that the header says
}

// newStored takes a message from two lines of a reply to +CMGL or +CMGR. The last
// field of the header is the length of the TPDU in octets (TS 27.005 4.1).
func newStored(index int, header, line string) stored {
	m := stored{index: index, pdu: strings.TrimSpace(line)}
	octets, err := strconv.Atoi(strings.TrimSpace(header[strings.LastIndexByte(header, ',')+1:]))
	m.whole = err == nil && pdu.Fits(m.pdu, octets)
	return m
}

// parseList reads the answer to +CMGL: pairs of a header and a PDU. What is torn
// is left out, and found by the next sweep.
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

// behind returns all behind the prefix of the first line that has it.
func behind(info []string, prefix string) string {
	for _, line := range info {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return rest
		}
	}
	return ""
}
