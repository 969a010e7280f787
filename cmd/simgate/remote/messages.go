package remote

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/gateway"
)

func newMessagesCommand(app *cli.App) *cobra.Command {
	var f client.Filter
	var follow bool
	cmd := &cobra.Command{
		Use:   "messages [ID]",
		Short: "list messages, newest first, or show one with its parts and all that happened to it",
		Example: `  simgate messages --state failed --since 24h
  simgate messages --to +4915112345678 --text parcel --limit 1000`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && follow:
				return cli.UsageError{Err: errors.New("--follow shows every message: omit the id")}
			case len(args) == 1:
				return showMessage(app, cmd, args[0])
			case follow:
				return followMessages(app, cmd, f)
			}
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Message, error) {
				return c.Messages(cmd.Context(), f)
			})
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "ID\tACCEPTED\tAPP\tTO\tSTATE\tPARTS\tCAUSE\tTEXT", func(w io.Writer) {
				for _, m := range list {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", m.ID, clock(m.Accepted), m.App, m.To, m.State, m.PartsTotal, cli.Or(Why(m.Waiting, m.Cause)), excerpt(m.Text))
				}
			})
		},
	}
	cmd.AddCommand(newEditCommand(app), newCancelCommand(app))
	addFilter(cmd, &f, "messages", cli.Words(gateway.States))
	cmd.Flags().BoolVar(&follow, "follow", false, "keep showing messages as their states change; with --json, one object per line")
	cmd.Flags().Int64Var(&f.Line, "line", 0, "only messages of this SIM")
	cmd.Flags().StringVar(&f.Text, "text", "", "only messages with this in their text")
	cmd.Flags().Var((*pointInTime)(&f.Since), "since", "only messages that were accepted from this `TIME` on, such as 24h ago, 2026-01-31 or 2026-01-31T18:00")
	cmd.Flags().Var((*pointInTime)(&f.Until), "until", "only messages that were accepted before this `TIME`")
	return cmd
}

// pointInTime is a flag with a time: how long ago, or in local time a day, with a time of
// day or without.
type pointInTime time.Time

// Set reads the flag.
func (p *pointInTime) Set(s string) error {
	if ago, err := time.ParseDuration(s); err == nil && ago >= 0 {
		*p = pointInTime(time.Now().Add(-ago))
		return nil
	}
	for _, layout := range append([]string{time.RFC3339}, localLayouts...) {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			*p = pointInTime(t)
			return nil
		}
	}
	return errors.New("it must be a time such as 2026-01-31T18:00, or how long ago, such as 24h")
}

// String returns the time, "" for none.
func (p *pointInTime) String() string {
	if t := time.Time(*p); !t.IsZero() {
		return t.Format(time.RFC3339)
	}
	return ""
}

// Type returns what a value of the flag is.
func (*pointInTime) Type() string { return "TIME" }

// Why returns why a message or a call is in its state: what it waits for, or the cause.
func Why(waiting, cause string) string {
	if waiting != "" {
		return "waits: " + waiting
	}
	return cause
}

