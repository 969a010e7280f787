package remote

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

func newForwardCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forward",
		Short: "list the rules that pass on what comes in; add, change, remove and test them",
		Long: "List the rules that pass on what comes in: to a number, a mailbox, a URL or a topic of ntfy.\n" +
			"Those under forward in the configuration are changed there.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Forward, error) { return c.Forwards(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "NAME\tFROM\tSIM\tAPP\tTEXT\tCALLS\tTO\tIN", func(w io.Writer) {
				for _, f := range list {
					line, calls := "any", "no"
					if f.Line != 0 {
						line = fmt.Sprint(f.Line)
					}
					if f.Calls {
						calls = "yes"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Name, anything(f.From), line, anything(f.App), anything(f.Text), calls, waysOf(f), f.Origin)
				}
			})
		},
	}
	cmd.AddCommand(newForwardAddCommand(app), newForwardSetCommand(app), newForwardRemoveCommand(app), newForwardTestCommand(app))
	return cmd
}

func anything(s string) string {
	if s == "" {
		return "any"
	}
	return s
}

// waysOf says where a rule passes things on to.
func waysOf(f v1.Forward) string {
	var all []string
	if f.Number != "" {
		all = append(all, fmt.Sprintf("%s (%d a day)", f.Number, f.Limit))
	}
	for _, to := range []string{f.Email, f.Webhook, f.Ntfy} {
		if to != "" {
			all = append(all, to)
		}
	}
	return strings.Join(all, ", ")
}

// forwardFlags are the flags of what is said of a rule.
type forwardFlags struct{ v1.ForwardRule }

func (f *forwardFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.From, "from", "", "only what this number or name sends; empty: any, here and below")
	cmd.Flags().Int64Var(&f.Line, "line", 0, "only what comes to the SIM with this id; 0: any")
	cmd.Flags().StringVar(&f.App, "app", "", "only what belongs to this app")
	cmd.Flags().StringVar(&f.Text, "text", "", "only what has this in its text")
	cmd.Flags().BoolVar(&f.Calls, "calls", false, "missed calls, too")
	cmd.Flags().StringVar(&f.Number, "number", "", "to this number, by a message; empty: to none, here and below")
	cmd.Flags().IntVar(&f.Limit, "limit", 0, "messages to the number in 24 hours (default 50)")
	cmd.Flags().StringVar(&f.Email, "email", "", "to this mailbox, by the server of notify.email")
	cmd.Flags().StringVar(&f.Webhook, "webhook", "", "to this URL, as JSON")
	cmd.Flags().StringVar(&f.Ntfy, "ntfy", "", "to this topic of ntfy, such as https://ntfy.sh/TOPIC")
	cmd.Flags().StringVar(&f.NtfyToken, "ntfy-token", "", "token of ntfy")
}

// change returns what the flags that were given say, and whether any was.
func (f *forwardFlags) change(cmd *cobra.Command) (c v1.ForwardChange, any bool) {
	for name, set := range map[string]func(){
		"from": func() { c.From = &f.From }, "line": func() { c.Line = &f.Line }, "app": func() { c.App = &f.App }, "text": func() { c.Text = &f.Text },
		"calls": func() { c.Calls = &f.Calls }, "number": func() { c.Number = &f.Number }, "limit": func() { c.Limit = &f.Limit }, "email": func() { c.Email = &f.Email },
		"webhook": func() { c.Webhook = &f.Webhook }, "ntfy": func() { c.Ntfy = &f.Ntfy }, "ntfy-token": func() { c.NtfyToken = &f.NtfyToken },
	} {
		if cmd.Flags().Changed(name) {
			set()
			any = true
		}
	}
	return c, any
}

func newForwardAddCommand(app *cli.App) *cobra.Command {
	var f forwardFlags
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "pass on what comes in from now on by another rule",
		Long: "Pass on what comes in from now on by another rule, to each of --number, --email, --webhook and --ntfy\n" +
			"that is given. A message to a number costs what any other does. URLs in the local network, or on\n" +
			"this machine, must also be allowed with webhooks.allow in the configuration.",
		Example: "  simgate forward add parcels --text parcel --number +4915112345670 --limit 20\n  simgate forward add all --calls --email me@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			made, err := cli.Call(app, func(c *client.Client) (v1.Forward, error) {
				return c.AddForward(cmd.Context(), v1.NewForward{Name: args[0], ForwardRule: f.ForwardRule})
			})
			return printForward(app, made, "is made", err)
		},
	}
	f.flags(cmd)
	return cmd
}

func newForwardSetCommand(app *cli.App) *cobra.Command {
	var f forwardFlags
	var name string
	cmd := &cobra.Command{
		Use:     "set NAME",
		Short:   "change a rule; what is not given stays as it is",
		Example: "  simgate forward set parcels --limit 100 --email ''",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			change, any := f.change(cmd)
			if cmd.Flags().Changed("name") {
				change.Name, any = &name, true
			}
			if !any {
				return cli.UsageError{Err: errors.New("nothing is to be changed: give what is, such as --text or --email")}
			}
			changed, err := cli.Call(app, func(c *client.Client) (v1.Forward, error) { return c.ChangeForward(cmd.Context(), args[0], change) })
			return printForward(app, changed, "is changed", err)
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&name, "name", "", "another name")
	return cmd
}

func newForwardRemoveCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "pass on nothing more by a rule, nor what waits for it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			removed, err := cli.Call(app, func(c *client.Client) (v1.Forward, error) { return c.RemoveForward(cmd.Context(), args[0]) })
			return printForward(app, removed, "is removed", err)
		},
	}
}

func printForward(app *cli.App, f v1.Forward, what string, err error) error {
	if err != nil || app.JSON {
		return app.PrintJSON(f, err)
	}
	_, err = fmt.Fprintf(app.Stdout, "the forward rule %s %s: to %s\n", f.Name, what, waysOf(f))
	return err
}

func newForwardTestCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "test NAME",
		Short: "pass a text on by every way of a rule now; one to a number costs what any other does",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Told, error) { return c.TestForward(cmd.Context(), args[0]) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			if !printTold(app, list) {
				return errors.New("not every way of the rule works")
			}
			return nil
		},
	}
}
