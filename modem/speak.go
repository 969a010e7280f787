package modem

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"simgate/modem/at"
)

// The times of what is said.
const (
	promptFor   = 30 * time.Second // how long a key is asked for
	promptPause = 2 * time.Second  // between two prompts
	againWait   = 5 * time.Second  // for key 1, when all has been said
	maxAgain    = 2                // as often key 1 says it again
)

// utterance is something to be said in a call.
type utterance struct {
	name string // of the file, where it becomes one
	pcm  []int16
	text string // the same in words, "" where they are not known
}

func (k *call) prompt() utterance { return utterance{name: "prompt", pcm: k.Prompt} }
func (k *call) speech() utterance { return utterance{name: "speech", pcm: k.Speech, text: k.Text} }

// utterances are all that the call may have to say.
func (k *call) utterances() []utterance {
	if k.Prompt == nil {
		return []utterance{k.speech()}
	}
	return []utterance{k.prompt(), k.speech()}
}

var errNoKey = errors.New("no key was pressed: nobody, or a voicemail, listened")

// speak says what is to be said, and returns when the call is over or is to be.
func (k *call) speak(ctx context.Context) {
	talking, stop := context.WithCancel(ctx)
	talked := make(chan error, 1)
	k.talked = talked
	over := make(chan struct{})
	go func() {
		defer close(over)
		talked <- k.talk(talking)
	}()
	limit := time.NewTimer(k.Limit)
	defer limit.Stop()
	for k.ended == nil {
		_ = k.step(ctx, limit.C) // an error says that nobody was rung; somebody has answered
	}
	stop()
	<-over
}

// talk says it all.
func (k *call) talk(ctx context.Context) error {
	if err := k.speaker.begin(ctx); err != nil {
		return err
	}
	if k.Prompt != nil {
		if err := k.ask(ctx); err != nil {
			return err
		}
	}
	for again := 0; ; again++ {
		if err := k.speaker.say(ctx, k.speech()); err != nil {
			return err
		}
		k.said.Store(true)
		if !k.Again || again == maxAgain || !k.wantsAgain(ctx) {
			return nil
		}
	}
}

// ask says the prompt until a key is pressed.
func (k *call) ask(ctx context.Context) error {
	asking, stop := context.WithTimeout(ctx, promptFor)
	defer stop()
	said := make(chan error, 1)
	go func() {
		for {
			if err := k.speaker.say(asking, k.prompt()); err != nil {
				said <- err
				return
			}
			select {
			case <-asking.Done():
				said <- asking.Err()
				return
			case <-time.After(promptPause):
			}
		}
	}()
	select {
	case <-k.pressed:
		stop() // nobody listens to the rest of it
		<-said //nolint:errcheck // it was stopped
		return ctx.Err()
	case err := <-said:
		if asking.Err() != nil && ctx.Err() == nil {
			return errNoKey
		}
		return err
	}
}

