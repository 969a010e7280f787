package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/gateway"
)

// follow calls list, and show for each change after that, until the command is stopped.
// It begins to follow before it lists, so that nothing is missed between the two.
func follow(app *cli.App, cmd *cobra.Command, f client.Follow, list func(*client.Client) error, show func(v1.Change) error) error {
	return followFrom(app, cmd, f, 0, list, show)
}

// followFrom is follow after the change with an id, 0 for the present.
func followFrom(app *cli.App, cmd *cobra.Command, f client.Follow, after int64, list func(*client.Client) error, show func(v1.Change) error) error {
	ctx := cmd.Context()
	_, err := cli.Call(app, func(c *client.Client) (none struct{}, err error) {
		changes, err := c.Follow(ctx, f, after)
		if err != nil {
			return none, err
		}
		defer changes.Close()
		if err := list(c); err != nil {
			return none, err
		}
		for {
			change, err := changes.Next()
			if err == nil {
				err = show(change)
			}
			if err != nil {
				return none, err
			}
		}
	})
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the user stopped it
	}
	return err
}

// printLine prints an object on a line: as JSON, or in words.
func printLine(app *cli.App, object any, format string, args ...any) error {
	if app.JSON {
		return json.NewEncoder(app.Stdout).Encode(object)
	}
	_, err := fmt.Fprintf(app.Stdout, format+"\n", args...)
	return err
}

// followMessages prints the last messages, and then each change of one.
func followMessages(app *cli.App, cmd *cobra.Command, f client.Filter) error {
	if !f.Until.IsZero() {
		return cli.UsageError{Err: errors.New("--follow has no end: omit --until")}
	}
	kinds := []string{"message." + f.State}
	if f.State == "" {
		kinds = nil
		for _, s := range gateway.States {
			kinds = append(kinds, "message."+string(s))
		}
	}
	show := func(m v1.Message) error {
		what := m.State
		if why := Why(m.Waiting, m.Cause); why != "" {
			what += " (" + why + ")"
		}
		at := m.Ended
		if at.IsZero() {
			at = m.Accepted
		}
		return printLine(app, m, "%s  %d  %s -> %s  %s  %s", clock(at), m.ID, m.App, m.To, what, excerpt(m.Text))
	}
	list := func(c *client.Client) error {
		all, err := c.Messages(cmd.Context(), f)
		for _, m := range slices.Backward(all) {
			if err == nil {
				err = show(m)
			}
		}
		return err
	}
	return follow(app, cmd, client.Follow{Kinds: kinds, App: f.App, To: f.To, Line: f.Line}, list, func(c v1.Change) error {
		if c.Message == nil || !strings.Contains(strings.ToLower(c.Message.Text), strings.ToLower(f.Text)) {
			return nil
		}
		return show(*c.Message)
	})
}

// followInbox prints the last incoming messages, and then each new one. A message that
// changes, because a missing part arrived, is printed again.
func followInbox(app *cli.App, cmd *cobra.Command, f client.InboxFilter) error {
	if !f.Until.IsZero() {
		return cli.UsageError{Err: errors.New("--follow has no end: omit --until")}
	}
	var seen int64 // the last change that the list has shown
	list := func(c *client.Client) error {
		all, err := c.Inbox(cmd.Context(), f)
		for _, m := range slices.Backward(all) {
			if seen = max(seen, m.Change); err == nil {
				err = printIncoming(app, m)
			}
		}
		return err
	}
	about := client.Follow{Kinds: []string{gateway.NewsReceived, gateway.NewsAmended, gateway.NewsMissed}, App: f.App, To: f.From, Line: f.Line}
	return follow(app, cmd, about, list, func(c v1.Change) error {
		if c.Incoming == nil || c.Incoming.Change <= seen || f.Kind != "" && c.Incoming.Kind != f.Kind || !strings.Contains(strings.ToLower(c.Incoming.Text), strings.ToLower(f.Text)) {
			return nil
		}
		return printIncoming(app, *c.Incoming)
	})
}

// followEvents prints the last events of a kind, "" for all, and then each new one.
func followEvents(app *cli.App, cmd *cobra.Command, kind string, limit int) error {
	var seen int64
	show := func(e v1.Event) error {
		if e.ID <= seen {
			return nil
		}
		seen = e.ID
		return printLine(app, e, "%s  %s  %s", clock(e.At), e.Kind, cli.Harmless(e.Text))
	}
	list := func(c *client.Client) error {
		all, err := c.Events(cmd.Context(), kind, limit)
		for _, e := range slices.Backward(all) {
			if err == nil {
				err = show(e)
			}
		}
		return err
	}
	return follow(app, cmd, client.Follow{Kinds: []string{gateway.NewsEvent}}, list, func(c v1.Change) error {
		if c.Event == nil || kind != "" && c.Event.Kind != kind {
			return nil
		}
		return show(*c.Event)
	})
}

func newWatchCommand(app *cli.App) *cobra.Command {
	var f client.Follow
	var after int64
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "show all that happens, as it happens",
		Long: "Show all that happens, as it happens: messages in both directions, verifications, calls and\n" +
			"events. With --json each change is an object on a line, whose id --after takes: so nothing is\n" +
			"missed that happened in the last 7 days.",
		Example: "  simgate watch --kind message,call --app shop",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			none := func(*client.Client) error { return nil }
			return followFrom(app, cmd, f, after, none, func(c v1.Change) error {
				return printLine(app, c, "%s  %s", clock(c.At), happened(c))
			})
		},
	}
	cmd.Flags().StringSliceVar(&f.Kinds, "kind", nil, "only message, verification, call, contact or event, or a kind such as message.sent")
	cmd.Flags().StringVar(&f.App, "app", "", "only what belongs to this app")
	cmd.Flags().StringVar(&f.To, "to", "", "only what is about this number")
	cmd.Flags().Int64Var(&f.Line, "line", 0, "only what is about this SIM")
	cmd.Flags().Int64Var(&after, "after", 0, "begin after the change with this id")
	return cmd
}

// happened says in words what has changed.
func happened(c v1.Change) string {
	what := fmt.Sprintf("%-22s", c.Kind)
	switch {
	case c.Message != nil:
		what += fmt.Sprintf("  %d  %s -> %s  %s", c.Message.ID, c.App, c.Message.To, excerpt(c.Message.Text))
		if c.Message.Cause != "" {
			what += "  (" + c.Message.Cause + ")"
		}
	case c.Incoming != nil:
		what += fmt.Sprintf("  %d  %s -> SIM %d  %s", c.Incoming.ID, sender(*c.Incoming), c.Incoming.Line, excerpt(incomingText(*c.Incoming)))
	case c.Verification != nil:
		what += fmt.Sprintf("  %s  %s -> %s", c.Verification.ID, c.App, c.Verification.To)
	case c.Call != nil:
		what += fmt.Sprintf("  %d  %s -> %s", c.Call.ID, c.App, c.Call.To)
	case c.Contact != nil:
		what += fmt.Sprintf("  %s  %s", c.Contact.Number, c.Contact.Tag)
	case c.Event != nil:
		what += fmt.Sprintf("  %s  %s", c.Event.Kind, c.Event.Text)
	}
	return cli.Harmless(what)
}
