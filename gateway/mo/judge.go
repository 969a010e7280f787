package mo

import (
	"simgate/gateway/cause"
	"simgate/gateway/msisdn"
)

// Awaited is a text that a verification waits for, or has waited for.
type Awaited struct {
	From  msisdn.Number // that has to send it; "": whoever does is verified
	Reply bool          // it is answered with a code, whoever sends it
	Heard bool          // it has come before
	Over  bool          // the verification has ended, or its time is over
}

// Sender is who sent a text.
type Sender struct {
	Number msisdn.Number // "" where it is no number of a person: a name, or a short number
	Abroad bool          // the text came by an SMSC of another country
}

// Verdict is what a text with a token is worth.
type Verdict string

// The verdicts.
const (
	Proven   Verdict = "proven"   // its sender is verified
	Answer   Verdict = "answer"   // it is answered with a code
	Repeated Verdict = "repeated" // it has come before
	Late     Verdict = "late"
	Stranger Verdict = "stranger" // it came from another number
	NoNumber Verdict = "no_number"
	Blocked  Verdict = "blocked" // the owner blocks its number
)

// Verdicts lists all verdicts.
var Verdicts = []Verdict{Proven, Answer, Repeated, Late, Stranger, NoNumber, Blocked}

// Judge decides on a text with the token of a verification. Of all but Proven and Answer
// the sender is told nothing.
func Judge(a Awaited, by Sender) Verdict {
	switch {
	case by.Number == "":
		return NoNumber
	case a.From != "" && a.From != by.Number:
		return Stranger
	case a.Heard:
		return Repeated
	case a.Over:
		return Late
	case a.Reply || by.Abroad:
		return Answer
	}
	return Proven
}

// Explain says what became of a text, for the timeline of its verification; nothing where it
// has proved the number.
func (a Awaited) Explain(v Verdict) cause.Cause {
	switch v {
	case Answer:
		if a.Reply {
			return cause.TextAnswered.With()
		}
		return cause.TextAbroad.With()
	case Repeated:
		return cause.TextRepeated.With()
	case Late:
		return cause.TextLate.With()
	case Stranger:
		return cause.TextStranger.With()
	case NoNumber:
		return cause.TextNoNumber.With()
	case Blocked:
		return cause.TextBlocked.With()
	}
	return cause.Cause{}
}
