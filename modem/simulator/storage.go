package simulator

import (
	"fmt"
	"slices"
	"strings"
)

// Slots for messages, as on ordinary cards and modules, and for the reports of
// those that keep them apart.
const (
	simSlots    = 20
	modemSlots  = 100
	reportSlots = 5
)

// store is a message memory; a slot keeps its index while others come and go.
type store struct {
	slots []*stored
}

// Values of <stat> (27.005 3.1).
const (
	statUnread = 0
	statRead   = 1
	statUnsent = 2
	statSent   = 3
	statAll    = 4
)

// stored is one message in memory.
type stored struct {
	stat int
	tpdu []byte
}

func newStore(slots int) *store {
	return &store{slots: make([]*stored, slots)}
}

// Slots sets how many messages the SIM and the modem itself can hold; the
// default is 20 and 100. A SIM that was in a modem before keeps its own.
func Slots(sim, modem int) ModemOption {
	return func(m *Modem) {
		m.simSlots = sim
		m.memory = newStore(modem)
	}
}

// NamelessIndex lets +CMTI and +CDSI say -1 where a message was stored, as some
// Huawei sticks do.
func NamelessIndex() ModemOption {
	return func(m *Modem) { m.nameless = true }
}

// EmptySlotError lets +CMGR answer +CMS ERROR: 321 for an empty slot; the
// default is OK alone.
func EmptySlotError() ModemOption {
	return func(m *Modem) { m.emptySlotError = true }
}

// Store puts a TPDU, without SMSC octets, into the memory mem ("SM", "ME",
// "SR") as if it had always been there: stat is 0 for unread, 1 for read, and 2
// or 3 for an SMS-SUBMIT that was not sent, or was. It returns the index, and 0
// when the memory is full or missing.
func (m *Modem) Store(mem string, tpdu []byte, stat int) int {
	m.n.mu.Lock()
	defer m.n.unlock()
	return m.put(mem, &stored{stat: stat, tpdu: slices.Clone(tpdu)})
}

// Stored is how many slots of the memory mem are in use.
func (m *Modem) Stored(mem string) int {
	m.n.mu.Lock()
	defer m.n.unlock()
	return used(m.slots(mem))
}

// slots are the places of the memory with this name, in the order of their
// index from 1; nil when there is none. MT is the modem's and the SIM's
// together.
func (m *Modem) slots(name string) []*(*stored) {
	var stores []*store
	switch name {
	case "ME":
		stores = []*store{m.memory}
	case "SR":
		stores = []*store{m.reports}
	case "SM", "MT":
		if m.card == nil {
			return nil
		}
		stores = []*store{m.card.store}
		if name == "MT" {
			stores = []*store{m.memory, m.card.store}
		}
	}
	var slots []**stored
	for _, s := range stores {
		for i := range s.slots {
			slots = append(slots, &s.slots[i])
		}
	}
	return slots
}

// put stores a message and returns its index; 0 means that it is full.
func (m *Modem) put(name string, message *stored) (index int) {
	for i, slot := range m.slots(name) {
		if *slot == nil {
			*slot = message
			return i + 1
		}
	}
	return 0
}

func used(slots []**stored) int {
	n := 0
	for _, slot := range slots {
		if *slot != nil {
			n++
		}
	}
	return n
}

// memories are <mem1> to <mem3>: read and delete, write, receive.
const (
	memRead    = 0
	memReceive = 2
)

// preferredStorage is +CPMS (27.005 3.2.2).
func (m *Modem) preferredStorage(c command) answer {
	switch c.form {
	case test:
		names := `("` + strings.Join(m.memories, `","`) + `")`
		return reply("+CPMS: %s,%s,%s", names, names, names)
	case set:
		for i, name := range c.fields() {
			if i >= len(m.mem) || !slices.Contains(m.memories, name) {
				return fail(cmsNotAllowed)
			}
		}
		copy(m.mem[:], c.fields())
		m.collect()
	}
	var fields []string
	for _, name := range m.mem {
		slots := m.slots(name)
		if c.form == read {
			fields = append(fields, fmt.Sprintf("%q", name))
		}
		fields = append(fields, fmt.Sprint(used(slots)), fmt.Sprint(len(slots)))
	}
	return reply("+CPMS: %s", strings.Join(fields, ","))
}

// list is +CMGL (27.005 4.1): by <stat>, or all.
func (m *Modem) list(c command) answer {
	stat, ok := c.number(0, statUnread)
	switch {
	case c.form == test:
		return reply("+CMGL: (0-4)")
	case m.numbers["+CMGF"] != 0:
		return fail(cmsNotSupported)
	case !ok || stat > statAll:
		return fail(cmsBadPDU)
	}
	var a answer
	for i, slot := range m.slots(m.mem[memRead]) {
		if *slot != nil && (stat == statAll || stat == (*slot).stat) {
			a.lines = append(a.lines, m.show(fmt.Sprintf("+CMGL: %d,", i+1), *slot)...)
		}
	}
	return a
}

// read is +CMGR (27.005 4.2). An empty slot answers OK alone, or in other ways.
func (m *Modem) read(c command) answer {
	if m.numbers["+CMGF"] != 0 {
		return fail(cmsNotSupported)
	}
	slot, err := m.slot(c)
	switch {
	case err != nil:
		return fail(err)
	case *slot == nil:
		return m.emptySlot()
	}
	return answer{lines: m.show("+CMGR: ", *slot)}
}

// delete is +CMGD (27.005 3.5.4): one index, or by the second argument all
// that are read (1), and sent (2), and not sent (3), or all (4).
func (m *Modem) delete(c command) answer {
	slots := m.slots(m.mem[memRead])
	if c.form == test {
		return reply("+CMGD: (1-%d),(0-4)", len(slots))
	}
	flag, ok := c.number(1, 0)
	if !ok || flag > 4 {
		return fail(cmsBadPDU)
	}
	freed := answer{then: func() {
		m.toldFull = false
		m.collect()
	}}
	if flag > 0 {
		doomed := []int{statRead, statSent, statUnsent, statUnread}[:flag]
		for _, slot := range slots {
			if *slot != nil && slices.Contains(doomed, (*slot).stat) {
				*slot = nil
			}
		}
		return freed
	}
	slot, err := m.slot(c)
	if err != nil {
		return fail(err)
	}
	*slot = nil
	return freed
}

// slot is the place in memory that a command names.
func (m *Modem) slot(c command) (**stored, error) {
	index, ok := c.number(0, 0)
	slots := m.slots(m.mem[memRead])
	if !ok || index < 1 || index > len(slots) {
		return nil, cmsBadIndex
	}
	return slots[index-1], nil
}

// show prints a stored message; one that was not read is so then.
func (m *Modem) show(prefix string, s *stored) []string {
	stat := s.stat
	if stat == statUnread {
		s.stat = statRead
	}
	length, line := pduLine(m.card.SMSC, s.tpdu)
	return []string{fmt.Sprintf("%s%d,,%d", prefix, stat, length), line}
}
