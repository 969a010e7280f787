package main

import (
	"cmp"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/gateway"
	"simgate/gateway/person"
)

func newRestoreCommand(app *cli.App) *cobra.Command {
	var keepForgotten bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "put a backup in the place of the database",
		Long: "Put a backup in the place of the database, which is kept under another name. The daemon must\n" +
			"be stopped. Nothing of the backup goes out by itself: what waited in it may have been sent\n" +
			"long ago, and is held until you say \"simgate queue release\" or \"simgate queue drop\".\n" +
			"Codes that were pending have ended. Numbers that were forgotten since are removed again.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := app.LoadConfig()
			if err != nil {
				return err
			}
			database := cfg.Gateway().Database
			var forgotten person.Again
			if !keepForgotten {
				folder := cmp.Or(cfg.Backup.Folder, filepath.Join(filepath.Dir(database), "backups"))
				if forgotten, err = person.ReadLists(filepath.Dir(database), folder, filepath.Dir(args[0])); err != nil {
					return cli.NoAccess(err, cfg.StateDir)
				}
			}
			done, err := gateway.Restore(cmd.Context(), args[0], database, forgotten, app.QuietLog(cfg.Log))
			if err != nil {
				return cli.NoAccess(err, cfg.StateDir)
			}
			if app.JSON {
				return app.PrintJSON(v1.HeldQueue{Since: done.Held.Since, Messages: done.Held.Messages, Calls: done.Held.Calls, Deliveries: done.Held.Deliveries}, nil)
			}
			fmt.Fprintf(app.Stdout, "%s is restored.\n", database)
			if done.Kept != "" {
				fmt.Fprintf(app.Stdout, "The database from before is %s.\n", done.Kept)
			}
			if done.Forgotten > 0 {
				fmt.Fprintf(app.Stdout, "%s that had been forgotten: removed again.\n", cli.Counted(done.Forgotten, "number"))
			}
			_, err = fmt.Fprintf(app.Stdout, "Held are %s that waited in the backup, and may have gone out before.\n"+
				"Start the daemon, and let them go with \"simgate queue release\", or end them with \"simgate queue drop\".\n", done.Held)
			return err
		},
	}
	cmd.Flags().BoolVar(&keepForgotten, "keep-forgotten", false, "do not remove numbers that were forgotten since, for a backup whose key is lost")
	return cmd
}
