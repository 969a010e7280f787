package remote

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

func newOptOutCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "optout",
		Short: "list the numbers that get no messages, since they have opted out; add and remove them",
		Long: "List the numbers that get no messages, since they have opted out; add and remove them.\n" +
			"Who answers a message with STOP, or a word like it in his language, opts out of the messages of\n" +
			"the app that has written last, and with START in again. Codes are sent nevertheless.",
	}
	cmd.AddCommand(newOptOutListCommand(app), newOptOutAddCommand(app), newOptOutRemoveCommand(app))
	return cmd
}

func newOptOutListCommand(app *cli.App) *cobra.Command {
	var f client.OptOutFilter
	cmd := &cobra.Command{
		Use:   "list [NUMBER]",
		Short: "list the numbers that have opted out, newest first",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				f.Number = args[0]
			}
			list, err := cli.Call(app, func(c *client.Client) ([]v1.OptOut, error) { return c.OptOuts(cmd.Context(), f) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "ID\tNUMBER\tAPP\tBY\tWORD\tSIM\tSINCE", func(w io.Writer) {
				for _, o := range list {
					line := "-"
					if o.Line != 0 {
						line = fmt.Sprint(o.Line)
					}
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", o.ID, numberOf(o), whose(o.App), o.Origin, cli.Or(o.Word), line, clock(o.Made))
				}
			})
		},
	}
	cmd.Flags().StringVar(&f.App, "app", "", "only numbers that get no messages of this app")
	cmd.Flags().Int64Var(&f.Before, "before", 0, "only entries with an id below this")
	cmd.Flags().IntVar(&f.Limit, "limit", 50, "how many, at most 500")
	return cmd
}

// numberOf returns the number of an opt-out.
func numberOf(o v1.OptOut) string {
	if o.Number == "" {
		return "(forgotten)"
	}
	return o.Number
}

// whose returns whose messages are meant.
func whose(app string) string {
	if app == "" {
		return "all apps"
	}
	return app
}

func newOptOutAddCommand(app *cli.App) *cobra.Command {
	var n v1.NewOptOut
	cmd := &cobra.Command{
		Use:     "add NUMBER",
		Short:   "send no more messages and calls to a number, but for codes; what waits for it is cancelled",
		Example: "  simgate optout add +4915112345678 --app newsletter",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n.Number = args[0]
			o, err := cli.Call(app, func(c *client.Client) (v1.OptOut, error) { return c.OptOut(cmd.Context(), n) })
			if err != nil || app.JSON {
				return app.PrintJSON(o, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "%s gets no messages of %s\n", numberOf(o), whose(o.App))
			return err
		},
	}
	cmd.Flags().StringVar(&n.App, "app", "", "of this app only (default all apps)")
	return cmd
}

func newOptOutRemoveCommand(app *cli.App) *cobra.Command {
	var of string
	cmd := &cobra.Command{
		Use:   "remove NUMBER",
		Short: "send messages to a number again",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			removed, err := cli.Call(app, func(c *client.Client) ([]v1.OptOut, error) { return removeOptOuts(cmd.Context(), c, args[0], of) })
			if err == nil && len(removed) == 0 {
				err = fmt.Errorf("%s has not opted out of the messages of %s: simgate optout list shows who has", args[0], whose(of))
			}
			if err != nil || app.JSON {
				return app.PrintJSON(removed, err)
			}
			for _, o := range removed {
				fmt.Fprintf(app.Stdout, "%s gets messages of %s again\n", args[0], whose(o.App))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&of, "app", "", "of this app only (default all that it has opted out of)")
	return cmd
}

// removeOptOuts removes the opt-outs of a number: those of an app, or all.
func removeOptOuts(ctx context.Context, c *client.Client, number, app string) ([]v1.OptOut, error) {
	const all = 500
	list, err := c.OptOuts(ctx, client.OptOutFilter{Number: number, Limit: all})
	if err != nil {
		return nil, err
	}
	var removed []v1.OptOut
	for _, o := range list {
		if app != "" && o.App != app {
			continue
		}
		if err := c.DeleteOptOut(ctx, o.ID); err != nil {
			return removed, err
		}
		removed = append(removed, o)
	}
	return removed, nil
}
