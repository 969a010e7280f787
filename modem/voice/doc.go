// Package voice sends sound into a call and receives its sound, on a port that carries
// samples: 8000 a second, 16 bits, little-endian, in frames of 20 ms. Modems of Huawei,
// SIMCom and Quectel have such a port besides the one for commands.
//
// # The clock
//
// The modem plays 50 frames a second and buffers very few. So a [Stream] computes the time
// of each frame from the first: frame n is written n times 20 ms later, however late
// frame n-1 was, so that the time which writing takes does not add up. Three frames are
// written in advance, which the modem plays when this process is late.
//
// A stream that is up to three frames late writes what is due at once: the modem has room
// for it, and plays without a gap. If it is later, the modem has been silent already. The
// frames of that time are skipped, since frames that arrive at once overrun the modem,
// which then drops some. [Stream.Say] returns how many were skipped, so that the caller
// can repeat what was said.
//
// A write that takes longer than 200 ms counts as a failure of the port.
//
// # Silence
//
// Frames are written from the beginning to the end of a call, also when nothing is said:
// ports that run out of frames stutter for seconds. Silence is a quiet noise and not
// zeros, which echo cancellers and people take for a broken connection. It precedes what
// is said for 200 ms, in which the call is established both ways, and follows it for
// 500 ms, so that the last digit was heard when Say returns and the call may end.
//
// # Receiving
//
// The sound of the far end is read all the time, or the port would stall. A [Detector]
// finds the keys in it that are pressed at the far end (ITU-T Q.23), for modems that do
// not report keys.
package voice
