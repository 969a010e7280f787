// Package guard decides who may be sent a code, a call or a message, and how often, and
// how many codes may be compared.
//
// Whoever can make a gateway send can make it send to numbers that pay him for each. So
// by default all that leaves goes to the country of the SIMs alone, and never to numbers
// that cost more than others. The owner opens countries by channel in the configuration,
// one for all channels by a rule that opens it, one number by a safe rule, and all of them
// for the texts of a key with the scope sms.anywhere. Nothing opens an emergency number.
//
// What a stranger can use up must not refuse somebody who has nothing to do with it. So
// everything is counted for each app, and what is done in one refuses nobody in another.
//
// # Order
//
// A [Request] is refused by the first of these that applies: it is an emergency number; a
// rule that blocks it; its country; what the number is, which is [Guard.Fit]; and for codes
// and calls wrong codes for the number; neighbours that were sent codes and did not answer;
// the limits, the narrowest first. A safe rule lets it pass all but the first. What is
// true of the number whoever asks comes before what costs a look at counters.
//
// # Known numbers
//
// A number is known that has answered a code of the app in the last 180 days, until
// three codes in a row are unanswered. It passes the limits of neighbours, blocks,
// countries and client addresses, which others use up. Where strangers have asked for so
// many codes to it that its own limit is reached, it has a reserve: five at once, then
// one an hour; and no limit for a client address from which a code to it came back.
//
// # What is counted
//
// Codes count by number, by the ten thousand numbers around it, by country, app and
// client address, in slots of ten minutes. A code that comes back is credited to the
// slot in which it was sent. For each app and number it is also known when it was sent a
// code last, and when it answered last: [Guard.Sent] and [Guard.Answered] say so in
// the transaction in which it happens.
//
// Wrong codes count where one was compared. Many in an app make its verifications
// tight: three tries, with a pause between them. Many for a number in a day void all
// codes to it; then there is one start an hour, whose code has two tries.
//
// # Codes that somebody else checks
//
// An app that compares its codes itself never says whether they come back. Where the owner
// says so ([Elsewhere]), or an app that is handed its codes has had none checked yet
// ([Unproven]), they are counted apart from all others and held to plain bounds by number,
// block, country and app.
//
// # Pumps
//
// Where hardly any code comes back, somebody is paid for them. With [Throttle] codes to
// unknown numbers then go out one by one: in that app, to that country or that block.
// They are counted apart, so that the first who answer make room for others. The other
// modes block that block of numbers or that country for the app for a day, or only log
// that they would.
//
// # Time
//
// All of it counts in [clock.Tick]: neither a boot nor a clock that is set ends
// a wait or empties a counter.
package guard
