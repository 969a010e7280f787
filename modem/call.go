package modem

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"
	"time"

	"simgate/modem/at"
)

// Call is a call to be placed: who is called, and what is said.
type Call struct {
	To     string        // MSISDN with "+"
	Speech []int16       // all that is said, repeats included: 8000 samples a second
	Prompt []int16       // repeated before Speech until a key is pressed; nil: Speech is said at once
	Again  bool          // key 1 repeats Speech, at most twice
	Text   string        // Speech as text, for modules that speak by themselves
	Locale string        // of Text, as de-de
	Played bool          // Speech is rather played than Text is read, as what the owner recorded
	Ring   time.Duration // limit from dialling to the answer; 0 is 45 s
	Limit  time.Duration // limit from the answer to the end; 0 is 90 s
}

// CallOutcome is how a call that was dialled ended.
type CallOutcome string

// The outcomes of calls.
const (
	CallCompleted CallOutcome = "completed" // answered, and all was said
	CallHungUp    CallOutcome = "hung_up"   // answered, but over before all was said
	CallBusy      CallOutcome = "busy"
	CallNoAnswer  CallOutcome = "no_answer"
	CallRefused   CallOutcome = "refused" // by the network or the far end
	CallNotHeard  CallOutcome = "no_key"  // answered, but no key was pressed after the prompt, as by a voicemail
	CallFailed    CallOutcome = "failed"  // the modem failed: the far end did not ring or, if it answered, heard nothing
	CallUnknown   CallOutcome = "unknown" // the link to the modem was lost after dialling; must not be dialled again unasked
)

// CallResult is how a call ended.
type CallResult struct {
	Outcome   CallOutcome
	Cause     string // in words, for the owner; that of the network, if it gives one
	CauseCode string // of Cause, for programs, as [Causes] lists them
	Answered  bool
	Duration  time.Duration // from the answer to the end
	Keys      string        // pressed at the far end
	Strategy  string        // the [Voice] that was used
}

// The limits of a [Call] that sets none.
const (
	DefaultRing      = 45 * time.Second // until it is answered
	DefaultCallLimit = 90 * time.Second // from the answer on
)

// The times of a call.
const (
	callPoll    = time.Second      // between queries of the list of calls
	clearWithin = 30 * time.Second // limit of hanging up and cleaning up
)

const callOp = "placing a call"

// callsWait has the modem report calls that come in during another (TS 27.007 7.12). It
// does not switch the service of the network on or off.
const callsWait = "+CCWA=1"

var dialable = regexp.MustCompile(`^\+[1-9][0-9]{2,14}$`)

// Call places a call and returns when it is over. During a call another is refused,
// and messages wait. If nothing was dialled, the error is an [Error] that says what to
// do next; if it was, the error is nil. When ctx ends the call is hung up, within half
// a minute.
func (m *Modem) Call(ctx context.Context, c Call) (CallResult, error) {
	r := CallResult{Outcome: CallFailed}
	s, err := m.ready(callOp)
	if err == nil {
		r, err = s.place(ctx, c)
	}
	if err != nil {
		r.Cause = CauseOf(err)
		if e, ok := errors.AsType[*Error](err); ok {
			r.CauseCode = e.CauseCode
		}
	}
	return r, err
}

// call is a call in progress. It belongs to the goroutine of Call.
type call struct {
	Call
	s       *session
	way     way
	speaker speaker
	events  <-chan progress

	dial     chan error         // receives the result of the dial command; nil: there is none to come
	dialling context.CancelFunc // gives the dial command up
	accepted bool               // the modem has accepted the dial command
	listed   bool               // the call was in the list of calls
	unlisted int                // queries in a row in which it was not
	noList   bool               // the modem has no list of calls
	told     progress           // the end of the call, as reported while the list still has the call
	alerted  time.Time          // when the far end began to ring; zero: that was not reported
	answered time.Time          // zero: not yet
	talked   chan error         // receives the result of speaking
	said     atomic.Bool        // all has been said once
	doubtful atomic.Bool        // perhaps nobody has answered yet: see ringback
	ended    *progress          // nil: the call is not over
	keys     string             // pressed so far
	pressed  chan byte          // keys, for the goroutine that speaks
}

