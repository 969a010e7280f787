package remote

import (
	"fmt"
	"slices"
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
				fmt.Fprintf(app.Stdout, "In force now: %s.\n", strings.Join(applied(done), ", "))
			case len(done.Waiting)+len(done.Unfit) == 0:
				fmt.Fprintln(app.Stdout, "Nothing has changed.")
			}
			if len(done.Over) > 0 {
				fmt.Fprintf(app.Stdout, "These were set while the daemon ran, which is over the file (simgate config unset KEY): %s.\n", strings.Join(done.Over, ", "))
			}
			for _, u := range done.Unfit {
				fmt.Fprintf(app.Stdout, "Not in force: what %s has set for %s: %s. Set it again (simgate config set %[2]s VALUE), or take it back (simgate config unset %[2]s).\n", u.SetBy, u.Key, u.Problem)
			}
			if len(done.Waiting) > 0 {
				_, err = fmt.Fprintf(app.Stdout, "These wait for a restart (sudo systemctl restart simgate): %s.\n", strings.Join(done.Waiting, ", "))
			}
			return err
		},
	}
}

// applied returns the keys that take effect, each that was set over the file and is not in force
// with what it has instead: that of the file.
func applied(done v1.Reloaded) []string {
	all := make([]string, len(done.Applied))
	for i, key := range done.Applied {
		all[i] = key
		if slices.ContainsFunc(done.Unfit, func(u v1.UnfitSetting) bool { return u.Key == key }) {
			all[i] += " (as without what was set for it)"
		}
	}
	return all
}
