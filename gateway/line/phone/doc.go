// Package phone is the [line.Driver] on an Android phone with the app SMS Gateway for
// Android, which serves HTTP on the phone (local server). A text is given to the phone
// whole: Android makes its parts.
//
// # Never twice
//
// Each message is given to the phone under an id of ours, which is on the disk before. The
// app refuses a second one with it, so that a request whose answer got lost is repeated
// without harm, and whoever comes after a crash can ask what became of it. A message may
// wait on the phone for a minute; then it is cancelled there and is not sent for certain, or
// its outcome is [line.Unknown] until the phone tells it: by a webhook, or when it is asked.
// Only if the phone says a minute later that it has never heard of it, or if it is another
// phone by then, nothing more is to be learned.
//
// # What the phone says
//
// The app delivers webhooks, which this package registers there, and signs them with a key
// that this package sets. They need an address at which the phone reaches the gateway, with
// a certificate that it trusts. So nothing depends on them: messages under way, and what
// came in, are asked for as well, and what is known already changes nothing. Both ways end
// in the same values; the inbox knows a message that it has.
//
// # Which phone it is
//
// A line is the SIM, by its ICCID where Android lets the app read it, else by the device
// and slot. If another phone answers at the address it is another line, and what the old one
// was given is not asked of it.
//
// # What it cannot do
//
// The app tells nothing of calls, sends no USSD codes, and no messages that are shown at
// once: these go as usual ones.
package phone
