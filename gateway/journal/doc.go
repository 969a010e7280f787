// Package journal keeps what happened: an [Event] for each thing that the owner
// should know, in words, with what to do.
//
// An event is written in the transaction of what it is about, and so exists if and only
// if that does. The newest ten thousand are kept, for as long as the configuration says.
package journal
