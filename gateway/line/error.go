package line

import (
	"errors"
	"time"

	"simgate/gateway/cause"
)

// Class answers "what now" after a failure.
type Class string

// The classes of an [Error].
const (
	None      Class = ""          // no error
	Retry     Class = "retry"     // not sent; the same line may try again later
	OtherLine Class = "other-sim" // not sent; this line cannot, another may
	GiveUp    Class = "give-up"   // not sent; no line can send this to this number
	Device    Class = "device"    // not sent; the device is at fault
	Unknown   Class = "unknown"   // it was handed over and no answer came
)

// Error is a failure of a device or of the network behind it.
type Error struct {
	Class   Class
	Code    int // of the network, as +CMS ERROR counts; -1 where there is none
	Cause   cause.Cause
	Tries   int           // after how many tries with this cause Retry becomes GiveUp; 0: it never does
	Pause   time.Duration // with Retry, before the next try, which doubles with each; 0: [firstPause]
	Busy    bool          // there is a call, and nothing else can be done before it has ended
	Blocked bool          // networks answer so to a SIM that they have blocked; alone it means little
	Err     error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Cause.Text
	}
	return e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of err, [None] for nil. An error that is none of this
// package's is the device's fault.
func ClassOf(err error) Class {
	if err == nil {
		return None
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Device
}

// otherLineTries is after how many tries a part is given up that no line can send.
const otherLineTries = 5

// TriesOf returns after how many tries with the same cause err is final: at most limit, which
// is 0 for none. 0 means that only the time of the message ends them.
func TriesOf(err error, limit int) int {
	most := limit
	if e, ok := errors.AsType[*Error](err); ok {
		own := e.Tries
		if e.Class == OtherLine {
			own = otherLineTries
		}
		if own > 0 && (most == 0 || own < most) {
			most = own
		}
	}
	return most
}

// The pauses before a part is tried again that was refused for the moment. They double with
// each try, up to 60 times the first.
const (
	firstPause = 2 * time.Second
	mostPauses = 60
)

// PauseOf returns the pause before the next try, after so many that did not send a part.
func PauseOf(err error, tries int) time.Duration {
	first := firstPause
	if e, ok := errors.AsType[*Error](err); ok && e.Pause > 0 {
		first = e.Pause
	}
	return min(first<<min(max(tries-1, 0), 10), mostPauses*first)
}

// CauseOf returns the reason of err, which may be shown to people, the zero cause for nil.
func CauseOf(err error) cause.Cause {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Cause
	}
	if err == nil {
		return cause.Cause{}
	}
	return cause.Device.With(err)
}

// TellsOfBlock reports whether err is one with which networks answer a SIM that they
// have blocked.
func TellsOfBlock(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Blocked
}