func showMessage(app *cli.App, cmd *cobra.Command, arg string) error {
	id, err := messageID(arg)
	if err != nil {
		return err
	}
	m, err := cli.Call(app, func(c *client.Client) (v1.Message, error) { return c.Message(cmd.Context(), id) })
	if err != nil || app.JSON {
		return app.PrintJSON(m, err)
	}
	fmt.Fprintf(app.Stdout, "message   %d for %s, from %s\nstate     %s\n", m.ID, m.To, m.App, m.State)
	if m.Cause != "" {
		fmt.Fprintf(app.Stdout, "cause     %s\n", m.Cause)
	}
	if m.CauseCode != "" {
		fmt.Fprintf(app.Stdout, "code      %s\n", m.CauseCode)
	}
	if m.Waiting != "" {
		fmt.Fprintf(app.Stdout, "waiting   %s\n", m.Waiting)
	}
	fmt.Fprintf(app.Stdout, "accepted  %s, to be sent before %s\ntext      %s\n\n", clock(m.Accepted), clock(m.Expires),
		strings.ReplaceAll(cli.Harmless(m.Text), "\n", "\n          "))
	err = cli.Table(app.Stdout, "PART\tSTATE\tLINE\tMODEM\tREFERENCE\tSUBMITTED\tCAUSE", func(w io.Writer) {
		for _, p := range m.Parts {
			reference := "-"
			if p.Reference != nil {
				reference = strconv.Itoa(*p.Reference)
			}
			fmt.Fprintf(w, "%d/%d\t%s\t%d\t%s\t%s\t%s\t%s\n", p.Seq, m.PartsTotal, p.State, p.Line, p.Modem, reference, clock(p.Submitted), cli.Or(p.Cause))
		}
		for seq := len(m.Parts) + 1; seq <= m.PartsTotal; seq++ {
			fmt.Fprintf(w, "%d/%d\t%s\t-\t-\t-\t-\t-\n", seq, m.PartsTotal, "waiting")
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(app.Stdout)
	return printMoments(app.Stdout, momentsOf(m))
}

// clock returns a time in local form: without the date within 18 hours of now.
func clock(t time.Time) string {
	t = t.Local()
	if time.Since(t).Abs() < 18*time.Hour {
		return t.Format(time.TimeOnly)
	}
	return t.Format("2006-01-02 15:04")
}

// excerpt returns the beginning of a text on one line.
func excerpt(text string) string {
	const width = 48
	text = strings.ReplaceAll(cli.Harmless(text), "\n", " ")
	if r := []rune(text); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return text
}

// addSchedule adds the flags that say when a message goes. Without a zone times are those
// of this machine.
func addSchedule(cmd *cobra.Command, priority, at, expires, zone *string) {
	cmd.Flags().StringVar(priority, "priority", "", "urgent, normal or bulk: what is more urgent goes first, and codes before all")
	cmd.Flags().StringVar(at, "at", "", "send at this `TIME` or later, such as 2026-01-31T18:00")
	cmd.Flags().StringVar(expires, "expires", "", "do not send after this `TIME`")
	cmd.Flags().StringVar(zone, "zone", "", "time zone of --at, --expires and --quiet, such as Europe/Berlin; that of this machine if empty")
}

// inZone completes times of the command line with the offset of this machine, where
// neither they nor a zone say more.
func inZone(zone string, times ...*string) {
	for _, t := range times {
		for _, layout := range localLayouts {
			if at, err := time.ParseInLocation(layout, *t, time.Local); err == nil && zone == "" {
				*t = at.Format(time.RFC3339)
			}
		}
	}
}

// localLayouts are those of times without a zone.
var localLayouts = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly}

func newEditCommand(app *cli.App) *cobra.Command {
	var e v1.Edit
	cmd := &cobra.Command{
		Use:   "edit ID",
		Short: "change a message that waits",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			inZone(e.TimeZone, &e.NotBefore, &e.ExpiresAt)
			return onMessage(app, args[0], "changed", func(c *client.Client, id int64) (v1.Message, error) { return c.EditMessage(cmd.Context(), id, e) })
		},
	}
	addSchedule(cmd, &e.Priority, &e.NotBefore, &e.ExpiresAt, &e.TimeZone)
	cmd.Flags().StringVar(&e.Text, "text", "", "send this text")
	return cmd
}

func newCancelCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "cancel ID",
		Short: "take a message that waits out of the queue",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onMessage(app, args[0], "cancelled", func(c *client.Client, id int64) (v1.Message, error) { return c.CancelMessage(cmd.Context(), id) })
		},
	}
}

// onMessage does something with the message of an argument.
func onMessage(app *cli.App, arg, done string, do func(*client.Client, int64) (v1.Message, error)) error {
	id, err := messageID(arg)
	if err != nil {
		return err
	}
	m, err := cli.Call(app, func(c *client.Client) (v1.Message, error) { return do(c, id) })
	if err != nil || app.JSON {
		return app.PrintJSON(m, err)
	}
	_, err = fmt.Fprintf(app.Stdout, "message %d to %s is %s\n", m.ID, m.To, done)
	return err
}

// messageID reads the id of a message.
func messageID(arg string) (int64, error) {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return 0, cli.UsageError{Err: fmt.Errorf("%q is not the id of a message: simgate messages lists them", arg)}
	}
	return id, nil
}

