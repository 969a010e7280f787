// Package at runs AT commands on a modem (V.250, 3GPP TS 27.005 and 27.007).
//
// # Two readers
//
// github.com/warthog618/modem/at runs the commands: one at a time, with prompt, payload
// and final result. It takes unsolicited results for replies, late replies for those of
// the next command, and texts for results. So a goroutine of this package reads the port.
// It gives the library only what belongs to the command in flight, normalized. Everything
// else is passed on as unsolicited results, in order and without loss.
//
// # In step
//
// Modems answer in order, and sometimes late. After an exchange without a final result an
// answer may still come. The instance of the library is then discarded, and before the
// next command the modem must answer a probe, whose answer cannot be confused with
// another. What comes meanwhile is passed on as unsolicited, so that a late +CMGS still
// tells the outcome of a message.
//
// # Hand-over
//
// A submission ([Conn.Submit]) is handed over just before the first byte of the payload
// is written. Until then it can be withdrawn. After that only the final result tells the
// outcome. Errors say whether it was handed over.
//
// # Faults of the library
//
// Each fault that matters here is pinned by a test of its name: E01, E01c, E02, E03, E04,
// E06, E07, E08, E09, E10, E11, E11b, E12, E19, E20, E22. These do not apply:
//
//   - E05, prompts in text mode: messages are sent in PDU mode only;
//   - E09b, indications cannot be changed while one waits for its body: none is
//     ever registered with the library;
//   - E14 to E18b, of package gsm, and E21, its late acknowledgement of directly
//     routed messages: that package is not used, and messages are stored by the
//     modem.
package at
