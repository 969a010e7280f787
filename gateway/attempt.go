package gateway

import (
	"cmp"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/store/sqlite"
	"simgate/gateway/text"
)

// Attempt is one try to bring a code to a person: one send, one call.
type Attempt struct {
	N       int // from 1
	Step    int // of the workflow, from 0
	Channel Channel
	Message int64  // with sms: its message, 0 where there is none
	Call    int64  // with voice: its call
	State   State  // of the message or, with the words of [CallState], of the call
	Reason  string // why this attempt was made
	Cause   string // of its failure
	Passed  string // the lines that could not take it, and why
	At      time.Time
}

// The reasons of attempts.
const (
	reasonAsked   = "asked for"
	reasonAgain   = "asked for again"
	reasonUnknown = "the outcome of the one before is unknown"
	reasonTime    = "no answer in the time of the step before"
	reasonFailed  = "the step before failed"
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

// cannot says why a channel is of no use now towards a country, "" if it is.
func (g *Gateway) cannot(c Channel, region, locale string) string {
	switch c {
	case ChannelSMS:
		return ""
	case ChannelVoice:
		if open, _ := g.open(region, g.cfg.Guard.VoiceCountries); !open {
			return "no calls go to this country"
		}
		return g.mute(content{locale: speakable(cmp.Or(locale, text.LocaleOf(region))), code: true})
	}
	return "this channel is not served here"
}

// bring gets a code under way: the first step of a new verification, or, where
// it was asked for again, one more attempt of the step that is under way.
func (g *Gateway) bring(tx *store.Tx, row *verificationRow, p *plan, again bool, tick int64) error {
	if p.test != "" {
		return g.pretend(tx, row)
	}
	row.client = p.client
	if again {
		if err := g.attempt(tx, row, g.channelOf(row), reasonAgain, tick); err != nil {
			return err
		}
		return nil
	}
	if err := g.proceed(tx, row, reasonAsked, tick); err != nil {
		return err
	}
	if row.Sends == 0 {
		return &fault.Error{Code: fault.Unavailable, Message: "no way to bring the code there is open now"}
	}
	return nil
}

// channelOf is the channel of the step that is under way.
func (g *Gateway) channelOf(row *verificationRow) Channel {
	if w, err := readWorkflow(row.workflow); err == nil && row.step < len(w) {
		return w[row.step].Channel
	}
	return ChannelSMS
}

// pretend notes an attempt for a test number, to which nothing goes.
func (g *Gateway) pretend(tx *store.Tx, row *verificationRow) error {
	row.Sends++
	return insertAttempt(tx, row, Attempt{Channel: ChannelSMS, State: Delivered, Reason: "a test number: nothing is sent",
		At: g.clock.Wall().Time()}, int64(g.clock.Uptime()))
}

// proceed asks the workflow what is to be done, and does it, until there is
// something to wait for.
func (g *Gateway) proceed(tx *store.Tx, row *verificationRow, reason string, tick int64) error {
	w, err := readWorkflow(row.workflow)
	if err != nil {
		return err
	}
	for {
		history, err := attemptsOf(tx, row.id, true)
		if err != nil {
			return err
		}
		d := w.Next(history, time.UnixMilli(int64(g.clock.Uptime())))
		switch d.Do {
		case Finish:
			return setStepDue(tx, row.id, 0)
		case Await:
			return setStepDue(tx, row.id, d.At.UnixMilli())
		}
		if len(history) > 0 {
			if reason = reasonTime; d.Skipped {
				reason = reasonFailed
			}
		}
		row.step = d.Step
		if err := g.attempt(tx, row, d.Channel, reason, tick); err != nil {
			return err
		}
	}
}

// attempt makes one by a channel, or notes why it cannot be made.
func (g *Gateway) attempt(tx *store.Tx, row *verificationRow, c Channel, reason string, tick int64) error {
	why := g.cannot(c, row.To.Region(), row.locale)
	if why != "" && c == ChannelVoice && g.cfg.VoiceFallback != FallbackReject {
		if row.Sends < fallbackSends {
			c, reason, why = ChannelSMS, reason+"; a message, for "+why, ""
		} else {
			why += ", and enough messages were sent"
		}
	}
	if limit := g.cfg.Limits.Sends; why == "" && limit > 0 && row.ladder >= limit {
		why = "all its sends are used"
	}
	if why != "" {
		return insertAttempt(tx, row, Attempt{Step: row.step, Channel: c, State: Failed, Reason: reason, Cause: why,
			At: g.clock.Wall().Time()}, int64(g.clock.Uptime()))
	}
	// What has not left yet would say the same: one of the two is enough.
	if err := cancelQueued(tx, row.id, int64(g.clock.Wall()), "another took its place before it left"); err != nil {
		return err
	}
	row.ladder++
	row.resendDue = int64(g.clock.Uptime()) + g.cfg.Limits.pause(row.ladder).Milliseconds()
	if err := climb(tx, row); err != nil {
		return err
	}
	if err := g.countSend(tx, row.App, row.client, row.To, tick); err != nil {
		return err
	}
	g.metrics.codes.WithLabelValues(string(c)).Inc()
	left := time.Duration(row.deadline-int64(g.clock.Uptime())) * time.Millisecond
	if c == ChannelVoice {
		return g.attemptCall(tx, row, reason, left)
	}
	return g.attemptSMS(tx, row, reason, newRow{app: row.App, to: row.To, body: row.body, parts: row.parts,
		customID: row.CustomID, lane: laneCodes, line: row.pinned, lifetime: left})
}

// attemptSMS queues the message of one attempt, and notes the attempt.
func (g *Gateway) attemptSMS(tx *store.Tx, v *verificationRow, reason string, r newRow) error {
	r.verification = v
	m, err := g.enqueue(tx, r)
	if err != nil {
		return err
	}
	v.Sends++
	v.message = m.ID
	return insertAttempt(tx, v, Attempt{Step: v.step, Channel: ChannelSMS, Message: m.ID, Reason: reason, At: m.Accepted}, int64(g.clock.Uptime()))
}

// attemptCall queues the call of one attempt, and notes the attempt.
func (g *Gateway) attemptCall(tx *store.Tx, v *verificationRow, reason string, left time.Duration) error {
	c, err := g.enqueueCall(tx, callRow{Call: Call{App: v.App, To: v.To, CustomID: v.CustomID,
		Locale: speakable(cmp.Or(v.locale, text.LocaleOf(v.To.Region())))}, verification: v.id, pinned: v.pinned}, left)
	if err != nil {
		return err
	}
	v.Sends++
	return insertAttempt(tx, v, Attempt{Step: v.step, Channel: ChannelVoice, Call: c.ID, Reason: reason, At: c.Accepted}, int64(g.clock.Uptime()))
}

// stepOn takes the steps that are due. The dispatcher calls it in every round,
// in whose transaction they become durable; so a restart loses none and repeats
// none. A verification whose step fails is ended, and holds up no other.
func (g *Gateway) stepOn(tx *store.Tx, up int64) error {
	due, err := dueSteps(tx, up)
	if err != nil {
		return err
	}
	for i := range due {
		err := tx.Savepoint(func() error { return g.proceed(tx, &due[i], reasonTime, int64(g.clock.Tick())) })
		if sqlite.IsFault(err) {
			return err // of the disk, not of this row
		}
		if err != nil {
			g.log.Error("a verification was ended because its next step cannot be taken: please report this", "verification", due[i].ID, "err", err)
			if err := endVerification(tx, due[i].id, VerificationExpired, int64(g.clock.Wall())); err != nil {
				return err
			}
			continue
		}
	}
	return nil
}

// lineIn returns a SIM of a country, 0 for none or for "": any will do then.
func (g *Gateway) lineIn(country string) int64 {
	if country == "" {
		return 0
	}
	for _, s := range g.dispatcher.senders {
		if msisdn.CountryOfIMSI(s.modem.Status().IMSI) == country {
			return s.line.Load()
		}
	}
	return 0
}
