package remote

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

func newReloadCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "let the daemon read its configuration again",
		Long: "Let the daemon read its configuration again, without a restart. One with mistakes changes\n" +
			"nothing: the old one stays in force. Addresses, folders, modems, voice and a few others wait\n" +
			"for a restart, and are named.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			done, err := cli.Call(app, func(c *client.Client) (v1.Reloaded, error) { return c.Reload(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(done, err)
			}
			switch {
			case len(done.Applied) > 0:
				fmt.Fprintf(app.Stdout, "In force now: %s.\n", strings.Join(done.Applied, ", "))
			case len(done.Waiting) == 0:
				fmt.Fprintln(app.Stdout, "Nothing has changed.")
			}
			if len(done.Over) > 0 {
				fmt.Fprintf(app.Stdout, "These were set while the daemon ran, which is over the file (simgate config unset KEY): %s.\n", strings.Join(done.Over, ", "))
			}
			if len(done.Waiting) > 0 {
				_, err = fmt.Fprintf(app.Stdout, "These wait for a restart (sudo systemctl restart simgate): %s.\n", strings.Join(done.Waiting, ", "))
			}
			return err
		},
	}
}
