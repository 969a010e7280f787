package cli

import (
	"io"
	"log/slog"

	"simgate/cmd/simgate/config"
)

// NewLog returns a log that writes text, or JSON if that is the format, to w. Under systemd
// it omits the time, which the journal adds.
func NewLog(w io.Writer, level slog.Leveler, format string, getenv func(string) string) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if getenv("JOURNAL_STREAM") != "" {
		options.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
	}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// QuietLog returns the log of a command that opens the database briefly: only warnings and
// errors.
func (a *App) QuietLog(c config.Log) *slog.Logger {
	return NewLog(a.Stderr, max(c.Level, slog.LevelWarn), c.Format, a.Getenv)
}
