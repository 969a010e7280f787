package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"simgate/api/certificate"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/config"
	"simgate/gateway"
	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/notify"
)

// live is what a reload changes of a running daemon.
type live struct {
	path    string // of the configuration, "" where it has none
	level   *slog.LevelVar
	reloads sync.Mutex    // one after the other
	source  config.Source // as it was read last, without what is kept
	now     atomic.Pointer[running]
	unfit   atomic.Pointer[[]config.Unfit]
	changed chan struct{} // takes a value when now has changed
}

// keepCertificates obtains certificates, of the configuration in force, until ctx ends.
func (l *live) keepCertificates(ctx context.Context) {
	for ctx.Err() == nil {
		keeper := l.now.Load().keeper
		keeping, stop := context.WithCancel(ctx)
		var done sync.WaitGroup
		if keeper != nil {
			done.Go(func() { keeper.Run(keeping) })
		}
		for ctx.Err() == nil && l.now.Load().keeper == keeper {
			select {
			case <-ctx.Done():
			case <-l.changed:
			}
		}
		stop()
		done.Wait()
	}
}

// running is the configuration in force, with what is made of it.
type running struct {
	cfg    config.Config
	keeper *certificate.Keeper // nil: no address has HTTPS
	tls    *tls.Config         // of keeper
	// The host names that are answered, by the API and by the pages.
	hosts, pageHosts func(name string) bool
}

func newRunning(cfg config.Config, log *slog.Logger) (*running, error) {
	keeper, err := openCertificates(cfg, log)
	r := &running{cfg: cfg, keeper: keeper}
	r.hosts, r.pageHosts = hosts(cfg, keeper)
	if keeper != nil {
		r.tls = keeper.TLS()
	}
	return r, err
}

// TLS returns the settings of listeners with HTTPS.
func (l *live) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return l.now.Load().tls, nil }}
}

// conditions returns what is wrong with certificates, and with what was set on a page.
func (l *live) conditions() []notify.Condition {
	all := l.unfitConditions()
	if now := l.now.Load(); now != nil && now.keeper != nil {
		all = append(all, certificateConditions(now.keeper.States(), time.Now())...)
	}
	return all
}

// certificates returns how the certificates stand, as the API shows them.
func (l *live) certificates() []v1.Certificate {
	all := []v1.Certificate{}
	if now := l.now.Load(); now.keeper != nil {
		for _, s := range now.keeper.States() {
			c := v1.Certificate{Of: s.Of, Name: s.Name, Until: s.Until.UTC()}
			if s.Fault != nil {
				c.Cause, c.CauseCode = s.Fault.Error(), string(cause.Of(s.Fault).Code)
			}
			all = append(all, c)
		}
	}
	return all
}

// Hosts reports whether the API answers under a host name.
func (l *live) Hosts(name string) bool { return l.now.Load().hosts(name) }

// PageHosts reports whether the pages answer under a host name.
func (l *live) PageHosts(name string) bool { return l.now.Load().pageHosts(name) }

// Root returns the root certificate of the own authority, nil for none.
func (l *live) Root() []byte {
	if k := l.now.Load().keeper; k != nil && k.Authority() != nil {
		return k.Authority().Root()
	}
	return nil
}

