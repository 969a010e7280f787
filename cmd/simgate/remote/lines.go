package remote

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/modem"
)

func newLinesCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lines",
		Short: "list the SIMs with the used part of their budgets; release them from quarantine; prove their numbers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Modem, error) { return c.Modems(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "SIM\tNAME\tNUMBER\tMODEM\tDAY\tMONTH\tHELD", func(w io.Writer) {
				for _, m := range list {
					if m.Line != 0 {
						fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Line, cli.Or(m.SIMName), own(m), m.Name,
							usage(m, "day"), usage(m, "month"), cli.Or(m.Hold))
					}
				}
			})
		},
	}
	cmd.AddCommand(newProveCommand(app), &cobra.Command{
		Use:   "release ID",
		Short: "release a SIM from quarantine, so that it sends again",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := idOfSIM(args[0])
			if err != nil {
				return err
			}
			r, err := cli.Call(app, func(c *client.Client) (v1.Released, error) { return c.ReleaseLine(cmd.Context(), id) })
			if err != nil || app.JSON {
				return app.PrintJSON(r, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "line %d is out of quarantine\n", r.Line)
			return err
		},
	})
	return cmd
}

// idOfSIM reads the id of a SIM.
func idOfSIM(s string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0, cli.UsageError{Err: fmt.Errorf("%q is not the id of a SIM: simgate lines lists them", s)}
	}
	return id, nil
}

func newProveCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "prove ID",
		Short: "see whether the number that a SIM says is its own, by a message to itself",
		Long: "Send one message from a SIM to the number that its card says. Once it has come back, people\n" +
			"can be asked to send texts to that number (verify start --channel mo). A number that is set\n" +
			"for the SIM in the configuration needs no proof.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := idOfSIM(args[0])
			if err != nil {
				return err
			}
			p, err := cli.Call(app, func(c *client.Client) (v1.Proved, error) { return c.ProveLine(cmd.Context(), id) })
			if err != nil || app.JSON {
				return app.PrintJSON(p, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "%s is the number of line %d\n", p.Number, p.Line)
			return err
		},
	}
}

// usage returns what a SIM has sent in a period, such as "12 of 100, to 7 of 50, for 0.90 of 5.00".
// Counts without a limit are omitted.
func usage(m v1.Modem, period string) string {
	for _, u := range m.Usage {
		if u.Period != period {
			continue
		}
		var counts []string
		if u.MaxParts > 0 {
			counts = append(counts, fmt.Sprintf("%d of %d", u.Parts, u.MaxParts))
		}
		if u.MaxRecipients > 0 {
			counts = append(counts, fmt.Sprintf("to %d of %d", u.Recipients, u.MaxRecipients))
		}
		if u.MaxCost > 0 {
			counts = append(counts, fmt.Sprintf("for %.2f of %.2f", u.Cost, u.MaxCost))
		}
		return strings.Join(counts, ", ")
	}
	return "-"
}

// own returns the number of a SIM, with a question mark where it may be that of another.
func own(m v1.Modem) string {
	if m.Number == "" || m.Certain {
		return cli.Or(m.Number)
	}
	return m.Number + " ?"
}

// detail returns why a modem does not send: its own reason, or that of its SIM.
func detail(m v1.Modem) string {
	if m.Detail == "" {
		return m.Hold
	}
	return m.Detail
}

func newModemsCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "modems",
		Short: "list the modems and phones, and their SIMs; restart a modem",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Modem, error) { return c.Modems(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "SIM\tNAME\tSTATE\tNUMBER\tSIGNAL\tNETWORK\tREGISTRATION\tVOICE\tMODEM\tPORT\tDETAIL", func(w io.Writer) {
				for _, m := range list {
					sim, signal := "-", "-"
					if m.Line != 0 {
						sim = strconv.FormatInt(m.Line, 10)
					}
					if m.SignalDBm != 0 {
						signal = fmt.Sprintf("%d dBm", m.SignalDBm)
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", sim, m.Name, m.State, cli.Or(m.Number), signal, cli.Or(strings.TrimSpace(m.Operator+" "+m.Technology)),
						cli.Or(registration(m)), cli.Or(Spoken(m)), cli.Or(strings.TrimSpace(m.Manufacturer+" "+m.Model)), cli.Or(m.Port), cli.Or(detail(m)))
				}
			})
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "restart NAME",
		Short: "restart a modem",
		Long: "Restart a modem, by the way that has worked best with it: its own command, its USB port, or\n" +
			"its power. What is being sent is completed first; \"simgate events\" tells what became of it.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := cli.Call(app, func(c *client.Client) (v1.Restarting, error) { return c.RestartModem(cmd.Context(), args[0]) })
			if err != nil || app.JSON {
				return app.PrintJSON(r, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "%s restarts; simgate modems shows when it is ready\n", r.Modem)
			return err
		},
	})
	return cmd
}

// registration returns how a modem is registered, or what is left in the battery of a phone.
func registration(m v1.Modem) string {
	if m.Battery == nil {
		return m.Registration
	}
	text := fmt.Sprintf("battery %d %%", m.Battery.Percent)
	if m.Battery.Charging {
		text += ", charging"
	}
	return text
}

// Spoken returns how a modem plays sound into calls, with its VoLTE state.
func Spoken(m v1.Modem) string {
	if m.VoLTE == "" || m.Voice == "" || m.Voice == string(modem.VoiceNone) {
		return m.Voice
	}
	return fmt.Sprintf("%s (VoLTE %s)", m.Voice, m.VoLTE)
}
