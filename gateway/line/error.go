package line

import "errors"

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
	Code    int    // of the network, as +CMS ERROR counts; -1 where there is none
	Cause   string // in words
	Tries   int    // after how many tries Retry becomes GiveUp; 0 leaves it to the caller
	Busy    bool   // there is a call, and nothing else can be done before it has ended
	Blocked bool   // networks answer so to a SIM that they have blocked; alone it means little
	Err     error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Cause
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

// TriesOf returns after how many tries err is final, at most limit.
func TriesOf(err error, limit int) int {
	if e, ok := errors.AsType[*Error](err); ok && e.Tries > 0 {
		return min(e.Tries, limit)
	}
	return limit
}

// Cause returns the reason of err in words that may be shown to people, "" for nil.
func Cause(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Cause
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// TellsOfBlock reports whether err is one with which networks answer a SIM that they
// have blocked.
func TellsOfBlock(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Blocked
}