// reload reads the configuration again. One with mistakes changes nothing; of another what
// can take effect does.
func (l *live) reload(ctx context.Context, g *gateway.Gateway, log *slog.Logger) (v1.Reloaded, error) {
	l.reloads.Lock()
	defer l.reloads.Unlock()
	if l.path == "" {
		return v1.Reloaded{}, &fault.Error{Code: fault.Conflict, Message: "this daemon has no configuration file"}
	}
	source, settled, err := l.read(ctx, g)
	var next *running
	var done v1.Reloaded
	if err == nil {
		next, done, err = l.prepare(settled, log)
	}
	if err != nil {
		text := "the configuration was not reloaded, and the old one stays in force: " + err.Error()
		noted := g.Note(ctx, journal.Event{Kind: journal.ConfigRejected, Text: text})
		return v1.Reloaded{}, errors.Join(&fault.Error{Code: fault.Invalid, Message: text}, noted)
	}
	l.source = source
	if err := l.take(ctx, g, next, settled.Unfit); err != nil {
		return done, err
	}
	text := "the configuration was reloaded: nothing takes effect that has changed"
	if len(done.Applied) > 0 {
		text = "the configuration was reloaded: " + strings.Join(done.Applied, ", ")
	}
	for _, u := range done.Unfit {
		log.Warn("a setting of a page is not in force", "key", u.Key, "why", u.Problem)
	}
	if len(done.Waiting) > 0 {
		text += "; these wait for a restart: " + strings.Join(done.Waiting, ", ")
	}
	if len(done.Over) > 0 {
		text += "; these are as they were set on a page: " + strings.Join(done.Over, ", ")
	}
	if len(done.Unfit) > 0 {
		said := make([]string, len(done.Unfit))
		for i, u := range done.Unfit {
			said[i] = u.Key + " (" + u.Problem + ")"
		}
		text += "; these were set on a page and are not in force: " + strings.Join(said, ", ")
	}
	for _, c := range cautions(settled.File, l.path) {
		log.Warn(c.text, "fix", c.fix)
	}
	return done, g.Note(ctx, journal.Event{Kind: journal.ConfigReloaded, Text: text})
}

// read reads the file, and puts what is kept over it.
func (l *live) read(ctx context.Context, g *gateway.Gateway) (source config.Source, settled config.Settled, err error) {
	if source, err = config.ReadSource(l.path); err != nil {
		return source, settled, err
	}
	over := source
	if over.Kept, err = g.Settings(ctx); err != nil {
		return source, settled, err
	}
	settled, err = over.Settle()
	return source, settled, err
}

// prepare returns what the configuration is to be changed to.
func (l *live) prepare(settled config.Settled, log *slog.Logger) (*running, v1.Reloaded, error) {
	old := l.now.Load()
	cfg, applied, waiting := old.cfg.Reload(settled.Config)
	done := v1.Reloaded{Applied: append([]string{}, applied...), Waiting: append([]string{}, waiting...), Over: settled.Over(), Unfit: []v1.UnfitSetting{}}
	for _, u := range settled.Unfit {
		done.Unfit = append(done.Unfit, v1.UnfitSetting{Key: u.Key, SetBy: u.By, Problem: u.Why})
	}
	for _, key := range applied {
		if strings.HasPrefix(key, "tls.") || key == "hosts" {
			next, err := newRunning(cfg, log)
			return next, done, err
		}
	}
	next := *old
	next.cfg = cfg
	return &next, done, nil
}

// take puts a configuration in force.
func (l *live) take(ctx context.Context, g *gateway.Gateway, next *running, unfit []config.Unfit) error {
	before := l.unfit.Swap(&unfit)
	old := l.now.Load()
	known := before != nil && slices.EqualFunc(*before, unfit, func(a, b config.Unfit) bool { return a.Key == b.Key && a.Why == b.Why })
	if known && next.keeper == old.keeper && reflect.DeepEqual(next.cfg, old.cfg) {
		return nil
	}
	if level := next.cfg.Log.Level; level != old.cfg.Log.Level {
		l.level.Set(level)
	}
	l.now.Store(next)
	select {
	case l.changed <- struct{}{}:
	default: // it is known already
	}
	return g.Configure(ctx, next.cfg.Gateway())
}

// onHangup calls reload for each signal, until ctx ends.
func onHangup(ctx context.Context, signals <-chan os.Signal, reload func(context.Context) (v1.Reloaded, error)) {
	for {
		select {
		case <-signals:
			_, _ = reload(ctx) // what came of it is an event, and in the log
		case <-ctx.Done():
			return
		}
	}
}
