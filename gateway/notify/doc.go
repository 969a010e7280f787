// Package notify tells the owner what is wrong, and when it is over.
//
// # Troubles
//
// A [Trouble] begins in one of two ways. What lasts, such as a modem that is not there, is
// a [Condition]: the world is looked at once a minute, and a condition that is seen for
// as long as it says begins a trouble, which is over when it has not been seen for a
// minute. What happens, such as a quarantine, is an event that another room has written
// into the journal; events are read from a cursor of this package. Either way its begin
// and its end are events of the journal.
//
// # Notifications
//
// In the transaction in which a trouble begins or ends, and which moves the cursor, a
// [Notification] is written for each way that is configured: a message to the phone of the
// owner, a webhook, ntfy, Gotify, e-mail. So none is lost, however the program ends; one
// that was under way then is made again, with the same id. Each way has one notification
// of a trouble at a time: what is newer takes the place of what is still pending. A trouble
// that comes again within an hour is told when the hour has passed, if it lasts until
// then.
//
// A notification is tried until it succeeds, after growing pauses, for a day. A way that
// does not work delays no other. In quiet hours only what is urgent is told: that nothing
// can be sent, and that the disk is full.
//
// A message goes out like any other: the guard judges it, and there are 10 a day at most.
// Where no line is ready or the 10 are used up it is left to the other ways; it waits
// where there are none.
//
// # Addresses
//
// The addresses of the configuration are the owner's word: they may be in the local
// network, or this machine. A name in them that leads to this machine, to a link-local or
// a multicast address all the same is refused. Redirects are not followed, and proxies not
// used.
package notify
