package webhook

import (
	"time"

	"simgate/gateway/clock"
)

// receiver is what takes turns: an app, and an origin that its deliveries go to.
// A server that two apps use is two receivers, so that what one of them gets from
// it says nothing about the other.
type receiver struct{ app, origin string }

// turns decides which deliveries are made next. Each receiver gets one delivery
// at a time. Among apps it is the turn of the one with the fewest deliveries under
// way, then of the one that was served longest ago; among the receivers of an app
// of one that has answered, then of the one that was served longest ago. It is
// not safe for concurrent use.
type turns struct {
	slots     int // deliveries under way at most
	busy      int
	given     int64
	apps      map[string]*appTurns
	receivers map[receiver]*receiverTurns
}

type appTurns struct {
	busy int
	last int64 // turn
}

type receiverTurns struct {
	busy     bool
	last     int64      // turn
	failures int        // tries in a row without an answer
	until    clock.Tick // before which it is left alone
}

// rests are for how long a receiver is left alone after so many tries in a row
// that it did not answer; the last one is repeated.
var rests = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute}

func newTurns(slots int) *turns {
	return &turns{slots: slots, apps: map[string]*appTurns{}, receivers: map[receiver]*receiverTurns{}}
}

// take returns the deliveries to make now, of the first that is pending of each
// receiver, and the tick at which another may be due, 0 for none.
func (t *turns) take(heads []Delivery, tick clock.Tick) (now []Delivery, next clock.Tick) {
	t.forget(heads, tick)
	var due []Delivery
	for _, d := range heads {
		r := t.receiver(d.receiver())
		at := max(d.due, r.until)
		switch {
		case r.busy:
		case at <= tick:
			due = append(due, d)
		case next == 0 || at < next:
			next = at
		}
	}
	for {
		best := -1
		for i, d := range due {
			if t.allowed(d.receiver()) && (best < 0 || t.before(d.receiver(), due[best].receiver())) {
				best = i
			}
		}
		if best < 0 {
			return now, next
		}
		t.begin(due[best].receiver())
		now = append(now, due[best])
	}
}

// allowed reports whether a receiver may have a slot. An app gets another one
// only while more are free than it has, so that the last are never taken by one
// app that many wait behind.
func (t *turns) allowed(r receiver) bool {
	return !t.receiver(r).busy && t.app(r.app).busy < t.slots-t.busy
}

// before reports whether it is a's turn before b's.
func (t *turns) before(a, b receiver) bool {
	if x, y := t.app(a.app), t.app(b.app); x != y {
		return x.busy < y.busy || x.busy == y.busy && x.last < y.last
	}
	x, y := t.receiver(a), t.receiver(b)
	if (x.failures > 0) != (y.failures > 0) {
		return y.failures > 0
	}
	return x.last < y.last
}

func (t *turns) begin(r receiver) {
	t.given++
	t.busy++
	a, o := t.app(r.app), t.receiver(r)
	a.busy++
	o.busy = true
	a.last, o.last = t.given, t.given
}

// end frees the slot of a receiver. One that has not answered rests.
func (t *turns) end(r receiver, answered bool, tick clock.Tick) {
	t.busy--
	t.app(r.app).busy--
	o := t.receiver(r)
	o.busy = false
	if answered {
		o.failures, o.until = 0, 0
		return
	}
	o.failures++
	o.until = tick.Add(jitter(rests[min(o.failures, len(rests))-1]))
}

func (t *turns) full() bool { return t.busy >= t.slots }

func (t *turns) app(name string) *appTurns {
	a := t.apps[name]
	if a == nil {
		a = &appTurns{}
		t.apps[name] = a
	}
	return a
}

func (t *turns) receiver(r receiver) *receiverTurns {
	o := t.receivers[r]
	if o == nil {
		o = &receiverTurns{}
		t.receivers[r] = o
	}
	return o
}

// forget drops receivers for which nothing is pending, once there are many: an
// app may name a new one with every request.
func (t *turns) forget(heads []Delivery, tick clock.Tick) {
	if len(t.receivers) < 2*len(heads)+256 {
		return
	}
	pending := map[receiver]bool{}
	for _, d := range heads {
		pending[d.receiver()] = true
	}
	for r, o := range t.receivers {
		if !o.busy && !pending[r] && o.until <= tick {
			delete(t.receivers, r)
		}
	}
}
