// Package gateway is what simgate does: it accepts messages and codes, keeps
// them in SQLite, gives them to lines, and knows what became of them. The rooms
// below it have their own rules; what must happen in one transaction is put together
// here.
//
// # What is promised
//
// A method that returns without an error has its effect on the disk. Nothing
// accepted is lost, however the program or the machine stops. Nothing is handed
// to a line after its time is over. Nothing is sent twice unawares: where it
// cannot be known whether a part was sent, the part is Unknown and says so.
//
// # What is retried
//
// A part that the network or the modem refused for certain is tried again: by
// the same line after a pause, or by another line if this one cannot. What passes
// by itself is tried until the time of the message is over, after pauses that double
// from 2 seconds for a SIM that is busy, 15 for a network that is congested, or a
// minute for a phone out of order, up to 60 times that. A cause that does so seldom
// is worth a few tries. A line that was not ready costs no try. A refusal that no
// line could change ends the message, and with it the parts that have not left.
//
// # What Unknown does
//
// An ordinary message stays Unknown and is never repeated; it changes when the
// modem's answer comes late, or a status report. A code goes out once more, as
// a second attempt of its verification: the same code twice harms nobody.
// A start of the gateway finds the parts that were under way when it stopped,
// and makes them Unknown; there is no clean shutdown that could be missed.
//
// # Order
//
// Codes go before all else, between the parts of a long message too; then what is urgent,
// normal and bulk. A lane whose messages have waited for long has one turn before those
// that are more urgent, so that none starves. In a lane messages go in the order of their
// acceptance. The parts of one message go in order, over one line.
//
// # Verifications
//
// A code and its message are wiped when the verification ends. A try is spent before
// anything is compared, in the same transaction. While a verification is pending, a
// code that is asked for again is the same code. What changes a state says so in the
// journal, in the same transaction.
//
// # Time
//
// Deadlines count from the boot of the machine and do not move when the clock
// is set. On another boot the deadlines of messages are set by the time of day,
// within the lifetime that they were accepted with. What is kept for a time is
// deleted when both the time of day and the ticks say that it is over.
package gateway