func newSendCommand(app *cli.App) *cobra.Command {
	var dry, wait, flash, noEmoji bool
	var m v1.NewMessage
	cmd := &cobra.Command{
		Use:   "send NUMBER TEXT",
		Short: "send a message",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			m.To, m.Text = args[0], args[1]
			inZone(m.TimeZone, &m.NotBefore, &m.ExpiresAt)
			if flash {
				m.Class = new(int)
			}
			if noEmoji {
				m.Strip = "emoji"
			}
			if dry {
				return rehearse(app, func(c *client.Client) (v1.Rehearsal, error) { return c.RehearseMessage(cmd.Context(), m) })
			}
			sent, err := cli.Call(app, func(c *client.Client) (v1.Message, error) {
				if wait {
					return c.SendAndWait(cmd.Context(), m)
				}
				return c.SendMessage(cmd.Context(), m)
			})
			if err == nil && app.JSON {
				err = app.PrintJSON(sent, nil)
			}
			if err != nil {
				return err
			}
			switch s := gateway.State(sent.State); s {
			case gateway.Queued, gateway.Sending:
			case gateway.Sent, gateway.Delivered:
				if !app.JSON {
					_, err = fmt.Fprintf(app.Stdout, "message %d to %s is %s\n", sent.ID, sent.To, s)
				}
				return err
			default:
				return fmt.Errorf("message %d to %s is %s: %s", sent.ID, sent.To, s, cli.Or(sent.Cause))
			}
			if app.JSON {
				return nil
			}
			when := ""
			if !sent.NotBefore.IsZero() {
				when = " for " + clock(sent.NotBefore)
			}
			_, err = fmt.Fprintf(app.Stdout, "message %d to %s is queued%s; see it with: simgate messages %d\n", sent.ID, sent.To, when, sent.ID)
			return err
		},
	}
	addSchedule(cmd, &m.Priority, &m.NotBefore, &m.ExpiresAt, &m.TimeZone)
	cmd.Flags().StringVar(&m.QuietHours, "quiet", "", "do not send in these `HOURS`, such as 21:00-08:00: in --zone, or in the time zone of the number")
	cmd.Flags().Int64Var(&m.Line, "line", 0, "send by this SIM")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait up to 30 seconds until the network has it; the exit status is 1 if it has failed")
	cmd.Flags().BoolVar(&m.Transliterate, "transliterate", false, "write letters and signs of the GSM alphabet for those that it lacks")
	cmd.Flags().BoolVar(&noEmoji, "strip-emoji", false, "leave emoji out")
	cmd.Flags().BoolVar(&flash, "flash", false, "have the phone show it at once (class 0)")
	dryRun(cmd, &dry)
	return cmd
}

// dryRun adds the flag for a rehearsal to a command that sends.
func dryRun(cmd *cobra.Command, dry *bool) {
	cmd.Flags().BoolVar(dry, "dry-run", false, "send nothing, and say whether it would go; the exit status is 1 if not")
}

// rehearse shows what would come of a send, and is an error where nothing would go.
func rehearse(app *cli.App, ask func(*client.Client) (v1.Rehearsal, error)) error {
	r, err := cli.Call(app, ask)
	if err == nil && app.JSON {
		err = app.PrintJSON(r, nil)
	}
	if err != nil || app.JSON && r.Allowed {
		return err
	}
	who := fmt.Sprintf("%s (%s, %s)", r.To, cli.Or(r.Country), strings.ReplaceAll(r.Kind, "_", " "))
	if !r.Allowed {
		return fmt.Errorf("nothing would go to %s: %s", who, r.Verdict)
	}
	_, err = fmt.Fprintf(app.Stdout, "it would go to %s%s\n", who, room(r))
	return err
}

// room says how much room a text takes, and what makes it longer.
func room(r v1.Rehearsal) string {
	if r.PartsTotal == 0 {
		return ""
	}
	parts := " in 1 short message"
	if r.PartsTotal != 1 {
		parts = fmt.Sprintf(" in %d short messages", r.PartsTotal)
	}
	if r.UCS2For != "" {
		parts += ", which hold 70 characters and not 160, for: " + r.UCS2For
		if len(r.Replacements) == utf8.RuneCountInString(r.UCS2For) {
			parts += " (--transliterate replaces them)"
		}
	}
	if r.Price != 0 {
		parts += fmt.Sprintf(", for %.4g", r.Price)
	}
	return parts
}
