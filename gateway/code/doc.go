// Package code makes one-time codes, and keeps them so that who steals the disk
// has none of them.
//
// Codes come from crypto/rand, each equally likely. At rest a code is a MAC, which
// is compared, and a ciphertext, so that the same code can be sent again. The key of
// both is in [Safe] and lies in memory (tmpfs), not on the disk of the database.
package code
