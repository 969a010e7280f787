// Package cli holds what the commands share: streams, flags, the way to the daemon, and how
// results and errors are shown.
package cli

import (
	"encoding/json"
	"io"
	"os"

	"golang.org/x/term"
)

// App holds what all commands share.
type App struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Screen         *os.File // Stdout if that is a terminal, else nil
	Getenv         func(string) string
	ConfigPath     string
	Demo           string // the folder of the demo to talk to, [AnyDemo], or "" for none
	JSON           bool
}

// DefaultConfig is the configuration of the installed service.
const DefaultConfig = "/etc/simgate/simgate.yaml"

// Interactive reports whether the input is a terminal.
func (a *App) Interactive() bool {
	f, ok := a.Stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Keyboard returns Stdin of an [App.Interactive] one.
func (a *App) Keyboard() *os.File { return a.Stdin.(*os.File) }

// PrintJSON prints v as JSON, or returns err if that is not nil.
func (a *App) PrintJSON(v any, err error) error {
	if err != nil {
		return err
	}
	return WriteJSON(a.Stdout, v)
}

// UsageError is a mistake in the command or in the configuration.
type UsageError struct{ Err error }

// Error returns what is wrong.
func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the mistake itself.
func (e UsageError) Unwrap() error { return e.Err }

// Words returns the values of a string type.
func Words[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// WriteJSON writes v, indented.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
