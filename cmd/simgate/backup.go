package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/gateway"
)

func newBackupCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use:   "backup [FILE]",
		Short: "copy the database, while everything goes on",
		Long: "Copy the database to FILE, or to the folder of backups of the daemon, which keeps the newest\n" +
			"of them (backup in the configuration). A backup holds numbers and texts, but not the key\n" +
			"that encrypts codes. Keep it on another disk: \"simgate restore FILE\" puts it back.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return saveBackup(cmd.Context(), app, args[0])
			}
			b, err := call(app, func(c *client.Client) (v1.Backup, error) { return c.Backup(cmd.Context()) })
			if err != nil || app.json {
				return app.printJSON(b, err)
			}
			_, err = fmt.Fprintf(app.stdout, "%s (%d KB)\n", b.Path, b.Bytes>>10)
			return err
		},
	}
}

// saveBackup writes a backup to a file, which appears when it is whole.
func saveBackup(ctx context.Context, app *app, path string) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // finds nothing once it has its name
	defer file.Close()
	if _, err := call(app, func(c *client.Client) (struct{}, error) { return struct{}{}, c.ReadBackup(ctx, file) }); err != nil {
		return err
	}
	info, err := file.Stat()
	if err := errors.Join(err, file.Sync(), os.Rename(file.Name(), path)); err != nil {
		return err
	}
	b := v1.Backup{Path: path, Bytes: info.Size(), At: info.ModTime()}
	if app.json {
		return app.printJSON(b, nil)
	}
	_, err = fmt.Fprintf(app.stdout, "%s (%d KB)\n", b.Path, b.Bytes>>10)
	return err
}

func newRestoreCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "put a backup in the place of the database",
		Long: "Put a backup in the place of the database, which is kept under another name. The daemon must\n" +
			"be stopped. Nothing of the backup goes out by itself: what waited in it may have been sent\n" +
			"long ago, and is held until you say \"simgate queue release\" or \"simgate queue drop\".\n" +
			"Codes that were pending have ended.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := app.loadConfig()
			if err != nil {
				return err
			}
			database := cfg.Gateway().Database
			done, err := gateway.Restore(cmd.Context(), args[0], database, nil, newLog(app.stderr, quiet(cfg.Log), app.getenv))
			if err != nil {
				return noAccess(err, cfg.StateDir)
			}
			if app.json {
				return app.printJSON(v1.HeldQueue{Since: done.Held.Since, Messages: done.Held.Messages, Calls: done.Held.Calls, Deliveries: done.Held.Deliveries}, nil)
			}
			fmt.Fprintf(app.stdout, "%s is restored.\n", database)
			if done.Kept != "" {
				fmt.Fprintf(app.stdout, "The database from before is %s.\n", done.Kept)
			}
			_, err = fmt.Fprintf(app.stdout, "Held are %s that waited in the backup, and may have gone out before.\n"+
				"Start the daemon, and let them go with \"simgate queue release\", or end them with \"simgate queue drop\".\n", done.Held)
			return err
		},
	}
}

func newQueueCommand(app *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "show what is held since a backup was restored",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := call(app, func(c *client.Client) (v1.HeldQueue, error) { return c.HeldQueue(cmd.Context()) })
			if err != nil || app.json {
				return app.printJSON(q, err)
			}
			if q.Since.IsZero() {
				_, err = fmt.Fprintln(app.stdout, "Nothing is held.")
				return err
			}
			_, err = fmt.Fprintf(app.stdout, "Held since the restore of %s: %s.\nLet them go with \"simgate queue release\", or end them with \"simgate queue drop\".\n",
				clock(q.Since), counts(q))
			return err
		},
	}
	cmd.AddCommand(
		endHoldCommand(app, "release", "let go out what is held", "will go out", (*client.Client).ReleaseQueue),
		endHoldCommand(app, "drop", "end what is held: it never goes out", "will not go out", (*client.Client).DropQueue))
	return cmd
}

func endHoldCommand(app *app, use, short, said string, end func(*client.Client, context.Context) (v1.HeldQueue, error)) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := call(app, func(c *client.Client) (v1.HeldQueue, error) { return end(c, cmd.Context()) })
			if err != nil || app.json {
				return app.printJSON(q, err)
			}
			_, err = fmt.Fprintf(app.stdout, "%s %s\n", counts(q), said)
			return err
		},
	}
}

// counts says what is held, in words.
func counts(q v1.HeldQueue) string {
	return gateway.HeldQueue{Messages: q.Messages, Calls: q.Calls, Deliveries: q.Deliveries}.String()
}
