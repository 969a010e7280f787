// Package pdu turns short messages into TPDUs and back (3GPP TS 23.040). It
// does no input or output and looks at no clock.
//
// The codec below it is github.com/warthog618/sms, whose tables, packing and
// field layout are used; where that refuses what networks really send, or
// makes what it should not, this package stands in front of it:
//
//   - addresses are made here: a short code or a national number is not
//     international (S02), and escapes in alphanumeric senders decode (S05);
//   - the text is cut into parts here, never inside an escape, a surrogate pair
//     or a character made of several (S09 and the limits of one part);
//   - the reference of a concatenation comes from the caller, who counts it in
//     his database (S01), and the validity octet is set here (S07);
//   - status reports are read here (S04j), and so are deliveries: what the
//     standard says is read, what breaks it is mended and said to be, and only
//     what is without a sender or a text is refused (S03, S04a to S04i, S06c);
//   - the library looks for national languages in elements 24 and 25; they are
//     24 and 25 hexadecimal, and that is where they are read here.
//
// # What a caller must know
//
// A part of a longer message says so in [Deliver.Concat]; putting parts together
// is the caller's, who keeps them. References repeat, so the sender, the time
// and the content tell messages apart too. A part whose [Deliver.Repair] is not
// empty is worth keeping as the PDU that it was.
//
// # Faults of the library that cannot reach this project
//
// By the names under which the tests know the others:
//
//   - S06a, S06b, S06d and S06e are of the library's collector, which puts parts
//     together in memory; it is not used;
//   - S08b, class 0: nothing here sends flash messages;
//   - S08c, a template that turns a submission into a delivery: no template is used;
//   - E14, E16 and E17 are of package gsm of the sibling module, which is not used:
//     status reports have their own parser here, and no data coding is refused.
package pdu
