package modem

import (
	"errors"
	"fmt"

	"simgate/modem/at"
)

// Class answers "what now" after a failure.
type Class string

// The classes of an [Error].
const (
	None     Class = ""          // no error
	Retry    Class = "retry"     // not sent; the same SIM may try again later
	OtherSIM Class = "other-sim" // not sent; this SIM cannot, another may
	GiveUp   Class = "give-up"   // not sent; no SIM can send this to this number
	Device   Class = "device"    // not sent; the modem is at fault
	Unknown  Class = "unknown"   // the PDU was handed over and no answer came
)

// Error is a failure of the modem or of the network behind it.
type Error struct {
	Op    string // what was being done
	Class Class
	Code  int    // of +CMS ERROR, -1 where there is none
	Cause string // in words
	Tries int    // after how many tries Retry becomes GiveUp; 0 leaves it to the caller
	Err   error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Op + ": " + e.Cause
	}
	return fmt.Sprintf("%s: %s (%v)", e.Op, e.Cause, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of err, [None] for nil. An error that is none of
// this package's is the modem's fault.
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

// Cause returns the reason of err in words that may be shown to people.
func Cause(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Cause
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// submitError says what an unsuccessful AT+CMGS means.
func submitError(err error) error {
	const op = "sending a part"
	submit, ok := errors.AsType[*at.SubmitError](err)
	if !ok {
		return &Error{Op: op, Class: Device, Code: -1, Cause: "the modem did not take the message", Err: err}
	}
	if cms, ok := errors.AsType[at.CMSError](err); ok {
		c := cmsCause(int(cms))
		return &Error{Op: op, Class: c.class, Code: int(cms), Cause: fmt.Sprintf("%s (CMS %d)", c.meaning, int(cms)), Tries: c.tries, Err: err}
	}
	if cme, ok := errors.AsType[at.CMEError](err); ok {
		c := cmeCause(int(cme))
		return &Error{Op: op, Class: c.class, Code: -1, Cause: fmt.Sprintf("%s (CME %d)", c.meaning, int(cme)), Tries: c.tries, Err: err}
	}
	if _, ok := errors.AsType[at.ResultError](err); ok {
		return &Error{Op: op, Class: Retry, Code: -1, Cause: "the modem refused without saying why", Tries: 2, Err: err}
	}
	if submit.HandedOver {
		return &Error{Op: op, Class: Unknown, Code: -1, Cause: "the message was handed over and the modem did not answer", Err: err}
	}
	return &Error{Op: op, Class: Device, Code: -1, Cause: "the modem did not take the message", Err: err}
}

// cause is what a numeric error means and what follows from it.
type cause struct {
	class   Class
	tries   int
	meaning string
}

// cmsDuplicate: the centre has the message already, so it has been sent.
const cmsDuplicate = 197

func cmsCause(code int) cause {
	if c, ok := cmsCauses[code]; ok {
		return c
	}
	switch {
	case code >= 128 && code <= 175:
		return cause{GiveUp, 0, "the message centre does not support this kind of message"}
	case code >= 95 && code <= 111:
		return cause{GiveUp, 0, "the network found the message malformed"}
	}
	return cause{Retry, 0, "the network or the modem refused for a reason of its own"}
}

// cmsCauses are the codes of +CMS ERROR: 0 to 127 are causes of the relay layer
// (TS 24.011 annex E), 128 to 255 failure causes of the transfer layer
// (TS 23.040 9.2.3.22), from 300 on those of TS 27.005 3.2.5, from 512 on
// vendors' own. The classes follow from what was seen on networks, which do not
// always mean what the standard says.
var cmsCauses = map[int]cause{
	1:   {GiveUp, 0, "the number is not assigned to anybody"},
	8:   {OtherSIM, 0, "the operator has barred this SIM from sending"},
	10:  {OtherSIM, 0, "sending is barred for this SIM"},
	17:  {Retry, 0, "the network failed"},
	21:  {Retry, 2, "the network rejected the message: wrong message centre, no credit, or a barred number"},
	22:  {Retry, 0, "the network is congested"},
	27:  {Retry, 0, "the recipient's phone is out of order"},
	28:  {GiveUp, 0, "the network does not know the subscriber"},
	29:  {GiveUp, 0, "the network rejected the service"},
	30:  {GiveUp, 0, "the subscriber is unknown"},
	38:  {Retry, 3, "the network is out of order, or the SIM has no credit or a wrong message centre"},
	41:  {Retry, 0, "temporary failure of the network"},
	42:  {Retry, 0, "the network is congested"},
	47:  {Retry, 0, "the network has no resources free"},
	50:  {OtherSIM, 0, "the SIM's contract does not include sending messages"},
	69:  {GiveUp, 0, "the network does not offer this service"},
	81:  {Retry, 0, "the network lost track of the transfer"},
	111: {Retry, 2, "the network found the message malformed"},
	127: {Retry, 2, "interworking failure between networks"},
	192: {Retry, 0, "the message centre is busy"},
	193: {OtherSIM, 0, "the SIM has no subscription with this message centre"},
	194: {Retry, 0, "the message centre failed"},
	195: {GiveUp, 0, "the message centre does not accept the number"},
	196: {GiveUp, 0, "the recipient is barred from receiving"},
	208: {Retry, 0, "the SIM's storage is full"},
	211: {Retry, 0, "the storage is full"},
	212: {Retry, 0, "the SIM is busy with its own application"},
	300: {Retry, 3, "the modem failed"},
	301: {Retry, 0, "the modem's message service is reserved"},
	302: {Retry, 0, "the modem does not allow it now; the SIM may not be ready yet"},
	303: {OtherSIM, 0, "the modem does not support sending"},
	304: {GiveUp, 0, "the modem found the PDU invalid"},
	305: {GiveUp, 0, "the modem found the text invalid"},
	310: {Device, 0, "there is no SIM in the modem"},
	311: {Device, 0, "the SIM asks for its PIN"},
	312: {Device, 0, "the SIM is locked to another phone"},
	313: {Device, 0, "the SIM failed"},
	314: {Retry, 0, "the SIM is busy"},
	315: {Device, 0, "the SIM is of a wrong kind"},
	316: {Device, 0, "the SIM asks for its PUK"},
	317: {Device, 0, "the SIM asks for PIN2"},
	318: {Device, 0, "the SIM asks for PUK2"},
	320: {Retry, 0, "the storage failed"},
	321: {Retry, 0, "the storage index is invalid"},
	322: {Retry, 0, "the storage is full"},
	330: {OtherSIM, 0, "the SIM has no message centre (SMSC): set smsc in the configuration"},
	331: {Retry, 0, "the modem has no network"},
	332: {Unknown, 0, "the network did not answer in time"},
	350: {Unknown, 0, "the network did not answer in time"},
	500: {Retry, 3, "the modem failed for an unknown reason"},
	512: {Retry, 0, "the modem was interrupted"},
	515: {GiveUp, 0, "the modem found the number invalid"},
	517: {GiveUp, 0, "the modem found the PDU invalid"},
	521: {Retry, 0, "the modem's timer ran out"},
	532: {Retry, 0, "the SIM is not ready"},
	535: {Retry, 0, "the packet service is busy"},
	538: {GiveUp, 0, "the modem found a parameter invalid"},
	549: {GiveUp, 0, "the modem found the PDU invalid"},
	550: {GiveUp, 0, "the modem found the PDU invalid"},
	551: {GiveUp, 0, "the modem found the PDU invalid"},
	552: {GiveUp, 0, "the modem found the PDU invalid"},
	553: {GiveUp, 0, "the modem found the PDU invalid"},
	554: {GiveUp, 0, "the modem found the PDU invalid"},
	615: {Retry, 0, "the network failed"},
	616: {Retry, 0, "the network is down"},
}

func cmeCause(code int) cause {
	if c, ok := cmeCauses[code]; ok {
		return c
	}
	return cause{Retry, 2, "the modem refused for a reason of its own"}
}

// cmeCauses are codes of +CME ERROR (TS 27.007 9.2).
var cmeCauses = map[int]cause{
	3:   {Retry, 2, "the modem does not allow it now"},
	4:   {OtherSIM, 0, "the modem does not support it"},
	10:  {Device, 0, "there is no SIM in the modem"},
	11:  {Device, 0, "the SIM asks for its PIN"},
	12:  {Device, 0, "the SIM asks for its PUK"},
	13:  {Device, 0, "the SIM failed"},
	14:  {Retry, 0, "the SIM is busy"},
	15:  {Device, 0, "the SIM is of a wrong kind"},
	16:  {Device, 0, "the PIN is wrong"},
	17:  {Device, 0, "the SIM asks for PIN2"},
	18:  {Device, 0, "the SIM asks for PUK2"},
	20:  {Retry, 0, "the storage is full"},
	30:  {Retry, 0, "the modem has no network"},
	31:  {Retry, 0, "the network did not answer in time"},
	32:  {Retry, 0, "the network allows emergency calls only"},
	100: {Retry, 2, "the modem failed for an unknown reason"},
	103: {OtherSIM, 0, "the network does not accept this SIM"},
	106: {OtherSIM, 0, "the network does not accept this modem"},
	107: {OtherSIM, 0, "the network refuses packet service to this SIM"},
	111: {OtherSIM, 0, "the SIM is not allowed on this network"},
	112: {OtherSIM, 0, "the SIM is not allowed in this area"},
	113: {OtherSIM, 0, "the SIM may not roam in this area"},
}
