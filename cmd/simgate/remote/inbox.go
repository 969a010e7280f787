package remote

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/gateway/inbox"
)

func newInboxCommand(app *cli.App) *cobra.Command {
	var follow, read bool
	var f client.InboxFilter
	cmd := &cobra.Command{
		Use:   "inbox [ID]",
		Short: "list received messages and missed calls, newest first, or show one",
		Example: `  simgate inbox --unread --mark-read
  simgate inbox --from +4915112345678 --text parcel --since 24h --follow`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && follow:
				return cli.UsageError{Err: errors.New("--follow shows every message: omit the id")}
			case follow && read:
				return cli.UsageError{Err: errors.New("--mark-read is for a list that ends: omit --follow")}
			case len(args) == 1:
				return showIncoming(app, cmd, args[0], read)
			case follow:
				return followInbox(app, cmd, f)
			}
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Incoming, error) {
				list, err := c.Inbox(cmd.Context(), f)
				for _, m := range list {
					if err == nil && read && m.Unread {
						_, err = c.MarkIncoming(cmd.Context(), m.ID, false)
					}
				}
				return list, err
			})
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "ID\tRECEIVED\tAPP\tSIM\tFROM\tTEXT", func(w io.Writer) {
				for _, m := range list {
					fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\n", m.ID, clock(m.Received), cli.Or(m.App), m.Line, sender(m), excerpt(incomingText(m)))
				}
			})
		},
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "keep showing messages as they arrive; with --json, one object per line")
	cmd.Flags().BoolVar(&read, "mark-read", false, "mark what is shown as read")
	cmd.Flags().BoolVar(&f.Unread, "unread", false, "only what nobody has marked as read")
	cmd.Flags().StringVar(&f.From, "from", "", "only what came from this number or name")
	cmd.Flags().StringVar(&f.App, "app", "", "only what belongs to this app")
	cmd.Flags().Int64Var(&f.Line, "line", 0, "only what came to this SIM")
	cmd.Flags().StringVar(&f.Kind, "kind", "", "only one kind: "+strings.Join(cli.Words(inbox.Kinds), ", "))
	cmd.Flags().StringVar(&f.Text, "text", "", "only messages with this in their text")
	cmd.Flags().Var((*pointInTime)(&f.Since), "since", "only what was received from this `TIME` on, such as 24h ago, 2026-01-31 or 2026-01-31T18:00")
	cmd.Flags().Var((*pointInTime)(&f.Until), "until", "only what was received before this `TIME`")
	cmd.Flags().IntVar(&f.Limit, "limit", 50, "largest number of messages to list")
	return cmd
}

func printIncoming(app *cli.App, m v1.Incoming) error {
	return printLine(app, m, "%s  %s -> SIM %d  %s", clock(m.Received), sender(m), m.Line, strings.ReplaceAll(incomingText(m), "\n", "\n    "))
}

// sender returns the sender as it can be printed: a name may hold anything.
func sender(m v1.Incoming) string { return cli.Or(excerpt(cli.Harmless(m.Sender))) }

// incomingText returns the text of a message, or a description where it has none.
func incomingText(m v1.Incoming) string {
	switch {
	case m.PDU != "" && m.Kind == "undecodable":
		return "(cannot be read: " + cli.Harmless(m.PDU) + ")"
	case m.Kind == string(inbox.Call):
		return "(missed call)"
	case m.Text == "" && m.Data != "":
		return "(data: " + m.Data + ")"
	case m.Text == "":
		return "(" + m.Kind + ")"
	}
	return cli.Harmless(m.Text)
}

func showIncoming(app *cli.App, cmd *cobra.Command, arg string, read bool) error {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return cli.UsageError{Err: fmt.Errorf("%q is not the id of a message: simgate inbox lists them", arg)}
	}
	m, err := cli.Call(app, func(c *client.Client) (v1.Incoming, error) {
		m, err := c.Incoming(cmd.Context(), id)
		if err == nil && read && m.Unread {
			_, err = c.MarkIncoming(cmd.Context(), id, false)
		}
		return m, err
	})
	if err != nil || app.JSON {
		return app.PrintJSON(m, err)
	}
	fmt.Fprintf(app.Stdout, "message   %d from %s to SIM %d, %s\nreceived  %s\n", m.ID, sender(m), m.Line, m.Kind, clock(m.Received))
	if !m.Sent.IsZero() {
		fmt.Fprintf(app.Stdout, "sent      %s\n", m.Sent.Format("2006-01-02 15:04:05 -07:00"))
	}
	if len(m.Missing) > 0 {
		fmt.Fprintf(app.Stdout, "missing   parts %v of %d\n", m.Missing, m.Parts)
	}
	lines := []struct{ name, value string }{{"app", m.App}, {"written", m.SenderWritten}, {"repair", m.Repair}, {"data", m.Data}, {"text", m.Text}}
	for _, p := range m.Raw {
		lines = append(lines, struct{ name, value string }{fmt.Sprint("PDU ", p.Seq), p.PDU})
	}
	for _, line := range lines {
		if line.value != "" {
			fmt.Fprintf(app.Stdout, "%-9s %s\n", line.name, strings.ReplaceAll(cli.Harmless(line.value), "\n", "\n          "))
		}
	}
	return nil
}
