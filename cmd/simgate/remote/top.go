package remote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

func newTopCommand(app *cli.App) *cobra.Command {
	var once bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "top",
		Short: "show the queue, the modems and what is sent, until q is pressed",
		Long: "Show the queue, the modems, what is sent and what is wrong, and look again every two seconds.\n" +
			"q, Escape or Ctrl-C ends it. Where the output is no terminal, or with --once, it is shown once.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if every < 100*time.Millisecond {
				return cli.UsageError{Err: fmt.Errorf("--every must be at least 100ms")}
			}
			first, err := look(cmd.Context(), app)
			switch {
			case err != nil || app.JSON:
				return app.PrintJSON(first.metrics, err)
			case once || app.Screen == nil || !app.Interactive():
				_, err = io.WriteString(app.Stdout, page([]sight{first}))
				return err
			}
			return watch(cmd.Context(), app, first, every)
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "show it once")
	cmd.Flags().DurationVar(&every, "every", 2*time.Second, "time between two looks")
	return cmd
}

// sight is what was seen of the daemon at one moment.
type sight struct {
	at      time.Time
	metrics map[string]float64
	modems  []v1.Modem
	wrong   []v1.Trouble
	fault   error // nothing was seen
}

func look(ctx context.Context, app *cli.App) (sight, error) {
	return cli.Call(app, func(c *client.Client) (s sight, err error) {
		s.at = time.Now()
		if s.metrics, err = c.Metrics(ctx); err != nil {
			return s, err
		}
		if s.modems, err = c.Modems(ctx); err != nil {
			return s, err
		}
		n, err := c.Notify(ctx, 1)
		s.wrong = n.Troubles
		return s, err
	})
}

// rateOver is the time over which rates are shown.
const rateOver = time.Minute

// The sequences of a terminal (ECMA-48, and xterm's other screen).
const (
	otherScreen = "\x1b[?1049h\x1b[?25l"
	backAgain   = "\x1b[?25h\x1b[?1049l"
	home        = "\x1b[H"
	clearLine   = "\x1b[K"
	clearBelow  = "\x1b[J"
)

// watch shows page after page until a key ends it, and leaves the terminal as it was.
func watch(ctx context.Context, app *cli.App, first sight, every time.Duration) error {
	in := app.Keyboard()
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return err
	}
	defer func() { _ = term.Restore(int(in.Fd()), before) }()
	fmt.Fprint(app.Screen, otherScreen)
	defer fmt.Fprint(app.Screen, backAgain)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { // it ends with the program, if no key does
		defer stop()
		for key := make([]byte, 1); ; {
			if n, err := in.Read(key); err != nil || n == 1 && strings.ContainsRune("qQ\x03\x04\x1b", rune(key[0])) {
				return
			}
		}
	}()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for seen := []sight{first}; ; {
		draw(app, page(seen))
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		next, err := look(ctx, app)
		if err != nil {
			next = sight{at: time.Now(), fault: err}
			seen = nil // the counters may begin anew
		}
		for len(seen) > 1 && next.at.Sub(seen[1].at) >= rateOver {
			seen = seen[1:]
		}
		seen = append(seen, next)
	}
}

// draw shows as much of a page as there is room for.
func draw(app *cli.App, text string) {
	width, height, err := term.GetSize(int(app.Screen.Fd()))
	if err != nil {
		width, height = 80, 24
	}
	var out strings.Builder
	out.WriteString(home)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines[:min(len(lines), height)] {
		if i > 0 {
			out.WriteString("\r\n")
		}
		r := []rune(line)
		out.WriteString(string(r[:min(len(r), width)]) + clearLine)
	}
	out.WriteString(clearBelow)
	fmt.Fprint(app.Screen, out.String())
}

