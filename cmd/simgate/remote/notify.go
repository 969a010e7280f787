package remote

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

func newNotifyCommand(app *cli.App) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "notify",
		Short: "show what is wrong, and what you were told",
		Long: "Show what is wrong now, and the newest notifications. How you are told is set with notify in\n" +
			"the configuration: by a message to your phone, a webhook, ntfy, Gotify or e-mail.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := cli.Call(app, func(c *client.Client) (v1.Notify, error) { return c.Notify(cmd.Context(), limit) })
			if err != nil || app.JSON {
				return app.PrintJSON(n, err)
			}
			return printNotify(app.Stdout, n)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "largest number of notifications to list")
	cmd.AddCommand(newNotifyTestCommand(app))
	return cmd
}

func printNotify(out io.Writer, n v1.Notify) error {
	if len(n.Ways) == 0 {
		fmt.Fprintln(out, "You are not told what is wrong: set notify in the configuration.")
	} else {
		fmt.Fprintf(out, "You are told what is wrong by %s.\n", strings.Join(n.Ways, ", "))
	}
	if len(n.Troubles) == 0 {
		fmt.Fprintln(out, "Nothing is wrong.")
	}
	for _, t := range n.Troubles {
		fmt.Fprintf(out, "Since %s: %s\n", clock(t.Since), t.Text)
	}
	if c := n.Canary; c != nil {
		fmt.Fprintln(out, canaryLine(*c))
	}
	if len(n.Notifications) == 0 {
		return nil
	}
	fmt.Fprintln(out)
	return cli.Table(out, "ID\tAT\tWAY\tSTATE\tTRIES\tCAUSE\tWHAT", func(w io.Writer) {
		for _, m := range n.Notifications {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\t%s\n", m.ID, clock(m.At), m.Way, m.State, m.Tries, cli.Or(m.Cause), m.Title)
		}
	})
}

// canaryLine says what the canary costs, and what came of the last one.
func canaryLine(c v1.Canary) string {
	text := fmt.Sprintf("A message from SIM to SIM every %s: %d a month", time.Duration(c.EverySeconds)*time.Second, c.MonthlySends)
	if c.MonthlyCost > 0 {
		text += fmt.Sprintf(", which cost about %.2f", c.MonthlyCost)
	}
	switch {
	case c.At.IsZero():
		return text + ". None was sent since the start."
	case c.Arrived:
		return text + fmt.Sprintf(". That of %s arrived after %.1f seconds.", clock(c.At), c.Seconds)
	case c.From == "":
		return text + ". None can be sent: " + c.Cause
	}
	return text + fmt.Sprintf(". That of %s did not arrive: %s", clock(c.At), c.Cause)
}

func newNotifyTestCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "test",
		Short: "tell you something by every way that is configured",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Told, error) { return c.TestNotify(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			if !printTold(app, list) {
				return errors.New("not every way works: see notify in the configuration")
			}
			return nil
		},
	}
}

// printTold prints the outcomes of tests, and reports whether all went well.
func printTold(app *cli.App, all []v1.Told) bool {
	ok := true
	for _, t := range all {
		if t.OK {
			fmt.Fprintf(app.Stdout, "%s: accepted\n", t.Way)
			continue
		}
		ok = false
		fmt.Fprintf(app.Stdout, "%s: failed: %s (%s)\n", t.Way, t.Cause, t.CauseCode)
	}
	return ok
}
