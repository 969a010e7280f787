package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"simgate/api"
	"simgate/api/connection"
	"simgate/api/homeassistant"
	v1 "simgate/api/v1"
	"simgate/api/web/door"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
	"simgate/cmd/simgate/mdns"
	"simgate/gateway"
	"simgate/gateway/line"
	"simgate/gateway/line/gsm"
	"simgate/gateway/line/phone"
	"simgate/gateway/notify"
	"simgate/gateway/user"
	"simgate/modem"
	"simgate/modem/usb"
)

func newServeCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "run the gateway in the foreground",
		Long: "Run the gateway in the foreground: operate the configured modems, send queued\n" +
			"messages and serve HTTP. Logs go to stderr. On SIGTERM the message being sent is\n" +
			"completed first. On SIGHUP the configuration is read again, as by \"simgate reload\". No\n" +
			"accepted message is lost, however the gateway stops.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if app.Demo != "" {
				return cli.UsageError{Err: errors.New("--demo is for commands that talk to a demo: start one with \"simgate try\"")}
			}
			source, cfg, err := app.LoadSource()
			if err != nil {
				return err
			}
			l := &live{path: app.ConfigPath, source: source, level: &slog.LevelVar{}, changed: make(chan struct{}, 1)}
			l.level.Set(cfg.Log.Level)
			log := cli.NewLog(app.Stderr, l.level, cfg.Log.Format, app.Getenv)
			for _, c := range cautions(cfg, app.ConfigPath) {
				log.Warn(c.text, "fix", c.fix)
			}
			if app.Getenv("GOGC") == "" {
				debug.SetGCPercent(heapGrowth)
			}
			d := daemon{cfg: cfg, log: log, live: l}
			if !app.Interactive() { // else SIGHUP says that the terminal is closed
				d.hangups = make(chan os.Signal, 1)
				signal.Notify(d.hangups, syscall.SIGHUP)
				defer signal.Stop(d.hangups)
			}
			d.lines, d.finder = newLines(cfg, log)
			return d.run(cmd.Context())
		},
	}
}

// heapGrowth is by how many percent the heap grows before garbage is collected. Half of
// Go's default saves 2 MB on machines that have 512, and the 3 MB in use are soon marked.
const heapGrowth = 50

// daemon is the gateway with its modems and its HTTP server.
type daemon struct {
	cfg    config.Config
	log    *slog.Logger
	lines  []line.Driver
	finder *usb.Finder // finds modems with port auto; nil for none
	live   *live
	// hangups are signals to read the configuration again; nil for none.
	hangups chan os.Signal
	// started is called after the gateway and the listeners have started, and returns the
	// pages, if there are any; nil for none.
	started func(ctx context.Context, g *gateway.Gateway, address string) (pages http.Handler, err error)
}

// run serves until ctx ends or a part fails. HTTP ends first, so that no message is
// accepted by a gateway that has stopped.
func (d daemon) run(ctx context.Context) error {
	g, err := d.openGateway(ctx)
	if err != nil {
		return err
	}
	working, stopWork := context.WithCancelCause(context.WithoutCancel(ctx))
	serving, stopServing := context.WithCancel(ctx)
	defer stopServing()
	if d.finder != nil {
		var finding sync.WaitGroup
		finding.Go(func() { _ = d.finder.Run(working) }) // without events it still polls
		defer finding.Wait()
	}
	worked := make(chan error, 1)
	go func() {
		defer stopServing() // HTTP needs the gateway
		worked <- g.Run(working)
	}()
	err = d.serve(serving, g)
	stopWork(err)
	notifySystemd(d.log, systemd.SdNotifyStopping)
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, <-worked, g.Close())
}

