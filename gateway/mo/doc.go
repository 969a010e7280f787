// Package mo is the text that a person sends to verify a number: "you send, we listen". It
// makes the token and the link, and finds tokens in what people send.
//
// A token has 40 random bits, and ends one verification once. It is no secret that opens
// anything: a text with it counts only from the number that is to be verified. What comes
// from another number, from a name or too late changes nothing, and its sender is told
// nothing, so that strangers use up nothing and learn nothing.
//
// The sender of a short message can be forged by who is connected to an SMSC. So [Judge]
// takes a text for a proof only where its PDU names no SMSC of another country than that
// of its sender. Others are answered with a code to be typed in, which reaches the real
// number alone. That keeps out some of those who forge, not all: where more is at stake
// every text is answered so.
package mo
