// Package key keeps the API keys of apps: who may ask for what.
//
// A [Key] belongs to an app and has scopes; keys of one app share its messages and
// verifications. Its token is shown once and kept as a hash. A token of 190 random
// bits is not guessed, so the hash is fast, and what was found is kept in memory: no
// other process has the database open. A revocation holds at once.
//
// An access token stands for a key for a while (RFC 6749 4.4). It is kept nowhere.
package key
