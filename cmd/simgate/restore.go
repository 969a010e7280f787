package main

import (
	"bufio"
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/gateway"
	"simgate/gateway/person"
)

func newRestoreCommand(app *cli.App) *cobra.Command {
	var keepForgotten bool
	var queue string
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "put a backup in the place of the database",
		Long: "Put a backup in the place of the database, which is kept under another name. The daemon must\n" +
			"be stopped. Nothing of the backup goes out by itself: what waited in it may have been sent\n" +
			"long ago. On a terminal you are asked what is to become of it, and --queue says so for scripts;\n" +
			"else it is held until you say \"simgate queue release\" or \"simgate queue drop\".\n" +
			"Codes that were pending have ended. Numbers that were forgotten since are removed again, and who\n" +
			"has opted out of messages since, or in again, has.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			wish := gateway.HeldWish(queue)
			if queue != "" && !slices.Contains(heldWishes, wish) {
				return cli.UsageError{Err: fmt.Errorf("--queue must be %s", strings.Join(cli.Words(heldWishes), ", "))}
			}
			decide := func(r gateway.Restored) (gateway.HeldWish, error) {
				if wish == "" {
					wish = askWish(app, args[0], r.Held)
				}
				return wish, cmd.Context().Err() // who interrupts has changed nothing
			}
			cfg, err := app.LoadConfig()
			if err != nil {
				return err
			}
			database := cfg.Gateway().Database
			var again person.Again
			if !keepForgotten {
				folder := cmp.Or(cfg.Backup.Folder, filepath.Join(filepath.Dir(database), "backups"))
				if again, err = person.ReadLists(filepath.Dir(database), folder, filepath.Dir(args[0])); err != nil {
					return cli.NoAccess(err, cfg.StateDir)
				}
			}
			done, err := gateway.Restore(cmd.Context(), args[0], database, again, decide, app.QuietLog(cfg.Log))
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
			if done.OptOuts > 0 {
				fmt.Fprintf(app.Stdout, "%s, or the end of one, from after the backup: done again.\n", cli.Counted(done.OptOuts, "opt-out"))
			}
			if done.Held.Messages+done.Held.Calls+done.Held.Deliveries == 0 {
				_, err = fmt.Fprintln(app.Stdout, "Nothing waited in the backup. Start the daemon.")
				return err
			}
			said := map[gateway.HeldWish]string{
				gateway.HeldWaits: "Held are %s that waited in the backup, and may have gone out before.\n" +
					"Start the daemon, and let them go with \"simgate queue release\", or end them with \"simgate queue drop\".\n",
				gateway.HeldReleased: "Start the daemon: %s that waited in the backup go out then.\n",
				gateway.HeldDropped:  "Start the daemon: %s that waited in the backup end then, and never go out.\n",
			}
			_, err = fmt.Fprintf(app.Stdout, said[wish], done.Held)
			return err
		},
	}
	cmd.Flags().BoolVar(&keepForgotten, "keep-forgotten", false, "leave out what came of numbers since, forgotten ones and opt-outs, for a backup whose key is lost")
	cmd.Flags().StringVar(&queue, "queue", "", "what becomes of what waited in the backup: hold, release or drop")
	return cmd
}

var heldWishes = []gateway.HeldWish{gateway.HeldWaits, gateway.HeldReleased, gateway.HeldDropped}

// askWish asks what is to become of what waited in a backup. Where nobody can be asked, or
// nothing waited, it is held.
func askWish(app *cli.App, backup string, q gateway.HeldQueue) gateway.HeldWish {
	if q.Messages+q.Calls+q.Deliveries == 0 || !app.Interactive() {
		return gateway.HeldWaits
	}
	fmt.Fprintf(app.Stderr, "In %s waited %s, which may have gone out since.\n", backup, q)
	in := bufio.NewReader(app.Stdin)
	for {
		fmt.Fprint(app.Stderr, "Let them go out (release), end them (drop), or hold them until you know (hold)? [hold]: ")
		answer, err := in.ReadString('\n')
		wish := gateway.HeldWish(strings.ToLower(strings.TrimSpace(answer)))
		switch {
		case slices.Contains(heldWishes, wish):
			return wish
		case wish == "" || err != nil:
			return gateway.HeldWaits
		}
	}
}