// place takes the voice line, prepares the call, dials and speaks.
func (s *session) place(ctx context.Context, c Call) (CallResult, error) {
	r := CallResult{Outcome: CallFailed}
	if !dialable.MatchString(c.To) {
		return r, wrongNumber.fails(callOp, GiveUp, nil)
	}
	if c.Ring <= 0 {
		c.Ring = DefaultRing
	}
	if c.Limit <= 0 {
		c.Limit = DefaultCallLimit
	}
	ways := s.waysFor(c)
	if len(ways) == 0 {
		return r, cannotSay.fails(callOp, OtherSIM, nil)
	}
	events, ok := s.calls.begin()
	if !ok {
		return r, busyLine(callOp)
	}
	defer s.calls.end()
	if begun, err := s.m.change(InCall, "", Ready); !begun {
		return r, notReady.fails(callOp, Device, err)
	}
	defer s.m.change(Ready, "", InCall) //nolint:errcheck // the map allows it
	k := &call{Call: c, s: s, events: events, pressed: make(chan byte, 64)}
	defer k.cleanUp(context.WithoutCancel(ctx))
	if err := k.prepare(ctx, ways); err != nil {
		return r, err
	}
	r.Strategy = string(k.way.voice)
	if err := k.ring(ctx); err != nil {
		return r, err
	}
	if k.ended == nil {
		k.speak(ctx)
	}
	return k.result(context.WithoutCancel(ctx), r), nil
}

// busyLine is the error of what is refused during a call.
func busyLine(op string) error {
	e := inACall.fails(op, Retry, nil)
	e.Busy = true
	return e
}

var errKeysUnheard = errors.New("the call waits for a key, and this modem cannot detect keys of the far end")

// notDialled returns the error of a call that was not dialled. If the modem seems to be
// at fault, it is checked.
func (k *call) notDialled(ctx context.Context, err error) error {
	cause, class := callNotTaken.because(), Device
	cme, numbered := errors.AsType[at.CMEError](err)
	switch {
	case ctx.Err() != nil:
		cause, class = callUndialled.because(), Retry
	case numbered:
		cause, class = cmeBecause(int(cme)), cmeCause(int(cme)).class
	case refused(err):
		cause, class = dialRefused.because(err), Retry
	default:
		k.s.doubt()
	}
	e := cause.fails(callOp, class, err)
	e.Tries = 2
	return e
}

// prepare sets the modem up for the call, with the first way of speaking that works.
func (k *call) prepare(ctx context.Context, ways []way) error {
	for _, cmd := range append([]string{callsWait}, k.s.profile.callSetUp...) {
		if _, _, err := k.s.try(ctx, cmd, command); err != nil {
			return k.notDialled(ctx, err)
		}
	}
	keysTold := false
	if cmd := k.s.profile.keys; cmd != "" {
		var err error
		if _, keysTold, err = k.s.try(ctx, cmd, command); err != nil {
			return k.notDialled(ctx, err)
		}
	}
	var why error
	for _, w := range ways {
		var heard func(string)
		switch {
		case keysTold:
		case w.brings():
			heard = k.s.calls.pressed
		case k.Prompt != nil:
			why = errKeysUnheard
			continue
		}
		sp := w.speaker(k.s, w, heard)
		why = sp.prepare(ctx, k.utterances())
		if why == nil {
			k.way, k.speaker = w, sp
			return nil
		}
		_ = sp.end(context.WithoutCancel(ctx))
		if ctx.Err() != nil || errors.Is(why, at.ErrClosed) || errors.Is(why, at.ErrTimeout) || errors.Is(why, at.ErrSilent) {
			return k.notDialled(ctx, why)
		}
		k.s.m.failedAt(w, why)
	}
	class := Device
	if errors.Is(why, errKeysUnheard) {
		class = OtherSIM
	}
	return nothingToSay.fails(callOp, class, why, why)
}

// ring dials, and waits until the call is answered or over. Its error means that
// nothing was dialled.
func (k *call) ring(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return k.notDialled(ctx, err)
	}
	for len(k.events) > 0 {
		<-k.events // of a call before this one
	}
	// Some modems answer the command only when the far end has answered.
	dialling, stop := context.WithCancel(context.WithoutCancel(ctx))
	k.dial, k.dialling = make(chan error, 1), stop
	go func() {
		_, err := k.s.conn.Command(dialling, "D"+k.To+";", k.Ring)
		k.dial <- err
	}()
	limit := time.NewTimer(k.Ring)
	defer limit.Stop()
	for k.answered.IsZero() && k.ended == nil {
		if err := k.step(ctx, limit.C); err != nil {
			return err
		}
	}
	return nil
}

