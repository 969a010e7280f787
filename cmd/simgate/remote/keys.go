package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"simgate/api"
	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/gateway/key"
)

func newKeysCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "create, list, change and revoke API keys",
		Long:  "Create, list, change and revoke API keys. No daemon has to run.",
	}
	cmd.AddCommand(newKeysCreateCommand(app), newKeysListCommand(app), newKeysSetCommand(app), newKeysRevokeCommand(app))
	return cmd
}

func newKeysCreateCommand(app *cli.App) *cobra.Command {
	var scopes []string
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "create a key for an app and print it; it is not shown again",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := withKeys(app, cmd.Context(), func(ks keyStore) (v1.Key, error) {
				return ks.create(cmd.Context(), args[0], scopes)
			})
			if err != nil || app.JSON {
				return app.PrintJSON(k, err)
			}
			_, err = fmt.Fprintln(app.Stdout, k.Token)
			return err
		},
	}
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
			return cli.Table(app.Stdout, "ID\tNAME\tSCOPES\tCREATED\tLAST USED\tREVOKED", func(w io.Writer) {
				for _, k := range list {
					used, revoked := "-", "-"
					if !k.LastUsed.IsZero() {
						used = clock(k.LastUsed)
					}
					if !k.Revoked.IsZero() {
						revoked = clock(k.Revoked)
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.App, strings.Join(k.Scopes, ","), clock(k.Created), used, revoked)
				}
			})
		},
	}
}

func newKeysSetCommand(app *cli.App) *cobra.Command {
	var codes string
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "set who checks the codes of an app, or of the key with an id",
		Long: "Set who checks the codes of an app, or of the key with an id.\n" +
			"An app that compares the codes itself needs checked-elsewhere: its codes are then held to limits\n" +
			"that do not depend on how many are answered.",
		Example: "  simgate keys set my-app --codes checked-elsewhere",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
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
	cmd.Flags().StringVar(&codes, "codes", "", "checked-here (the app asks simgate), or checked-elsewhere (the app compares them itself)")
	return cmd
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
	create func(ctx context.Context, app string, scopes []string) (v1.Key, error)
	list   func(ctx context.Context) ([]v1.Key, error)
	set    func(ctx context.Context, name, codes string) ([]v1.Key, error)
	revoke func(ctx context.Context, id string) (v1.Key, error)
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
	value, err := fn(keyStore{c.CreateKey, c.Keys, c.SetKeys, c.RevokeKey})
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
		create: func(ctx context.Context, app string, names []string) (v1.Key, error) {
			scopes := make([]key.Scope, len(names))
			for i, n := range names {
				scopes[i] = key.Scope(n)
			}
			k, token, err := keys.Create(ctx, app, scopes)
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
