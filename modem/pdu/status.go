package pdu

import "fmt"

// Status is TP-ST (TS 23.040 9.2.3.15).
type Status uint8

// Delivered reports whether the recipient's phone has the part, or the SMSC has
// forwarded it and will not report again.
func (s Status) Delivered() bool { return s < 0x20 }

// Final reports whether the SMSC has ended its attempts. The reserved values from 80 hex
// on count as final, as the standard demands.
func (s Status) Final() bool { return s&0x60 != 0x20 || s >= 0x80 }

// Failed reports whether the SMSC has ended its attempts without delivering the part.
func (s Status) Failed() bool { return s.Final() && !s.Delivered() }

// Code names the status for programs: report_ and the two hexadecimal digits of the standard.
func (s Status) Code() string { return fmt.Sprintf("report_%02x", uint8(s)) }

// Known reports whether the standard says what the value means beyond its group.
func (s Status) Known() bool { return s == 0x00 || s.cause() != "" }

// String returns the status in words, for the sender.
func (s Status) String() string {
	var phase string
	switch {
	case s == 0x00:
		return "delivered"
	case s.Delivered():
		phase = "completed"
	case !s.Final():
		phase = "the SMSC is still trying"
	case s < 0x60:
		phase = "not deliverable"
	default:
		phase = "the SMSC gave up"
	}
	if cause := s.cause(); cause != "" {
		phase += ": " + cause
	}
	return fmt.Sprintf("%s (status %02X)", phase, uint8(s))
}

// cause returns what a value means beyond its group, "" for nothing.
func (s Status) cause() string {
	switch s {
	case 0x01:
		return "passed on, and whether it arrived is not confirmed"
	case 0x02:
		return "replaced by the SMSC"
	case 0x20, 0x60:
		return "the network is congested"
	case 0x21, 0x61:
		return "the recipient's phone is busy"
	case 0x22, 0x62:
		return "the recipient's phone does not answer"
	case 0x23, 0x63:
		return "the service is refused"
	case 0x24, 0x44, 0x64:
		return "the quality of service is not available"
	case 0x25, 0x65:
		return "the recipient's phone has an error"
	case 0x40:
		return "a procedure of the network failed"
	case 0x41:
		return "the recipient's phone is incompatible"
	case 0x42:
		return "the recipient's phone refuses the connection"
	case 0x43:
		return "the recipient is not obtainable"
	case 0x45:
		return "the networks do not work together"
	case 0x46:
		return "its validity ended before it could be delivered"
	case 0x47:
		return "deleted by its sender"
	case 0x48:
		return "deleted by the operator of the SMSC"
	case 0x49:
		return "the SMSC does not know it"
	}
	return ""
}
