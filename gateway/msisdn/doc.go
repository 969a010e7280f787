// Package msisdn reads telephone numbers as people and forms write them, and knows
// the country and the kind of each.
//
// A [Number] is always in its canonical form: E.164, or a service number of one
// network. Nothing else reads digits: what [Read] has not returned is not a number.
// What digits without a plus mean is a matter of who asks, and a [Reading] says it;
// where two meanings are left neither is taken, and the error shows both.
//
// It is the only room that imports the metadata of countries
// (github.com/nyaruka/phonenumbers, release 1.8.1, which has no second major version
// yet). Of what it offers these are not relied on:
//
//   - Its Parse drops what it does not understand, reads letters as on a keypad and
//     knows the digits of three scripts, so it is given nothing but digits.
//   - It takes a number as written without looking whether it is one ("possible" is a
//     matter of length alone). Of numbers without a country code only valid ones count.
//   - Its prefixes for calls abroad are too many for SG, too few for ID: see plan.go.
//   - It has lost Mexico's trunk prefixes and its old 1, and reads the two forms of
//     Argentina's mobiles as two numbers.
//   - LeadingZeroPossible is false everywhere.
//   - Some numbers that services document are in none of its ranges, as 0501234567 in Israel.
package msisdn
