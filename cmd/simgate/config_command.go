package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"simgate/cmd/simgate/config"
	"simgate/configs"
)

func newConfigCommand(app *app) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "print the default configuration, or check one"}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "default",
			Short: "print the annotated default configuration",
			Args:  cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				_, err := app.stdout.Write(configs.Default)
				return err
			},
		},
		&cobra.Command{
			Use:   "check [FILE]",
			Short: "name every mistake in a configuration, with its line; without FILE, in that of --config",
			Args:  cobra.MaximumNArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				path := app.configPath
				if len(args) == 1 {
					path = args[0]
				}
				cfg, err := config.Load(path)
				if invalid, ok := errors.AsType[*config.Invalid](err); ok {
					fmt.Fprintln(app.stdout, invalid)
					return usageError{errors.New("the configuration has mistakes")}
				}
				if err != nil {
					return usageError{err}
				}
				for _, c := range cautions(cfg, path) {
					fmt.Fprintf(app.stderr, "warning: %s: %s\n", c.text, c.fix)
				}
				_, err = fmt.Fprintf(app.stdout, "%s: ok\n", path)
				return err
			},
		},
	)
	return cmd
}

// loadConfig reads the file that --config names.
func (a *app) loadConfig() (config.Config, error) {
	cfg, err := config.Load(a.configPath)
	if err != nil {
		return cfg, usageError{err}
	}
	return cfg, nil
}
