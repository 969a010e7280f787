// Package journal keeps what happened: an [Event] for each thing that the owner
// should know, in words, with what to do; and a [Change] for each change of a state, for
// programs.
//
// Both are written in the transaction of what they are about, and so exist if and only
// if that does. The newest ten thousand events are kept, for as long as the
// configuration says.
//
// Changes are one stream: whoever follows what happens reads on from the last change
// that it has seen, and the bell [Changed] only wakes it. They are kept for 7 days in
// which the gateway runs.
package journal
