package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
)

func newEventsCommand(app *app) *cobra.Command {
	var kind string
	var limit int
	cmd := &cobra.Command{
		Use:   "events",
		Short: "show what happened to SIMs and modems, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := call(app, func(c *client.Client) ([]v1.Event, error) {
				return c.Events(cmd.Context(), kind, limit)
			})
			if err != nil || app.json {
				return app.printJSON(list, err)
			}
			return table(app.stdout, "AT\tKIND\tSIM\tMODEM\tWHAT", func(w io.Writer) {
				for _, e := range list {
					sim := "-"
					if e.Line != 0 {
						sim = strconv.FormatInt(e.Line, 10)
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", clock(e.At), e.Kind, sim, or(e.Modem), e.Text)
				}
			})
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "only events of this kind, such as line.quarantined")
	cmd.Flags().IntVar(&limit, "limit", 50, "largest number of events to list")
	return cmd
}
