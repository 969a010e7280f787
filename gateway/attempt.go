package gateway

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"simgate/gateway/call"
	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/line"
	"simgate/gateway/mo"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/store/sqlite"
	"simgate/gateway/text"
	"simgate/gateway/workflow"
)

// Attempt is one send or one call of a code.
type Attempt struct {
	N       int // from 1
	Step    int // of the workflow, from 0
	Channel workflow.Channel
	Message int64       // with sms: its message, 0 where there is none
	Call    int64       // with voice: its call
	State   State       // of the message or, with the words of [call.State], of the call
	Reason  string      // why this attempt was made
	Cause   cause.Cause // of its failure
	Passed  string      // the lines that could not take it, and why
	Waiting string      // what its queued message waits for; of [Gateway.Verification] alone
	At      time.Time
}

// waitsForLine reports whether an attempt is a call that waits for a line. Another call
// would take its place in the queue for one behind it.
func (a Attempt) waitsForLine() bool {
	return a.Channel == workflow.Voice && call.State(a.State) == call.Queued
}

// The states of an attempt by which the person sends a text, beside [Failed].
const (
	TextAwaited  State = "awaited"
	TextReceived State = "received"
)

// The reasons of attempts.
const (
	reasonAsked   = "asked for"
	reasonAgain   = "asked for again"
	reasonUnknown = "the outcome of the one before is unknown"
	reasonTime    = "no answer in the time of the step before"
	reasonFailed  = "the step before failed"
	reasonText    = "the text has come, and is answered"
)

// Fallback is what becomes of a call where no modem can speak.
type Fallback string

// The fallbacks.
const (
	FallbackSMS    Fallback = "sms"    // a message takes its place, the second at most
	FallbackReject Fallback = "reject" // a workflow with a call is refused
)

// fallbackSends is how many messages there are at most where one takes the
// place of a call.
const fallbackSends = 2

// ways says how the code of a step comes.
var ways = map[workflow.Channel]guard.Channel{workflow.SMS: guard.Code, workflow.Voice: guard.Spoken, workflow.MO: guard.Heard}

// waysOf returns how a code may come by a workflow, the first one first.
func (g *Gateway) waysOf(w workflow.Steps) (all []guard.Channel) {
	for _, s := range w {
		way := ways[s.Channel]
		if s.Reply {
			way = guard.Code
		}
		if !slices.Contains(all, way) {
			all = append(all, way)
		}
	}
	if slices.Contains(all, guard.Spoken) && !slices.Contains(all, guard.Code) && g.cfg.Load().VoiceFallback != FallbackReject {
		all = append(all, guard.Code) // a message takes the place of a call that cannot be placed
	}
	return all
}

// unfit returns why the code of a verification may not go to its number by a channel, the
// zero cause if it may.
func (g *Gateway) unfit(tx *store.Tx, row *verificationRow, c workflow.Channel, now clock.Moment) (why cause.Cause, err error) {
	if slices.Contains(row.ways, ways[c]) {
		return why, nil
	}
	f, err := g.guard.Fit(tx, g.requestWith(row.App, row.To, row.facts, ways[c]), now)
	if err != nil || f.Refusal == nil {
		return why, err
	}
	return cause.Of(f.Refusal), nil
}

// cannot returns why a channel cannot reach a number of a country now, the zero cause if it can.
func (g *Gateway) cannot(c workflow.Channel, region, locale string) (why cause.Cause) {
	switch c {
	case workflow.SMS, workflow.MO:
		return why
	case workflow.Voice:
		if not := g.calls.WhyNotSpoken(call.LocaleFor(locale, region)); not != "" {
			return cause.CannotSpeak.With(not)
		}
		return why
	}
	return cause.NoChannel.With()
}

