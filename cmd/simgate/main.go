// Command simgate is the SMS gateway: the daemon, and the commands that use it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/remote"
	"simgate/gateway/fault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	spareSlot(runtime.GOMAXPROCS)
	context.AfterFunc(ctx, stop) // a second signal ends the program immediately
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}

// The exit statuses.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2 // the command or the configuration is invalid: a retry does not help
)

// run runs the program without using globals, and returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	out := &counter{Writer: stdout}
	a := &cli.App{Stdin: stdin, Stdout: out, Stderr: stderr, Getenv: getenv}
	if f, ok := stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		a.Screen = f
	}
	root := newRootCommand(a)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "simgate: %v\n", err)
	if out.n == 0 && (a.JSON || slices.Contains(args, "--json")) {
		_ = a.PrintJSON(failureOf(err), nil) // nobody reads it, perhaps
	}
	if _, ok := errors.AsType[cli.UsageError](err); ok {
		return exitUsage
	}
	return exitError
}

// counter counts what is written.
type counter struct {
	io.Writer
	n int
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.n += n
	return n, err
}

// failure is what a command prints with --json if it fails and has printed nothing
// else: for scripts that read only its output.
type failure struct {
	Error v1.Problem `json:"error"`
}

// failureOf returns the answer of the daemon, or one in its form.
func failureOf(err error) failure {
	if p, ok := errors.AsType[*v1.Problem](err); ok {
		return failure{*p}
	}
	p := v1.Problem{Type: "about:blank", Title: "the command failed", Detail: err.Error(), Code: fault.Internal}
	switch _, usage := errors.AsType[cli.UsageError](err); {
	case usage:
		p.Code = fault.Invalid
	case errors.Is(err, cli.ErrNotRunning):
		p.Code = fault.Unavailable
	case errors.Is(err, fs.ErrPermission):
		p.Code = fault.Forbidden
	}
	return failure{p}
}

// spareSlot lets the scheduler run one thread more than there are cores: while SQLite
// waits for the disk it occupies one, which on a single core would be the only one.
// gomaxprocs is runtime.GOMAXPROCS.
func spareSlot(gomaxprocs func(int) int) { gomaxprocs(gomaxprocs(0) + 1) }

func newRootCommand(a *cli.App) *cobra.Command {
	root := &cobra.Command{
		Use:   "simgate",
		Short: "An SMS and one-time-password service on your own SIM",
		Long: "simgate is an SMS and one-time-password service on your own SIM.\n\n" +
			"The exit status is 0 for success; 1 if something failed, such as a wrong code, a number\n" +
			"that is refused, or a daemon that does not answer; and 2 if the command line or the\n" +
			"configuration is invalid, so that a retry does not help. With --json a command that fails\n" +
			"prints {\"error\": …} with code and detail, unless it has printed a result.",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.UsageError{Err: err} })
	root.PersistentFlags().StringVar(&a.ConfigPath, "config", cli.DefaultConfig, "configuration file")
	root.PersistentFlags().StringVar(&a.Demo, "demo", "", "use the demo that \"simgate try\" runs; if several run, name the folder of one with --demo=FOLDER")
	root.PersistentFlags().Lookup("demo").NoOptDefVal = cli.AnyDemo
	root.PersistentFlags().BoolVar(&a.JSON, "json", false, "print JSON, for scripts")
	root.AddCommand(remote.Commands(a)...)
	root.AddCommand(
		newServeCommand(a),
		newTryCommand(a),
		newSetupCommand(a),
		newRestoreCommand(a),
		newUSBCommand(a),
		newDoctorCommand(a),
		newTLSCommand(a),
		newConfigCommand(a),
		newSimulateCommand(a),
		newSpeechCommand(a),
	)
	markUsage(root)
	root.RunE = func(cmd *cobra.Command, _ []string) error { return next(cmd, a) }
	addCompletions(a, root)
	return root
}

// markUsage turns errors in the arguments of c and its subcommands into usage errors.
// A command that only groups others takes no argument: one that it gets is the name
// of a command that does not exist.
func markUsage(c *cobra.Command) {
	if !c.Runnable() {
		c.Args, c.DisableFlagsInUseLine = unknownCommand, true
		c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	} else if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return cli.UsageError{Err: fmt.Errorf("%w; usage: %s", err, cmd.UseLine())}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		markUsage(sub)
	}
}

func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	hint := fmt.Sprintf("%q lists them", c.CommandPath()+" --help")
	if names := c.SuggestionsFor(args[0]); len(names) > 0 {
		hint = "did you mean " + strings.Join(names, " or ") + "?"
	}
	return cli.UsageError{Err: fmt.Errorf("there is no command %q; %s", c.CommandPath()+" "+args[0], hint)}
}

// release is the version of the package that this program is in, which the linker sets;
// "" where it was built by hand.
var release string

func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
