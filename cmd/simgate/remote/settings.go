package remote

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

// ConfigCommands returns the commands below "config" that the daemon answers.
func ConfigCommands(app *cli.App) []*cobra.Command {
	return []*cobra.Command{newConfigShowCommand(app), newConfigSetCommand(app), newConfigUnsetCommand(app)}
}

func newConfigShowCommand(app *cli.App) *cobra.Command {
	var every bool
	cmd := &cobra.Command{
		Use:   "show [KEY]",
		Short: "print the settings in force, and where each is from; with KEY, all of one or of a section",
		Long: "Print the settings in force that are not the default, and where each is from: a line of the\n" +
			"configuration file, or who has set it on a page or with \"simgate config set\", which is over the\n" +
			"file. With KEY, such as pace.day, print all of it, or of a section such as pace.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := cli.Call(app, func(c *client.Client) ([]v1.ConfigSetting, error) { return c.Settings(cmd.Context()) })
			if err != nil {
				return err
			}
			all, err = chosen(all, args, every)
			if err == nil {
				warnOfFile(app, cmd)
			}
			if err != nil || app.JSON {
				return app.PrintJSON(all, err)
			}
			if len(all) == 1 && len(args) == 1 {
				return describeSetting(app.Stdout, all[0])
			}
			return cli.Table(app.Stdout, "KEY\tVALUE\tFROM", func(w io.Writer) {
				for _, s := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\n", s.Key, cli.Or(oneLine(s.Value)), originOf(s))
				}
			})
		},
	}
	cmd.Flags().BoolVar(&every, "all", false, "print those that are the default, too")
	return cmd
}

// warnOfFile says what is wrong with the configuration file by now, which the settings in force do
// not show.
func warnOfFile(app *cli.App, cmd *cobra.Command) {
	file, err := cli.Call(app, func(c *client.Client) (v1.SettingsFile, error) { return c.SettingsFile(cmd.Context()) })
	if err == nil && file.Problem != "" { // an older daemon does not say
		fmt.Fprintf(app.Stderr, "warning: %s\n", file.Problem)
	}
}

// chosen returns the settings that are asked for.
func chosen(all []v1.ConfigSetting, args []string, every bool) ([]v1.ConfigSetting, error) {
	if len(args) == 0 {
		return slices.DeleteFunc(all, func(s v1.ConfigSetting) bool {
			return !every && s.Source == v1.SettingDefault && s.Value == s.Default && s.Problem == "" && !s.Waiting
		}), nil
	}
	all = slices.DeleteFunc(all, func(s v1.ConfigSetting) bool { return s.Key != args[0] && !strings.HasPrefix(s.Key, args[0]+".") })
	if len(all) == 0 {
		return nil, cli.UsageError{Err: fmt.Errorf("there is no key %s: \"simgate config show --all\" lists them", args[0])}
	}
	return all, nil
}

// oneLine returns a value, which may be a list.
func oneLine(value string) string { return strings.ReplaceAll(value, "\n", ", ") }

// originOf says where the value of a setting is from, and what is not as it should be.
func originOf(s v1.ConfigSetting) string {
	from := s.Source
	switch s.Source {
	case v1.SettingDefault:
		if s.Value != s.Default && !s.Hidden {
			from = "the file as a whole"
		}
	case v1.SettingFile:
		from = fmt.Sprint("line ", s.Line)
	case v1.SettingPage:
		from = "set by " + s.SetBy + ", " + s.SetAt.Local().Format("2006-01-02 15:04")
		if s.Under != nil {
			from += fmt.Sprintf(", over %s of %s", cli.Or(oneLine(*s.Under)), underneath(s))
		}
	}
	switch {
	case s.Problem != "":
		from += "; what " + s.SetBy + " has set is not in force: " + s.Problem
	case s.Waiting && s.Restart:
		from += "; what is there by now waits for a restart"
	case s.Waiting:
		from += "; what is there by now waits for a reload"
	}
	return from
}

// underneath says where the value under that of a page is from.
func underneath(s v1.ConfigSetting) string {
	if s.Line > 0 {
		return fmt.Sprint("line ", s.Line)
	}
	return "the defaults"
}

// describeSetting prints all that is known of one.
func describeSetting(w io.Writer, s v1.ConfigSetting) error {
	fmt.Fprintf(w, "%s: %s\n", s.Key, cli.Or(oneLine(s.Value)))
	if s.Description != "" {
		fmt.Fprintf(w, "%s\n", s.Description)
	}
	fmt.Fprintf(w, "\nfrom      %s\ndefault   %s\n", originOf(s), cli.Or(oneLine(s.Default)))
	if len(s.Choices) > 0 {
		fmt.Fprintf(w, "may be    %s\n", strings.Join(s.Choices, ", "))
	}
	change := "simgate config set " + s.Key + " VALUE"
	if !s.Changeable {
		change = s.Place
	}
	_, err := fmt.Fprintf(w, "change    %s\n", change)
	return err
}

