package remote

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
	"simgate/gateway/guard"
)

func newGuardCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "guard",
		Short: "list the rules for numbers, prefixes, countries, apps and addresses; add and remove them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Rule, error) { return c.Rules(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "ID\tKIND\tFOR\tKEY\tBY\tUNTIL\tREASON", func(w io.Writer) {
				for _, r := range list {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Kind, r.Scope, r.Key, r.Origin, untilWhen(r.Until), r.Reason)
				}
			})
		},
	}
	cmd.AddCommand(
		newRuleCommand(app, guard.Block, "block", "block codes to a number, prefix or country, or for an app or client address"),
		newRuleCommand(app, guard.Safe, "safe", "always allow codes to a number, prefix or country, or for an app or client address"),
		newRuleCommand(app, guard.Opens, "open", "let codes, calls and messages go to a country, within all limits"),
		newReleaseCommand(app), newUnlockCommand(app), newWhyCommand(app))
	return cmd
}

func newRuleCommand(app *cli.App, kind guard.Kind, name, short string) *cobra.Command {
	var reason string
	lifetime := new(config.Duration)
	key := "KEY is a number (+4915112345678), a prefix (+4915), a country (DE), an IP address, or the name of an app."
	if kind == guard.Opens {
		key = "KEY is the country in two letters, such as AT."
	}
	cmd := &cobra.Command{
		Use:   name + " KEY",
		Short: short,
		Long:  short + ".\n" + key,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := cli.Call(app, func(c *client.Client) (v1.Rule, error) {
				return c.SetRule(cmd.Context(), string(kind), args[0], reason, time.Duration(*lifetime))
			})
			if err != nil || app.JSON {
				return app.PrintJSON(r, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "rule %d: %s %s %s, until %s\n", r.ID, r.Kind, r.Scope, r.Key, untilWhen(r.Until))
			return err
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "reason, shown in lists")
	cmd.Flags().TextVar(lifetime, "for", config.Duration(0), "how long the rule lasts, such as 12h or 30d; 0s: until it is removed")
	return cmd
}

func newReleaseCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "release ID",
		Short: "remove a rule",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || id < 1 {
				return cli.UsageError{Err: fmt.Errorf("%q is not the id of a rule: simgate guard lists them", args[0])}
			}
			_, err = cli.Call(app, func(c *client.Client) (struct{}, error) { return struct{}{}, c.DeleteRule(cmd.Context(), id) })
			if err != nil || app.JSON {
				return app.PrintJSON(v1.Removed{ID: id}, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "rule %d removed\n", id)
			return err
		},
	}
}

func newUnlockCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "unlock NUMBER",
		Short: "unlock a number that was locked after wrong codes",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := cli.Call(app, func(c *client.Client) (v1.Unlocked, error) { return c.Unlock(cmd.Context(), args[0]) })
			if err != nil || app.JSON {
				return app.PrintJSON(u, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "locks removed: %d\n", u.Locks)
			return err
		},
	}
}

func newWhyCommand(app *cli.App) *cobra.Command {
	var q client.Question
	cmd := &cobra.Command{
		Use:   "why NUMBER",
		Short: "show whether a code, a call or a message may go to a number or a text be asked for, and why not",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.To = args[0]
			s, err := cli.Call(app, func(c *client.Client) (v1.Standing, error) { return c.Why(cmd.Context(), q) })
			if err != nil || app.JSON {
				return app.PrintJSON(s, err)
			}
			verdict := allowed[guard.Channel(q.Channel)]
			if !s.Allowed {
				verdict = s.Verdict
			}
			fmt.Fprintf(app.Stdout, "%s (%s, %s): %s\n", s.To, cli.Or(s.Country), strings.ReplaceAll(s.Kind, "_", " "), verdict)
			for _, r := range s.Rules {
				fmt.Fprintf(app.Stdout, "rule %d: %s %s %s, until %s: %s\n", r.ID, r.Kind, r.Scope, r.Key, untilWhen(r.Until), r.Reason)
			}
			for _, l := range s.Locks {
				fmt.Fprintf(app.Stdout, "locked for %s until %s, after %d wrong codes; end it with: simgate guard unlock %s\n",
					l.App, untilWhen(l.Until), l.Failed, s.To)
			}
			for _, r := range s.Refusals {
				what := "refused"
				if r.Shadow {
					what = "noted"
				}
				fmt.Fprintf(app.Stdout, "%s %s for %s: %s\n", r.At.Local().Format(time.DateTime), what, r.App, r.Text)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&q.Channel, "channel", string(guard.Code), "code (by SMS), voice (a code by a call), call, text (a message), mo (a text of the person), or mo:reply (one that a code is the answer to)")
	cmd.Flags().StringVar(&q.App, "app", "", "the app that sends: its limits, scopes and setting for numbers count")
	cmd.Flags().StringVar(&q.Purpose, "purpose", "", "the purpose of a code: each has pauses of its own")
	cmd.Flags().StringVar(&q.Client, "client-ip", "", "the address of the person, whose limits count then")
	return cmd
}

// allowed says of each channel that nothing stands in its way.
var allowed = map[guard.Channel]string{guard.Code: "a code can be sent", guard.Spoken: "a call can speak a code",
	guard.Call: "a call can be placed", guard.Text: "a message can be sent",
	guard.Heard: "the person can be asked for a text", guard.Replied: "the person can be asked for a text, and a code be the answer"}

// untilWhen returns the end of a rule in local time, "released" for one without end.
func untilWhen(t time.Time) string {
	if t.IsZero() {
		return "released"
	}
	return t.Local().Format(time.DateTime)
}
