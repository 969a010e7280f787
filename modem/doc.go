// Package modem drives one GSM or LTE modem, from the serial port to "sent", "received"
// and "answered".
//
// # States
//
// [State] lists the states and the transitions between them. [Modem.Run] supervises the
// modem: it opens the port, sets the modem up, serves it until something fails, waits,
// and begins again. Nothing that a modem does ends Run.
//
// # What Unknown means
//
// A part is given to the modem in two steps: the command, which the modem answers with a
// prompt, and the PDU. Before the first byte of the PDU nothing can have been sent, and
// the part may be sent again. After it, only the result tells. If the modem does not
// answer, its port fails or it restarts in that time, the outcome is [Unknown]: the
// network may have the part or not. This package never sends such a part again. A late
// result is given to [Handler.Late].
//
// # Order
//
// One command is in flight at a time. Parts are sent in the order in which Send is
// called. Status reports are given to the handler in the order in which they come, one
// after the other.
//
// # Receiving
//
// A message is given to the handler, stored there, and only then deleted from the modem.
// What the modem shows instead of storing it is acknowledged after that, if the modem
// expects it. Every storage is swept at the start of a session and regularly after that,
// so that no message is lost if an unsolicited result is. Damaged PDUs are read again.
// Drafts are left alone.
//
// # Calls
//
// There is one call at a time, and messages wait for its end: while the modem sends a
// message the call could not be hung up. The list of calls, which is queried every
// second, decides how the call stands, whatever the modem reports. A call that was
// dialled has an outcome; one that was not has an [Error]. If the link to the modem is
// lost in between, the outcome is [CallUnknown], and this package does not dial again.
// However a call ends, it is hung up, and the list is checked; if the call stays in the
// list, the modem is restarted. Each profile has several ways of speaking in calls, in
// order of preference (ways.go). One that fails is tried after the others for an hour.
//
// # Recovery
//
// Every exchange has a time limit. If a modem does not answer, recovery steps are taken
// ([Step]), the one that has worked best with this modem first. Against what the modem
// does answer, as that there is no SIM, none is taken. Three parts in a row without an
// answer count as a modem that does not answer.
//
// # PIN
//
// A PIN is sent only if this SIM has not refused it before, and if at least two tries
// are left. That it will be sent is recorded durably first, so that a power cut does not
// make two tries of one.
package modem
