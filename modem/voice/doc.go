// Package voice carries sound into a call and out of it, on a port that takes
// samples: 8000 a second, 16 bits, little-endian, in frames of 20 ms. Modems of
// Huawei, SIMCom and Quectel have such a port beside the one for commands.
//
// # The clock
//
// The modem plays what it is given 50 times a second and buffers next to
// nothing. So a [Stream] counts from the first frame on: frame n is due n times
// 20 ms later, however late frame n-1 was, and a call of a minute does not drift
// by the time that writing takes. Three frames are given in advance, which the
// modem lives on when this process is late.
//
// A stream that is up to those three frames late gives what is due at once: the
// modem has room for just that, and nobody hears anything. Later than that, the
// modem has been silent already. What should have been heard meanwhile is left
// out, since frames that arrive in a bunch overrun the modem, which then drops
// some of its own choice; and the caller of [Stream.Say] is told, who can have
// it said again.
//
// A write that takes longer than 200 ms never ends: the port is given up.
//
// # Silence
//
// Frames are written from the beginning to the end of a call, whether there is
// anything to say or not: ports that run dry stutter for seconds. Silence is a
// noise floor and not zeros, which echo cancellers and listeners take for a dead
// line. Before what is said there are 200 ms of it, for the call to open both
// ways, and 500 ms after it, so that the last digit has been heard when Say
// returns and the call may end.
//
// # What comes back
//
// It is read all the time, or the port stalls. [Detector] finds the keys that
// are pressed at the far end in it (ITU-T Q.23), for modems that do not tell
// them by themselves.
package voice
