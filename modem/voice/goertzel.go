package voice

import (
	"math"
	"strings"
)

// What counts as a key (ITU-T Q.23, and Q.24 for receivers). Blocks overlap by half. A
// block is a hit for a key if the key sounds in three quarters of it, so a tone of 40 ms,
// the shortest that must be accepted, always has five hits, and one of 23 ms, the longest
// that must be rejected, at most four.
const (
	block = 102 // samples, 12.75 ms, so that a filter is 78 Hz wide
	hits  = 5   // blocks in a row with a key until it counts as pressed
	gone  = 4   // blocks in a row without it until it counts as released

	leastLevel = -46.0 // dBFS, of each of the two tones
	mostTwist  = 10.0  // dB, between the two tones: telephone lines attenuate high tones more
	leastLead  = 6.0   // dB, of a tone over the others of its group
	leastShare = 0.75  // of the energy, in the two tones: voices have overtones
)

// The tones of a key: one of the rows and one of the columns.
var (
	tones = [8]float64{697, 770, 852, 941, 1209, 1336, 1477, 1633} // Hz
	keys  = [4][4]byte{{'1', '2', '3', 'A'}, {'4', '5', '6', 'B'}, {'7', '8', '9', 'C'}, {'*', '0', '#', 'D'}}
)

// unused are keys that telephones do not have. They are detected, so that they are not
// taken for others, but not returned: voices have overtones at their high tone.
const unused = "ABCD"

// Detector finds the keys in the sound of a call that are pressed at the far end. Its
// zero value is ready for use. It is not safe for concurrent use.
type Detector struct {
	banks [2]bank // the blocks of one are half a block ahead of those of the other
	at    int     // samples since the first bank began its block

	key     byte // of the last block, 0 for none
	run     int  // blocks in a row with key
	pressed byte // the key that is held down, 0 for none
	without int  // blocks in a row without pressed
}

// bank measures one block.
type bank struct {
	filters [8]filter
	energy  float64
}

// filter is a Goertzel filter, which measures one frequency with one multiplication for
// each sample.
type filter struct{ s1, s2 float64 }

// turns are the coefficients of the filters.
var turns = func() (c [8]float64) {
	for i, hz := range tones {
		c[i] = 2 * math.Cos(2*math.Pi*hz/Rate)
	}
	return c
}()

// Keys returns the keys that were pressed in these samples, which follow those of the last
// call of Keys. They are digits, * and #; a key that is held is returned once.
func (d *Detector) Keys(pcm []int16) string {
	var found []byte
	for _, v := range pcm {
		x := float64(v) / (1 << 15)
		for i := range d.banks {
			d.banks[i].add(x)
		}
		d.at = (d.at + 1) % block
		if d.at%(block/2) != 0 {
			continue
		}
		ended := &d.banks[d.at/(block/2)] // at 0 the first bank has ended its block, in the middle the second
		if key := d.press(ended.key()); key != 0 && strings.IndexByte(unused, key) < 0 {
			found = append(found, key)
		}
		*ended = bank{}
	}
	return string(found)
}

// add adds a sample, from -1 to 1, to the block.
func (b *bank) add(x float64) {
	for i := range b.filters {
		f := &b.filters[i]
		f.s1, f.s2 = x+turns[i]*f.s1-f.s2, f.s1
	}
	b.energy += x * x
}

// press processes the key of the next block, and returns the key that has just been
// pressed, 0 for none.
func (d *Detector) press(key byte) byte {
	if key != d.key {
		d.key, d.run = key, 0
	}
	d.run++
	if d.without++; key == d.pressed {
		d.without = 0
	}
	if d.without >= gone {
		d.pressed = 0
	}
	if key == 0 || key == d.pressed || d.run < hits {
		return 0
	}
	d.pressed, d.without = key, 0
	return key
}

// key returns the key of the block, 0 for none.
func (b *bank) key() byte {
	var power [8]float64 // the square of each tone's amplitude
	for i, f := range b.filters {
		power[i] = (f.s1*f.s1 + f.s2*f.s2 - turns[i]*f.s1*f.s2) / (block * block / 4)
	}
	all := 2 * b.energy / block // the same for one tone with all the energy

	row, rowLeads := strongest(power[:4])
	column, columnLeads := strongest(power[4:])
	low, high := power[row], power[4+column]
	switch {
	case !rowLeads || !columnLeads,
		min(low, high) < decibels(leastLevel),
		max(low, high) > min(low, high)*decibels(mostTwist),
		low+high < leastShare*all:
		return 0
	}
	return keys[row][column]
}

// strongest returns the strongest tone of a group, and whether it exceeds the others by
// leastLead.
func strongest(power []float64) (best int, leads bool) {
	for i, p := range power {
		if p > power[best] {
			best = i
		}
	}
	for i, p := range power {
		if i != best && p*decibels(leastLead) > power[best] {
			return best, false
		}
	}
	return best, true
}

// decibels returns the ratio of powers of a level in dB.
func decibels(db float64) float64 { return math.Pow(10, db/10) }
