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
	To     string        // MSISDN with +
	Speech []int16       // all that is said, repeats included: 8000 samples a second
	Prompt []int16       // said again and again, before Speech, until a key is pressed; nil: Speech is said at once
	Again  bool          // key 1 says Speech again, at most twice, while the call lasts
	Text   string        // Speech in words, for modules that speak by themselves
	Locale string        // of Text, such as de-de
	Ring   time.Duration // until it is answered; 0: 45 s
	Limit  time.Duration // from the answer to the end; 0: 90 s
}

// CallOutcome is how a call that was dialled ended.
type CallOutcome string

// The outcomes of calls.
const (
	CallCompleted CallOutcome = "completed" // answered, and all was said
	CallHungUp    CallOutcome = "hung_up"   // answered, and over before all was said
	CallBusy      CallOutcome = "busy"
	CallNoAnswer  CallOutcome = "no_answer"
	CallRefused   CallOutcome = "refused" // by the network or the far end
	CallNotHeard  CallOutcome = "no_key"  // answered, but no key was pressed after the prompt: a voicemail
	CallFailed    CallOutcome = "failed"  // the modem could not: nobody was rung or, where it was answered, nothing could be heard
	CallUnknown   CallOutcome = "unknown" // the link was lost after dialling: not to be dialled again unasked
)

// CallResult is what became of a call.
type CallResult struct {
	Outcome  CallOutcome
	Cause    string // in words, for the owner; as the network tells it where it does
	Answered bool
	Duration time.Duration // from the answer to the end
	Keys     string        // pressed at the far end
	Strategy string        // how it was spoken: a Voice
}

// The limits of a [Call] that sets none.
const (
	DefaultRing      = 45 * time.Second // until it is answered
	DefaultCallLimit = 90 * time.Second // from the answer on
)

// The times of a call.
const (
	callPoll    = time.Second      // between looks at the list of calls
	clearWithin = 30 * time.Second // for all that ends a call, whatever the modem does
)

const callOp = "placing a call"

var dialable = regexp.MustCompile(`^\+[1-9][0-9]{2,14}$`)

// Call places a call and returns when it is over. One at a time: another is
// refused meanwhile, and messages wait. An [Error] says that nothing was
// dialled, and what to do next; the result of one that was dialled has no error.
// When ctx ends it is hung up, within half a minute.
func (m *Modem) Call(ctx context.Context, c Call) (CallResult, error) {
	r := CallResult{Outcome: CallFailed}
	s, err := m.ready(callOp)
	if err == nil {
		r, err = s.place(ctx, c)
	}
	if err != nil {
		r.Cause = Cause(err)
	}
	return r, err
}

// call is one that is being placed. It belongs to the goroutine of Call.
type call struct {
	Call
	s       *session
	way     way
	speaker speaker
	events  <-chan progress

	dial     chan error         // how the dial command ended
	dialling context.CancelFunc // gives it up
	accepted bool               // the modem took it
	listed   bool               // +CLCC has told of it
	unlisted int                // looks in a row in which it has not
	deaf     bool               // the modem has no list of calls
	told     progress           // how it ended, as the modem says and its list does not yet
	answered time.Time          // zero: not yet
	talked   chan error         // how the speaking ended
	said     atomic.Bool        // all has been said, once
	ended    *progress          // nil: it has not
	keys     string
	pressed  chan byte // keys, for who speaks
}

