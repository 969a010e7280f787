package call

import (
	"context"
	"strings"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Speaker is a line that may be able to place calls. It is safe for concurrent use.
type Speaker interface {
	// Name names the line in words.
	Name() string
	// Ways returns how the line can speak, the way it prefers first; none: it cannot.
	Ways() []Way
	// Place places a call and returns when it is over. An error says that nothing was
	// dialled; it may be a [NotDialled]. When ctx ends the call is hung up.
	Place(context.Context, Spoken) (Result, error)
}

// Way is how a line brings what is said into a call.
type Way int

// The ways.
const (
	Plays Way = iota // the sound
	Reads            // the text, with a speech of its own
)

// Spoken is a call as a [Speaker] takes it.
type Spoken struct {
	To     msisdn.Number
	Sound  []int16 // all that is said: 8000 samples a second; nil where it can only be read
	Prompt []int16 // said again and again, before Sound, until a key is pressed; nil: Sound is said at once
	Text   string  // Sound in words; "" for a file
	Locale string  // of Text
	Played bool    // Sound is rather played than Text is read: the owner recorded it
	Ring   time.Duration
	Limit  time.Duration
}

// Result is what became of a call that was dialled.
type Result struct {
	State    State
	Cause    cause.Cause
	Answered bool
	Duration time.Duration // from the answer to the end
	Keys     string        // that were pressed
	Voice    string        // how it was spoken
}

// NotDialled is why a call was not dialled.
type NotDialled struct {
	Cause cause.Cause
	Final bool // no line can dial this number
	Busy  bool // the line has another call
}

func (e *NotDialled) Error() string { return e.Cause.Text }

// Condition is what a line can do at one moment.
type Condition struct {
	Line int64  // the SIM, 0: not known yet
	Why  string // why it places no call now, in words; "" it does
	// Codes says that a message with a code waits for this line. It goes before the next
	// call.
	Codes bool
	// NoVoLTE says that the line is on LTE, which does not carry its calls: each needs
	// another network, where there may be none.
	NoVoLTE bool
}

// candidate is a line at one moment.
type candidate struct {
	Speaker
	line    int64
	why     string // why it places no call now
	noVoLTE bool
	last    clock.Uptime // when it ended its last call
}

// sendsCodes is why a line places no call that sends codes first.
const sendsCodes = "sends codes first"

// candidates returns all lines, and the calls that are up. A line that has a call takes
// no other, from the moment on in which the call was claimed.
func (c *Calls) candidates(tx *store.Tx) (all []candidate, up []row, err error) {
	if up, err = calling(tx); err != nil {
		return nil, nil, err
	}
	conditions, err := c.cfg.Look(tx)
	if err != nil {
		return nil, nil, err
	}
	all = make([]candidate, len(c.cfg.Speakers))
	for i, s := range c.cfg.Speakers {
		all[i] = candidate{Speaker: s, line: conditions[i].Line, why: conditions[i].Why, noVoLTE: conditions[i].NoVoLTE}
		if all[i].why == "" && conditions[i].Codes {
			all[i].why = sendsCodes
		}
		for _, r := range up {
			if r.Line == all[i].line {
				all[i].why = "has a call"
			}
		}
	}
	return all, up, nil
}

// choose returns the line for a call, as an index, or -1: of those that can say it now
// the one whose last call is longest ago, and one that is on LTE without VoLTE only where
// there is no other. passed says why the others cannot.
func (c *Calls) choose(r row, all []candidate) (best int, passed string) {
	best = -1
	var why []string
	for i, l := range all {
		switch not := c.cannotSay(content{r.Locale, r.File != "", r.Ref != ""}, l.Ways()); {
		case r.Pinned != 0 && l.line != r.Pinned:
		case not != "":
			why = append(why, l.Name()+" "+not)
		case l.why != "":
			why = append(why, l.Name()+" "+l.why)
		case best < 0 || better(l, all[best]):
			best = i
		}
	}
	for i, l := range all {
		if best >= 0 && !all[best].noVoLTE && i != best && l.noVoLTE && l.why == "" && (r.Pinned == 0 || l.line == r.Pinned) {
			why = append(why, l.Name()+" is on LTE without VoLTE")
		}
	}
	if best < 0 && len(why) == 0 {
		return -1, "there is no line for it"
	}
	return best, strings.Join(why, "; ")
}

// better reports whether a call is rather given to a than to b.
func better(a, b candidate) bool {
	if a.noVoLTE != b.noVoLTE {
		return b.noVoLTE
	}
	return a.last < b.last
}
