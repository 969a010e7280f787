// Package at holds a conversation with a modem in AT commands (V.250, 3GPP TS
// 27.005 and 27.007).
//
// # Two readers
//
// github.com/warthog618/modem/at runs the commands: one at a time, prompt and
// payload, final results. It cannot be trusted with what a modem says: it takes
// unsolicited results for replies, late replies for those of the next command,
// and texts for results. So a goroutine of this package reads the port first.
// It gives the library only what belongs to the command in flight, normalised;
// all else is an unsolicited result, told in order and none lost.
//
// # In step
//
// Modems answer in order, and now and then too late. An exchange that ends
// without a final result leaves answers outstanding. The library's instance is
// then thrown away, and before the next command runs the modem must answer a
// probe whose answer can be nobody else's. What comes meanwhile is told as
// unsolicited, so that a late +CMGS can still settle a message.
//
// # Hand-over
//
// [Conn.Submit] knows one moment that matters: just before the first byte of
// the payload. Until then a submission can be withdrawn; after it only a final
// result tells what happened, and errors say on which side they fell.
//
// # Faults of the library
//
// Those that could reach us are pinned by tests of their names: E01, E01c, E02,
// E03, E04, E06, E07, E08, E09, E10, E11, E11b, E12, E19, E20, E22. These cannot:
//
//   - E05, prompts in text mode: messages go in PDU mode only;
//   - E09b, indications cannot be changed while one waits for its body: none is
//     ever registered with the library;
//   - E14 to E18b, of package gsm, and E21, its late acknowledgement of directly
//     routed messages: that package is not used, and messages are stored by the
//     modem.
package at
