// Package person exports and forgets all that is stored about a phone number.
//
// Where numbers stand is declared by the rooms that have the tables ([store.Personal]).
// What is forgotten is overwritten in the database, not only unlinked.
//
// # Backups
//
// A backup that was made before still holds the number. So that a restore removes it again,
// each number that was forgotten is written down as a hash, in the database and in a [List]
// in the folder of backups. The hash is keyed: without the key, which lies beside the
// database and in no backup, nobody can try numbers until one fits. A backup that was made
// later knows of the forgetting itself, and what has come since stays.
//
// Who has opted out since is kept in a list of the same kind, and opts out again.
//
// # What is kept
//
// Who has opted out and wants to be forgotten is not written to again: the rows of the
// suppression list stay, with the hash as a mark in the place of the number.
package person
