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
//   - status reports are read here (S04j).
//
// Faults of the library that cannot reach this project, by the names under
// which its tests know the others:
//
//   - S03, S04a to S04i, S05 and S06a to S06e are of messages that come in, and of
//     the library's collector of their parts: nothing here reads such messages;
//     they stay on the SIM;
//   - S08b, class 0: nothing here sends flash messages;
//   - S08c, a template that turns a submission into a delivery: no template is used;
//   - S09d, Turkish: national tables are not used for sending, since many
//     handsets ignore them; such text goes as UCS-2;
//   - E14, E16 and E17 are of package gsm of the sibling module, which is not used.
package pdu