// send starts the workflow of a new verification, or makes one more attempt of the
// current step where the code was asked for again.
func (g *Gateway) send(tx *store.Tx, row *verificationRow, p *plan, again bool, now clock.Moment) error {
	if p.test != "" {
		if err := g.sendToTestNumber(tx, row, now); err != nil || !p.hears() || row.token != nil {
			return err
		}
		return g.awaitText(tx, row, reasonAsked, now)
	}
	row.client, row.patient = p.request.Client, p.Patient
	if again {
		return g.sendAgain(tx, row, p, now)
	}
	if err := g.countAhead(tx, row, p.Workflow, now); err != nil {
		return err
	}
	if err := g.advance(tx, row, reasonAsked, now); err != nil {
		return err
	}
	if row.Sends == 0 && !row.awaits() {
		return &fault.Error{Code: fault.Unavailable, Message: "no channel can deliver the code now"}
	}
	return nil
}

// sendAgain does what is to be done where a verification is pending: its code goes out
// again by the channel of the current step. Where one of the two, what it does now and what
// is asked for, is a text of the person and the other is not, it goes on by what is asked
// for.
func (g *Gateway) sendAgain(tx *store.Tx, row *verificationRow, p *plan, now clock.Moment) error {
	current, asked := g.channelOf(row), p.Workflow[0].Channel
	switch {
	case asked == workflow.MO && row.token != nil && (row.heard || row.step > 0 || row.workflow == p.Workflow.String()):
		return nil // what is to be sent stays what it was, and what came was answered
	case asked == workflow.MO && row.token != nil:
		row.workflow = p.Workflow.String()
	case (asked == workflow.MO) == (current == workflow.MO):
		return g.attempt(tx, row, current, reasonAgain, now)
	default:
		before, err := workflow.Read(row.workflow)
		if err != nil {
			return err
		}
		row.step++
		row.workflow = slices.Concat(before[:row.step], p.Workflow).String()
	}
	if err := updateWorkflow(tx, row); err != nil {
		return err
	}
	if err := g.countAhead(tx, row, p.Workflow, now); err != nil {
		return err
	}
	if asked != workflow.MO || row.token == nil {
		if err := g.attempt(tx, row, asked, reasonAgain, now); err != nil {
			return err
		}
	}
	return g.advance(tx, row, reasonAgain, now)
}

// channelOf returns the channel of the current step.
func (g *Gateway) channelOf(row *verificationRow) workflow.Channel {
	if w, err := workflow.Read(row.workflow); err == nil && row.step < len(w) {
		return w[row.step].Channel
	}
	return workflow.SMS
}

// isTest reports whether nothing is ever sent to a number.
func (g *Gateway) isTest(to msisdn.Number) bool { return g.cfg.Load().TestNumbers[string(to)] != "" }

// sendToTestNumber notes an attempt for a test number, to which nothing is sent. Its
// code may be asked for again at once.
func (g *Gateway) sendToTestNumber(tx *store.Tx, row *verificationRow, now clock.Moment) error {
	row.Sends++
	row.resendDue = now.Up
	if err := noteResend(tx, row); err != nil {
		return err
	}
	return insertAttempt(tx, row, Attempt{Channel: workflow.SMS, State: Delivered, Reason: cause.TestNumber.With().Text,
		At: now.Wall.Time()}, now.Up)
}

// advance does what the workflow says is next, until there is something to wait for.
func (g *Gateway) advance(tx *store.Tx, row *verificationRow, reason string, now clock.Moment) error {
	w, err := workflow.Read(row.workflow)
	if err != nil {
		return err
	}
	for {
		history, err := attemptsOf(tx, row.id, true)
		if err != nil {
			return err
		}
		d := w.Next(tried(history), now.Up)
		switch d.Do {
		case workflow.Finish:
			return setStepDue(tx, row.id, 0)
		case workflow.Await:
			return setStepDue(tx, row.id, d.At)
		}
		if d.Channel == workflow.Voice && slices.ContainsFunc(history, Attempt.waitsForLine) {
			return setStepDue(tx, row.id, now.Up.Add(workflow.MinWait))
		}
		if len(history) > 0 {
			if reason = reasonTime; d.Skipped {
				reason = reasonFailed
			}
		}
		row.step = d.Step
		if err := g.attempt(tx, row, d.Channel, reason, now); err != nil {
			return err
		}
	}
}

