// Package msisdn reads telephone numbers as people and forms write them, and knows
// the country and the kind of each.
//
// A [Number] is always in its canonical form: E.164, or a short code of one network.
// Nothing else reads digits: what [Parse] has not returned is not a number. It is
// the only room that imports the metadata of countries
// (github.com/nyaruka/phonenumbers).
package msisdn
