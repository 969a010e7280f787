package mo

import "simgate/gateway/msisdn"

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

// Explain says what became of a text, for the timeline of its verification.
func (a Awaited) Explain(v Verdict) string {
	switch v {
	case Answer:
		if a.Reply {
			return "the text was answered with a code, which is to be typed in"
		}
		return "the text came by an SMSC of another country than that of its sender, who may be forged: it was answered with a code, which is to be typed in"
	case Repeated:
		return "the text came again"
	case Late:
		return "the text came too late"
	case Stranger:
		return "a text with the token came from another number, and was refused"
	case NoNumber:
		return "a text with the token came from a name or a short number, and was refused"
	case Blocked:
		return "a text with the token came from a number that is blocked, and was refused"
	}
	return ""
}