func newConfigSetCommand(app *cli.App) *cobra.Command {
	var pairs []string
	cmd := &cobra.Command{
		Use:   "set KEY VALUE [KEY VALUE]...",
		Short: "set values over the configuration file, which take effect at once",
		Long: "Set values over the configuration file, which take effect at once and stay over it, after a\n" +
			"restart too, until \"simgate config unset\". The pages set them as well. The file is not changed.\n" +
			"Several keys are set together, or none: some are right only with others. A list is written as\n" +
			"\"[DE, AT]\". A VALUE of - is read from the input, for secrets. Keys that say where and for whom\n" +
			"simgate listens, and those that need a restart, are for the file alone.",
		Example: "  simgate config set retention.messages 7d\n  simgate config set apps \"- name: shop\"\n  simgate config set guard.countries \"[DE, AT]\"\n" +
			"  simgate config set notify.email.to me@example.com notify.email.server smtp.example.com",
		Args: func(cmd *cobra.Command, args []string) (err error) {
			pairs, err = pairsOf(cmd, args)
			return err
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			set := map[string]string{}
			for i := 0; i < len(pairs); i += 2 {
				key, value := pairs[i], pairs[i+1]
				if value == "-" {
					raw, err := io.ReadAll(app.Stdin)
					if err != nil {
						return err
					}
					value = string(raw)
				}
				if !utf8.ValidString(value) { // JSON could not say which octets there are
					return fmt.Errorf("%s: the value is not valid UTF-8: write it in that encoding", key)
				}
				set[key] = value
			}
			return changeSettings(app, cmd, v1.SettingsChange{Set: set})
		},
	}
	cmd.Flags().SetInterspersed(false) // pairsOf knows which of the rest are flags
	return cmd
}

// pairsOf returns keys with their values, after the flags before, between and behind them are
// parsed. What stands behind a key is its value, though it begins with a dash, as entries in YAML do.
func pairsOf(cmd *cobra.Command, args []string) (pairs []string, err error) {
	for len(args) > 0 {
		switch {
		case strings.HasPrefix(args[0], "-"):
			before := len(args)
			if err := cmd.Flags().Parse(args); err != nil {
				return nil, err
			}
			args = cmd.Flags().Args()
			if asked, _ := cmd.Flags().GetBool("help"); asked {
				return nil, pflag.ErrHelp
			}
			if len(args) == before { // a lone dash
				return nil, fmt.Errorf("there is no key %q", args[0])
			}
		case len(args) > 1 && (args[1] == "--help" || args[1] == "-h"):
			return nil, pflag.ErrHelp
		case len(args) == 1 || isFlag(cmd, args[1]):
			return nil, fmt.Errorf("each key needs a value, and %s has none", args[0])
		default:
			pairs, args = append(pairs, args[:2]...), args[2:]
		}
	}
	if len(pairs) == 0 {
		return nil, errors.New("each key needs a value, and there is none")
	}
	return pairs, nil
}

// isFlag reports whether an argument is a flag of the command by its whole name.
func isFlag(cmd *cobra.Command, arg string) bool {
	name, long := strings.CutPrefix(arg, "--")
	name, _, _ = strings.Cut(name, "=")
	return long && cmd.Flags().Lookup(name) != nil
}

func newConfigUnsetCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:     "unset KEY...",
		Short:   "let the configuration file decide again, or the default",
		Long:    "Let the configuration file decide again, or the default, at once.",
		Example: "  simgate config unset retention.messages",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeSettings(app, cmd, v1.SettingsChange{Unset: args})
		},
	}
}

// changeSettings changes settings and prints what they are then.
func changeSettings(app *cli.App, cmd *cobra.Command, change v1.SettingsChange) error {
	all, err := cli.Call(app, func(c *client.Client) ([]v1.ConfigSetting, error) { return c.ChangeSettings(cmd.Context(), change) })
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s v1.ConfigSetting) bool {
		_, set := change.Set[s.Key]
		return !set && !slices.Contains(change.Unset, s.Key)
	})
	warnOfFile(app, cmd)
	if app.JSON {
		return app.PrintJSON(all, nil)
	}
	for _, s := range all {
		fmt.Fprintf(app.Stdout, "%s: %s (%s)\n", s.Key, cli.Or(oneLine(s.Value)), originOf(s))
	}
	return nil
}
