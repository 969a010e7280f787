// Package cause names why a message, a part, a call, an attempt or a delivery is in its
// state.
//
// A [Cause] is a [Code] for programs, which never changes its meaning, and a sentence for
// people, which may be worded better one day. Both are stored, so that what was told once
// stays as it was told. A cause that has a number of the network or of HTTP carries it in
// its code: cms_38, cme_10, report_46, call_17, http_503.
//
// A [Kind] describes the causes with a code: their sentence, what it means, and what to do.
// Those of the gateway are here; those of the lines stand beside what makes them, in
// line/gsm and line/phone, and api/causes puts all of them together. A code that was
// released stays: it is added to and never renamed.
//
// The package imports nothing of simgate but fault.
package cause
