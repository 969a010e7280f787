package remote

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	calls "simgate/gateway/call"
)

func newCallCommand(app *cli.App) *cobra.Command {
	var language, file string
	var wait, dry bool
	cmd := &cobra.Command{
		Use:   "call NUMBER [TEXT]",
		Short: "call a number and say a text, or play a file",
		Long: "Call a number and say TEXT, or play a file from the folder voice.files.\n" +
			"To listen to a text before you call, write it to a file with simgate speech.",
		Example: "  simgate call +4915112345678 \"The pump has stopped\" --language en-gb --wait",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 2) == (file != "") {
				return cli.UsageError{Err: errors.New("give either a text or --file")}
			}
			if dry && file != "" {
				return cli.UsageError{Err: errors.New("--dry-run is for texts")}
			}
			if dry {
				return rehearse(app, func(c *client.Client) (v1.Rehearsal, error) {
					return c.RehearseCall(cmd.Context(), args[0], args[1], language)
				})
			}
			c, err := cli.Call(app, func(c *client.Client) (v1.Call, error) {
				if file != "" {
					return c.PlayCall(cmd.Context(), args[0], file)
				}
				return c.PlaceCall(cmd.Context(), args[0], args[1], language)
			})
			if err == nil && wait {
				c, err = awaitCall(cmd, app, c)
			}
			if err != nil || app.JSON {
				return app.PrintJSON(c, err)
			}
			if wait {
				return printCall(app.Stdout, c)
			}
			_, err = fmt.Fprintf(app.Stdout, "call %d to %s is queued; see it with: simgate calls %d\n", c.ID, c.To, c.ID)
			return err
		},
	}
	cmd.Flags().StringVar(&language, "language", "", "language of the text, such as de-de (default: that of the number's country)")
	cmd.Flags().StringVar(&file, "file", "", "a WAV file in the folder voice.files")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until the call has ended")
	dryRun(cmd, &dry)
	return cmd
}

// awaitCall polls a call until it has ended.
func awaitCall(cmd *cobra.Command, app *cli.App, c v1.Call) (v1.Call, error) {
	for !calls.State(c.State).Ended() {
		select {
		case <-cmd.Context().Done():
			return c, cmd.Context().Err()
		case <-time.After(time.Second):
		}
		var err error
		if c, err = cli.Call(app, func(a *client.Client) (v1.Call, error) { return a.GetCall(cmd.Context(), c.ID) }); err != nil {
			return c, err
		}
	}
	return c, nil
}

func newCallsCommand(app *cli.App) *cobra.Command {
	var state string
	var limit int
	cmd := &cobra.Command{
		Use:   "calls [ID]",
		Short: "list calls, newest first, or show one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				id, err := strconv.ParseInt(args[0], 10, 64)
				if err != nil {
					return cli.UsageError{Err: fmt.Errorf("%q is not the id of a call: simgate calls lists them", args[0])}
				}
				c, err := cli.Call(app, func(a *client.Client) (v1.Call, error) { return a.GetCall(cmd.Context(), id) })
				if err != nil || app.JSON {
					return app.PrintJSON(c, err)
				}
				return printCall(app.Stdout, c)
			}
			list, err := cli.Call(app, func(a *client.Client) ([]v1.Call, error) {
				return a.Calls(cmd.Context(), state, limit)
			})
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "ID\tACCEPTED\tTO\tSTATE\tANSWERED\tSECONDS\tCAUSE\tTEXT", func(w io.Writer) {
				for _, c := range list {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%t\t%.0f\t%s\t%s\n", c.ID, clock(c.Accepted), c.To, c.State, c.Answered, c.Seconds,
						cli.Or(Why(c.Waiting, c.Cause)), excerpt(saying(c)))
				}
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only calls in this state: queued, calling, completed, hung_up, busy, no_answer, refused, no_key, failed, unknown, expired, cancelled")
	cmd.Flags().IntVar(&limit, "limit", 50, "largest number of calls to list")
	return cmd
}

// saying describes what a call says, without the code.
func saying(c v1.Call) string {
	switch {
	case c.Verification != "":
		return "a code"
	case c.File != "":
		return "file " + c.File
	}
	return cli.Harmless(c.Text)
}

func printCall(w io.Writer, c v1.Call) error {
	fmt.Fprintf(w, "call      %d to %s, for %s\nsays      %s (%s)\nstate     %s\n", c.ID, c.To, c.App, saying(c), c.Language, c.State)
	for _, line := range []struct{ name, value string }{{"cause", c.Cause}, {"code", c.CauseCode}, {"passed", c.Passed}, {"waiting", c.Waiting}, {"voice", c.Voice}, {"keys", c.Keys}} {
		if line.value != "" {
			fmt.Fprintf(w, "%-9s %s\n", line.name, line.value)
		}
	}
	if c.Answered {
		fmt.Fprintf(w, "answered  for %.0f seconds\n", c.Seconds)
	}
	return nil
}
