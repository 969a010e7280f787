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
	if n, ok := numbered(line, "+CMS ERROR:"); ok {
		return CMSError(n)
	}
	if n, ok := numbered(line, "+CME ERROR:"); ok {
		return CMEError(n)
	}
	return ResultError(line)
}

// numbered returns the number after a prefix, and whether there is one.
func numbered(line, prefix string) (int, bool) {
	rest, ok := strings.CutPrefix(line, prefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(rest))
	return n, err == nil
}
