package ninetynine

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/cause"
	"simgate/gateway/key"
	"simgate/gateway/msisdn"
)

// maxText is the longest text of a message, in characters.
const maxText = 1000

func (t server) send(f form) (any, error) {
	if err := f.need(key.SendMessages); err != nil {
		return nil, err
	}
	if err := f.addressed(); err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(f.Get("text"), `\n`, "\n")
	switch {
	case strings.TrimSpace(text) == "":
		return nil, &failure{reasonNoText, "the text is missing"}
	case len([]rune(text)) > maxText:
		return nil, &failure{reasonTooLong, fmt.Sprintf("the text is longer than %d characters", maxText)}
	}
	var all []gateway.NewMessage
	unique := newUnique()
	for to := range strings.SplitSeq(trimList(f.Get("to")), ",") {
		all = append(all, gateway.NewMessage{App: f.key.App, To: to, Reading: msisdn.NationalFirst(t.Country), Text: text, Anywhere: f.key.Allows(key.Anywhere), Origin: f.origin(unique, to)})
	}
	if _, err := t.Gateway.SendAll(f, all); err != nil {
		return nil, err
	}
	return sent{Status: "OK", Unique: unique, Timestamp: time.Now().Unix(), From: f.Get("from"), Text: text, Reason: reasonNone}, nil
}

// delivered is one line of a delivery status.
type delivered struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Code     int    `json:"code"`
	HeText   string `json:"he_message"`
	EnText   string `json:"en_message"`
	Date     string `json:"date"`
	Operator string `json:"operator"`
}

// outcome is what became of a message.
type outcome struct {
	code   int
	he, en string
}

// optedOut is the outcome of a message whose recipient wants none.
var optedOut = outcome{201, "הנמען ביקש הסרה", "the recipient opted out"}

// outcomes are the codes of final states. Messages in other states are not listed.
var outcomes = map[gateway.State]outcome{
	gateway.Delivered:   {0, "נמסר", "delivered"},
	gateway.Undelivered: {14, "לא נמסר על ידי המפעיל", "not delivered by the operator"},
	gateway.Failed:      {1, "נכשל", "failed"},
	gateway.ExpiredOut:  {103, "פג תוקף", "gave up after retries"},
	gateway.Cancelled:   {1, "בוטל", "cancelled"},
}

func (t server) delivery(f form) (any, error) {
	// A key that can send can also ask for the outcome.
	if !f.key.Allows(key.SendMessages) && !f.key.Allows(key.SendCodes) {
		if err := f.need(key.Read); err != nil {
			return nil, err
		}
	}
	list := []delivered{}
	unique := f.Get("unique")
	if unique == "" {
		return list, nil
	}
	messages, err := t.Gateway.Messages(f, gateway.MessageFilter{App: f.key.App, Request: unique, Limit: 500})
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		if o, ended := outcomes[m.State]; ended {
			if m.Cause.Code == cause.OptedOut {
				o = optedOut
			}
			from, to := asCalled(m)
			list = append(list, delivered{From: from, To: cmp.Or(to, m.To.National(t.Country)), Code: o.code, HeText: o.he, EnText: o.en, Date: m.Ended.Local().Format("02/01/06 15:04")})
		}
	}
	return list, nil
}

// origin returns what is kept with a message: the id of its request, and the sender and
// the recipient as the caller wrote them.
func (f form) origin(unique, to string) gateway.Origin {
	return gateway.Origin{Request: unique, Note: f.Get("from") + "\n" + strings.TrimSpace(to)}
}

// asCalled returns the sender and the recipient as the caller wrote them, "" for a
// message of another dialect.
func asCalled(m gateway.Message) (from, to string) {
	from, to, _ = strings.Cut(m.Origin.Note, "\n")
	return from, to
}

// trimList returns a list of numbers without commas at its ends.
func trimList(s string) string { return strings.Trim(s, ", \t\r\n") }

// newUnique returns the digits that identify a request in delivery statuses.
func newUnique() string {
	n, err := rand.Int(rand.Reader, big.NewInt(9_000_000_000_000))
	if err != nil {
		panic(err) // crypto/rand does not return errors
	}
	return n.Add(n, big.NewInt(1_000_000_000_000)).String()
}
