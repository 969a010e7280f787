// Package conversation shows what went to a number and what came from it together.
//
// Both sides are lists that others keep, each with growing ids and times. A conversation is
// nothing that is stored: its entries are those of both sides, merged by their times, and
// the list of conversations is read from the newest entries of both, of which the first of
// each number is shown. So nothing is written for it when a message is sent.
//
// Codes belong to no conversation, and neither does what the gateway sends for itself; a
// message that goes out as bulk is shown in the conversation of its number, and begins none.
package conversation
