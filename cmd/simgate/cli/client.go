package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"text/tabwriter"

	"simgate/api/client"
	"simgate/cmd/simgate/config"
)

// ErrNotRunning means that no daemon answers.
var ErrNotRunning = errors.New("no simgate answers")

// Call runs fn against the running daemon. Where none runs, or this user may not use
// it, its error says what to do. Mistakes in the configuration stand in the way only where
// no daemon runs: one that runs has read it before they were made.
func Call[T any](a *App, fn func(*client.Client) (T, error)) (T, error) {
	var none T
	cfg, mistakes := a.DaemonConfig()
	if _, ok := errors.AsType[*config.Invalid](mistakes); mistakes != nil && !ok {
		return none, NoAccess(mistakes, a.ConfigPath)
	}
	value, err := fn(client.Socket(cfg.Socket))
	if errors.Is(err, client.ErrNoDaemon) && mistakes != nil {
		return none, mistakes
	}
	if errors.Is(err, client.ErrNoDaemon) {
		return none, fmt.Errorf("%w on %s: start it with \"simgate serve\" or \"systemctl start simgate\", or name its configuration with --config", ErrNotRunning, cfg.Socket)
	}
	return value, NoAccess(err, cfg.Socket)
}

// Table writes a header and rows in aligned columns.
func Table(w io.Writer, header string, rows func(w io.Writer)) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, header)
	rows(t)
	return t.Flush()
}

// Or returns s, or a dash if s is empty.
func Or(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Counted returns n with a noun: "1 modem", "2 modems".
func Counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// DaemonConfig returns the configuration of the daemon that a command talks to: that of
// --config, or of a demo if --demo says so, or if there is no configuration and a demo
// runs.
func (a *App) DaemonConfig() (config.Config, error) {
	if a.Demo != "" {
		return FindDemo(a.Demo)
	}
	cfg, err := a.LoadConfig()
	if errors.Is(err, fs.ErrNotExist) && a.ConfigPath == DefaultConfig && len(RunningDemos()) > 0 {
		return FindDemo(AnyDemo)
	}
	return cfg, err
}

// LoadConfig reads the file that --config names.
func (a *App) LoadConfig() (config.Config, error) {
	_, cfg, err := a.LoadSource()
	return cfg, err
}

// LoadSource reads the file that --config names, and returns what is in it, too.
func (a *App) LoadSource() (config.Source, config.Config, error) {
	source, err := config.ReadSource(a.ConfigPath)
	var settled config.Settled
	if err == nil {
		settled, err = source.Settle()
	}
	if err != nil {
		return source, settled.Config, UsageError{Err: err}
	}
	return source, settled.Config, nil
}
