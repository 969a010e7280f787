package remote

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
	"simgate/cmd/simgate/cli"
)

func newWebhooksCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhooks",
		Short: "list, add and remove webhooks, and show their deliveries",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Webhook, error) { return c.Webhooks(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "ID\tAPP\tFORMAT\tURL\tEVENTS\tSTATE", func(w io.Writer) {
				for _, h := range list {
					state, kinds := "enabled", strings.Join(h.Kinds, ",")
					if h.Disabled != "" {
						state = "disabled: " + h.Disabled
					}
					if kinds == "" {
						kinds = "callbacks only"
					}
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", h.ID, h.App, h.Format, h.URL, kinds, state)
				}
			})
		},
	}
	cmd.AddCommand(newWebhookAddCommand(app), newWebhookRemoveCommand(app), newWebhookRotateCommand(app), newWebhookTestCommand(app),
		newDeliveriesCommand(app), newReplayCommand(app))
	return cmd
}

func newWebhookAddCommand(app *cli.App) *cobra.Command {
	var in v1.NewWebhook
	cmd := &cobra.Command{
		Use:   "add URL --app NAME",
		Short: "deliver events of an app to a URL, and allow its host for callbacks",
		Long: "Deliver events of an app to a URL, and allow its requests to name callbacks at the same host.\n" +
			"With --kinds none the webhook only allows callbacks. Addresses in the local network, or on this\n" +
			"machine, must also be allowed with webhooks.allow in the configuration.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.URL = args[0]
			w, err := cli.Call(app, func(c *client.Client) (v1.Webhook, error) { return c.AddWebhook(cmd.Context(), in) })
			if err != nil || app.JSON {
				return app.PrintJSON(w, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "webhook %d\nsecret: %s\nThe secret is not shown again.\n", w.ID, w.Secret)
			return err
		},
	}
	cmd.Flags().StringVar(&in.App, "app", "", "name of the app, as given to simgate keys create")
	cmd.Flags().StringVar(&in.Format, "format", api.FormatStandard, "standard, textlink, 99digital, smscx, textmagic-m, textmagic-u or textmagic-j")
	cmd.Flags().StringSliceVar(&in.Kinds, "kinds", nil, "events to deliver, such as message.received,verification.verified; none for callbacks only (default: all of the format)")
	cmd.Flags().StringVar(&in.Secret, "secret", "", "secret that the app knows already (default: a new one)")
	cmd.Flags().BoolVar(&in.AllIncoming, "all-incoming", false, "deliver also what comes in for no app, or for another, as if a key of the app had the scope inbox.all")
	_ = cmd.MarkFlagRequired("app")
	return cmd
}

// webhookID parses the id of a webhook or a delivery; what names it in the error.
func webhookID(s, what string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0, cli.UsageError{Err: fmt.Errorf("%q is not the id of a %s", s, what)}
	}
	return id, nil
}

func newWebhookRemoveCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "remove ID",
		Short: "remove a webhook",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := webhookID(args[0], "webhook")
			if err != nil {
				return err
			}
			_, err = cli.Call(app, func(c *client.Client) (struct{}, error) { return struct{}{}, c.RemoveWebhook(cmd.Context(), id) })
			if err != nil || app.JSON {
				return app.PrintJSON(v1.Removed{ID: id}, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "webhook %d removed\n", id)
			return err
		},
	}
}

func newWebhookRotateCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "rotate ID",
		Short: "replace the secret of a webhook, and enable it if it was disabled",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := webhookID(args[0], "webhook")
			if err != nil {
				return err
			}
			w, err := cli.Call(app, func(c *client.Client) (v1.Webhook, error) { return c.RotateWebhook(cmd.Context(), id) })
			if err != nil || app.JSON {
				return app.PrintJSON(w, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "secret: %s\nDeliveries are signed with the old secret too for one day.\n", w.Secret)
			return err
		},
	}
}

func newWebhookTestCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "test ID",
		Short: "deliver a test event now",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := webhookID(args[0], "webhook")
			if err != nil {
				return err
			}
			t, err := cli.Call(app, func(c *client.Client) (v1.Tried, error) { return c.TestWebhook(cmd.Context(), id) })
			switch {
			case err != nil || app.JSON:
				return app.PrintJSON(t, err)
			case !t.OK:
				return fmt.Errorf("the test event was not delivered: %s", t.Cause)
			}
			_, err = fmt.Fprintf(app.Stdout, "the receiver answered %d after %d ms\n", t.Status, t.Milliseconds)
			return err
		},
	}
}

func newDeliveriesCommand(app *cli.App) *cobra.Command {
	var state string
	var limit int
	cmd := &cobra.Command{
		Use:   "deliveries",
		Short: "list the deliveries to webhooks, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := cli.Call(app, func(c *client.Client) ([]v1.Delivery, error) {
				return c.Deliveries(cmd.Context(), state, limit)
			})
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "ID\tAT\tWEBHOOK\tAPP\tKIND\tSUBJECT\tSTATE\tTRIES\tCAUSE", func(w io.Writer) {
				for _, d := range list {
					where := "callback"
					if d.Webhook != 0 {
						where = strconv.FormatInt(d.Webhook, 10)
					}
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", d.ID, d.At.Local().Format(time.DateTime), where, d.App, d.Kind,
						d.Subject, d.State, d.Tries, cli.Or(d.Cause))
				}
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only deliveries in this state: pending, delivered or failed")
	cmd.Flags().IntVar(&limit, "limit", 50, "largest number of deliveries to list")
	return cmd
}

func newReplayCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "replay ID",
		Short: "deliver an event again, with the same id",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := webhookID(args[0], "delivery")
			if err != nil {
				return err
			}
			d, err := cli.Call(app, func(c *client.Client) (v1.Delivery, error) { return c.Replay(cmd.Context(), id) })
			if err != nil || app.JSON {
				return app.PrintJSON(d, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "%s is delivered again\n", d.Kind)
			return err
		},
	}
}
