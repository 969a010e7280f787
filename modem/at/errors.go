package at

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

var (
	// ErrTimeout means that no final result came in time.
	ErrTimeout = errors.New("the modem did not answer in time")
	// ErrClosed means that the port is closed or has failed; the error that wraps it
	// says why.
	ErrClosed = errors.New("the port is closed")
	// ErrSilent means that the modem has answered none of the probes. The port must
	// be closed and opened again.
	ErrSilent = errors.New("the modem does not answer")

	// ErrResynced means that a command was not run, since the connection has been brought
	// into step after what the command relies on was set or read.
	ErrResynced = errors.New("the modem may have restarted")

	errLate = errors.New("its time was over before the modem could take it")
)

// CMSError is the number of a +CMS ERROR (TS 27.005 3.2.5).
type CMSError int

func (e CMSError) Error() string { return fmt.Sprintf("+CMS ERROR: %d", int(e)) }

// CMEError is the number of a +CME ERROR (TS 27.007 9.2).
type CMEError int

func (e CMEError) Error() string { return fmt.Sprintf("+CME ERROR: %d", int(e)) }

// ResultError is any other final result but OK: ERROR, NO CARRIER, BUSY, or one of a
// vendor.
type ResultError string

func (e ResultError) Error() string { return string(e) }

// SubmitError is the failure of a [Conn.Submit].
type SubmitError struct {
	// HandedOver is true from just before the first byte of the payload is written.
	// If it is true and Err is no final result, the outcome is unknown.
	HandedOver bool
	Err        error
}

func (e *SubmitError) Error() string {
	if e.HandedOver {
		return "after the PDU was handed over: " + e.Err.Error()
	}
	return "before the PDU was handed over: " + e.Err.Error()
}

func (e *SubmitError) Unwrap() error { return e.Err }

// ParseError returns the [CMSError] or [CMEError] in a line, nil for any other line. It is
// for a final result that came too late for its command.
func ParseError(line string) error {
	err := resultError(line)
	if _, plain := errors.AsType[ResultError](err); plain {
		return nil
	}
	return err
}

// resultError returns the error for a final result other than OK.
func resultError(line string) error {
	if n, ok := numbered(line, "+CMS ERROR:", cmsWords); ok {
		return CMSError(n)
	}
	if n, ok := numbered(line, "+CME ERROR:", cmeWords); ok {
		return CMEError(n)
	}
	return ResultError(line)
}

// numbered returns the number after a prefix, or the number of the words there, and
// whether there is one.
func numbered(line, prefix string, words map[string]int) (int, bool) {
	rest, ok := strings.CutPrefix(line, prefix)
	if !ok {
		return 0, false
	}
	rest = strings.ToLower(strings.Trim(rest, ` ".`))
	if n, err := strconv.Atoi(rest); err == nil {
		return n, true
	}
	n, ok := words[rest]
	return n, ok
}

// cmsWords and cmeWords are the numbers of results that some modems give in words only
// (TS 27.005 3.2.5, TS 27.007 9.2), in lower case.
var (
	cmsWords = map[string]int{
		"me failure": 300, "sms service of me reserved": 301, "sms me reserved": 301, "operation not allowed": 302,
		"operation not supported": 303, "invalid pdu mode parameter": 304, "invalid text mode parameter": 305,
		"sim not inserted": 310, "sim pin required": 311, "ph-sim pin required": 312, "sim failure": 313, "sim busy": 314,
		"sim wrong": 315, "sim puk required": 316, "sim pin2 required": 317, "sim puk2 required": 318, "memory failure": 320,
		"invalid memory index": 321, "memory full": 322, "smsc address unknown": 330, "sms-c address unknown": 330,
		"no network service": 331, "no network": 331, "network timeout": 332, "no +cnma acknowledgement expected": 340,
		"unknown error": 500, "network out of order": 38, "congestion": 42,
	}
	cmeWords = map[string]int{
		"phone failure": 0, "no connection to phone": 1, "phone-adaptor link reserved": 2, "operation not allowed": 3,
		"operation not supported": 4, "ph-sim pin required": 5, "sim not inserted": 10, "sim pin required": 11,
		"sim puk required": 12, "sim failure": 13, "sim busy": 14, "sim wrong": 15, "incorrect password": 16,
		"sim pin2 required": 17, "sim puk2 required": 18, "memory full": 20, "invalid index": 21, "not found": 22,
		"memory failure": 23, "text string too long": 24, "invalid characters in text string": 25, "dial string too long": 26,
		"invalid characters in dial string": 27, "no network service": 30, "network timeout": 31,
		"network not allowed - emergency calls only": 32, "network not allowed, emergency calls only": 32,
		"incorrect parameters": 50, "unknown": 100, "unknown error": 100,
	}
)