// place does what can be done before anything is dialled.
func (s *session) place(ctx context.Context, c Call) (CallResult, error) {
	r := CallResult{Outcome: CallFailed}
	if !dialable.MatchString(c.To) {
		return r, &Error{Op: callOp, Class: GiveUp, Code: -1, Cause: "this is no number that can be called: it must begin with + and have 3 to 15 digits"}
	}
	if c.Ring <= 0 {
		c.Ring = DefaultRing
	}
	if c.Limit <= 0 {
		c.Limit = DefaultCallLimit
	}
	ways := s.waysFor(c)
	if len(ways) == 0 {
		return r, &Error{Op: callOp, Class: OtherSIM, Code: -1, Cause: "this modem has no way of saying this in a call"}
	}
	events, ok := s.calls.begin()
	if !ok {
		return r, busyLine(callOp)
	}
	defer s.calls.end()
	if begun, err := s.m.change(InCall, "", Ready); !begun {
		return r, &Error{Op: callOp, Class: Device, Code: -1, Cause: "the modem is not ready", Err: err}
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

// busyLine is what is told to whoever cannot wait for the end of a call.
func busyLine(op string) error {
	return &Error{Op: op, Class: Retry, Code: -1, Cause: "a call is up on this modem"}
}

var errKeysUnheard = errors.New("this modem cannot tell that a key is pressed at the far end, and the call is to wait for one")

// notDialled says why nothing was dialled, and has the modem looked at where it
// deserves it.
func (k *call) notDialled(ctx context.Context, err error) error {
	cause, class := "the modem did not take the call", Device
	cme, numbered := errors.AsType[at.CMEError](err)
	switch {
	case ctx.Err() != nil:
		cause, class = "it was withdrawn before it was dialled", Retry
	case numbered:
		c := cmeCause(int(cme))
		cause, class = fmt.Sprintf("CME %d: %s", int(cme), c), c.class
	case refused(err):
		cause, class = "the modem refuses to dial: "+err.Error(), Retry
	default:
		k.s.doubt()
	}
	return &Error{Op: callOp, Class: class, Code: -1, Cause: cause, Tries: 2, Err: err}
}

// prepare readies the modem, and the first way of speaking that it is able to.
func (k *call) prepare(ctx context.Context, ways []way) error {
	for _, cmd := range k.s.profile.callSetUp {
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
	return &Error{Op: callOp, Class: class, Code: -1, Cause: "nothing can be said: " + why.Error(), Err: why}
}

// ring dials, and waits for the answer or the end. Its error means that nobody
// was rung.
func (k *call) ring(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return k.notDialled(ctx, err)
	}
	for len(k.events) > 0 {
		<-k.events // of a call before this one
	}
	// One that answers the command only when the far end has answered is given
	// as long as that may take.
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

// step waits for the next thing to happen to a call, and takes note of it. Its
// error is that of ring.
func (k *call) step(ctx context.Context, limit <-chan time.Time) error {
	poll := time.NewTimer(callPoll)
	defer poll.Stop()
	select {
	case <-ctx.Done():
		k.cut("it was withdrawn before it was over")
	case <-limit:
		if k.answered.IsZero() {
			k.cut("nobody answered within " + k.Ring.String())
		} else {
			k.cut("it was cut off after " + k.Limit.String())
		}
	case <-k.s.over:
		k.lose()
	case err := <-k.dial:
		return k.dialled(ctx, err)
	case err := <-k.talked:
		if k.talked = nil; ctx.Err() == nil {
			k.spoken(err)
			k.doubtLink(ctx)
		} // else it ended for that reason, which the next step takes
	case p := <-k.events:
		if k.note(p); p.kind == ended {
			k.look(ctx)
		}
	case <-poll.C:
		k.look(ctx)
	}
	return nil
}

// doubtLink asks the modem for anything where the sound has failed: one that was
// pulled out takes its two ports away one after the other.
func (k *call) doubtLink(ctx context.Context) {
	if k.ended == nil || k.ended.outcome != CallFailed || k.dial != nil {
		return
	}
	if _, _, err := k.s.listCalls(ctx); err != nil && ctx.Err() == nil {
		k.lose()
	}
}

// cut ends a call from this side.
func (k *call) cut(why string) {
	outcome := CallNoAnswer
	if !k.answered.IsZero() {
		outcome = CallHungUp
	}
	k.ended = &progress{kind: withdrawn, outcome: outcome, cause: why}
}

// lose ends a call of which nothing can be known any more.
func (k *call) lose() {
	k.ended = &progress{kind: lost, outcome: CallUnknown, cause: "the link to the modem was lost during the call"}
}

// dialled takes the answer to the dial command.
func (k *call) dialled(ctx context.Context, err error) error {
	k.dial = nil
	result, plain := errors.AsType[at.ResultError](err)
	switch {
	case err == nil:
		k.accepted, k.told = true, progress{} // what ended before was another
		for _, cmd := range k.way.dialled {
			if _, ok, err := k.s.try(ctx, cmd, command); err == nil && !ok {
				k.spoken(fmt.Errorf("the modem refuses AT%s", cmd))
			} // one that is silent now is found out by the next look
		}
	case plain && callResults[string(result)].kind == ended:
		p := callResults[string(result)]
		if p.outcome == CallFailed && !k.accepted {
			return &Error{Op: callOp, Class: OtherSIM, Code: -1, Cause: "the network offers this SIM no calls here (" + string(result) + ")", Err: err}
		}
		k.ended = &p
	case refused(err) && k.accepted:
		k.ended = &progress{kind: ended} // it has told of the call before
	case refused(err), errors.Is(err, at.ErrSilent):
		return k.notDialled(ctx, err) // one that is silent before the command has not had it
	case errors.Is(err, at.ErrTimeout):
		if k.answered.IsZero() {
			k.cut("nobody answered within " + k.Ring.String())
		} // else it has said so in another way
	default:
		k.lose()
	}
	return nil
}

// note takes what the modem tells of the call by itself.
func (k *call) note(p progress) {
	switch p.kind {
	case dialled, alerting:
		k.accepted = true
	case connected:
		k.accepted = true
		if k.answered.IsZero() {
			k.answered = time.Now()
		}
	case ended:
		if k.told.kind == nothing {
			k.told = p // the first word says most: NO CARRIER follows on anything
		}
		if k.deaf {
			k.ended = &k.told
		}
	case key:
		k.keys += string(p.key)
		select {
		case k.pressed <- p.key:
		default: // nobody waits for so many
		}
	}
}

// patience is how many looks in a row must miss a call until it is over: one that
// was just dialled is not listed at once.
const patience = 4

// look asks for the list of calls, which is the truth whatever was told. While
// the dial command has no answer nothing can be asked.
func (k *call) look(ctx context.Context) {
	if !k.accepted || k.dial != nil || k.deaf || k.ended != nil {
		return
	}
	list, ok, err := k.s.listCalls(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return // the next step knows it
	case err != nil:
		k.lose()
		return
	case !ok:
		k.deaf = true
		if k.told.kind == ended {
			k.ended = &k.told
		}
		return
	}
	for _, c := range list {
		if c.incoming {
			k.s.waiting(context.WithoutCancel(ctx), c.number)
			continue
		}
		k.listed, k.unlisted = true, 0
		k.note(progress{kind: c.kind()})
		return
	}
	if k.unlisted++; k.listed || k.told.kind == ended || k.unlisted >= patience {
		k.told.kind = ended
		k.ended = &k.told
	}
}
