package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"simgate/api/client"
)

// client returns a client for the daemon that uses the configuration.
func (a *app) client() (*client.Client, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	return client.Socket(cfg.Socket), nil
}

// call runs fn against the running daemon. Where none runs, its error says how to
// start one.
func call[T any](a *app, fn func(*client.Client) (T, error)) (T, error) {
	var none T
	c, err := a.client()
	if err != nil {
		return none, err
	}
	value, err := fn(c)
	if errors.Is(err, client.ErrNoDaemon) {
		cfg, _ := a.loadConfig() // it could be loaded a moment ago
		return none, fmt.Errorf("no simgate answers on %s: start it with \"simgate serve\" or \"systemctl start simgate\", or name its configuration with --config", cfg.Socket)
	}
	return value, err
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