// tried returns what a workflow has to know of attempts, whose times are uptimes.
func tried(history []Attempt) []workflow.Attempt {
	out := make([]workflow.Attempt, len(history))
	for i, a := range history {
		out[i] = workflow.Attempt{Step: a.Step, Channel: a.Channel, At: clock.Uptime(a.At.UnixMilli()),
			Failed: a.State.hopeless() || call.State(a.State).Unheard()}
	}
	return out
}

// attempt makes an attempt by a channel, or notes why it cannot be made.
func (g *Gateway) attempt(tx *store.Tx, row *verificationRow, c workflow.Channel, reason string, now clock.Moment) error {
	why, err := g.unfit(tx, row, c, now)
	if why.Text == "" {
		why = g.cannot(c, row.facts.Region, row.locale)
	}
	if err == nil && why.Text != "" && c == workflow.Voice && g.cfg.Load().VoiceFallback != FallbackReject {
		if row.Sends < fallbackSends {
			c, reason = workflow.SMS, reason+"; a message, for "+why.Text
			why, err = g.unfit(tx, row, c, now)
		} else {
			why.Text += ", and enough messages were sent"
		}
	}
	if err != nil {
		return err
	}
	if c == workflow.MO && why.Text == "" {
		return g.awaitText(tx, row, reason, now)
	}
	if limit := g.cfg.Load().Guard.Limits.Sends; why.Text == "" && limit > 0 && row.resends >= limit && !row.counted() {
		why = cause.SendsUsed.With()
	}
	if why.Text != "" {
		return insertAttempt(tx, row, Attempt{Step: row.step, Channel: c, State: Failed, Reason: reason, Cause: why, At: now.Wall.Time()}, now.Up)
	}
	// What has not left yet would say the same: one of the two is enough.
	if err := g.cancelQueued(tx, row, now.Wall, cause.Replaced.With()); err != nil {
		return err
	}
	if !row.replaces {
		if err := g.countAttempt(tx, row, c, now); err != nil {
			return err
		}
	}
	left := row.deadline.Sub(now.Up)
	if c == workflow.Voice {
		return g.attemptCall(tx, row, reason, left, now)
	}
	return g.attemptSMS(tx, row, reason, newRow{app: row.App, to: row.To, body: row.body, parts: row.parts,
		customID: row.CustomID, origin: row.Origin, lane: line.Codes, line: row.pinned, lifetime: left, due: row.due}, now)
}

// counted reports whether the next attempt was counted for all limits, by countAhead.
func (v *verificationRow) counted() bool {
	return strings.Contains(v.workflow, string(workflow.MO)) && v.resends > v.Sends
}

// countAhead counts the first attempt of a workflow that begins with a text of the person,
// and may go on to send a code: whoever may start it may have it sent.
func (g *Gateway) countAhead(tx *store.Tx, row *verificationRow, w workflow.Steps, now clock.Moment) error {
	if w[0].Channel != workflow.MO || !w.Sends() || row.counted() {
		return nil
	}
	row.resends++
	if err := noteResend(tx, row); err != nil {
		return err
	}
	return g.countSent(tx, row, now)
}

// countAttempt counts an attempt for all limits, and sets the pause after it.
func (g *Gateway) countAttempt(tx *store.Tx, row *verificationRow, c workflow.Channel, now clock.Moment) error {
	before := row.counted()
	if !before {
		row.resends++
	}
	pauses := row.resends
	if row.patient {
		pauses = 1
	}
	row.resendDue = max(now.Up, row.due).Add(g.cfg.Load().Guard.Limits.Pause(pauses))
	if err := noteResend(tx, row); err != nil {
		return err
	}
	g.metrics.codes.WithLabelValues(string(c)).Inc()
	if before {
		return nil
	}
	return g.countSent(tx, row, now)
}

// countSent tells the guard of a code.
func (g *Gateway) countSent(tx *store.Tx, row *verificationRow, now clock.Moment) error {
	sent := guard.Request{App: row.App, To: row.To, Region: row.facts.Region, Channel: guard.Code, Client: row.client,
		Checked: row.checked, Again: row.Sends > 0, Slow: row.slow}
	return g.guard.Sent(tx, sent, now.Tick)
}

