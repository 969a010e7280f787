// Package causes puts together all causes that simgate tells of: for the page that says what
// each means and what to do, at [Path].
package causes

import (
	"strings"

	"simgate/gateway/cause"
	"simgate/gateway/line/gsm"
	"simgate/gateway/line/phone"
)

// Path is that of the page.
const Path = "/docs/causes"

// Group are the causes of one origin.
type Group struct {
	Name, Anchor, About string
	Kinds               []cause.Kind
}

// Groups returns all causes. Each code is there once.
func Groups() []Group {
	return []Group{
		{"The gateway", "of-the-gateway", "What the gateway itself has decided or found: about messages and calls, texts of people, webhooks, what a message waits for, and what its guard refuses.", cause.Kinds()},
		{"Modems and networks", "of-modems", "What a modem says, and the network behind it. Numbers are those of the standards of 3GPP.", gsm.Causes()},
		{"Phones", "of-phones", "What an Android phone says that is a line of simgate.", phone.Causes()},
	}
}

// All returns the kinds of all groups.
func All() (all []cause.Kind) {
	for _, g := range Groups() {
		all = append(all, g.Kinds...)
	}
	return all
}

// Link returns the path of what a code means, "" for a code that is not described. All are of
// [All].
func Link(all []cause.Kind, c cause.Code) string {
	k, ok := cause.Find(all, c)
	if !ok {
		return ""
	}
	return Path + "#" + string(k.Code)
}

// Sentence returns the sentence of a kind for people, with dots for what differs; "" where
// all of it does.
func Sentence(k cause.Kind) string {
	if k.Text == "%s" {
		return ""
	}
	return strings.ReplaceAll(k.Text, "%s", "…")
}
