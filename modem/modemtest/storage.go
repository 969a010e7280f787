package modemtest

import (
	"fmt"
	"slices"
	"strings"
)

// Slots for messages, as on ordinary cards and modules.
const (
	simSlots   = 20
	modemSlots = 100
)

// store is a message memory; a slot keeps its index while others come and go.
type store struct {
	name  string
	slots []*stored
}

// stored is one received message.
type stored struct {
	read bool
	tpdu []byte
}

func newStore(name string, slots int) *store {
	return &store{name: name, slots: make([]*stored, slots)}
}

// put stores a TPDU and returns its index, from 1; ok is false when it is
// full.
func (s *store) put(tpdu []byte) (index int, ok bool) {
	free := slices.Index(s.slots, nil)
	if free < 0 {
		return 0, false
	}
	s.slots[free] = &stored{tpdu: tpdu}
	return free + 1, true
}

func (s *store) used() int {
	used := 0
	for _, slot := range s.slots {
		if slot != nil {
			used++
		}
	}
	return used
}

// memories are <mem1> to <mem3>: read and delete, write, receive.
const (
	memRead    = 0
	memReceive = 2
)

// storage is the memory with this name; nil when there is none.
func (m *Modem) storage(name string) *store {
	switch name {
	case "ME":
		return m.memory
	case "SM":
		return m.card.store
	}
	return nil
}

// preferredStorage is +CPMS (27.005 3.2.2).
func (m *Modem) preferredStorage(c command) answer {
	switch c.form {
	case test:
		return reply(`+CPMS: ("ME","SM"),("ME","SM"),("ME","SM")`)
	case set:
		for i, name := range c.fields() {
			if i >= len(m.mem) || m.storage(name) == nil {
				return fail(cmsNotAllowed)
			}
		}
		copy(m.mem[:], c.fields())
		m.collect()
	}
	var fields []string
	for _, name := range m.mem {
		s := m.storage(name)
		if c.form == read {
			fields = append(fields, fmt.Sprintf("%q", name))
		}
		fields = append(fields, fmt.Sprint(s.used()), fmt.Sprint(len(s.slots)))
	}
	return reply("+CPMS: %s", strings.Join(fields, ","))
}

// list is +CMGL (27.005 4.1): 0 unread, 1 read, 4 all.
func (m *Modem) list(c command) answer {
	stat, ok := c.number(0, 0)
	switch {
	case c.form == test:
		return reply("+CMGL: (0,1,4)")
	case m.numbers["+CMGF"] != 0:
		return fail(cmsNotSupported)
	case !ok:
		return fail(cmsBadPDU)
	}
	var a answer
	for i, slot := range m.storage(m.mem[memRead]).slots {
		if slot == nil || stat == 0 && slot.read || stat == 1 && !slot.read || stat == 2 || stat == 3 {
			continue
		}
		a.lines = append(a.lines, m.show(fmt.Sprintf("+CMGL: %d,", i+1), slot)...)
	}
	return a
}

// read is +CMGR (27.005 4.2). An empty slot answers OK alone.
func (m *Modem) read(c command) answer {
	if m.numbers["+CMGF"] != 0 {
		return fail(cmsNotSupported)
	}
	slot, err := m.slot(c)
	if err != nil {
		return fail(err)
	}
	if *slot == nil {
		return answer{}
	}
	return answer{lines: m.show("+CMGR: ", *slot)}
}

// delete is +CMGD (27.005 3.5.4): one index, or by the second argument all
// that are read (1 to 3) or all (4).
func (m *Modem) delete(c command) answer {
	if c.form == test {
		return reply("+CMGD: (1-%d),(0-4)", len(m.storage(m.mem[memRead]).slots))
	}
	flag, ok := c.number(1, 0)
	if !ok || flag > 4 {
		return fail(cmsBadPDU)
	}
	if flag > 0 {
		slots := m.storage(m.mem[memRead]).slots
		for i, slot := range slots {
			if slot != nil && (slot.read || flag == 4) {
				slots[i] = nil
			}
		}
		return answer{then: m.collect}
	}
	slot, err := m.slot(c)
	if err != nil {
		return fail(err)
	}
	*slot = nil
	return answer{then: m.collect}
}

// slot is the place in memory that a command names.
func (m *Modem) slot(c command) (**stored, error) {
	index, ok := c.number(0, 0)
	s := m.storage(m.mem[memRead])
	if !ok || index < 1 || index > len(s.slots) {
		return nil, cmsBadIndex
	}
	return &s.slots[index-1], nil
}

// show prints a stored message, which is read then.
func (m *Modem) show(prefix string, s *stored) []string {
	stat := 0
	if s.read {
		stat = 1
	}
	s.read = true
	length, line := pduLine(m.card.SMSC, s.tpdu)
	return []string{fmt.Sprintf("%s%d,,%d", prefix, stat, length), line}
}
