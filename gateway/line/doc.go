// Package line is a SIM as a sender: what carries its texts, and what it may send.
//
// # Drivers
//
// A [Driver] carries texts to phones, and calls and USSD codes where it can
// ([Caller], [Asker]). It makes of a text the units that are sent and reported on
// their own: a modem makes parts of it, a phone is given it whole. Package gsm is the
// driver on a GSM modem; nothing else knows what a TPDU is. Package phone is the driver on
// an Android phone.
//
// # Outcomes
//
// A unit that was sent has a reference. One that was not has an [Error], whose
// [Class] says what to do next. [Unknown] means that it was handed over and no answer
// came: it may have been sent, and a driver does not send it again.
//
// # Who judges and who claims
//
// A [Pool] holds the lines. It says which line may take a message now: the dispatcher
// gets [Candidate] values, asks [Choose] with a [Need], and claims the message itself.
// Where no line may, [WaitsFor] says until when and why. What the dispatcher learns it
// reports in the transaction in which it settles ([Pool.RecordOutcome],
// [Pool.RecordReport]); this package reads no table of messages.
//
// # What a SIM sends
//
// Each SIM has a pace: a rate, and budgets of parts, of different recipients and of money
// a day and a month, a share of them reserved for codes. What one SIM may not send
// goes by another, or waits. A day and a month begin at local midnight, but no step of
// the clock gives a second budget.
//
// Apps share a budget. While another app has had something to send by the same SIM, or by
// any, within 24 hours of the gateway's running time, no app takes more than half; alone
// it may take all. A tenth is kept for codes to numbers that are known to their app, as
// [Need] says, but none of money; and each half has its part of what is kept. The credit of
// a SIM is shared likewise, from what it was when the SIM was last topped up.
//
// # Quarantine
//
// A SIM that the network refuses for several recipients in a row, or whose messages
// are no longer reported as delivered where reports normally come, is quarantined: it
// is tried with one message after long pauses, and released when that is sent or
// delivered, or by hand. A driver that leaves three parts in a row without an answer
// pauses, for longer each time.
//
// # Choice
//
// Of the lines that may take a message the cheapest does, of these that with the
// fewest unknown outcomes, and of these the one that has rested longest. A line whose
// credit is used up is the last.
package line
