package remote

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

func newInboxCommand(app *cli.App) *cobra.Command {
	var follow bool
	var limit int
	cmd := &cobra.Command{
		Use:   "inbox [ID]",
		Short: "list received messages, newest first, or show one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && follow:
				return cli.UsageError{Err: errors.New("--follow shows every message: omit the id")}
			case len(args) == 1:
				return showIncoming(app, cmd, args[0])
			case follow:
				return followInbox(app, cmd, limit)
			}
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Incoming, error) { return c.Inbox(cmd.Context(), limit) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "ID\tRECEIVED\tSIM\tFROM\tTEXT", func(w io.Writer) {
				for _, m := range list {
					fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\n", m.ID, clock(m.Received), m.Line, sender(m), excerpt(incomingText(m)))
				}
			})
		},
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "keep showing messages as they arrive; with --json, one object per line")
	cmd.Flags().IntVar(&limit, "limit", 50, "largest number of messages to list")
	return cmd
}

func printIncoming(app *cli.App, m v1.Incoming) error {
	return printLine(app, m, "%s  %s -> SIM %d  %s", clock(m.Received), sender(m), m.Line, strings.ReplaceAll(incomingText(m), "\n", "\n    "))
}

// stripControl replaces the control characters in text from outside, except line
// breaks: a terminal would execute them.
func stripControl(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\r':
			return ' '
		case r != '\n' && unicode.IsControl(r):
			return utf8.RuneError
		}
		return r
	}, s)
}

// sender returns the sender as it can be printed: a name may hold anything.
func sender(m v1.Incoming) string { return cli.Or(excerpt(stripControl(m.Sender))) }

// incomingText returns the text of a message, or a description where it has none.
func incomingText(m v1.Incoming) string {
	switch {
	case m.PDU != "" && m.Kind == "undecodable":
		return "(cannot be read: " + stripControl(m.PDU) + ")"
	case m.Text == "" && m.Data != "":
		return "(data: " + m.Data + ")"
	case m.Text == "":
		return "(" + m.Kind + ")"
	}
	return stripControl(m.Text)
}

func showIncoming(app *cli.App, cmd *cobra.Command, arg string) error {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return cli.UsageError{Err: fmt.Errorf("%q is not the id of a message: simgate inbox lists them", arg)}
	}
	m, err := cli.Call(app, func(c *client.Client) (v1.Incoming, error) { return c.Incoming(cmd.Context(), id) })
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
	for _, line := range []struct{ name, value string }{{"repair", m.Repair}, {"PDU", m.PDU}, {"data", m.Data}, {"text", m.Text}} {
		if line.value != "" {
			fmt.Fprintf(app.Stdout, "%-9s %s\n", line.name, strings.ReplaceAll(stripControl(line.value), "\n", "\n          "))
		}
	}
	return nil
}
