// Package optout keeps who wants no more messages: the suppression list.
//
// A person opts out by a message that is nothing but a word such as STOP, in any language
// of the table of locales, whatever its case and what stands around it. It counts for the
// app that wrote to the number last by the SIM that the word came to; for the others as
// soon as they are the last; and for all apps where none has written, or where the word
// is STOPALL. START undoes all of it. The owner and apps can opt a number out, too.
//
// What is on the list gets codes that are asked for, and nothing else: messages and calls
// are refused, those that wait are cancelled, and no rule of the guard makes an exception.
//
// # The answer
//
// A number is told once in 30 days that it has opted out, by the SIM that it wrote to.
// Short numbers and names are not answered: they are machines, which might answer in turn.
//
// # What is forgotten
//
// Who wants to be forgotten does not want to be written to again. So where a number is
// forgotten its entries stay, with a keyed hash in the place of the number: it is found
// when somebody writes to it, and cannot be read from the list.
package optout
