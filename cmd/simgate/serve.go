package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"simgate/api"
	"simgate/gateway"
	"simgate/gateway/text"
	"simgate/modem"
	"simgate/modem/usb"
)

func newServeCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "run the gateway in the foreground",
		Long: "Run the gateway in the foreground: drive the modems of the configuration, keep\n" +
			"the queue, and answer HTTP. Logs go to stderr. SIGTERM lets the message that is\n" +
			"under way end; nothing that was accepted is lost, however the gateway stops.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := app.loadConfig()
			if err != nil {
				return err
			}
			log := newLog(app.stderr, cfg.Log, app.getenv)
			d := daemon{cfg: cfg, log: log, notify: newNotifier(app.getenv)}
			d.modems, d.finder = newModems(cfg, log)
			return d.run(cmd.Context())
		},
	}
}

// daemon is the gateway with its modems below and its HTTP above.
type daemon struct {
	cfg    Config
	log    *slog.Logger
	notify notifier
	modems []*modem.Modem
	finder *usb.Finder // of the modems whose port is not configured; nil for none
	// started is called once everything runs; nil for none.
	started func(ctx context.Context, g *gateway.Gateway, address string) error
}

// run serves until ctx ends or something fails. HTTP ends first, so that nobody
// is told that his message was accepted by a gateway that is gone.
func (d daemon) run(ctx context.Context) error {
	g, err := openDatabase(ctx, d.cfg, d.log, d.modems)
	if err != nil {
		return err
	}
	working, stopWork := context.WithCancelCause(context.WithoutCancel(ctx))
	serving, stopServing := context.WithCancel(ctx)
	defer stopServing()
	if d.finder != nil {
		var finding sync.WaitGroup
		finding.Go(func() { _ = d.finder.Run(working) }) // it has no error but that it hears nothing
		defer finding.Wait()
	}
	worked := make(chan error, 1)
	go func() {
		defer stopServing() // without the gateway there is nothing to serve
		worked <- g.Run(working)
	}()
	err = d.serve(serving, g)
	stopWork(err)
	d.notify.stopping()
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, <-worked, g.Close())
}

func (d daemon) serve(ctx context.Context, g *gateway.Gateway) error {
	listener, err := net.Listen("tcp", d.cfg.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another address with listen in the configuration", d.cfg.Listen, err)
	}
	defer listener.Close()
	socket, err := api.ListenSocket(d.cfg.Socket)
	if err != nil {
		return err
	}
	defer socket.Close()
	if d.started != nil {
		if err := d.started(ctx, g, listener.Addr().String()); err != nil {
			return err
		}
	}
	d.log.Info("serving", "address", listener.Addr().String(), "socket", d.cfg.Socket, "modems", len(d.modems))
	debug.FreeOSMemory() // what the start needed and the idle daemon does not
	d.notify.ready()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go d.notify.watch(watching, func(ctx context.Context) error { return g.Alive(ctx) })
	return api.New(apiConfig(d.cfg), g, d.log).Run(ctx, listener, socket)
}

func apiConfig(c Config) api.Config {
	return api.Config{
		Connections:    c.Limits.Connections,
		BodyLimit:      int64(c.Limits.Body),
		RequestTimeout: time.Duration(c.Limits.RequestTimeout),
		CodeLength:     c.Code.Length,
		Country:        c.Country,
	}
}

// openGateway opens the database alone, for commands that work without a
// running daemon.
func openGateway(ctx context.Context, cfg Config, log *slog.Logger) (*gateway.Gateway, error) {
	return openDatabase(ctx, cfg, log, nil)
}

func openDatabase(ctx context.Context, c Config, log *slog.Logger, modems []*modem.Modem) (*gateway.Gateway, error) {
	return gateway.Open(ctx, gateway.Config{
		Database:          filepath.Join(c.StateDir, "simgate.db"),
		CodeKey:           codeKeyPath(c),
		Country:           c.Country,
		MaxParts:          c.Limits.Parts,
		MaxQueue:          c.Limits.Queue,
		SendTries:         c.Limits.Tries,
		CodeLength:        c.Code.Length,
		CodeLifetime:      time.Duration(c.Code.Lifetime),
		MaxCodeLifetime:   time.Duration(c.Code.MaxLifetime),
		MessageLifetime:   time.Duration(c.Message.Lifetime),
		KeepMessages:      time.Duration(c.Retention.Messages),
		KeepVerifications: time.Duration(c.Retention.Verifications),
		KeepInbox:         time.Duration(c.Retention.Inbox),
		GapTimeout:        time.Duration(c.Message.GapTimeout),
		KeepEvents:        time.Duration(c.Retention.Events),
		Locale:            c.Code.Locale,
		Texts:             c.Code.texts(),
		Apps:              appSettings(c.Apps),
		VoiceFallback:     gateway.Fallback(c.Code.VoiceFallback),
		TestNumbers:       c.Code.testNumbers(),
		Limits:            c.Guard.limits(),
		Guard:             c.Guard.guard(),
		Webhooks:          gateway.Webhooks{Formats: api.Formats(c.Country), Allow: c.Webhooks.networks(), AnyCallback: c.Webhooks.AnyCallback},
		Voice:             c.Voice.gateway(),
		Pace:              c.Pace.gateway(),
		SIMs:              simSettings(c.SIMs),
		BlockRefusals:     orNever(c.Block.Refusals),
		BlockSilent:       orNever(c.Block.Silent),
		BlockWindow:       time.Duration(c.Block.Window),
		Log:               log,
	}, modems)
}

func appSettings(apps []App) map[string]text.Hint {
	out := map[string]text.Hint{}
	for _, a := range apps {
		out[a.Name] = text.Hint{OriginDomain: a.OriginDomain, AndroidHash: a.AndroidHash}
	}
	return out
}

// codeKeyPath puts the key of codes into the runtime directory, which is memory
// and forgets; where there is none, as in a try-out run, beside the database.
func codeKeyPath(c Config) string {
	if c.RuntimeDir == "" {
		return filepath.Join(c.StateDir, "code.key")
	}
	return filepath.Join(c.RuntimeDir, "code.key")
}

func newModems(c Config, log *slog.Logger) ([]*modem.Modem, *usb.Finder) {
	finder := usb.NewFinder("/sys")
	modems := make([]*modem.Modem, len(c.Modems))
	for i, m := range c.Modems {
		modems[i] = modem.New(modem.Config{
			Name: m.Name, Port: m.Port, Baud: m.Baud, PIN: string(m.PIN), IMEI: m.IMEI,
			Finder: finder, MSISDN: m.Number, SMSC: m.SMSC, PDUPause: time.Duration(m.PDUPause),
			IncomingCalls: modem.IncomingCalls(c.Voice.IncomingCalls),
			Reauthorize:   func(ctx context.Context, port string) error { return askUSB(ctx, "/sys", usbSocket, port) },
			PowerCycle:    powerCycle(m.PowerCycle),
		}, log)
	}
	return modems, finder
}

// newLog returns a log for people on a terminal, without times for the journal
// of systemd, which has its own, and as JSON for machines on request.
func newLog(w io.Writer, c Log, getenv func(string) string) *slog.Logger {
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

// quiet is the log of a command that opens the database only for a moment.
func quiet(c Log) Log {
	c.Level = max(c.Level, slog.LevelWarn)
	return c
}
