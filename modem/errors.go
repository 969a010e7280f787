package modem

import (
	"errors"
	"fmt"
	"time"

	"simgate/modem/at"
)

// Class says what can be done after a failure.
type Class string

// The classes of an [Error].
const (
	None     Class = ""          // no error
	Retry    Class = "retry"     // not sent; try again later with the same SIM
	OtherSIM Class = "other-sim" // not sent; try another SIM, as this one cannot
	GiveUp   Class = "give-up"   // not sent; no SIM can send this to this number
	Device   Class = "device"    // not sent; the modem failed
	Unknown  Class = "unknown"   // the PDU was handed over, and no answer came
)

// Error is a failure of the modem or of the network behind it.
type Error struct {
	Op    string // what was being done, as "sending a part"
	Class Class
	Code  int           // of +CMS ERROR, -1 if there is none
	Cause string        // in words
	Tries int           // after how many tries with this cause Retry becomes GiveUp; 0: it never does
	Pause time.Duration // with Retry, before the next try, which doubles with each; 0: the caller decides
	Busy  bool          // there is a call, and nothing else can be done before it has ended
	Err   error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Op + ": " + e.Cause
	}
	return fmt.Sprintf("%s: %s (%v)", e.Op, e.Cause, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of err, [None] for nil, and [Device] for an error that is
// no [Error].
func ClassOf(err error) Class {
	if err == nil {
		return None
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Device
}

// Cause returns the reason of err as a text for people, "" for nil.
func Cause(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Cause
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// submitError returns the [Error] for an error of Conn.Submit.
func submitError(err error) error {
	const op = "sending a part"
	submit, ok := errors.AsType[*at.SubmitError](err)
	if !ok {
		return &Error{Op: op, Class: Device, Code: -1, Cause: "the modem did not take the message", Err: err}
	}
	if cms, ok := errors.AsType[at.CMSError](err); ok {
		c := cmsCause(int(cms))
		return &Error{Op: op, Class: c.class, Code: int(cms), Cause: fmt.Sprintf("CMS %d: %s", int(cms), c), Tries: c.tries,
			Pause: cmsPauses[int(cms)], Err: err}
	}
	if cme, ok := errors.AsType[at.CMEError](err); ok {
		c := cmeCause(int(cme))
		return &Error{Op: op, Class: c.class, Code: -1, Cause: fmt.Sprintf("CME %d: %s", int(cme), c), Tries: c.tries, Err: err}
	}
	if result, ok := errors.AsType[at.ResultError](err); ok {
		cause := "the modem refused without saying why"
		if result != "ERROR" {
			cause = fmt.Sprintf("the modem refused: %q", string(result))
		}
		return &Error{Op: op, Class: Retry, Code: -1, Cause: cause, Tries: 2, Err: err}
	}
	if submit.HandedOver {
		return &Error{Op: op, Class: Unknown, Code: -1, Cause: "the message was handed over and the modem did not answer", Err: err}
	}
	return &Error{Op: op, Class: Device, Code: -1, Cause: "the modem did not take the message", Err: err}
}
