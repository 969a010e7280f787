package cause

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"simgate/gateway/fault"
)

// Code names a cause for programs, as in "expired" or "cms_38". It never changes its meaning.
type Code string

// Cause is why something is in its state. The zero Cause is none.
type Cause struct {
	Code Code
	Text string // a sentence for people
}

// String returns the sentence.
func (c Cause) String() string { return c.Text }

// Kind describes the causes with a code.
type Kind struct {
	Code Code
	// Text is the sentence of such causes; each %s in it stands for what differs.
	Text  string
	Means string // what Text does not say; "" nothing
	Do    string // what to do about it

	// Numbered says that there is a code for each number, as cms_38 of cms. Those that are
	// known have a kind of their own.
	Numbered bool
}

// With returns the cause with a code of this package, with values in the places of %s in its
// sentence.
func (c Code) With(values ...any) Cause {
	k, _ := Find(kinds, c) // a test makes all
	return k.With(values...)
}

// With returns a cause of a kind, with values in the places of %s in its sentence.
func (k Kind) With(values ...any) Cause {
	if len(values) == 0 {
		return Cause{k.Code, k.Text}
	}
	texts := make([]any, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return Cause{k.Code, fmt.Sprintf(k.Text, texts...)}
}

// Of returns the cause that is an error for callers: its reason, or its code where it has
// none.
func Of(err error) Cause {
	c := Code(fault.CodeOf(err))
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Reason != "" {
		c = Code(e.Reason)
	}
	return Cause{c, fault.MessageOf(err)}
}

// Answered returns the cause that is an answer of a receiver of webhooks, with a status of
// HTTP.
func Answered(status int) Cause {
	c := HTTP.With(status)
	c.Code += Code("_" + strconv.Itoa(status))
	if c.Code == HTTPGone {
		return HTTPGone.With()
	}
	return c
}

// Find returns the kind with a code, or that of its number; false where there is none.
func Find(kinds []Kind, c Code) (Kind, bool) {
	for _, k := range kinds {
		if k.Code == c {
			return k, true
		}
	}
	family, number, ok := strings.Cut(string(c), "_")
	if !ok || strings.Trim(number, "0123456789abcdef") != "" {
		return Kind{}, false
	}
	for _, k := range kinds {
		if k.Numbered && k.Code == Code(family) {
			return k, true
		}
	}
	return Kind{}, false
}
