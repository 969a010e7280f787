package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/modem"
)

func newModemsCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use:   "modems",
		Short: "list the modems and their SIMs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := call(app, func(c *client.Client) ([]v1.Modem, error) { return c.Modems(cmd.Context()) })
			if err != nil || app.json {
				return app.printJSON(list, err)
			}
			return table(app.stdout, "SIM\tNAME\tSTATE\tNUMBER\tSIGNAL\tNETWORK\tREGISTRATION\tVOICE\tMODEM\tPORT\tDETAIL", func(w io.Writer) {
				for _, m := range list {
					sim, signal := "-", "-"
					if m.Line != 0 {
						sim = strconv.FormatInt(m.Line, 10)
					}
					if m.SignalDBm != 0 {
						signal = fmt.Sprintf("%d dBm", m.SignalDBm)
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", sim, m.Name, m.State, or(m.Number), signal, or(strings.TrimSpace(m.Operator+" "+m.Technology)),
						or(m.Registration), or(spoken(m)), or(strings.TrimSpace(m.Manufacturer+" "+m.Model)), or(m.Port), or(detail(m)))
				}
			})
		},
	}
}

// spoken returns how a modem plays sound into calls, with its VoLTE state.
func spoken(m v1.Modem) string {
	if m.VoLTE == "" || m.Voice == "" || m.Voice == string(modem.VoiceNone) {
		return m.Voice
	}
	return fmt.Sprintf("%s (VoLTE %s)", m.Voice, m.VoLTE)
}
