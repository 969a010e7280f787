// Package setting keeps what somebody has set while the gateway ran: a value for a key of the
// configuration, which lies over that of the file. It knows no key: the program reads and checks
// what is kept here as it does what is in the file.
package setting
