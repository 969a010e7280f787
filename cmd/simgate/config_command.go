package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
	"simgate/cmd/simgate/remote"
	"simgate/configs"
)

func newConfigCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "show and change the settings in force; print the default configuration, or check one"}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "default",
			Short: "print the annotated default configuration",
			Args:  cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				_, err := app.Stdout.Write(configs.Default)
				return err
			},
		},
		&cobra.Command{
			Use:   "check [FILE]",
			Short: "name every mistake in a configuration, with its line; without FILE, in that of --config",
			Args:  cobra.MaximumNArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				path := app.ConfigPath
				if len(args) == 1 {
					path = args[0]
				}
				cfg, err := config.Load(path)
				if invalid, ok := errors.AsType[*config.Invalid](err); ok {
					fmt.Fprintln(app.Stdout, invalid)
					return cli.UsageError{Err: errors.New("the configuration has mistakes")}
				}
				if err != nil {
					return cli.UsageError{Err: err}
				}
				for _, c := range cautions(cfg, path) {
					fmt.Fprintf(app.Stderr, "warning: %s: %s\n", c.text, c.fix)
				}
				_, err = fmt.Fprintf(app.Stdout, "%s: ok\n", path)
				return err
			},
		},
	)
	cmd.AddCommand(remote.ConfigCommands(app)...)
	return cmd
}