// step waits for the next event of the call, and processes it. Its error is that of
// ring.
func (k *call) step(ctx context.Context, limit <-chan time.Time) error {
	poll := time.NewTimer(callPoll)
	defer poll.Stop()
	select {
	case <-ctx.Done():
		k.cut(callCut.because())
	case <-limit:
		if k.answered.IsZero() {
			k.cut(callRang.because(k.Ring))
		} else {
			k.cut(callTooLong.because(k.Limit))
		}
	case <-k.s.over:
		k.lose()
	case err := <-k.dial:
		return k.dialled(ctx, err)
	case err := <-k.talked:
		if k.talked = nil; ctx.Err() == nil {
			k.spoken(err)
			k.doubtLink(ctx)
		} // else speaking ended because ctx did, which the next step sees
	case p := <-k.events:
		if k.note(p); p.kind == ended {
			k.query(ctx)
		}
	case <-poll.C:
		k.query(ctx)
	}
	return nil
}

// doubtLink checks the modem when its sound has failed: the two ports of a modem that
// is unplugged disappear one after the other.
func (k *call) doubtLink(ctx context.Context) {
	if k.ended == nil || k.ended.outcome != CallFailed || k.dial != nil {
		return
	}
	if _, _, err := k.s.listCalls(ctx); err != nil && ctx.Err() == nil {
		k.lose()
	}
}

// cut ends a call from this side.
func (k *call) cut(why because) {
	outcome := CallNoAnswer
	if !k.answered.IsZero() {
		outcome = CallHungUp
	}
	k.ended = &progress{kind: withdrawn, outcome: outcome, cause: why}
}

// lose ends a call whose outcome cannot be known any more.
func (k *call) lose() {
	k.ended = &progress{kind: lost, outcome: CallUnknown, cause: linkLost.because()}
}

// dialled processes the result of the dial command. Its error is that of ring.
func (k *call) dialled(ctx context.Context, err error) error {
	k.dial = nil
	result, plain := errors.AsType[at.ResultError](err)
	switch {
	case err == nil:
		k.accepted, k.told = true, progress{} // an end that was reported before is that of another call
		for _, cmd := range k.way.dialled {
			if _, ok, err := k.s.try(ctx, cmd, command); err == nil && !ok {
				k.spoken(fmt.Errorf("the modem refuses AT%s", cmd))
			} // a modem that does not answer is noticed at the next query
		}
	case plain && callResults[string(result)].kind == ended:
		p := callResults[string(result)]
		if p.outcome == CallFailed && !k.accepted {
			return noCalls.fails(callOp, OtherSIM, err, string(result))
		}
		k.ended = &p
	case refused(err) && k.accepted:
		k.ended = &progress{kind: ended} // it had reported the call before
	case refused(err), errors.Is(err, at.ErrSilent):
		return k.notDialled(ctx, err) // ErrSilent: the command was not sent
	case errors.Is(err, at.ErrTimeout):
		if k.answered.IsZero() {
			k.cut(callRang.because(k.Ring))
		} // else the answer was reported in another way
	default:
		k.lose()
	}
	return nil
}

// note processes what the modem reports of the call.
func (k *call) note(p progress) {
	switch p.kind {
	case dialled:
		k.accepted = true
	case alerting:
		k.accepted = true
		if k.alerted.IsZero() {
			k.alerted = time.Now()
			k.doubtAnswer()
		}
	case connected:
		k.accepted = true
		if k.answered.IsZero() {
			k.answered = time.Now()
			k.doubtAnswer()
		}
	case ended:
		if k.told.kind == nothing {
			k.told = p // the first says most: NO CARRIER follows any other
		}
		if k.noList {
			k.ended = &k.told
		}
	case key:
		k.keys += string(p.key)
		select {
		case k.pressed <- p.key:
		default: // so many are not needed
		}
	}
}

// missedQueries is how many queries in a row must not list a call until it counts as
// over: a call is not listed right after dialling.
const missedQueries = 4

// query gets the list of calls, which decides whatever was reported. It does nothing
// until the dial command is answered: no other command can run before.
func (k *call) query(ctx context.Context) {
	if !k.accepted || k.dial != nil || k.noList || k.ended != nil {
		return
	}
	list, ok, err := k.s.listCalls(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return // which the next step sees
	case err != nil:
		k.lose()
		return
	case !ok:
		k.noList = true
		if k.told.kind == ended {
			k.ended = &k.told
		}
		return
	}
	ours := false
	for _, c := range list {
		switch {
		case c.incoming:
			k.s.waiting(context.WithoutCancel(ctx), c.number)
		case !ours:
			ours, k.listed, k.unlisted = true, true, 0
			k.note(progress{kind: c.kind()})
		}
	}
	if ours {
		return
	}
	if k.unlisted++; k.listed || k.told.kind == ended || k.unlisted >= missedQueries {
		k.told.kind = ended
		k.ended = &k.told
	}
}
