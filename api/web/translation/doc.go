// Package translation puts the sentences of the pages into the languages of their readers.
//
// A sentence is its own name: templates and package web say it in English, with the values
// that fmt puts in, and each language has a file in the form of gettext (PO), which tools for
// translators such as Poedit and Weblate read. A language is read when somebody asks for it
// first, and takes no memory before.
//
// To translate into a new language,
//
//  1. copy he.po under the tag of the language (BCP 47), as pt.po, and change its header:
//     Language, and in Plural-Forms how the language counts (the documentation of gettext has
//     a list). Leave every other msgstr empty;
//  2. add it to the table in translation.go, with its own name for itself and the forms of
//     Plural-Forms as CLDR calls them;
//  3. translate what is in the file. Values as %d and %s stay; where their order changes they
//     are numbered, as in %[2]s. A day is written in digits, in Go's form of the 2nd of
//     January 2006. An empty msgstr, and what is marked fuzzy, is shown in English.
//
// The comment above a sentence names the file that says it first. A new sentence is put into
// all files, and one that nothing says any more taken out, by
//
//	go test -tags web -run TestComplete ./api/web/translation -update
//
// A short sentence is the label of a button or a field on a phone: its translation should be
// short, too. Readers are spoken to politely (Sie, vous, usted) or, better, not at all.
package translation
