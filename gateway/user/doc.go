// Package user keeps who may open the pages: users with roles, their passwords, the
// browsers in which they are logged in, and what they did.
//
// A user gets in by a [Link] that works once and for 15 minutes, chooses a password there,
// and logs in with it from then on. The first link, and one for whoever has forgotten the
// password, come from the Unix socket: whoever can open that is the owner of the machine.
// So there is no password that is printed, and none before somebody has chosen it.
//
// Passwords are kept as argon2id hashes. One is computed at a time: its memory is a good
// part of what a small machine has. Wrong passwords make the client address, and the user,
// wait for longer each time. The wait of a user does not hold where that user has a
// session already, so strangers cannot keep anybody out.
//
// A [Session] is a random secret in a cookie, of which the database has the hash. It ends
// eight hours after its last use and seven days after its begin, or after thirty days for
// who asked to stay; by the time of day or by ticks, whichever is first, so that setting the
// clock revives none.
package user
