package remote

import (
	"cmp"
	"fmt"
	"io"
	"time"

	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

// moment is one entry of a timeline.
type moment struct {
	at             time.Time
	what, why, who string
}

// printMoments writes a timeline.
func printMoments(w io.Writer, all []moment) error {
	return cli.Table(w, "AT\tWHAT\tBY\tWHY", func(w io.Writer) {
		for _, m := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clock(m.at), m.what, cli.Or(m.who), cli.Or(m.why))
		}
	})
}

// stepWords are the kinds of steps that are not told as they are called.
var stepWords = map[string]string{"passed_over": "lines passed over", "submitted": "given to the modem", "refused": "refused, to be tried again", "held": "put aside"} //nolint:gosec // nothing in it is a password

// momentsOf tells the timeline of a message.
func momentsOf(m v1.Message) []moment {
	all := make([]moment, len(m.Timeline))
	for i, s := range m.Timeline {
		what := cmp.Or(stepWords[s.What], s.What)
		switch {
		case s.Part != 0:
			what = fmt.Sprintf("part %d/%d %s", s.Part, m.PartsTotal, what)
		case s.What == "meanwhile":
			what = "meanwhile"
		case s.Webhook != nil:
			what = fmt.Sprintf("webhook %s %s", s.Webhook.Kind, s.Webhook.State)
		default:
			what = "message " + what
		}
		if s.Times > 1 {
			what += fmt.Sprintf(", %d times", s.Times)
		}
		if !s.Until.IsZero() {
			what += " until " + clock(s.Until)
		}
		if s.Reference != nil {
			what += fmt.Sprintf(", reference %d", *s.Reference)
		}
		who := ""
		if s.Line != 0 {
			who = fmt.Sprintf("line %d, %s", s.Line, s.Modem)
		}
		all[i] = moment{s.At, what, s.Cause, who}
	}
	return all
}
