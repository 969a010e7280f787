// Package gsm is the [line.Driver] on a GSM modem: the only package of the gateway
// that knows package modem. A text becomes TPDUs, one for each part; errors, reports
// and messages that came in become values of package line.
//
// # What it remembers for a modem
//
// Which steps of recovery were taken for a modem and which worked, so that these are
// tried first; and which PINs were sent to a SIM and not accepted, noted before they
// are sent, so that no power cut makes it two tries.
package gsm
