package line

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
)

// Lane is the priority of a message: a part of a lower lane goes first.
type Lane int

// The lanes. Codes always go before all else; see [Lane.Patience] for the others.
const (
	Codes Lane = iota
	Urgent
	Normal
	Bulk
	Lanes = iota // their number
)

var lanes = [Lanes]string{"code", "urgent", "normal", "bulk"}

// ParseLane returns the lane of messages with a name, Normal for "".
func ParseLane(name string) (Lane, error) {
	i := slices.Index(lanes[:], cmp.Or(name, lanes[Normal]))
	if i <= int(Codes) {
		return 0, fault.NewInvalid("priority", "there is no priority "+fault.Quote(name)+": use "+strings.Join(lanes[Urgent:], ", "))
	}
	return Lane(i), nil
}

// String returns the name of the lane.
func (l Lane) String() string { return lanes[l] }

// Patience is how long messages of the lane wait for those of lower lanes, but for codes:
// when none of them has had a turn for so long, one has. So no lane starves, and what is
// more urgent waits for one part more at most. 0 stands for no patience: the lane has no
// lower one than codes.
func (l Lane) Patience() time.Duration {
	switch l {
	case Normal:
		return 30 * time.Second
	case Bulk:
		return 2 * time.Minute
	}
	return 0
}

// Need is what a message asks of the line that takes it.
type Need struct {
	Line  int64 // it must be this one, 0 any
	Avoid int64 // not this one while there is another

	App     string
	Lane    Lane
	To      msisdn.Number
	Known   bool  // with a code: To has answered one of App before
	Parts   int   // that have not left yet
	AtOnce  int   // that leave as one unit, where these are several
	Charged int64 // the line in whose budget it is counted, 0 none

	met   map[meeting]bool  // the lines that have written to To
	taken map[meeting]usage // what App has taken of their budgets
	spent map[int64]int64   // and of the credit of each line
}

// Choose returns the line that takes a message, as an index, or -1 where it has to
// wait: of those that are free and have budget for it, the cheapest where prices are
// known, of these that with the fewest unknown outcomes, and of these the one that has
// rested longest. A line in quarantine is tried with a message when its time has come,
// with a code only where there is no other, and so is one whose credit is used up.
// passed says in words which lines could not take it, and why.
func Choose(n Need, all []Candidate) (chosen int, passed string) {
	best, onlyAvoided := -1, -1
	for i, c := range all {
		switch {
		case !c.Free(), n.Line != 0 && c.ID != n.Line, c.refuses(n).Until != 0:
		case n.Line == 0 && c.ID == n.Avoid:
			onlyAvoided = i
		case best < 0 || better(n, c, all[best]):
			best = i
		}
	}
	if best < 0 && !others(n, all) {
		best = onlyAvoided
	}
	if best < 0 {
		return best, ""
	}
	return best, passedOver(n, best, all)
}

func better(n Need, a, b Candidate) bool {
	if a.probing != b.probing {
		return a.probing == (n.Lane != Codes)
	}
	if a.noCredit != b.noCredit {
		return b.noCredit
	}
	if a.settings != nil && b.settings != nil {
		pa, known := a.settings.price(n.To)
		pb, both := b.settings.price(n.To)
		if known && both && pa != pb {
			return pa < pb
		}
	}
	if a.Unknowns != b.Unknowns {
		return a.Unknowns < b.Unknowns
	}
	return a.LastUsed < b.LastUsed
}

// passedOver says which lines could not take a message that goes to another, and
// why; what is merely busy, or dearer, is not among them.
func passedOver(n Need, chosen int, all []Candidate) string {
	var out []string
	for i, c := range all {
		if i == chosen || n.Line != 0 && c.ID != n.Line {
			continue
		}
		if why := c.whyNot(n); why != "" {
			out = append(out, why)
		}
	}
	return strings.Join(out, "; ")
}

// whyNot says why a line could not take a message, "" where it could, or will soon.
func (c Candidate) whyNot(n Need) string {
	switch refusal := c.refuses(n); {
	case c.State == InCall:
		return ""
	case c.State != Ready:
		return fmt.Sprintf(doing[c.State], c.Name)
	case c.Hold.Until != 0 && !c.Hold.Brief:
		return c.Name + " is held: " + c.Hold.Cause.Text
	case refusal.Until != 0:
		return c.Name + " has no budget: " + refusal.Cause.Text
	case c.probing:
		return c.Name + " is in quarantine"
	case c.noCredit:
		return c.Name + " has no credit"
	case c.ID == n.Avoid && n.Avoid != 0:
		return c.Name + " could not before"
	}
	return ""
}

// others reports whether any line but the one to be avoided is in service and
// has budget for the message, busy or not.
func others(n Need, all []Candidate) bool {
	for _, c := range all {
		if c.ID != n.Avoid && c.inService() && !c.probing && c.refuses(n).Until == 0 {
			return true
		}
	}
	return false
}
