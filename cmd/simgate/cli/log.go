package cli

import (
	"io"
	"log/slog"

	"simgate/cmd/simgate/config"
)

// NewLog returns a log that writes text, or JSON if c asks for it, to w. Under systemd
// it omits the time, which the journal adds.
func NewLog(w io.Writer, c config.Log, getenv func(string) string) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level}
	if getenv("JOURNAL_STREAM") != "" {
		options.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
	}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// Quiet returns the log settings for a command that opens the database briefly: only
// warnings and errors.
func Quiet(c config.Log) config.Log {
	c.Level = max(c.Level, slog.LevelWarn)
	return c
}
