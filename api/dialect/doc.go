// Package dialect says what a dialect is: the API of a hosted service, spoken so
// that an app that was written for it works when only its base URL changes.
//
// Each dialect is a package of its own below this one; none imports another. It
// brings its routes, the paths that it answers for, how it answers a failure, and
// the webhook formats of its service. One line in the table of package api adds it.
//
// A handler answers what its caller did wrong by itself, in the words of its
// service. Every other error it returns: the server logs it, once for all dialects,
// and has it answered by Fail.
package dialect
