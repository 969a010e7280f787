package remote

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

func newExportCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "export NUMBER",
		Short: "print all that is stored about a number, as JSON",
		Long: "Print all that is stored about a number, as JSON: messages, calls, verifications, what came in,\n" +
			"contacts, deliveries to webhooks, events, and what the guard and the SIMs have noted, of all apps.\n" +
			"Codes are shown as dots. Texts to others that mention the number are not found.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.PrintJSON(cli.Call(app, func(c *client.Client) (v1.Export, error) { return c.Export(cmd.Context(), args[0]) }))
		},
	}
}

func newForgetCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "forget NUMBER",
		Short: "remove all that is stored about a number",
		Long: "Remove all that \"simgate export\" shows of a number. What waits for it never goes out, and its\n" +
			"apps hear nothing of that. A message or a call that is just going out must end first. Backups that\n" +
			"hold the number still are named: \"simgate restore\" removes it from them again. The number is not\n" +
			"blocked: what comes later is stored as ever.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := cli.Call(app, func(c *client.Client) (v1.Forgotten, error) { return c.Forget(cmd.Context(), args[0]) })
			if err != nil || app.JSON {
				return app.PrintJSON(f, err)
			}
			var removed []string
			for _, r := range f.Removed {
				removed = append(removed, fmt.Sprintf("%d %s", r.Rows, strings.ReplaceAll(r.Of, "_", " ")))
			}
			if len(removed) == 0 {
				removed = []string{"nothing, as nothing was stored"}
			}
			fmt.Fprintf(app.Stdout, "%s is forgotten. Removed: %s.\n", f.Number, strings.Join(removed, ", "))
			if f.Messages+f.Calls+f.Verifications > 0 {
				fmt.Fprintf(app.Stdout, "Of these waited, and do not go out: %s, %s, %s.\n",
					cli.Counted(int(f.Messages), "message"), cli.Counted(int(f.Calls), "call"), cli.Counted(int(f.Verifications), "verification"))
			}
			if len(f.Backups) > 0 {
				fmt.Fprintf(app.Stdout, "These copies of the database hold the number still; a restore removes it again, or delete them:\n  %s\n", strings.Join(f.Backups, "\n  "))
			}
			_, err = fmt.Fprintln(app.Stdout, "Copies elsewhere, such as those of \"simgate backup FILE\", are not looked at.")
			return err
		},
	}
}
