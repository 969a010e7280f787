package remote

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"

	"simgate/api/client"
	"simgate/cmd/simgate/cli"
)

func newUSSDCommand(app *cli.App) *cobra.Command {
	var line int64
	cmd := &cobra.Command{
		Use:   `ussd CODE [ANSWER...]`,
		Short: "send a USSD code such as *100# and print the answer",
		Long: `Send a USSD code such as *100# through a SIM, and print the answer of the network.

If the answer is a menu, each ANSWER is sent in turn. On a terminal you are asked
for further answers; an empty line ends the session.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := cli.Call(app, func(c *client.Client) (struct{}, error) {
				return struct{}{}, talkUSSD(app, cmd, c, line, args)
			})
			return err
		},
	}
	cmd.Flags().Int64Var(&line, "line", 0, "id of the SIM, as listed by simgate modems; needed if there are several")
	return cmd
}

// talkUSSD sends each code in turn and prints the answers.
func talkUSSD(app *cli.App, cmd *cobra.Command, c *client.Client, line int64, codes []string) error {
	typed := bufio.NewScanner(app.Stdin)
	for {
		answer, err := c.USSD(cmd.Context(), line, codes[0])
		if err != nil {
			return err
		}
		if app.JSON {
			err = app.PrintJSON(answer, nil)
		} else {
			_, err = fmt.Fprintln(app.Stdout, cli.Harmless(answer.Text))
		}
		codes = codes[1:]
		if err != nil || !answer.More {
			return err
		}
		if len(codes) == 0 && app.Interactive() {
			fmt.Fprint(app.Stderr, "> ")
			if typed.Scan() && typed.Text() != "" {
				codes = append(codes, typed.Text())
			}
		}
		if len(codes) == 0 {
			return c.EndUSSD(cmd.Context(), line)
		}
	}
}
