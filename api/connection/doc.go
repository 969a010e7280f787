// Package connection lets callers in: it shares the connections of a listener among client
// addresses, so that nobody keeps others out by opening them, tells requests for this host
// from others, and listens on the Unix socket of the operator.
package connection
