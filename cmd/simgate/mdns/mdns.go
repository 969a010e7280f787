// Package mdns gives this machine the name simgate.local in the local network (RFC 6762), and
// lists simgate among its services (RFC 6763), through avahi where that runs.
//
// avahi publishes the host name of the machine by itself; the other name is the same on every
// machine, so that documents and certificates can name it. Each network interface publishes its
// own addresses. Where avahi does not run, nothing happens until it does.
package mdns

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// Name is what is published.
const Name = "simgate.local"

// Config says what is published.
type Config struct {
	Port   uint16     // of HTTPS
	Listen netip.Addr // the address that it listens to; invalid: all
	Log    *slog.Logger
	Every  time.Duration // between two looks at avahi and the addresses; 0: a minute
}

// The objects of avahi on the bus, and what its server says.
const (
	avahi        = "org.freedesktop.Avahi"
	server       = avahi + ".Server"
	group        = avahi + ".EntryGroup"
	owner        = "org.freedesktop.DBus.NameOwnerChanged"
	allProtocols = int32(-1)
	anyInterface = int32(-1)
	noReverse    = uint32(16) // AVAHI_PUBLISH_NO_REVERSE: the address has the host name already

	running   = int32(2) // AVAHI_SERVER_RUNNING
	collision = int32(3) // AVAHI_ENTRY_GROUP_COLLISION
	failure   = int32(4) // AVAHI_ENTRY_GROUP_FAILURE
)

// address is one of an interface.
type address struct {
	index int32
	ip    netip.Addr
}

// Run publishes until ctx ends.
func Run(ctx context.Context, cfg Config) {
	if cfg.Every == 0 {
		cfg.Every = time.Minute
	}
	said := ""
	for ctx.Err() == nil {
		err := publish(ctx, cfg)
		wait := cfg.Every
		if errors.Is(err, errChanged) {
			wait, said = time.Second, ""
		} else if err != nil && err.Error() != said && ctx.Err() == nil {
			said = err.Error()
			cfg.Log.Info(Name+" is not published in the local network", "why", said)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

var errChanged = errors.New("it is published again, as something has changed")

// publish publishes until ctx ends, and returns errChanged where it has to be done again.
func publish(ctx context.Context, cfg Config) error {
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("there is no D-Bus: %w", err)
	}
	defer func() { _ = bus.Close() }() // avahi withdraws what was published
	signals := make(chan *dbus.Signal, 16)
	bus.Signal(signals)
	for _, option := range [][]dbus.MatchOption{
		{dbus.WithMatchInterface(group)}, {dbus.WithMatchInterface(server)},
		{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, avahi)},
	} {
		if err := bus.AddMatchSignalContext(ctx, option...); err != nil {
			return err
		}
	}
	main := bus.Object(avahi, "/")
	var state int32
	if err := main.CallWithContext(ctx, server+".GetState", dbus.FlagNoAutoStart).Store(&state); err != nil {
		return fmt.Errorf("avahi does not run: %w", err)
	}
	if state != running {
		return errors.New("avahi is starting")
	}
	own := addresses(cfg.Listen)
	if len(own) == 0 {
		return errors.New("this machine is in no network")
	}
	entries, err := add(ctx, bus, main, cfg, own)
	if err != nil {
		return err
	}
	ticker := time.NewTicker(cfg.Every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if !slices.Equal(addresses(cfg.Listen), own) {
				return errChanged
			}
		case s, ok := <-signals:
			if !ok {
				return errChanged
			}
			// What led to the state in which it was found may be told late, and the bus sends
			// more than was asked for, such as the name of this connection.
			switch s.Name {
			case server + ".StateChanged":
				if stateOf(s) != running {
					return errChanged
				}
			case owner:
				var name, before, after string
				if err := dbus.Store(s.Body, &name, &before, &after); err != nil || before != "" { // avahi has ended
					return errChanged
				}
			case group + ".StateChanged":
				if s.Path != entries {
					continue
				}
				switch stateOf(s) {
				case collision:
					return fmt.Errorf("another machine has that name: use %s.local, or give this machine another host name", host())
				case failure:
					return errors.New("avahi has failed")
				}
			}
		}
	}
}

// add publishes the addresses and the service, and returns the object that they are of.
func add(ctx context.Context, bus *dbus.Conn, main dbus.BusObject, cfg Config, own []address) (dbus.ObjectPath, error) {
	var path dbus.ObjectPath
	if err := main.CallWithContext(ctx, server+".EntryGroupNew", 0).Store(&path); err != nil {
		return "", err
	}
	entries := bus.Object(avahi, path)
	if host() != strings.TrimSuffix(Name, ".local") { // else avahi publishes it by itself
		for _, a := range own {
			if err := entries.CallWithContext(ctx, group+".AddAddress", 0, a.index, allProtocols, noReverse, Name, a.ip.String()).Err; err != nil {
				return "", fmt.Errorf("avahi refuses %s: %w", a.ip, err)
			}
		}
	}
	if err := entries.CallWithContext(ctx, group+".AddService", 0, anyInterface, allProtocols, uint32(0), "simgate on "+host(),
		"_https._tcp", "", "", cfg.Port, [][]byte{[]byte("path=/")}).Err; err != nil {
		return "", fmt.Errorf("avahi refuses the service: %w", err)
	}
	if err := entries.CallWithContext(ctx, group+".Commit", 0).Err; err != nil {
		return "", err
	}
	cfg.Log.Info(Name+" is published in the local network", "addresses", len(own), "port", cfg.Port)
	return path, nil
}

// stateOf returns the state that a signal tells.
func stateOf(s *dbus.Signal) int32 {
	if len(s.Body) > 0 {
		if state, ok := s.Body[0].(int32); ok {
			return state
		}
	}
	return -1
}

// addresses returns those of the interfaces on which mDNS works: of only, where that is valid.
func addresses(only netip.Addr) (found []address) {
	interfaces, _ := net.Interfaces() // without them there are none
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagMulticast == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		all, _ := i.Addrs()
		for _, a := range all {
			p, err := netip.ParsePrefix(a.String())
			if ip := p.Addr().Unmap(); err == nil && (ip.IsPrivate() || ip.IsLinkLocalUnicast() && ip.Is4()) && (!only.IsValid() || only == ip) {
				found = append(found, address{int32(i.Index), ip})
			}
		}
	}
	return found
}

// host returns the first label of the host name.
func host() string {
	name, _ := os.Hostname() // without one it is not told apart from others
	first, _, _ := strings.Cut(strings.ToLower(name), ".")
	return first
}
