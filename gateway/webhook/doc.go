// Package webhook delivers what happens to the servers of apps.
//
// A [Webhook] is a URL of an app with the kinds of news that it gets. A [Callback] is a
// URL that one request names for news of its own subject; it must be at the origin of a
// webhook of the same app, unless [Config.AnyCallback] allows others.
//
// # From a change to a delivery
//
// The journal has each change of a state ([journal.Change]). The fan-out reads on from
// the last change that it has seen, and in one transaction writes a [Delivery] for each
// receiver and notes how far it has read: no change is lost, and none is delivered
// twice. A webhook gets the changes that come after its registration. The state that is
// delivered is that of the change. Everything else about the subject is as it is at the
// first try, and the same in each try after that.
//
// # Tries
//
// A delivery is tried until the receiver answers with success, after the pauses of
// Standard Webhooks or those of its format, and has failed after the last. Each receiver
// (an app and the origin of a URL) gets one delivery at a time, receivers take turns
// ([turns]), and one that does not answer is left alone for a while, so that it delays
// nobody else. A receiver that answers 410 is disabled. At most 100,000 deliveries are
// pending for a webhook; then the oldest fail.
//
// What came in from one sender is delivered in its order: while the first tries of one
// delivery fail, which takes more than a day, those behind it wait.
//
// # Addresses
//
// A connection is made only to addresses of the public internet and to networks that the
// owner allows, and never to this machine unless it is allowed. The address is checked
// after the name was looked up. Redirects are not followed, and proxies not used.
package webhook
