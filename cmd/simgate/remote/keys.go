package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simgate/api"
	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
	"simgate/gateway/key"
)

func newKeysCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "create, list, change and revoke API keys",
		Long:  "Create, list, change and revoke API keys. No daemon has to run.",
	}
	cmd.AddCommand(newKeysCreateCommand(app), newKeysListCommand(app), newKeysSetCommand(app), newKeysRotateCommand(app), newKeysRevokeCommand(app))
	return cmd
}

func newKeysCreateCommand(app *cli.App) *cobra.Command {
	var scopes []string
	var s keySettings
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "create a key for an app and print it; it is not shown again",
		Example: `  simgate keys create shop --scope otp.send,otp.check --network 192.168.1.20
  simgate keys create trial --expires 30d --per-day 50 --cost-month 5`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := s.change(cmd)
			if err != nil {
				return err
			}
			change.Scopes = scopes
			k, err := withKeys(app, cmd.Context(), func(ks keyStore) (v1.Key, error) {
				return ks.create(cmd.Context(), args[0], change)
			})
			if err != nil || app.JSON {
				return app.PrintJSON(k, err)
			}
			_, err = fmt.Fprintln(app.Stdout, k.Token)
			return err
		},
	}
	s.flags(cmd)
	cmd.Flags().StringSliceVar(&scopes, "scope", nil, "what the key permits: sms.send, otp.send, otp.check, otp.custom, otp.elsewhere (codes that the app checks itself), sms.anywhere (messages to all countries and costly numbers), calls, inbox (what comes in for the app), inbox.all (all that comes in), read, admin (default the first three)")
	return cmd
}

func newKeysListCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "list the keys, without their secrets",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := withKeys(app, cmd.Context(), func(ks keyStore) ([]v1.Key, error) { return ks.list(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "ID\tNAME\tSCOPES\tCREATED\tLAST USED\tENDS\tONLY", func(w io.Writer) {
				for _, k := range list {
					used, ends := "-", "-"
					if !k.LastUsed.IsZero() {
						used = clock(k.LastUsed)
					}
					switch {
					case !k.Revoked.IsZero():
						ends = "revoked " + clock(k.Revoked)
					case !k.Expires.IsZero() && k.Expires.Before(time.Now()):
						ends = "expired " + clock(k.Expires)
					case !k.Expires.IsZero():
						ends = clock(k.Expires)
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.App, strings.Join(k.Scopes, ","), clock(k.Created), used, ends, cli.Or(only(k)))
				}
			})
		},
	}
}

func newKeysSetCommand(app *cli.App) *cobra.Command {
	var codes string
	var scopes []string
	var s keySettings
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "change the keys of an app, or the key with an id: networks, expiry, limits, scopes, who checks its codes",
		Long: "Change the keys of an app, or the key with an id: from where it works, until when, how much it may\n" +
			"send, what it permits, and who checks its codes. It holds at once.\n" +
			"An app that compares the codes itself needs checked-elsewhere: its codes are then held to limits\n" +
			"that do not depend on how many are answered.",
		Example: "  simgate keys set my-app --codes checked-elsewhere\n  simgate keys set my-app --network 10.0.0.0/8 --expires never --per-day 200",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := s.change(cmd)
			if err != nil {
				return err
			}
			change.Scopes = scopes
			if codes == "" {
				if !cmd.Flags().Changed("scope") && !s.changed(cmd) {
					return cli.UsageError{Err: errors.New("nothing is to be changed: give --network, --expires, a limit, --scope or --codes")}
				}
				list, err := withKeys(app, cmd.Context(), func(ks keyStore) ([]v1.Key, error) { return ks.changeAll(cmd.Context(), args[0], change) })
				if err != nil || app.JSON {
					return app.PrintJSON(list, err)
				}
				for _, k := range list {
					fmt.Fprintf(app.Stdout, "the key %s of %s is changed\n", k.ID, k.App)
				}
				return nil
			}
			if cmd.Flags().Changed("scope") || s.changed(cmd) {
				return cli.UsageError{Err: errors.New("--codes is changed alone")}
			}
			if _, err := api.Elsewhere(codes); err != nil {
				return cli.UsageError{Err: errors.New("give --codes checked-here or --codes checked-elsewhere")}
			}
			list, err := withKeys(app, cmd.Context(), func(ks keyStore) ([]v1.Key, error) { return ks.set(cmd.Context(), args[0], codes) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			for _, k := range list {
				fmt.Fprintf(app.Stdout, "the codes of the key %s of %s are %s\n", k.ID, k.App, codes)
			}
			return nil
		},
	}
	s.flags(cmd)
	cmd.Flags().StringSliceVar(&scopes, "scope", nil, "what the key permits, in the place of what it permitted")
	cmd.Flags().StringVar(&codes, "codes", "", "checked-here (the app asks simgate), or checked-elsewhere (the app compares them itself)")
	return cmd
}