func (d daemon) serve(ctx context.Context, g *gateway.Gateway) error {
	var network []api.Listener
	var addresses []string
	begun, err := newRunning(d.cfg, d.log)
	if err != nil {
		return err
	}
	d.live.now.Store(begun)
	for _, l := range d.cfg.Listen {
		listener, err := net.Listen("tcp", string(l.Address))
		if err != nil {
			return fmt.Errorf("cannot listen on %s: %w; choose another address with listen in the configuration", l.Address, err)
		}
		defer listener.Close()
		served := api.Listener{Listener: listener, Dialects: l.Dialects}
		if l.TLS == config.On {
			served.TLS = d.live.TLS()
		}
		network = append(network, served)
		addresses = append(addresses, listener.Addr().String())
	}
	socket, err := connection.ListenSocket(d.cfg.Socket)
	if err != nil {
		return err
	}
	defer socket.Close()
	settings := d.cfg.API()
	if d.started != nil {
		if settings.Pages, err = d.started(ctx, g, addresses[0]); err != nil {
			return err
		}
	} else if d.cfg.Web.Enabled {
		settings.Pages = ownPages(ctx, g, d.live, d.log)
	}
	d.log.Info("serving", "address", strings.Join(addresses, ","), "socket", d.cfg.Socket, "lines", len(d.lines))
	debug.FreeOSMemory() // used by the start, not needed when idle
	notifySystemd(d.log, systemd.SdNotifyReady)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go feedWatchdog(watching, d.log, g.Alive)
	settings.Prefix, settings.Ancestors = d.live.below(), (&door.Door{Frames: d.live.frames}).Ancestors
	settings.PageHosts = d.live.PageHosts
	settings.Hosts, settings.Root, settings.Certificates = d.live.Hosts, d.live.Root, d.live.certificates
	settings.Reload = func(ctx context.Context) (v1.Reloaded, error) { return d.live.reload(ctx, g, d.log) }
	settings.Settings = func(ctx context.Context) ([]v1.ConfigSetting, error) { return d.live.settings(ctx, g) }
	settings.Change = func(ctx context.Context, by user.By, c v1.SettingsChange) error {
		return d.live.changeAPI(ctx, g, d.log, by, c)
	}
	var beside sync.WaitGroup
	beside.Go(func() { d.live.keepCertificates(watching) })
	if d.cfg.MQTT.Broker != "" {
		beside.Go(func() { d.showOverMQTT(watching, g) })
	}
	if announced, ok := d.cfg.Listen.Announced(); ok && d.cfg.MDNS {
		beside.Go(func() {
			mdns.Run(watching, mdns.Config{Port: announced.Port(), Listen: announced.Addr(), Log: d.log})
		})
	}
	defer beside.Wait()
	defer stop() // before that
	go onHangup(watching, d.hangups, settings.Reload)
	return api.New(settings, g, d.log).Run(ctx, network, socket)
}

// showOverMQTT shows the gateway to Home Assistant until ctx ends. Without it all else works.
func (d daemon) showOverMQTT(ctx context.Context, g *gateway.Gateway) {
	settings := d.cfg.HomeAssistant()
	settings.Version = version()
	if err := homeassistant.Run(ctx, settings, g, d.log); err != nil && ctx.Err() == nil {
		d.log.Error("MQTT is not used", "err", err)
	}
}

// openGateway opens the database, puts what it keeps over the configuration, and prepares the
// modems.
func (d *daemon) openGateway(ctx context.Context) (*gateway.Gateway, error) {
	settings, folder := d.cfg.Gateway(), d.cfg.StateDir
	settings.Log, settings.Over = d.log, d.settle
	settings.Machine = func() []notify.Condition { return append(machine{"/sys", folder}.conditions(), d.live.conditions()...) }
	var g *gateway.Gateway
	settings.Fewer = func(ctx context.Context) error { return d.live.again(ctx, g, d.log) }
	var err error
	g, err = gateway.Open(ctx, settings, d.lines)
	return g, err
}

// newLines returns the lines of a configuration, with what finds those that are modems.
func newLines(c config.Config, log *slog.Logger) ([]line.Driver, *usb.Finder) {
	finder := usb.NewFinder("/sys")
	var lines []line.Driver
	for _, m := range c.Modems {
		lines = append(lines, gsm.New(modem.New(modem.Config{
			Name: m.Name, Port: m.Port, Baud: m.Baud, PIN: string(m.PIN), IMEI: m.IMEI,
			Finder: finder, MSISDN: m.Number, SMSC: m.SMSC, PDUPause: time.Duration(m.PDUPause),
			IncomingCalls: modem.IncomingCalls(c.Voice.IncomingCalls),
			Reauthorize:   func(ctx context.Context, port string) error { return askUSB(ctx, "/sys", usbSocket, port) },
			PowerCycle:    powerCycle(m.PowerCycle),
		}, log)))
	}
	for _, l := range c.Lines {
		lines = append(lines, phone.New(c.PhoneOf(l), log))
	}
	return lines, finder
}

// caution is something in a valid configuration that its owner should know.
type caution struct {
	about, text, fix string
}

// cautions returns those of the configuration at path.
func cautions(cfg config.Config, path string) []caution {
	var found []caution
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&0o004 != 0 && cfg.HasSecret() {
		found = append(found, caution{"configuration", "every user of this machine can read the PIN or password in " + path, "sudo chmod o= " + quote(path)})
	}
	for _, address := range cfg.Listen.Clear() {
		found = append(found, caution{"listen", fmt.Sprintf("%s takes keys and codes unencrypted from other machines", address),
			"add another address with tls: on to listen, such as {address: \":8443\", tls: on}, and move the apps there; or set tls: off for this one if you trust every device in its network"})
	}
	return found
}

// notifySystemd sends a state to systemd, which the unit waits for (Type=notify). It does
// nothing where systemd has not started the daemon.
func notifySystemd(log *slog.Logger, state string) {
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
			notifySystemd(log, systemd.SdNotifyWatchdog)
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
