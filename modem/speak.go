package modem

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"simgate/modem/at"
	"simgate/modem/port"
)

const (
	promptFor   = 30 * time.Second // how long the prompt is repeated
	promptPause = 2 * time.Second  // between two prompts
	againWait   = 5 * time.Second  // for key 1, when all has been said
	maxAgain    = 2                // how often key 1 repeats the speech

	// Nobody answers as fast as that after the first ring: the modem reports the ringback
	// tone as the answer, as the A7672 does on a network of the second generation.
	ringback = time.Second
)

// utterance is something to be said in a call.
type utterance struct {
	name string // of the file, for modules that play files
	pcm  []int16
	text string // the same in words, "" if they are not known
}

func (k *call) prompt() utterance { return utterance{name: "prompt", pcm: k.Prompt} }
func (k *call) speech() utterance { return utterance{name: "speech", pcm: k.Speech, text: k.Text} }

// utterances returns all that may be said in the call.
func (k *call) utterances() []utterance {
	if k.Prompt == nil {
		return []utterance{k.speech()}
	}
	return []utterance{k.prompt(), k.speech()}
}

var errNoKey = errors.New(noKey.text)

// speak says what is to be said, and returns when the call is over or is to be hung up.
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
		_ = k.step(ctx, limit.C) // its error means that nothing was dialled, which is not so
	}
	stop()
	<-over
}

// doubtAnswer notes that an answer came as soon as the far end rang. It is called as soon as
// either is known.
func (k *call) doubtAnswer() {
	if !k.alerted.IsZero() && !k.answered.IsZero() && k.answered.Sub(k.alerted) < ringback {
		k.doubtful.Store(true)
	}
}

// talk says all that is to be said.
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
		if again == 0 && k.doubtful.Load() {
			// Who has answered meanwhile has heard the end of it.
			if err := sleep(ctx, promptPause); err != nil {
				return err
			}
			continue
		}
		if !k.Again || again == maxAgain || !k.wantsAgain(ctx) {
			return nil
		}
	}
}

// ask repeats the prompt until a key is pressed. It fails with errNoKey if none is.
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
		stop() // the rest of the prompt is left out
		<-said //nolint:errcheck // it was stopped
		return ctx.Err()
	case err := <-said:
		if asking.Err() != nil && ctx.Err() == nil {
			return errNoKey
		}
		return err
	}
}

// wantsAgain reports whether key 1 is pressed, or was during the speech.
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

// spoken processes the result of speaking.
func (k *call) spoken(err error) {
	switch {
	case err == nil, k.said.Load():
		k.s.m.worked(k.way)
		k.ended = &progress{kind: withdrawn, outcome: CallCompleted}
		if k.doubtful.Load() {
			k.ended.cause = ringTaken.because()
		}
	case errors.Is(err, errNoKey):
		k.s.m.worked(k.way)
		k.ended = &progress{kind: withdrawn, outcome: CallNotHeard, cause: noKey.because()}
	case errors.Is(err, at.ErrClosed), errors.Is(err, port.ErrUnplugged):
		k.lose()
	default:
		k.s.m.failedAt(k.way, err)
		k.ended = &progress{kind: withdrawn, outcome: CallFailed, cause: notSaid.because(err)}
	}
}

// result returns how a call ended that was dialled.
func (k *call) result(ctx context.Context, r CallResult) CallResult {
	r.Keys, r.Answered = k.keys, !k.answered.IsZero()
	if r.Answered {
		r.Duration = time.Since(k.answered)
	}
	r.Outcome, r.Cause, r.CauseCode = k.ended.outcome, k.ended.cause.text, k.ended.cause.code
	if k.ended.kind != ended {
		return r
	}
	k.endDial()
	reason, _ := k.s.denial(ctx) // a modem that does not answer is noticed at the next check
	k.catchUp()
	r.Outcome = k.ended.outcome
	why := k.ended.cause
	if reason = strings.TrimSpace(reason); reason != "" && !strings.EqualFold(reason, "no cause information available") {
		why = because{cmp.Or(why.code, networkWords.code), reason}
	}
	r.Cause = why.text
	switch {
	case r.Answered && k.said.Load():
		r.Outcome = CallCompleted
	case r.Answered:
		r.Outcome = CallHungUp
	case r.Outcome == "":
		r.Outcome = unanswered(k.ended.code, r.Cause)
	}
	if k.ended.code > 0 {
		why = because{callCode(k.ended.code), cmp.Or(why.text, callText(k.ended.code))}
	}
	r.Cause, r.CauseCode = why.text, why.code
	return r
}

// catchUp processes what the modem has reported of the end since the call left its
// list, which does not say why.
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

// unanswered returns the outcome of a call that was not answered, by the cause of the
// network (TS 24.008 annex H, and 20, subscriber absent, of ITU-T Q.850) or its text.
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
	case code == 18, code == 19, code == 20, code == 102,
		has("no answer", "no user responding", "not responding", "alerting", "subscriber absent", "absent subscriber"):
		return CallNoAnswer
	}
	return CallRefused
}

// endDial waits a second for the result of the dial command, which mostly comes with
// the end of the call, and then gives it up: no other command can run before.
func (k *call) endDial() {
	if k.dial != nil {
		grace := time.AfterFunc(time.Second, k.dialling)
		<-k.dial //nolint:errcheck // the call is over whatever it says
		grace.Stop()
		k.dial = nil
	}
}

// cleanUp hangs up and restores the settings of the modem. If either fails the modem is
// restarted.
func (k *call) cleanUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, clearWithin)
	defer cancel()
	problem := ""
	if k.dialling != nil {
		if k.ended == nil || k.ended.kind == withdrawn {
			k.dialling() // the next command ends the dialling (V.250 5.6.1)
		}
		k.endDial()
		k.dialling()
		if k.ended == nil || k.ended.kind != lost {
			if err := k.s.hangUp(ctx, k.listed && k.ended != nil && k.ended.kind == ended); err != nil {
				problem = "a call could not be hung up: " + err.Error() + "; the modem is restarted"
			}
		}
	}
	if k.speaker != nil && k.speaker.end(ctx) {
		problem = cmp.Or(problem, "the sound of the modem was late in this call and would be missing in the next: the modem is restarted")
	}
	for _, cmd := range k.s.profile.callDone {
		_, _, _ = k.s.try(ctx, cmd, command) // a modem that does not answer is noticed at the next check
	}
	if problem != "" {
		k.s.restart(ctx, problem)
	}
}

var errStillUp = errors.New("the modem still lists it")

// hangUp ends the outgoing call and checks that the list of calls is empty. If over,
// the call has left the list by itself, and is only checked. It does not use +CHLD,
// which makes some modems hang.
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
			return nil // the modem has no list of calls
		}
		select {
		case <-time.After(callPoll):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errStillUp
}

// restart restarts the modem, which ends the session.
func (s *session) restart(ctx context.Context, why string) {
	select {
	case <-s.over:
		return
	default:
	}
	s.m.notice(ctx, Notice{Kind: NoticeRecovery, Text: why})
	for _, cmd := range s.profile.reset {
		if err := s.conn.Shout(ctx, cmd, command); !refused(err) {
			break // a modem that restarts need not answer
		}
	}
	s.conn.Fail(errRestarted)
}
