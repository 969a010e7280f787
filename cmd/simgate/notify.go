package main

import (
	"context"
	"log/slog"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
)

// notify sends a state to systemd, which the unit waits for (Type=notify). It does
// nothing where systemd has not started the daemon.
func notify(log *slog.Logger, state string) {
	if _, err := systemd.SdNotify(false, state); err != nil {
		log.Warn("systemd could not be notified", "state", state, "error", err)
	}
}

// feedWatchdog notifies the watchdog of systemd three times in its interval, until
// ctx ends, as long as alive returns nil within a third of it: a ticker alone would
// only prove that tickers work. It returns at once where no watchdog is set.
func feedWatchdog(ctx context.Context, log *slog.Logger, alive func(context.Context) error) {
	interval, err := systemd.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the watchdog of systemd is not used", "error", err)
	}
	if interval == 0 {
		return
	}
	ticker := time.NewTicker(interval / 3)
	defer ticker.Stop()
	for {
		asking, cancel := context.WithTimeout(ctx, interval/3)
		if err := alive(asking); err == nil {
			notify(log, systemd.SdNotifyWatchdog)
		} else if ctx.Err() == nil {
			log.Error("the watchdog of systemd is not notified", "error", err)
		}
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
