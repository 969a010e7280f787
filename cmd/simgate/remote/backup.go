package remote

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/gateway"
)

func newBackupCommand(app *cli.App) *cobra.Command {
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
			b, err := cli.Call(app, func(c *client.Client) (v1.Backup, error) { return c.Backup(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(b, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "%s (%d KB)\n", b.Path, b.Bytes>>10)
			return err
		},
	}
}

// saveBackup writes a backup to a file, which appears when it is whole.
func saveBackup(ctx context.Context, app *cli.App, path string) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // finds nothing once it has its name
	defer file.Close()
	if _, err := cli.Call(app, func(c *client.Client) (struct{}, error) { return struct{}{}, c.ReadBackup(ctx, file) }); err != nil {
		return err
	}
	info, err := file.Stat()
	if err := errors.Join(err, file.Sync(), os.Rename(file.Name(), path)); err != nil {
		return err
	}
	b := v1.Backup{Path: path, Bytes: info.Size(), At: info.ModTime()}
	if app.JSON {
		return app.PrintJSON(b, nil)
	}
	_, err = fmt.Fprintf(app.Stdout, "%s (%d KB)\n", b.Path, b.Bytes>>10)
	return err
}

func newQueueCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "show what is held since a backup was restored",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := cli.Call(app, func(c *client.Client) (v1.HeldQueue, error) { return c.HeldQueue(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(q, err)
			}
			if q.Since.IsZero() {
				_, err = fmt.Fprintln(app.Stdout, "Nothing is held.")
				return err
			}
			_, err = fmt.Fprintf(app.Stdout, "Held since the restore of %s: %s.\nLet them go with \"simgate queue release\", or end them with \"simgate queue drop\".\n",
				clock(q.Since), counts(q))
			return err
		},
	}
	cmd.AddCommand(
		endHoldCommand(app, "release", "let go out what is held", "will go out", (*client.Client).ReleaseQueue),
		endHoldCommand(app, "drop", "end what is held: it never goes out", "will not go out", (*client.Client).DropQueue))
	return cmd
}

func endHoldCommand(app *cli.App, use, short, said string, end func(*client.Client, context.Context) (v1.HeldQueue, error)) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := cli.Call(app, func(c *client.Client) (v1.HeldQueue, error) { return end(c, cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(q, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "%s %s\n", counts(q), said)
			return err
		},
	}
}

// counts says what is held, in words.
func counts(q v1.HeldQueue) string {
	return gateway.HeldQueue{Messages: q.Messages, Calls: q.Calls, Deliveries: q.Deliveries}.String()
}