// page is the text of the last of what was seen, with rates since the first.
func page(seen []sight) string {
	last := seen[len(seen)-1]
	var out bytes.Buffer
	fmt.Fprintf(&out, "simgate, %s\n\n", last.at.Format(time.TimeOnly))
	if last.fault != nil {
		fmt.Fprintf(&out, "%v\n", last.fault)
		return out.String()
	}
	var waits []string
	for _, what := range []string{"codes", "messages", "calls", "deliveries", "held"} {
		waits = append(waits, fmt.Sprintf("%.0f %s", last.metrics[`simgate_queue{what="`+what+`"}`], what))
	}
	fmt.Fprintf(&out, "Waiting  %s\n\n", strings.Join(waits, ", "))
	_ = cli.Table(&out, "\tA MINUTE\tSINCE THE START", func(w io.Writer) { // a buffer takes everything
		for _, c := range []struct{ name, metric, label string }{
			{"parts sent", "parts_total", `outcome="sent"`},
			{"not sent", "parts_total", ""},
			{"codes", "codes_total", ""},
			{"right checks", "checks_total", `verdict="right"`},
			{"wrong checks", "checks_total", `verdict="wrong"`},
			{"refused", "refused_total", ""},
			{"calls", "calls_total", ""},
			{"webhooks delivered", "webhook_tries_total", `outcome="delivered"`},
			{"webhooks failed", "webhook_tries_total", `outcome="failed"`},
		} {
			count := func(s sight) float64 { return sum(s.metrics, "simgate_"+c.metric, c.label) }
			if c.name == "not sent" {
				count = func(s sight) float64 {
					return sum(s.metrics, "simgate_parts_total", "") - sum(s.metrics, "simgate_parts_total", `outcome="sent"`)
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%.0f\n", c.name, rate(seen, count), count(last))
		}
	})
	fmt.Fprintln(&out)
	_ = cli.Table(&out, "MODEM\tSTATE\tSIM\tOPERATOR\tSIGNAL\tTODAY\tSENT A MINUTE\tWHY", func(w io.Writer) {
		for _, m := range last.modems {
			signal, today := "", ""
			if m.SignalDBm != 0 {
				signal = fmt.Sprintf("%d dBm", m.SignalDBm)
			}
			for _, u := range m.Usage {
				if u.Period == "day" {
					today = fmt.Sprint(u.Parts)
					if u.MaxParts > 0 {
						today += fmt.Sprintf(" of %d", u.MaxParts)
					}
				}
			}
			sent := rate(seen, func(s sight) float64 {
				return sum(s.metrics, "simgate_parts_total", `modem="`+m.Name+`",outcome="sent"`)
			})
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Name, m.State, cli.Or(m.SIMName), cli.Or(m.Operator), cli.Or(signal), cli.Or(today), sent, cli.Or(whyNot(m)))
		}
	})
	for i, t := range last.wrong {
		if i == 0 {
			fmt.Fprintln(&out)
		}
		fmt.Fprintf(&out, "Since %s: %s\n", clock(t.Since), t.Text)
	}
	return strings.Map(func(r rune) rune { // names are those of networks, which may send anything
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, out.String())
}

// whyNot returns why a modem sends nothing, "" if it does.
func whyNot(m v1.Modem) string {
	if m.State == "ready" {
		return m.Hold
	}
	return m.Detail
}

// rate returns how much a count has grown in a minute, "-" while that is not known.
func rate(seen []sight, count func(sight) float64) string {
	first, last := seen[0], seen[len(seen)-1]
	over := last.at.Sub(first.at)
	if grown := count(last) - count(first); over > 0 && grown >= 0 {
		return fmt.Sprintf("%.1f", grown*float64(time.Minute)/float64(over))
	}
	return "-"
}

// sum adds all values of a metric that have a label, or all where it is "".
func sum(metrics map[string]float64, name, label string) (total float64) {
	for key, value := range metrics {
		if strings.HasPrefix(key, name+"{") && strings.Contains(key, label) {
			total += value
		}
	}
	return total
}
