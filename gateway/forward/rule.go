package forward

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"simgate/gateway/cause"
)

// Rule says what is passed on, and where to. Empty fields mean any, or nowhere.
type Rule struct {
	ID   int64  // 0: it is in the configuration
	Name string // unique
	Made time.Time

	From  string // number or name of the sender
	Line  int64
	App   string // that it belongs to
	Text  string // that is in it; case does not count
	Calls bool   // missed calls, too

	Number  string // MSISDN
	Limit   int    // messages to Number in 24 hours
	Email   string
	Webhook string // URL that gets JSON
	Ntfy    string // URL of a topic
	Token   string // of Ntfy
}

// key names the rule in the queue: a rule that is kept can have another name any time, and
// none of the configuration has a # in its own.
func (r Rule) key() string {
	if r.ID == 0 {
		return r.Name
	}
	return "#" + strconv.FormatInt(r.ID, 10)
}

// dots stand for what is not shown.
const dots = "••••"

// Masked returns the rule as it may be shown: of URLs there is the host alone, since what
// follows it is often a secret, and no token.
func (r Rule) Masked() Rule {
	r.Webhook, r.Ntfy = maskURL(r.Webhook), maskURL(r.Ntfy)
	if r.Token != "" {
		r.Token = dots
	}
	return r
}

func maskURL(s string) string {
	u, err := url.Parse(s)
	if s == "" || err != nil {
		return strings.Repeat(dots, min(len(s), 1))
	}
	return u.Scheme + "://" + u.Host + "/" + dots
}

// Item is something that came in.
type Item struct {
	ID       int64
	App      string
	Line     int64
	Number   string // of the SIM, "" unknown
	Sender   string // "" withheld
	Call     bool
	Text     string
	Received time.Time
	Test     bool // it did not come in: an owner tests a rule
}

// Way is one of the ways of a rule.
type Way string

// The ways.
const (
	ByNumber  Way = "number"
	ByEmail   Way = "email"
	ByWebhook Way = "webhook"
	ByNtfy    Way = "ntfy"
)

// Ways returns the ways of a rule.
func (r Rule) Ways() (list []Way) {
	for _, w := range []struct {
		way Way
		to  string
	}{{ByNumber, r.Number}, {ByEmail, r.Email}, {ByWebhook, r.Webhook}, {ByNtfy, r.Ntfy}} {
		if w.to != "" {
			list = append(list, w.way)
		}
	}
	return list
}

// meets reports whether a rule is about something.
func (r Rule) meets(i Item) bool {
	return (r.From == "" || r.From == i.Sender) && (r.Line == 0 || r.Line == i.Line) && (r.App == "" || r.App == i.App) &&
		(r.Calls || !i.Call) && strings.Contains(strings.ToLower(i.Text), strings.ToLower(r.Text))
}

// mark is the first word of a message to a number.
const mark = "Fwd"

// circle returns why something would go round in circles if it was passed on to the number of
// a rule, "" if it would not; own are the numbers of the SIMs of this gateway.
func (r Rule) circle(i Item, own []string) cause.Code {
	switch {
	case i.Sender == r.Number:
		return cause.FromItsNumber
	case slices.Contains(own, i.Sender):
		return cause.FromOwnSIM
	case slices.Contains(own, r.Number):
		return cause.ToOwnSIM
	case strings.HasPrefix(i.Text, mark+" "):
		return cause.ForwardedTwice
	}
	return ""
}

// maxText is how many characters of a text go to a number.
const maxText = 600

// short returns what goes to a number, with what it is in the language of the owner.
func (i Item) short(say func(string) string) string {
	s := mark + " " + say(i.Title())
	if !i.Call {
		s += ": " + i.Text
	}
	if utf8.RuneCountInString(s) > maxText {
		s = string([]rune(s)[:maxText-4]) + " ..."
	}
	return s
}

// Title says in a few words, on one line, what came in.
func (i Item) Title() string {
	from := strings.Map(func(r rune) rune { // the name of a sender may have any character of the alphabet of GSM
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, i.Sender)
	if from == "" {
		from = "an unknown number"
	}
	if i.Call {
		return "missed call from " + from
	}
	return from
}