// awaitText makes an attempt by which the person sends a text.
func (g *Gateway) awaitText(tx *store.Tx, row *verificationRow, reason string, now clock.Moment) error {
	a := Attempt{Step: row.step, Channel: workflow.MO, State: TextAwaited, Reason: reason, At: now.Wall.Time()}
	receiver, ok := g.lines.OwnNumber(row.pinned, row.facts.Region)
	if !ok {
		a.State, a.Cause = Failed, cause.NoReceiver.With()
		return insertAttempt(tx, row, a, now.Up)
	}
	token := mo.NewToken()
	row.token, row.sealedToken, row.receiver = g.tokenMAC(token), g.codes.Seal(row.ID, token), receiver.Number
	if err := updateToken(tx, row); err != nil {
		return err
	}
	return insertAttempt(tx, row, a, now.Up)
}

// tokenMAC returns what a token is found by.
func (g *Gateway) tokenMAC(token string) []byte { return g.codes.MAC("", "mo", token) }

// awaits reports whether a verification waits for a text.
func (v *verificationRow) awaits() bool {
	return v.State == Pending && v.sealedToken != nil && !v.heard
}

// asked returns what the person of a verification is to send, nil for nothing.
func (g *Gateway) asked(row verificationRow) (*mo.Asked, error) {
	if !row.awaits() {
		return nil, nil
	}
	token, err := g.codes.Open(row.ID, row.sealedToken)
	if err != nil {
		return nil, err
	}
	s := text.Sentence{Brand: row.brand, Locale: cmp.Or(row.locale, g.cfg.Load().Locale), Region: row.facts.Region}
	body, err := s.Asked(mo.Show(token))
	if err != nil {
		return nil, err
	}
	return &mo.Asked{Number: row.receiver, Text: body, Link: mo.Link(row.receiver, body)}, nil
}

// attemptSMS queues the message of an attempt, and notes the attempt.
func (g *Gateway) attemptSMS(tx *store.Tx, v *verificationRow, reason string, r newRow, now clock.Moment) error {
	r.verification = v
	m, err := g.enqueue(tx, r, now)
	if err != nil {
		return err
	}
	v.Sends++
	v.message = m.ID
	return insertAttempt(tx, v, Attempt{Step: v.step, Channel: workflow.SMS, Message: m.ID, Reason: reason, At: m.Accepted}, now.Up)
}

// attemptCall queues the call of an attempt, and notes the attempt.
func (g *Gateway) attemptCall(tx *store.Tx, v *verificationRow, reason string, left time.Duration, now clock.Moment) error {
	c, err := g.calls.Queue(tx, call.Request{App: v.App, To: v.To, Ref: v.ID, CustomID: v.CustomID, Locale: call.LocaleFor(v.locale, v.facts.Region),
		Line: v.pinned, Lifetime: left}, now)
	if err != nil {
		return err
	}
	v.Sends++
	return insertAttempt(tx, v, Attempt{Step: v.step, Channel: workflow.Voice, Call: c.ID, Reason: reason, At: c.Accepted}, now.Up)
}

// advanceDue advances the workflows whose next step is due. The dispatcher calls it
// in every round, in whose transaction the steps become durable; so a restart loses
// none and repeats none. A verification whose step fails is ended, and delays no other.
func (g *Gateway) advanceDue(tx *store.Tx, now clock.Moment) error {
	due, err := dueSteps(tx, now.Up)
	if err != nil {
		return err
	}
	for i := range due {
		err := tx.Savepoint(func() error { return g.advance(tx, &due[i], reasonTime, now) })
		if sqlite.IsFault(err) {
			return err // of the disk, not of this row
		}
		if err != nil {
			g.log.Error("a verification was ended because its next step cannot be taken: please report this", "verification", due[i].ID, "err", err)
			if err := g.endVerification(tx, &due[i], VerificationExpired, now.Wall); err != nil {
				return err
			}
			continue
		}
	}
	return nil
}
