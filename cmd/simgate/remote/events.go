package remote

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

func newEventsCommand(app *cli.App) *cobra.Command {
	var kind string
	var limit int
	var follow bool
	cmd := &cobra.Command{
		Use:   "events",
		Short: "show what happened to SIMs and modems, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if follow {
				return followEvents(app, cmd, kind, limit)
			}
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Event, error) {
				return c.Events(cmd.Context(), kind, limit)
			})
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "AT\tKIND\tSIM\tMODEM\tWHAT", func(w io.Writer) {
				for _, e := range list {
					sim := "-"
					if e.Line != 0 {
						sim = strconv.FormatInt(e.Line, 10)
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", clock(e.At), e.Kind, sim, cli.Or(e.Modem), cli.Harmless(e.Text))
				}
			})
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "only events of this kind, such as line.quarantined")
	cmd.Flags().BoolVar(&follow, "follow", false, "keep showing events as they happen; with --json, one object per line")
	cmd.Flags().IntVar(&limit, "limit", 50, "largest number of events to list")
	return cmd
}
