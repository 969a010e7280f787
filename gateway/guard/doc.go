// Package guard decides who may be sent a code, a call or a message, and how often, and
// how many codes may be compared.
//
// Whoever can make a gateway send can make it send to numbers that pay him for each. So
// by default all that leaves goes to the country of the SIMs alone, and never to numbers
// that cost more than others. The owner opens countries by channel, one number by a safe
// rule, and all of them for the texts of a key with the scope sms.anywhere. Nothing opens
// an emergency number.
//
// # Order
//
// A [Request] is refused by the first of these that applies: it is an emergency number; a
// rule that blocks it; its country; what the number is, which is [Guard.Fit]; and for codes
// and calls neighbours that were sent codes and did not answer; the limits, the narrowest
// first. A safe rule lets it pass all but the first. What is true of the number whoever
// asks comes before what costs a look at counters.
//
// # What is counted
//
// Codes count by number, by the ten thousand numbers around it, by country, app and
// client address, in slots of ten minutes. Where honest people are many, codes that
// came back do not count. For each app and number it is also known when it was sent a
// code last, and when it answered last: [Guard.Sent] and [Guard.Answered] say so in
// the transaction in which it happens.
//
// Wrong codes in a row lock a number for an hour, then for two, and so on, across all
// its verifications.
//
// # Conversion
//
// Where hardly any code comes back, somebody is paid for them. Depending on the [Mode]
// the guard then blocks that block of numbers or that country for a day, or only logs
// that it would.
//
// # Time
//
// All of it counts in [clock.Tick]: neither a boot nor a clock that is set ends a lock
// or empties a counter.
package guard
