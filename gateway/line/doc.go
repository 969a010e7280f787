// Package line is a SIM as a sender: what carries its texts, and what it may send.
//
// # Drivers
//
// A [Driver] carries texts to phones, and calls and USSD codes where it can
// ([Caller], [Asker]). It makes of a text the units that are sent and reported on
// their own: a modem makes parts of it, a phone would leave it whole. Package gsm is
// the driver on a GSM modem; nothing else knows what a TPDU is.
//
// # Outcomes
//
// A unit that was sent has a reference. One that was not has an [Error], whose
// [Class] says what to do next. [Unknown] means that it was handed over and no answer
// came: it may have been sent, and is not sent again by a driver.
package line
