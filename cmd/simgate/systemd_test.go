package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// notified listens as systemd does, and returns what it is sent.
func notified(t *testing.T) func() string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() string {
		buffer := make([]byte, 100)
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return string(buffer[:n])
	}
}

// systemd is told when the daemon serves, that it lives, and when it stops.
func TestSystemdIsNotified(t *testing.T) {
	next := notified(t)
	t.Setenv("WATCHDOG_USEC", "300000")
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	d := h.serve(t)
	for _, want := range []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1"} {
		if got := next(); got != want {
			t.Fatalf("systemd hears %q, want %q", got, want)
		}
	}
	d.stop(t)
	for {
		switch got := next(); got {
		case "WATCHDOG=1": // from before the stop
		case "STOPPING=1":
			return
		default:
			t.Fatalf("systemd hears %q", got)
		}
	}
}

// A gateway that hangs, or whose database fails, gets no more time.
func TestWatchdogIsFedWhileTheGatewayLives(t *testing.T) {
	next := notified(t)
	t.Setenv("WATCHDOG_USEC", "30000")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log := slog.New(slog.DiscardHandler)
	asked := 0
	feedWatchdog(ctx, log, func(ctx context.Context) error {
		switch asked++; asked {
		case 1:
			return nil
		case 2:
			return errors.New("the database is gone")
		case 3:
			<-ctx.Done()
			return ctx.Err()
		}
		stop()
		return errors.New("the last")
	})
	notifySystemd(log, "END=1")
	if first, second := next(), next(); first != "WATCHDOG=1" || second != "END=1" {
		t.Errorf("systemd hears %q, then %q", first, second)
	}
}

// The watchdog of another process, such as the one that started this, is not fed.
func TestWatchdogOfAnother(t *testing.T) {
	for name, env := range map[string][2]string{"none": {"", ""}, "of another process": {"30000", "1"}, "invalid": {"soon", ""}} {
		t.Run(name, func(t *testing.T) {
			next := notified(t)
			t.Setenv("WATCHDOG_USEC", env[0])
			t.Setenv("WATCHDOG_PID", env[1])
			log := slog.New(slog.DiscardHandler)
			feedWatchdog(t.Context(), log, func(context.Context) error { return nil })
			notifySystemd(log, "END=1")
			if got := next(); got != "END=1" {
				t.Errorf("systemd hears %q", got)
			}
		})
	}
}
