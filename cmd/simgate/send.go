package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
)

func newSendCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use:   "send NUMBER TEXT",
		Short: "send a message",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := call(app, func(c *client.Client) (v1.Message, error) { return c.Send(cmd.Context(), args[0], args[1]) })
			if err != nil || app.json {
				return app.printJSON(m, err)
			}
			_, err = fmt.Fprintf(app.stdout, "message %d to %s is queued; see it with: simgate messages %d\n", m.ID, m.To, m.ID)
			return err
		},
	}
}
