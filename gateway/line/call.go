package line

import (
	"context"
	"time"

	"simgate/gateway/cause"
)

// Caller is a driver that can place voice calls. In which ways it can speak is in its
// [Status].
type Caller interface {
	// Call places a call and returns when it is over. One at a time: another is
	// refused meanwhile, and messages wait. An [Error] says that nothing was dialled,
	// and what to do next; the result of one that was dialled has no error. When ctx
	// ends it is hung up, within half a minute.
	Call(context.Context, Call) (CallResult, error)
}

// Voice is how a driver gets sound into a call.
type Voice string

// The kinds of voice; "" is not known yet.
const (
	VoiceTTY  Voice = "pcm-tty" // samples over a serial port
	VoiceALSA Voice = "alsa"    // a sound card of the modem's
	VoiceFile Voice = "file"    // files that the module plays
	VoiceTTS  Voice = "tts"     // the module's own speech
	VoiceNone Voice = "none"
)

// The limits of a [Call] that sets none.
const (
	DefaultRing      = 45 * time.Second // until it is answered
	DefaultCallLimit = 90 * time.Second // from the answer on
)

// Call is a call to be placed: who is called, and what is said.
type Call struct {
	To     string        // MSISDN with +
	Speech []int16       // all that is said, repeats included: 8000 samples a second
	Prompt []int16       // said again and again, before Speech, until a key is pressed; nil: Speech is said at once
	Again  bool          // key 1 says Speech again, at most twice, while the call lasts
	Text   string        // Speech in words, for modules that speak by themselves
	Locale string        // of Text, such as de-de
	Played bool          // Speech is rather played than Text is read, as what the owner recorded
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
	CallFailed    CallOutcome = "failed"  // the device could not: nobody was rung or, where it was answered, nothing could be heard
	CallUnknown   CallOutcome = "unknown" // the link was lost after dialling: not to be dialled again unasked
)

// CallResult is what became of a call.
type CallResult struct {
	Outcome  CallOutcome
	Cause    cause.Cause // as the network tells it where it does
	Answered bool
	Duration time.Duration // from the answer to the end
	Keys     string        // pressed at the far end
	Strategy string        // how it was spoken: a Voice
}
