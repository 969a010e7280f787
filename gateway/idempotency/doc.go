// Package idempotency lets a request be carried out once, however often it comes.
//
// A caller that has heard nothing may ask again with the same key
// (draft-ietf-httpapi-idempotency-key-header). What is remembered is the id of what the
// request made, in the transaction that made it, for a day at least; never a code or a
// text.
package idempotency
