// Package locale is the one table of the languages that codes are written and spoken
// in. Package text reads what is written from it, package speech what is spoken, so
// that both address the reader in the same words.
//
// A row is one language of one or more countries. To add one, append it to the file of
// its family; the tests of locale, text and speech then hold it to the rules of all.
//
// # Rules for what is written
//
// A sentence holds the code early, says that it is not to be shared, and fits one short
// message with a brand of 18 characters and a code of 10: 160 characters in the default
// alphabet of GSM (TS 23.038), 70 where it has others. It is spelled correctly, accents
// included: text leaves them out where a long brand or last line would otherwise cost a
// second message.
//
// # Rules for what is spoken
//
// A sentence is spelled for the ear: espeak-ng reads it, nobody sees it. A digit or
// letter that the voice does not pronounce, or that people on the telephone call by
// another name (Chinese 幺, Brazilian meia), is given as a word.
//
// # Voices
//
// espeak-ng has no voice for some countries, and their locales sound like the nearest:
// en-au and en-in like en-gb, es-us like es-mx, and fr-ca like fr-fr, but for the
// words. It reads Hebrew as single letters, so he-il is written and not spoken, and
// Thai so but for its digits, so the sentences of th-th are in English.
package locale
