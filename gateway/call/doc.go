// Package call places voice calls that say something: calls, their queue, the caller
// that brings them and the lines that can speak together, and what became of each.
//
// # What a call says
//
// A text, a file, or what a reference stands for. The reference is opaque here: the
// [Words] behind it are asked for when the call is placed, so that a code lies in the
// database once, sealed, and is opened by who sealed it. Sound is made here, of package
// speech: what is said and who can say it go together (a module with speech of its own
// reads two languages, and cannot ask for a key), and the door is narrower so. It lets
// in words; samples leave it only for a [Speaker].
//
// # The queue
//
// Calls with a reference go first, and otherwise calls go in the order in which they
// were accepted. One goroutine claims. A claim is on the disk before anything is
// dialled, and takes the line and the number: no other call is claimed for either
// before this one has ended. So one modem has one call at a time, and nobody is rung
// twice at once.
//
// A message with a code that waits for the line goes before the next call, but codes
// delay the calls of a line for a minute at most.
//
// A call that was not dialled waits for a while and is tried again, a few times. A line
// that has a call of its own, as one that came in, costs no try: the call keeps its
// place, and the line is left alone for a moment. What was dialled is never dialled
// again unasked: a phone that rings twice is worse than one that does not.
//
// A call whose reference is withdrawn is hung up. The reason is on the disk first, in its
// row, and tells the caller.
//
// # Outcomes
//
// A call that ends is passed to Config.Settle in the transaction in which it ends, in
// whatever way it does. What follows from that is not known here.
package call
