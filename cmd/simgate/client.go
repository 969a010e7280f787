package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"simgate/api/client"
)

var errNotRunning = errors.New("no simgate answers")

// call runs fn against the running daemon. Where none runs, or this user may not use
// it, its error says what to do.
func call[T any](a *app, fn func(*client.Client) (T, error)) (T, error) {
	var none T
	cfg, err := a.daemonConfig()
	if err != nil {
		return none, noAccess(err, a.configPath)
	}
	value, err := fn(client.Socket(cfg.Socket))
	if errors.Is(err, client.ErrNoDaemon) {
		return none, fmt.Errorf("%w on %s: start it with \"simgate serve\" or \"systemctl start simgate\", or name its configuration with --config", errNotRunning, cfg.Socket)
	}
	return value, noAccess(err, cfg.Socket)
}

// table writes a header and rows in aligned columns.
func table(w io.Writer, header string, rows func(w io.Writer)) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, header)
	rows(t)
	return t.Flush()
}

// or returns s, or a dash if s is empty.
func or(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// counted returns n with a noun: "1 modem", "2 modems".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
