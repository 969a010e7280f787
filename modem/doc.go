// Package modem drives one GSM or LTE modem: from the serial port to "sent".
//
// # States
//
// [State] draws them. A modem is supervised by Run: it opens the port, starts
// the modem, serves it until something fails, waits, and begins again. Nothing
// that a modem does or fails to do ends Run.
//
// # What Unknown means
//
// A part is given to the modem in two steps: the command, which the modem
// answers with a prompt, and the PDU. Before the first byte of the PDU nothing
// can have been sent, and the part may be tried again at will. After it, only
// an answer tells. Silence, a dead port or a modem that starts anew in that
// time is [Unknown]: the network may have the part or not. This package never
// repeats such a part. A reference that comes late is told to [Handler.Late].
//
// # Order
//
// One command is in flight at a time. Parts go in the order in which Send is
// called. Status reports are told in the order of their coming, and one after
// the other.
//
// # Receiving
//
// A message is handed on, kept, and only then deleted. What the modem shows
// instead of storing it is acknowledged when it is kept, where the modem expects
// that. Every storage is swept at the start of a session and now and then, so
// that no unsolicited result need be heard. What was torn on its way is read
// again; drafts are their owner's.
//
// # Calls
//
// One call at a time, and messages wait for its end: while a modem is busy with a
// message the call could not be ended. Whatever a modem tells of a call by itself,
// its list of calls decides, and is asked every second. A call that was dialled has
// an outcome, one that was not has an [Error]; where the link is lost in between it
// is [CallUnknown], and never dialled again from here. It is hung up on every way
// out, and made sure of; a modem that keeps it up is started anew. How sound gets into a call is a row of ways.go, of which each family has a
// few in order: one that fails comes after the others for an hour.
//
// # Recovery
//
// Each exchange has its deadline. A modem that has gone silent is brought back by
// a ladder of steps ([Step]); what it says in words, as that there is no SIM, no
// step mends, and none is taken. Three parts in a row without an answer are a
// silence too.
//
// # PIN
//
// A PIN is sent only if it has not been refused by this SIM before, and if at
// least two tries are left: the last one is never spent. That it will be sent
// is noted durably first, so that not even a power cut makes it two.
//
// # Faults of the serial library
//
// port.go stands in front of go.bug.st/serial and takes these away, each pinned
// by a test of its name: R06 a write after Close could hit another file; R07
// child processes inherit the port; R08 a descriptor of 1024 or more panics;
// R09 root may open a port twice; R12 a write to a modem that does not read
// blocks for good, and is then reported as whole. R10, its listing of ports
// sets live ports to 9600 baud, cannot reach us: it is never called, which the
// linter watches. Its read timeout, which is not safe beside Read, is not used.
package modem
