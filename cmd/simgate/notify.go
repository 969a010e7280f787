package main

import (
	"context"
	"net"
	"strconv"
	"time"
)

// notifier tells systemd how the daemon stands (sd_notify(3)). Without systemd
// it tells nobody.
type notifier struct {
	socket   string
	watchdog time.Duration // between pings; 0: none are wanted
}

func newNotifier(getenv func(string) string) notifier {
	n := notifier{socket: getenv("NOTIFY_SOCKET")}
	if usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && usec > 0 {
		n.watchdog = time.Duration(usec) * time.Microsecond / 3
	}
	return n
}

func (n notifier) ready()    { n.send("READY=1") }
func (n notifier) stopping() { n.send("STOPPING=1") }

// watch pings the watchdog as long as alive says that the gateway still works:
// a ping from a bare ticker would only prove that tickers tick.
func (n notifier) watch(ctx context.Context, alive func(context.Context) error) {
	if n.watchdog == 0 {
		return
	}
	ticker := time.NewTicker(n.watchdog)
	defer ticker.Stop()
	for {
		asking, cancel := context.WithTimeout(ctx, n.watchdog)
		if alive(asking) == nil {
			n.send("WATCHDOG=1")
		}
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (n notifier) send(state string) {
	if n.socket == "" {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return // systemd will see for itself
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state))
}
