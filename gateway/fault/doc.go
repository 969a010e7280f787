// Package fault holds the errors that callers of simgate see.
//
// Every room below api returns an [Error] where the caller is to learn what is
// wrong and what to do about it; every other error is a fault of the program or
// of the machine, which is logged and shown as [Internal]. A [Code] says what kind
// of failure it is; each dialect has a table from codes to its own answers. A
// [Reason] says which rule refused a verification.
//
// The package imports nothing of simgate.
package fault