func newKeysRotateCommand(app *cli.App) *cobra.Command {
	overlap := config.Duration(v1.KeyOverlap)
	cmd := &cobra.Command{
		Use:   "rotate ID",
		Short: "make a key in the place of another and print it; the other works for a while more",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := withKeys(app, cmd.Context(), func(ks keyStore) (v1.Key, error) { return ks.rotate(cmd.Context(), args[0], time.Duration(overlap)) })
			if err != nil || app.JSON {
				return app.PrintJSON(k, err)
			}
			_, err = fmt.Fprintln(app.Stdout, k.Token)
			return err
		},
	}
	cmd.Flags().TextVar(&overlap, "overlap", overlap, "how long the old key works, such as 30m or 7d; 0s: no longer")
	return cmd
}

// keySettings are the flags of what is said of a key beside its scopes.
type keySettings struct {
	networks                    []string
	expires                     string
	perMinute, perDay, perMonth int
	costDay, costMonth          float64
}

func (s *keySettings) flags(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&s.networks, "network", nil, "networks or addresses from which the key works, such as 192.168.1.0/24; any: from anywhere")
	cmd.Flags().StringVar(&s.expires, "expires", "", "when the key ends: in a while such as 90d, or at a `TIME` such as 2026-12-31; never")
	cmd.Flags().IntVar(&s.perMinute, "per-minute", 0, "short messages, codes and calls a minute; 0: no limit, here and below")
	cmd.Flags().IntVar(&s.perDay, "per-day", 0, "and a day")
	cmd.Flags().IntVar(&s.perMonth, "per-month", 0, "and a month")
	cmd.Flags().Float64Var(&s.costDay, "cost-day", 0, "what they may cost a day, by the prices of the SIMs")
	cmd.Flags().Float64Var(&s.costMonth, "cost-month", 0, "and a month")
}

// changed reports whether a flag was given.
func (s *keySettings) changed(cmd *cobra.Command) bool {
	return slices.ContainsFunc([]string{"network", "expires", "per-minute", "per-day", "per-month", "cost-day", "cost-month"}, cmd.Flags().Changed)
}

// change returns what the flags say.
func (s *keySettings) change(cmd *cobra.Command) (c v1.KeyChange, err error) {
	given := cmd.Flags().Changed
	if given("network") {
		c.Networks = &s.networks
		if slices.Equal(s.networks, []string{"any"}) {
			c.Networks = &[]string{}
		}
	}
	if given("expires") {
		if c.Expires, err = expiry(s.expires); err != nil {
			return c, err
		}
	}
	if given("per-minute") {
		c.PerMinute = &s.perMinute
	}
	if given("per-day") {
		c.PerDay = &s.perDay
	}
	if given("per-month") {
		c.PerMonth = &s.perMonth
	}
	if given("cost-day") {
		c.CostDay = &s.costDay
	}
	if given("cost-month") {
		c.CostMonth = &s.costMonth
	}
	return c, nil
}

// expiry reads when a key ends, and returns it as the API takes it.
func expiry(s string) (*string, error) {
	if s == "never" {
		return new(string), nil
	}
	var d config.Duration
	if err := d.UnmarshalText([]byte(s)); err == nil && d > 0 {
		return new(time.Now().Add(time.Duration(d)).UTC().Format(time.RFC3339)), nil
	}
	for _, layout := range append([]string{time.RFC3339}, localLayouts...) {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return new(t.UTC().Format(time.RFC3339)), nil
		}
	}
	return nil, cli.UsageError{Err: fmt.Errorf("--expires %q is no time: give one such as 90d, 2026-12-31 or never", s)}
}

// only says what a key is held to, and how much of that is spent.
func only(k v1.Key) string {
	var all []string
	if len(k.Networks) > 0 {
		all = append(all, "from "+strings.Join(k.Networks, ","))
	}
	var spent v1.Spent
	if k.Spent != nil {
		spent = *k.Spent
	}
	for _, l := range []struct {
		most, spent float64
		of          string
	}{{float64(k.PerMinute), float64(spent.PerMinute), "a minute"}, {float64(k.PerDay), float64(spent.PerDay), "a day"}, {float64(k.PerMonth), float64(spent.PerMonth), "a month"},
		{k.CostDay, spent.CostDay, "of money a day"}, {k.CostMonth, spent.CostMonth, "of money a month"}} {
		if l.most != 0 {
			all = append(all, fmt.Sprintf("%g of %g %s", l.spent, l.most, l.of))
		}
	}
	return strings.Join(all, "; ")
}

func newKeysRevokeCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "revoke a key, immediately and for ever",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := withKeys(app, cmd.Context(), func(ks keyStore) (v1.Key, error) { return ks.revoke(cmd.Context(), args[0]) })
			if err != nil || app.JSON {
				return app.PrintJSON(k, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "the key %s of %s is revoked\n", k.ID, k.App)
			return err
		},
	}
}

// keyStore manages keys, in the running daemon or in its database.
type keyStore struct {
	create func(ctx context.Context, app string, k v1.KeyChange) (v1.Key, error)
	change func(ctx context.Context, id string, k v1.KeyChange) (v1.Key, error)
	rotate func(ctx context.Context, id string, overlap time.Duration) (v1.Key, error)
	list   func(ctx context.Context) ([]v1.Key, error)
	set    func(ctx context.Context, name, codes string) ([]v1.Key, error)
	revoke func(ctx context.Context, id string) (v1.Key, error)
}

// changeAll changes the keys of an app that work, or the one with an id.
func (ks keyStore) changeAll(ctx context.Context, name string, c v1.KeyChange) (changed []v1.Key, err error) {
	list, err := ks.list(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range list {
		works := k.Revoked.IsZero() && (k.Expires.IsZero() || k.Expires.After(time.Now()))
		if k.ID != name && (k.App != name || !works) {
			continue
		}
		after, err := ks.change(ctx, k.ID, c)
		if err != nil {
			return changed, err
		}
		changed = append(changed, after)
	}
	if len(changed) == 0 {
		err = fmt.Errorf("there is no key of this name: simgate keys list shows all")
	}
	return changed, err
}

// withKeys runs fn against the daemon if one is running, else against its
// database: the first key is often created before the first start.
func withKeys[T any](a *cli.App, ctx context.Context, fn func(keyStore) (T, error)) (T, error) {
	var none T
	cfg, err := a.DaemonConfig()
	if err != nil {
		return none, cli.NoAccess(err, a.ConfigPath)
	}
	c := client.Socket(cfg.Socket)
	value, err := fn(keyStore{create: func(ctx context.Context, app string, k v1.KeyChange) (v1.Key, error) {
		return c.CreateKey(ctx, v1.NewKey{App: app, KeyChange: k})
	}, change: c.ChangeKey, rotate: c.RotateKey, list: c.Keys, set: c.SetKeys, revoke: c.RevokeKey})
	if !errors.Is(err, client.ErrNoDaemon) {
		return value, cli.NoAccess(err, cfg.Socket)
	}
	keys, err := key.OpenOffline(ctx, cfg.Gateway().Database, a.QuietLog(cfg.Log))
	if err != nil {
		return none, err
	}
	value, err = fn(offline(keys))
	return value, errors.Join(err, keys.Close())
}

// offline calls the database as the client calls the daemon.
func offline(keys *key.Offline) keyStore {
	return keyStore{
		create: func(ctx context.Context, app string, c v1.KeyChange) (v1.Key, error) {
			change, err := api.ReadKeyChange(c)
			if err != nil {
				return v1.Key{}, err
			}
			k, token, err := keys.CreateWith(ctx, app, change.Scopes, change.Settings())
			out := api.ShowKey(k)
			out.Token = token
			return out, err
		},
		change: func(ctx context.Context, id string, c v1.KeyChange) (v1.Key, error) {
			change, err := api.ReadKeyChange(c)
			if err != nil {
				return v1.Key{}, err
			}
			k, err := keys.Change(ctx, id, change)
			return api.ShowKey(k), err
		},
		rotate: func(ctx context.Context, id string, overlap time.Duration) (v1.Key, error) {
			k, token, err := keys.Rotate(ctx, id, overlap)
			out := api.ShowKey(k)
			out.Token = token
			return out, err
		},
		list: func(ctx context.Context) ([]v1.Key, error) {
			list, err := keys.List(ctx)
			return api.ShowKeys(list), err
		},
		set: func(ctx context.Context, name, codes string) ([]v1.Key, error) {
			elsewhere, err := api.Elsewhere(codes)
			if err != nil {
				return nil, err
			}
			list, err := keys.Set(ctx, name, key.Elsewhere, elsewhere)
			return api.ShowKeys(list), err
		},
		revoke: func(ctx context.Context, id string) (v1.Key, error) {
			k, err := keys.Revoke(ctx, id)
			return api.ShowKey(k), err
		},
	}
}
