package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simgate/api/client"
	"simgate/api/qr"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/gateway"
	"simgate/gateway/workflow"
)

func newVerifyCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{Use: "verify", Short: "send a code to a number, check it, and show what became of it"}
	cmd.AddCommand(newVerifyStartCommand(app), newVerifyCheckCommand(app), newVerifyListCommand(app), newVerifyShowCommand(app))
	return cmd
}

func newVerifyStartCommand(app *cli.App) *cobra.Command {
	var n client.NewVerification
	var dry bool
	cmd := &cobra.Command{
		Use:   "start [NUMBER]",
		Short: "send a code, or let the person send a text",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n.To = strings.Join(args, "")
			if n.To == "" && !strings.HasPrefix(n.Workflow, string(workflow.MO)) {
				return errors.New("give the number, as in: simgate verify start +4915112345678 (only with --channel mo it may be left out)")
			}
			if dry {
				return rehearse(app, func(c *client.Client) (v1.Rehearsal, error) { return c.RehearseVerification(cmd.Context(), n) })
			}
			v, err := cli.Call(app, func(c *client.Client) (v1.Verification, error) { return c.StartVerification(cmd.Context(), n) })
			if err != nil || app.JSON {
				return app.PrintJSON(v, err)
			}
			return printStarted(app.Stdout, v)
		},
	}
	cmd.Flags().StringVar(&n.Brand, "brand", "", "sender named in the text")
	cmd.Flags().StringVar(&n.Workflow, "channel", "", "how: sms, voice, mo (the person sends a text to this gateway), mo:reply, or steps such as mo:120s,sms")
	dryRun(cmd, &dry)
	return cmd
}

// printStarted says what comes next.
func printStarted(w io.Writer, v v1.Verification) error {
	until := v.Expires.Local().Format(time.TimeOnly)
	if v.MO == nil {
		_, err := fmt.Fprintf(w, "a code is being sent to %s, valid until %s; check it with: simgate verify check %s CODE\n", v.To, until, v.To)
		return err
	}
	code, err := qr.Blocks(v.MO.Link)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "until %s %s sends this text to %s:\n\n  %s\n\n%s\nThe code opens it on a phone. What became of it: simgate verify show %s\n",
		until, cmp.Or(v.To, "whoever is to be verified"), v.MO.Number, v.MO.Text, code, v.ID)
	return err
}

var errNotVerified = errors.New("the code is wrong, used or expired")

func newVerifyCheckCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "check NUMBER CODE",
		Short: "check a code; the exit status is 1 if it is wrong",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			checked, err := cli.Call(app, func(c *client.Client) (v1.Checked, error) {
				return c.CheckVerification(cmd.Context(), args[0], args[1])
			})
			if err == nil && app.JSON {
				err = app.PrintJSON(checked, nil)
			}
			if err == nil && !checked.Verified {
				return errNotVerified
			}
			if err != nil || app.JSON {
				return err
			}
			_, err = fmt.Fprintln(app.Stdout, "verified")
			return err
		},
	}
}

// addFilter adds the flags that choose what a list shows.
func addFilter(cmd *cobra.Command, f *client.Filter, noun string, states []string) {
	cmd.Flags().StringVar(&f.To, "to", "", "only "+noun+" for this number")
	cmd.Flags().StringVar(&f.App, "app", "", "only "+noun+" of this app")
	cmd.Flags().StringVar(&f.State, "state", "", "only "+noun+" in this state: "+strings.Join(states, ", "))
	cmd.Flags().IntVar(&f.Limit, "limit", 50, "largest number of "+noun+" to list")
}

func newVerifyListCommand(app *cli.App) *cobra.Command {
	var f client.Filter
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list verifications, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Verification, error) { return c.Verifications(cmd.Context(), f) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "ID\tBEGUN\tAPP\tTO\tSTATE\tSENDS\tTRIES\tENDS", func(w io.Writer) {
				for _, v := range list {
					ends := v.Expires
					if !v.Ended.IsZero() {
						ends = v.Ended
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d/%d\t%s\n", v.ID, clock(v.Created), v.App, cli.Or(v.To), v.State, v.Sends, v.Tries, v.MaxTries, clock(ends))
				}
			})
		},
	}
	addFilter(cmd, &f, "verifications", cli.Words(gateway.VerificationStates))
	return cmd
}

func newVerifyShowCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "show a verification: how the code was sent, and what became of it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := cli.Call(app, func(c *client.Client) (Dossier, error) { return newDossier(cmd.Context(), c, args[0]) })
			if err != nil || app.JSON {
				return app.PrintJSON(d, err)
			}
			return d.print(app.Stdout)
		},
	}
}

// Dossier is a verification with the messages and calls of its attempts.
type Dossier struct {
	v1.Verification
	Messages []v1.Message `json:"messages"`
	Calls    []v1.Call    `json:"calls"`
}

func newDossier(ctx context.Context, c *client.Client, id string) (Dossier, error) {
	v, err := c.Verification(ctx, id)
	d := Dossier{Verification: v, Messages: []v1.Message{}, Calls: []v1.Call{}}
	for _, a := range v.Attempts {
		switch {
		case err != nil:
			return d, err
		case a.Message != 0:
			var m v1.Message
			m, err = c.Message(ctx, a.Message)
			d.Messages = append(d.Messages, m)
		case a.Call != 0:
			var placed v1.Call
			placed, err = c.GetCall(ctx, a.Call)
			d.Calls = append(d.Calls, placed)
		}
	}
	return d, err
}

// timeline returns what happened, in order.
func (d Dossier) timeline() []moment {
	all := []moment{{d.Created, "begun", "", ""}}
	note := func(at time.Time, what, why, who string) {
		if !at.IsZero() {
			all = append(all, moment{at, what, why, who})
		}
	}
	for _, a := range d.Attempts {
		why := a.Reason
		if a.Message == 0 && a.Call == 0 && a.Cause != "" { // nothing was sent
			why += "; " + a.State + ": " + a.Cause
		}
		note(a.At, fmt.Sprintf("attempt %d by %s", a.N, a.Channel), why, "")
		if a.Passed != "" {
			note(a.At, "lines passed over", a.Passed, "")
		}
		if a.Waiting != "" {
			note(a.At, "waiting", a.Waiting, "")
		}
	}
	for _, m := range d.Messages {
		all = append(all, momentsOf(m)...)
	}
	for _, c := range d.Calls {
		who := ""
		if c.Line != 0 {
			who = fmt.Sprintf("line %d, %s", c.Line, c.Voice)
		}
		note(c.Dialled, "call dialled", "", who)
		note(c.Ended, "call "+c.State, c.Cause, who)
		if c.Waiting != "" {
			note(c.Accepted, "call waiting", c.Waiting, "")
		}
	}
	note(d.Ended, d.State, "", "")
	slices.SortStableFunc(all, func(a, b moment) int { return a.at.Compare(b.at) })
	return all
}

func (d Dossier) print(w io.Writer) error {
	valid := "valid until " + clock(d.Expires)
	if !d.Ended.IsZero() {
		valid = "ended " + clock(d.Ended)
	}
	fmt.Fprintf(w, "verification  %s for %s, from %s\nstate         %s, %s\nsends         %d\ntries         %d of %d\n",
		d.ID, cmp.Or(d.To, "whoever sends its text"), d.App, d.State, valid, d.Sends, d.Tries, d.MaxTries)
	if !d.NextResend.IsZero() {
		fmt.Fprintf(w, "next resend   %s at the earliest\n", clock(d.NextResend))
	}
	fmt.Fprintln(w)
	return printMoments(w, d.timeline())
}
