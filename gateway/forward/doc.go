// Package forward passes on what comes in: to a number, a mailbox, a URL or a topic of ntfy.
//
// A [Rule] says what it is about and where it goes. Rules are in the configuration, or made
// while the gateway runs and kept in the database; the latter lead only where webhooks may,
// and each change of one is an event, since whoever makes a rule reads what comes in. In the transaction that shows a message,
// a row is written for each way of each rule that it meets; so none is lost, however the
// program ends. What goes one way of a rule goes in the order in which it came in: one that
// cannot be passed on is tried again after growing pauses, for a day, and those behind it
// wait. What failed is an event for the owner.
//
// A message to a number goes out like any other: the guard judges it, and a rule sends no
// more than its limit in 24 hours. So that nothing goes round in circles, nothing is passed
// on to a number that came from that number or from a SIM of this gateway, or that was passed
// on by another, which its first word tells; and none goes to a SIM of this gateway.
package forward
