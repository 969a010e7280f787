package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simgate/api"
	"simgate/api/client"
	v1 "simgate/api/v1"
)

func newWebhooksCommand(app *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhooks",
		Short: "list the addresses that are told of what happens, and change them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := call(app, func(c *client.Client) ([]v1.Webhook, error) { return c.Webhooks(cmd.Context()) })
			if err != nil || app.json {
				return app.printJSON(list, err)
			}
			return table(app.stdout, "ID\tAPP\tFORMAT\tURL\tTOLD OF\tSTATE", func(w io.Writer) {
				for _, h := range list {
					state, told := "enabled", strings.Join(h.Kinds, ",")
					if h.Disabled != "" {
						state = "disabled: " + h.Disabled
					}
					if told == "" {
						told = "callbacks only"
					}
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", h.ID, h.App, h.Format, h.URL, told, state)
				}
			})
		},
	}
	cmd.AddCommand(newWebhookAddCommand(app), newWebhookRemoveCommand(app), newWebhookRotateCommand(app), newWebhookTestCommand(app),
		newDeliveriesCommand(app), newReplayCommand(app))
	return cmd
}

func newWebhookAddCommand(app *app) *cobra.Command {
	var of, format string
	var kinds []string
	cmd := &cobra.Command{
		Use:   "add URL --app NAME",
		Short: "tell an address of an app what happens, and let the app name it as callback",
		Long: "Tell an address of an app what happens, and let the app name addresses at the same host as callbacks.\n" +
			"--kinds none does the second alone. What is in the local network, or on this machine, has to be allowed in\n" +
			"the configuration, too: webhooks.allow.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := call(app, func(c *client.Client) (v1.Webhook, error) {
				return c.AddWebhook(cmd.Context(), of, args[0], format, kinds)
			})
			if err != nil || app.json {
				return app.printJSON(w, err)
			}
			_, err = fmt.Fprintf(app.stdout, "webhook %d\nsecret: %s\nThe secret is not shown again.\n", w.ID, w.Secret)
			return err
		},
	}
	cmd.Flags().StringVar(&of, "app", "", "the app, as its key names it")
	cmd.Flags().StringVar(&format, "format", api.FormatStandard, "standard, textlink, 99digital, smscx, textmagic-m, textmagic-u or textmagic-j")
	cmd.Flags().StringSliceVar(&kinds, "kinds", nil, "what it is told, such as message.received,verification.verified; all that the format has, if not given")
	_ = cmd.MarkFlagRequired("app")
	return cmd
}

// webhookID reads the number of a webhook or a delivery.
func webhookID(s, what string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0, usageError{fmt.Errorf("%q is not the id of a %s", s, what)}
	}
	return id, nil
}

func newWebhookRemoveCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use:   "remove ID",
		Short: "tell an address no more",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := webhookID(args[0], "webhook")
			if err != nil {
				return err
			}
			_, err = call(app, func(c *client.Client) (struct{}, error) { return struct{}{}, c.RemoveWebhook(cmd.Context(), id) })
			if err != nil || app.json {
				return app.printJSON(v1.Removed{ID: id}, err)
			}
			_, err = fmt.Fprintf(app.stdout, "webhook %d is told no more\n", id)
			return err
		},
	}
}

func newWebhookRotateCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rotate ID",
		Short: "give a webhook another secret, and enable it if it was disabled",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := webhookID(args[0], "webhook")
			if err != nil {
				return err
			}
			w, err := call(app, func(c *client.Client) (v1.Webhook, error) { return c.RotateWebhook(cmd.Context(), id) })
			if err != nil || app.json {
				return app.printJSON(w, err)
			}
			_, err = fmt.Fprintf(app.stdout, "secret: %s\nThe one before signs too for a day.\n", w.Secret)
			return err
		},
	}
}

func newWebhookTestCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use:   "test ID",
		Short: "tell a webhook now that it is being tried",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := webhookID(args[0], "webhook")
			if err != nil {
				return err
			}
			t, err := call(app, func(c *client.Client) (v1.Tried, error) { return c.TestWebhook(cmd.Context(), id) })
			switch {
			case err != nil || app.json:
				return app.printJSON(t, err)
			case !t.OK:
				return fmt.Errorf("the webhook was not told: %s", t.Cause)
			}
			_, err = fmt.Fprintf(app.stdout, "the receiver answered %d after %d ms\n", t.Status, t.Milliseconds)
			return err
		},
	}
}

func newDeliveriesCommand(app *app) *cobra.Command {
	var state string
	var limit int
	cmd := &cobra.Command{
		Use:   "deliveries",
		Short: "list what webhooks were told, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := call(app, func(c *client.Client) ([]v1.Delivery, error) {
				return c.Deliveries(cmd.Context(), state, limit)
			})
			if err != nil || app.json {
				return app.printJSON(list, err)
			}
			return table(app.stdout, "ID\tAT\tWEBHOOK\tAPP\tKIND\tSUBJECT\tSTATE\tTRIES\tCAUSE", func(w io.Writer) {
				for _, d := range list {
					where := "callback"
					if d.Webhook != 0 {
						where = strconv.FormatInt(d.Webhook, 10)
					}
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", d.ID, d.At.Local().Format(time.DateTime), where, d.App, d.Kind,
						d.Subject, d.State, d.Tries, or(d.Cause))
				}
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "pending, delivered or failed")
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at most")
	return cmd
}

func newReplayCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use:   "replay ID",
		Short: "tell something again, with the same id",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := webhookID(args[0], "delivery")
			if err != nil {
				return err
			}
			d, err := call(app, func(c *client.Client) (v1.Delivery, error) { return c.Replay(cmd.Context(), id) })
			if err != nil || app.json {
				return app.printJSON(d, err)
			}
			_, err = fmt.Fprintf(app.stdout, "%s is told again\n", d.Kind)
			return err
		},
	}
}
