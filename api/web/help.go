package web

import (
	"fmt"
	"time"

	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/cause"
	wall "simgate/gateway/clock"
	"simgate/gateway/user"
)

// What can be done is said for each state that a story ends in, and for each that it waits
// in: whoever reads it wants to know whether to wait. Of the messages and calls of a code it
// is said while the code waits for them.

// helpMessage says what can be done about a message.
func (t *teller) helpMessage(m gateway.Message) {
	t.Next = ""
	code := m.Verification != ""
	switch m.State {
	case gateway.Queued:
		t.Next = t.helpQueued(m)
		if t.Kind == "message" && !code && t.who.May(user.Operator) {
			t.Cancel = fmt.Sprintf("%swhy/message/%d/cancel", Root, m.ID)
		}
	case gateway.Sending:
		t.Next = t.Sprintf("The modem has it now: wait a moment.")
	case gateway.Sent:
		t.Next = t.Sprintf("The phone may be off, and some networks never confirm: wait, or ask the person.")
	case gateway.Delivered:
		if t.Kind == "message" {
			t.Next = t.Sprintf("There is nothing to do: the phone has it.")
		}
	case gateway.Unknown:
		t.Next = t.Sprintf("Ask the person, or send it again, knowing that it may arrive twice.")
	case gateway.Failed:
		t.Next = t.Sprintf("The reason above says what to do; then send it again.")
	case gateway.Undelivered:
		t.Next = t.Sprintf("Ask whether the number is right and its phone in reach; then send it again.")
	case gateway.ExpiredOut:
		t.Next = t.Sprintf("Look at the steps above for what it waited for; then send it again, if it is still wanted.")
	case gateway.Cancelled:
		if t.Next = t.Sprintf("There is nothing to do, unless it is wanted after all: then send it again."); m.Cause.Code == cause.OptedOut {
			t.Next = t.Sprintf("The person wants no messages: do not send it again.")
		}
	}
	switch m.State {
	case gateway.ExpiredOut, gateway.Cancelled, gateway.Failed, gateway.Undelivered, gateway.Unknown:
		switch {
		case t.Kind == "code": // another is sent by itself, or helpCode says what can be done
			t.Next = ""
		case code && m.State == gateway.Cancelled:
			t.Next = t.Sprintf("There is nothing to do: nobody waits for it any more.")
		case code:
			t.Next = t.Sprintf("The app may ask for a new code.")
		case t.who.May(user.Operator):
			t.Again = fmt.Sprintf("%ssend?again=%d", Root, m.ID)
		}
	}
}

// helpQueued says when a message goes that waits, and what makes it go sooner.
func (t *teller) helpQueued(m gateway.Message) string {
	var goes string
	switch m.Waiting.Code {
	case cause.Held:
		return t.Sprintf("The owner decides whether it goes: simgate queue release, or simgate queue drop.")
	case cause.Scheduled:
		goes = t.Sprintf("It goes by itself at its time.")
	case cause.Budget, cause.Share:
		goes = t.Sprintf("It goes by itself once the budget allows it. It goes sooner with a larger budget, or by another SIM.")
	case cause.Credit:
		goes = t.Sprintf("It goes by itself once the SIM is topped up.")
	case cause.NextTry:
		goes = t.Sprintf("It is tried again by itself; the reason of the last try says what may be wrong.")
	case cause.Quarantine, cause.Unanswered, cause.NotReady, cause.NoLine, cause.NoModem:
		goes = t.Sprintf("It goes by itself once a SIM can send it. The page of each SIM says what it lacks.")
	default:
		goes = t.Sprintf("It goes by itself as soon as a SIM is free.")
	}
	if t.Kind != "message" || m.Expires.IsZero() {
		return goes
	}
	return goes + " " + t.Sprintf("After %s it is not sent any more.", m.Expires.Local().Format(wall.ToTheSecond))
}

// helpCall says what can be done about a call. Of a code something else is tried by itself.
func (t *teller) helpCall(s call.State) {
	t.Next = ""
	switch {
	case s == call.Queued:
		t.Next = t.Sprintf("It is dialled by itself as soon as a SIM can.")
	case t.Kind != "call":
	case s == call.Calling:
		t.Next = t.Sprintf("The call is up: wait until it ends.")
	case s == call.Completed:
		t.Next = t.Sprintf("There is nothing to do: all was heard.")
	case s == call.Unknown, s == call.HungUp:
		t.Next = t.Sprintf("Ask the person what was heard; the app may ask for the call again.")
	case s == call.Failed, s == call.Expired:
		t.Next = t.Sprintf("The reason above says what to do; then the app may ask for the call again.")
	case s == call.Cancelled:
		t.Next = t.Sprintf("There is nothing to do, unless it is wanted after all: then the app may ask for it again.")
	default: // busy, no answer, refused, no key
		t.Next = t.Sprintf("The person did not take the call: the app may ask for it again.")
	}
}

// helpCode says what can be done about a code. What became of its messages and calls matters
// while it waits for them, and once its time is over.
func (t *teller) helpCode(v gateway.Verification) {
	again := t.Sprintf("The app may ask for a new code.")
	switch v.State {
	case gateway.Pending:
		switch at := v.NextResend; {
		case t.Next != "":
		case v.Asked != nil:
			t.Next = t.Sprintf("The person sends the text that the app shows; then it goes on by itself.")
		case at.After(time.Now()):
			t.Next = t.Sprintf("The app may ask for the code again at %s.", at.Local().Format(wall.ToTheSecond))
		case !at.IsZero():
			t.Next = t.Sprintf("The app may ask for the code again now.")
		default:
			t.Next = t.Sprintf("The person types the code in; it is not sent again.")
		}
	case gateway.Verified:
		t.Next = t.Sprintf("There is nothing to do: the number is verified.")
	case gateway.VerificationExpired:
		t.Next = t.helpExpired(v) + " " + again
	default:
		t.Next = again
	}
}

// reached is how far a code has come to a person, the farthest last.
type reached int

const (
	cameNowhere reached = iota
	textAwaited         // the person was to send a text
	cameMaybe           // it may have left
	cameNetwork         // the network has it
	cameCall            // a call said it
	camePhone           // the phone has it
)

// reachedBy says how far an attempt has brought a code.
func reachedBy(a gateway.Attempt) reached {
	switch {
	case a.State == gateway.TextAwaited:
		return textAwaited
	case a.Call != 0:
		switch call.State(a.State) {
		case call.Completed, call.HungUp:
			return cameCall
		case call.Unknown:
			return cameMaybe
		}
	case a.State == gateway.Delivered:
		return camePhone
	case a.State == gateway.Sent:
		return cameNetwork
	case a.State == gateway.Unknown:
		return cameMaybe
	}
	return cameNowhere
}

// helpExpired says whether a code has come to the person whose time is over.
func (t *teller) helpExpired(v gateway.Verification) string {
	far := cameNowhere
	for _, a := range v.Attempts {
		far = max(far, reachedBy(a))
	}
	switch far {
	case camePhone:
		return t.Sprintf("It was delivered: the person did not type it in, or not in time.")
	case cameCall:
		return t.Sprintf("It was spoken in a call: the person did not type it in, or not in time.")
	case cameNetwork:
		return t.Sprintf("The network took it, and no phone has confirmed it: the phone may be off, or the network confirms nothing.")
	case cameMaybe:
		return t.Sprintf("Nobody can know whether it came to the person.")
	case textAwaited:
		return t.Sprintf("No text of the person came in time.")
	}
	return t.Sprintf("It did not come to the person: the steps above say why.")
}
