package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"

	v1 "simgate/api/v1"
	"simgate/cmd/simgate/config"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/notify"
	"simgate/gateway/setting"
	"simgate/gateway/user"
)

// settle puts what is kept over the file that the daemon starts with.
func (d *daemon) settle(kept []setting.Setting) (gateway.Config, error) {
	source := d.live.source
	if source.Path == "" {
		base := d.cfg // a demo has no file
		source.Base = &base
		d.live.source.Base = source.Base
	}
	source.Kept = kept
	settled, err := source.Settle()
	if err != nil {
		return gateway.Config{}, err
	}
	if level := settled.Log.Level; level != d.cfg.Log.Level {
		d.live.level.Set(level)
	}
	d.cfg = settled.Config
	d.live.unfit.Store(&settled.Unfit)
	for _, u := range settled.Unfit {
		d.log.Warn("a setting of a page is not in force", "key", u.Key, "why", u.Why)
	}
	return d.cfg.Gateway(), nil
}

// settings returns all settings, with where each is from. An error beside them is of the file as it
// is by now: where that cannot be read they are as it was read last.
func (l *live) settings(ctx context.Context, g *gateway.Gateway) ([]v1.ConfigSetting, error) {
	l.reloads.Lock()
	source := l.source
	l.reloads.Unlock()
	var unread error
	if l.path != "" {
		if now, err := config.ReadSource(l.path); err == nil {
			source = now
		} else {
			unread = unreadable(l.path, err)
		}
	}
	var err error
	if source.Kept, err = g.Settings(ctx); err != nil {
		return nil, err
	}
	all, err := l.now.Load().cfg.Settings(source)
	return all, cmp.Or(unread, err)
}

// unreadable says what to do about a file that was read once, and cannot be by now.
func unreadable(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &fault.Error{Code: fault.Conflict, Message: fmt.Sprintf("the configuration file %s is missing: put it back; what was read before stays in force, but simgate does not start without it", path)}
	}
	return &fault.Error{Code: fault.Conflict, Message: fmt.Sprintf("the configuration file cannot be read: %v; what was read before stays in force, but simgate does not start without it", err)}
}

// change changes what lies over the file as it was read last: all of it or nothing. What is
// wrong is returned by keys.
func (l *live) change(ctx context.Context, g *gateway.Gateway, log *slog.Logger, by user.By, c v1.SettingsChange) (wrong map[string]string, err error) {
	l.reloads.Lock()
	defer l.reloads.Unlock()
	source := l.source
	if source.Kept, err = g.Settings(ctx); err != nil {
		return nil, err
	}
	changed, wrong := source.Change(c.Set, c.Unset)
	if len(wrong) > 0 {
		return wrong, nil
	}
	next, _, err := l.prepare(changed.Settled, log)
	if err != nil {
		return nil, err
	}
	var keep []setting.Change
	for _, s := range changed.Set {
		keep = append(keep, setting.Change{Key: s.Key, Value: s.Value, Detail: changed.Said[s.Key]})
	}
	for _, key := range changed.Unset {
		keep = append(keep, setting.Change{Key: key, Detail: changed.Said[key]})
	}
	if len(keep) == 0 {
		return nil, nil
	}
	if err := g.KeepSettings(ctx, by, keep); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // it is kept, and so takes effect
	if err := l.take(ctx, g, next, changed.Unfit); err != nil {
		return nil, err
	}
	said := make([]string, len(keep))
	for i, k := range keep {
		said[i] = k.Detail
	}
	return nil, g.Note(ctx, journal.Event{Kind: journal.ConfigReloaded, Text: "settings were changed by " + by.Name + ": " + strings.Join(said, "; ")})
}

// again puts what is kept by now over the file as it was read last.
func (l *live) again(ctx context.Context, g *gateway.Gateway, log *slog.Logger) error {
	l.reloads.Lock()
	defer l.reloads.Unlock()
	source := l.source
	var err error
	if source.Kept, err = g.Settings(ctx); err != nil {
		return err
	}
	settled, err := source.Settle()
	if err != nil {
		return err
	}
	next, _, err := l.prepare(settled, log)
	if err != nil {
		return err
	}
	return l.take(ctx, g, next, settled.Unfit)
}

// changeAPI is change with one error for all that is wrong.
func (l *live) changeAPI(ctx context.Context, g *gateway.Gateway, log *slog.Logger, by user.By, c v1.SettingsChange) error {
	wrong, err := l.change(ctx, g, log, by, c)
	if err != nil || len(wrong) == 0 {
		return err
	}
	keys := slices.Sorted(maps.Keys(wrong))
	said := make([]string, len(keys))
	for i, key := range keys {
		said[i] = strings.TrimPrefix(key+": "+wrong[key], ": ")
	}
	return fault.NewInvalid(keys[0], strings.Join(said, "; "))
}

// unfitConditions returns what was set on a page and is not in force.
func (l *live) unfitConditions() (all []notify.Condition) {
	unfit := l.unfit.Load()
	if unfit == nil {
		return nil
	}
	for _, u := range *unfit {
		all = append(all, notify.Condition{Name: "setting " + u.Key, Kind: journal.ConfigRejected, Title: "a setting of a page is not in force: " + u.Key,
			Text: fmt.Sprintf("%s was set by %s and is not in force: %s; set it again on the page Settings, or take it back there", u.Key, u.By, u.Why),
			Over: u.Key + " is as it was set, or was taken back"})
	}
	return all
}
