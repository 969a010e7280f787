// Package pdu encodes short messages as TPDUs and decodes them (3GPP TS 23.040). It does
// no input or output and reads no clock.
//
// It uses the tables, the packing and the field layout of github.com/warthog618/sms, and
// works around its faults, which have the names of their tests:
//
//   - addresses are encoded and decoded here: a short code or a national number is not
//     international (S02), and alphanumeric senders may contain escapes (S05);
//   - texts are split here, never within an escape, a surrogate pair or a grapheme
//     cluster (S09), which github.com/clipperhouse/uax29 finds;
//   - the reference of a concatenation comes from the caller, who stores it (S01), and
//     the validity octet is set here (S07);
//   - status reports (S04j) and deliveries are decoded here: what breaks the standard is
//     repaired and reported, and only a PDU without a sender or a text is refused (S03,
//     S04a to S04i, S06c);
//   - the library expects national languages in elements 24 and 25; they are in 24 and 25
//     hexadecimal, as here.
//
// # What a caller must know
//
// A part of a longer message has [Deliver.Concat]. The caller joins the parts ([Join]).
// References repeat, so that messages must also be distinguished by sender, time and
// content. If [Deliver.Repair] is not empty, the caller should keep the PDU.
//
// # Faults of the library that do not apply
//
//   - S06a, S06b, S06d and S06e are in the collector of the library, which joins parts in
//     memory and is not used;
//   - S08b, class 0: nothing here sends flash messages;
//   - S08c, a template that turns a submission into a delivery: no template is used;
//   - E14, E16 and E17 are in package gsm of the sibling module, which is not used.
package pdu
