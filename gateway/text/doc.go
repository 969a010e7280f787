// Package text writes the sentences that carry codes: which language a number is
// written to in, the sentence of each language, and what the caller or the owner puts
// in its place.
//
// A sentence has {code} once, and where it is wanted {brand} and {minutes}. It keeps
// to one short message where it can, shows the code on a locked screen, and contains
// no other group of digits. A [Sentence] that is written holds a mark in the place
// of the code, which [Fill] replaces: the code itself is never stored in a text.
package text
