package simulator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The number of slots for messages on the SIM and in the modem, and for status reports.
const (
	simSlots    = 20
	modemSlots  = 100
	reportSlots = 5
)

// store is a storage for messages. A message keeps the index of its slot.
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

// stored is a message in a storage.
type stored struct {
	stat int
	tpdu []byte
	smsc string // see [inbound]
}

func newStore(slots int) *store {
	return &store{slots: make([]*stored, slots)}
}

// Slots sets how many messages the SIM and the modem can store. The defaults are 20 and
// 100. A SIM that was in a modem before does not change.
func Slots(sim, modem int) ModemOption {
	return func(m *Modem) {
		m.simSlots = sim
		m.memory = newStore(modem)
	}
}

// NamelessIndex makes +CMTI and +CDSI report the index -1, as some Huawei sticks do.
func NamelessIndex() ModemOption {
	return func(m *Modem) { m.nameless = true }
}

// EmptySlotError makes +CMGR answer +CMS ERROR: 321 for an empty slot. The default is OK.
func EmptySlotError() ModemOption {
	return func(m *Modem) { m.emptySlotError = true }
}

// Store stores a TPDU, without the address of the SMSC, in the storage mem ("SM", "ME",
// "SR") and does not report it. Stat is 0 for unread, 1 for read, 2 for an unsent and 3
// for a sent SMS-SUBMIT. It returns the index, 0 if there is no room or no such storage.
func (m *Modem) Store(mem string, tpdu []byte, stat int) int {
	m.n.mu.Lock()
	defer m.n.unlock()
	return m.put(mem, &stored{stat: stat, tpdu: slices.Clone(tpdu)})
}

// Erase erases what is at an index of the storage mem, as its owner does in a phone.
func (m *Modem) Erase(mem string, index int) {
	m.n.mu.Lock()
	defer m.n.unlock()
	if slots := m.slots(mem); index >= 1 && index <= len(slots) {
		*slots[index-1] = nil
		m.toldFull = false
		m.collect()
	}
}

// Stored returns how many slots of the storage mem are in use.
func (m *Modem) Stored(mem string) int {
	m.n.mu.Lock()
	defer m.n.unlock()
	return used(m.slots(mem))
}

// slots returns the slots of the storage with this name, in the order of their index from
// 1; nil if there is none. MT has the slots of the modem and of the SIM.
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

// put stores a message and returns its index, 0 if there is no room.
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

// The indexes of <mem1>, for reading and deleting, and <mem3>, for receiving.
const (
	memRead    = 0
	memReceive = 2
)

// preferredStorage is +CPMS (27.005 3.2.2).
func (m *Modem) preferredStorage(c command) answer {
	switch c.form {
	case test:
		if m.deaf && m.storages == "" {
			return answer{}
		}
		if m.storages != "" {
			return reply("+CPMS: %s", m.storages)
		}
		names := `("` + strings.Join(m.memories, `","`) + `")`
		receiving := names
		if m.receiving != nil {
			receiving = `("` + strings.Join(m.receiving, `","`) + `")`
		}
		return reply("+CPMS: %s,%s,%s", names, names, receiving)
	case set:
		if m.names > 0 && len(c.fields()) > m.names {
			return fail(cmsNotAllowed)
		}
		for i, name := range c.fields() {
			if i >= len(m.mem) || !slices.Contains(m.memories, name) || i == memReceive && m.receiving != nil && !slices.Contains(m.receiving, name) {
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
	case c.form == test && m.textOnly:
		return reply(`+CMGL: ("%s","ALL")`, strings.Join(statusWords[:], `","`))
	case c.form == test:
		return reply("+CMGL: (0-4)")
	case m.textOnly && c.form == set && c.args != `"ALL"`:
		return fail(cmsBadText)
	case m.textMode():
		stat = statAll // by a word, which a host that believes in PDU mode does not give
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

// read is +CMGR (27.005 4.2).
func (m *Modem) read(c command) answer {
	slot, err := m.slot(c)
	switch {
	case err != nil:
		return fail(err)
	case *slot == nil:
		return m.emptySlot()
	}
	return answer{lines: m.show("+CMGR: ", *slot)}
}

// delete is +CMGD (27.005 3.5.4): one index or, by the second argument, all that are read
// (1), also those sent (2), also those unsent (3), or all (4).
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

// slot returns the slot whose index is the argument of a command.
func (m *Modem) slot(c command) (**stored, error) {
	index, ok := c.number(0, 0)
	slots := m.slots(m.mem[memRead])
	if !ok || index < 1 || index > len(slots) {
		return nil, cmsBadIndex
	}
	return slots[index-1], nil
}

// show returns the lines of a stored message, which counts as read then.
func (m *Modem) show(prefix string, s *stored) []string {
	if m.textMode() {
		return m.showText(prefix, s)
	}
	stat := s.stat
	if stat == statUnread {
		s.stat = statRead
	}
	length, line := pduLine(cmp.Or(s.smsc, m.card.SMSC), s.tpdu)
	return []string{fmt.Sprintf("%s%d,,%d", prefix, stat, length), line}
}
