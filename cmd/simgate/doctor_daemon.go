package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/modem"
	"simgate/modem/usb"
)

// daemon asks the running daemon for its modems. It returns false where none runs: only
// then may their ports be opened, and only if the configuration is known.
func (c *checkup) daemon(ctx context.Context, app *cli.App, cfg config.Config, known bool) ([]v1.Modem, bool) {
	daemon := client.Socket(cfg.Socket)
	modems, err := daemon.Modems(ctx)
	switch {
	case errors.Is(err, client.ErrNoAccess):
		c.note(warn, "daemon", "this user may not open "+cfg.Socket, cli.JoinGroup(cfg.Socket))
		return nil, true
	case errors.Is(err, client.ErrNoDaemon) && !known:
		return nil, false
	case errors.Is(err, client.ErrNoDaemon):
		return nil, c.silent(cfg)
	case err != nil:
		c.note(fail, "daemon", "it does not answer correctly: "+err.Error(), "journalctl -u simgate -n 50")
		return nil, true
	}
	runs := fmt.Sprintf("it runs, with %d lines", len(modems))
	if len(modems) == 1 {
		runs = "it runs, with one line"
	}
	c.note(fine, "daemon", runs, "")
	if len(modems) == 0 {
		c.note(fail, "daemon", "no modem or phone is configured", "sudo simgate setup")
	}
	for _, m := range modems {
		c.modem(m)
	}
	if keys, err := daemon.Keys(ctx); err == nil { // else a hint is missing
		c.unproved(modems, keys)
	}
	if settings, err := daemon.Settings(ctx); err == nil { // an older daemon has none
		c.settings(settings)
	}
	c.certificates(ctx, cfg)
	return modems, true
}

// settings notes what was set while the daemon ran, which is over the configuration file.
func (c *checkup) settings(all []v1.ConfigSetting) {
	var over []string
	for _, s := range all {
		switch {
		case s.Problem != "":
			c.note(fail, "configuration", fmt.Sprintf("what %s has set for %s is not in force: %s", s.SetBy, s.Key, s.Problem),
				fmt.Sprintf("set it again, as in: simgate config set %s VALUE; or take it back: simgate config unset %[1]s", s.Key))
		case s.Source == v1.SettingPage:
			over = append(over, s.Key+" (by "+s.SetBy+")")
		}
	}
	if len(over) > 0 {
		c.note(fine, "configuration", "set while the daemon ran, and over the file: "+strings.Join(over, ", "), "to let the file decide again: simgate config unset KEY")
	}
}

// unproved hints at SIMs whose numbers are known from their cards alone, where that keeps
// apps from asking people for a text instead of sending them a code.
func (c *checkup) unproved(modems []v1.Modem, keys []v1.Key) {
	now := time.Now()
	asks := slices.ContainsFunc(keys, func(k v1.Key) bool {
		works := k.Revoked.IsZero() && (k.Expires.IsZero() || k.Expires.After(now))
		return works && (slices.Contains(k.Scopes, string(key.SendCodes)) || slices.Contains(k.Scopes, string(key.Admin)))
	})
	offered := slices.ContainsFunc(modems, func(m v1.Modem) bool {
		return m.Certain && m.State != string(line.Absent) && m.State != string(line.Locked)
	})
	if !asks || offered {
		return
	}
	for _, m := range modems {
		if m.State == string(line.Ready) && m.Hold == "" && m.Line != 0 && strings.HasPrefix(m.Number, "+") {
			c.note(fine, m.Kind+" "+m.Name, "the number of its SIM is known from the card alone, which is often wrong: people are not asked to verify theirs by a text to it (channel mo)",
				fmt.Sprintf("if an app is to offer that: simgate lines prove %d, which sends one message from the SIM to itself", m.Line))
		}
	}
}

// silent notes that no daemon answers on the socket. It returns true if one runs all the
// same: it has the database, or a port of a modem.
func (c *checkup) silent(cfg config.Config) bool {
	if database := cfg.Gateway().Database; locked(database + ".lock") {
		c.note(warn, "daemon", "a simgate uses "+database+", but does not answer on "+cfg.Socket, "it may be starting: wait, or see journalctl -u simgate -n 50")
		return true
	}
	if port, who := c.simgatePort(cfg); who != "" {
		c.note(warn, "daemon", fmt.Sprintf("%s uses %s, with another configuration than this", who, port),
			"name its configuration with --config, or its demo with --demo; or stop it")
		return true
	}
	c.note(warn, "daemon", "no simgate answers on "+cfg.Socket, "sudo systemctl enable --now simgate")
	c.ports(cfg)
	return false
}

// locked reports whether another process holds the lock on a file.
func locked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false // there is none, or this user may not see it
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// simgatePort returns the first port of a modem that another simgate has open, and the
// process.
func (c *checkup) simgatePort(cfg config.Config) (port, who string) {
	var paths []string
	devices, _ := usb.Discover(c.sys) // without sysfs none is found
	for _, d := range devices {
		paths = append(paths, d.Candidates()...)
	}
	for _, m := range cfg.Modems {
		if m.Port != modem.AutoPort {
			paths = append(paths, m.Port)
		}
	}
	for _, path := range paths {
		if who := usb.Holder(path); strings.HasPrefix(who, "simgate ") {
			return path, who
		}
	}
	return "", ""
}

// ports checks whether the daemon could listen, if it were started.
func (c *checkup) ports(cfg config.Config) {
	for _, l := range cfg.Listen {
		listener, err := net.Listen("tcp", string(l.Address))
		switch {
		case err == nil:
			_ = listener.Close()
		case errors.Is(err, unix.EADDRINUSE):
			_, port, _ := net.SplitHostPort(string(l.Address))
			c.note(fail, "listen", fmt.Sprintf("%s is used by another program", l.Address),
				fmt.Sprintf("sudo ss -ltnp 'sport = :%s' names it: stop it, or set listen to another port in the configuration", port))
		case errors.Is(err, unix.EADDRNOTAVAIL):
			c.note(fail, "listen", fmt.Sprintf("this machine does not have the address %s", l.Address), "set listen to an address that \"ip address\" shows")
		}
	}
}
