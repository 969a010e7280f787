// Package acme obtains certificates of an authority that all devices trust, such as Let's
// Encrypt, with ACME (RFC 8555).
//
// The authority asks for a record in the zone of the name (the DNS challenge), which the
// service that has the zone takes over its API: so nobody has to reach this machine from the
// internet, and its name may have a private address. Which services there are is in one table.
//
// A [Client] obtains what it is asked for, once; when, and what becomes of it, is the matter
// of package certificate. Account, keys and certificates are in a folder that only their owner
// can read. Between two calls nothing is in memory.
//
// An error says in words what is wrong and what to do, and holds no token or password,
// whatever a service has put into its answer.
package acme
