// Package inbox keeps what came in: messages, in one or more parts.
//
// A message is stored before it is deleted from the SIM, and stored once however often
// it is read there. Parts are joined in whatever order they come; where references
// repeat, by the times of the SMSC. A message whose parts do not all come is shown
// with gaps after a while, and shown again when one of them comes after all. What
// cannot be decoded is kept as the PDU that came.
//
// A [Message] that is shown has a Change, which grows with each that is shown or
// completed: who follows the inbox reads on from the last one.
package inbox