// wantsAgain waits for key 1, which may have been pressed while it was said.
func (k *call) wantsAgain(ctx context.Context) bool {
	timer := time.NewTimer(againWait)
	defer timer.Stop()
	for {
		select {
		case key := <-k.pressed:
			if key == '1' {
				return true
			}
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// spoken takes how the speaking ended.
func (k *call) spoken(err error) {
	switch {
	case err == nil, k.said.Load():
		k.s.m.worked(k.way)
		k.ended = &progress{kind: withdrawn, outcome: CallCompleted}
	case errors.Is(err, errNoKey):
		k.s.m.worked(k.way)
		k.ended = &progress{kind: withdrawn, outcome: CallNotHeard, cause: err.Error()}
	case errors.Is(err, at.ErrClosed), errors.Is(err, errUnplugged):
		k.lose()
	default:
		k.s.m.failedAt(k.way, err)
		k.ended = &progress{kind: withdrawn, outcome: CallFailed, cause: "nothing could be said: " + err.Error()}
	}
}

// result says how a call ended that was dialled.
func (k *call) result(ctx context.Context, r CallResult) CallResult {
	r.Keys, r.Answered = k.keys, !k.answered.IsZero()
	if r.Answered {
		r.Duration = time.Since(k.answered)
	}
	r.Outcome, r.Cause = k.ended.outcome, k.ended.cause
	if k.ended.kind != ended {
		return r
	}
	k.endDial()
	reason, _ := k.s.denial(ctx) // one that is silent is found out by the next look at it
	k.catchUp()
	r.Outcome, r.Cause = k.ended.outcome, k.ended.cause
	if reason = strings.TrimSpace(reason); reason != "" && !strings.EqualFold(reason, "no cause information available") {
		r.Cause = reason
	}
	switch {
	case r.Answered && k.said.Load():
		r.Outcome = CallCompleted
	case r.Answered:
		r.Outcome = CallHungUp
	case r.Outcome == "":
		r.Outcome = unanswered(k.ended.code, r.Cause)
	}
	if r.Cause == "" && k.ended.code > 0 {
		r.Cause = fmt.Sprintf("cause %d", k.ended.code)
	}
	return r
}

// catchUp takes what the modem has told of the end since its list had no call any
// more, which does not say why.
func (k *call) catchUp() {
	for {
		select {
		case p := <-k.events:
			if p.kind == ended && k.ended.outcome == "" && k.ended.code == 0 {
				k.ended = &p
			}
		default:
			return
		}
	}
}

// unanswered says how a call ended that nobody answered, by the cause of the
// network (TS 24.008 annex H) or its words.
func unanswered(code int, words string) CallOutcome {
	has := func(texts ...string) bool {
		for _, text := range texts {
			if strings.Contains(strings.ToLower(words), text) {
				return true
			}
		}
		return false
	}
	switch {
	case code == 17, has("busy"):
		return CallBusy
	case code == 18, code == 19, code == 102, has("no answer", "no user responding", "not responding", "alerting"):
		return CallNoAnswer
	}
	return CallRefused
}

// endDial gives the dial command up where it has no answer: nothing else can be
// asked before. It mostly comes with the end of the call.
func (k *call) endDial() {
	if k.dial != nil {
		grace := time.AfterFunc(time.Second, k.dialling)
		<-k.dial //nolint:errcheck // how the call ended is known
		grace.Stop()
		k.dial = nil
	}
}

// cleanUp leaves the modem without a call and as it was before.
func (k *call) cleanUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, clearWithin)
	defer cancel()
	amiss := ""
	if k.dialling != nil {
		if k.ended == nil || k.ended.kind == withdrawn {
			k.dialling() // what is written next ends it (V.250 5.6.1)
		}
		k.endDial()
		k.dialling()
		if k.ended == nil || k.ended.kind != lost {
			if err := k.s.hangUp(ctx, k.listed && k.ended != nil && k.ended.kind == ended); err != nil {
				amiss = "a call could not be ended: " + err.Error()
			}
		}
	}
	if k.speaker != nil && k.speaker.end(ctx) {
		amiss = cmp.Or(amiss, "its sound was late in this call, and would not be heard in the next: it is started anew")
	}
	for _, cmd := range k.s.profile.callDone {
		_, _, _ = k.s.try(ctx, cmd, command) // one that is silent is found out by the next look at it
	}
	if amiss != "" {
		k.s.restart(ctx, amiss)
	}
}

var errStillUp = errors.New("the modem lists it still")

// hangUp ends the call, and makes sure of it. Never by +CHLD, which wedges some
// modems. over says that the list had the call, and has it no more.
func (s *session) hangUp(ctx context.Context, over bool) error {
	for _, cmd := range []string{"+CHUP", "H", "+CHUP", "H"} {
		if !over {
			if _, _, err := s.try(ctx, cmd, command); err != nil {
				return err
			}
		}
		over = false
		list, ok, err := s.listCalls(ctx)
		if err != nil {
			return err
		}
		up := false
		for _, c := range list {
			up = up || !c.incoming
		}
		if ok && !up {
			return nil
		}
		if !ok && cmd == "H" {
			return nil // it cannot be asked
		}
		select {
		case <-time.After(callPoll):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errStillUp
}

// restart starts the modem anew, which ends the session.
func (s *session) restart(ctx context.Context, why string) {
	select {
	case <-s.over:
		return
	default:
	}
	s.m.notice(ctx, Notice{Kind: NoticeRecovery, Text: why})
	for _, cmd := range s.profile.reset {
		if err := s.conn.Shout(ctx, cmd, command); !refused(err) {
			break // silence is what a modem that restarts may say
		}
	}
	s.conn.Fail(errRestarted)
}
