package main

import (
	"context"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os/user"
	"slices"
	"strings"

	"simgate/api"
	"simgate/api/connection"
	v1 "simgate/api/v1"
	"simgate/api/web"
	"simgate/api/web/demo"
	"simgate/api/web/door"
	"simgate/api/web/forwards"
	"simgate/api/web/prefix"
	"simgate/api/web/settings"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
	"simgate/cmd/simgate/handsets"
	"simgate/configs"
	"simgate/gateway"
	"simgate/gateway/cause"
	owners "simgate/gateway/user"
)

// demoBand is what every page of a demo says.
const demoBand = "This is a demo on a simulated network: nothing leaves this machine, nothing costs money, and no login is asked for."

// demoPages returns the pages of a demo on a simulated network. They need no login, and so
// are for this machine alone.
func demoPages(ctx context.Context, g *gateway.Gateway, n *handsets.Network, address, token string, log *slog.Logger) http.Handler {
	pages := web.New(ctx, demoBand, log)
	n.Watch(demo.Add(pages, g, n, address, token))
	addPages(pages, g)
	return web.Local(pages)
}

// ownPages returns the pages of a gateway, for those who log in.
func ownPages(ctx context.Context, g *gateway.Gateway, l *live, log *slog.Logger) http.Handler {
	if begun, err := g.Users().Begun(ctx); err == nil && !begun {
		log.Info("nobody has set up the pages: a link lets the first owner in", "link", "sudo simgate users link")
	}
	pages := web.New(ctx, "", log)
	pages.Lock(&door.Door{
		Users:   g.Users(),
		Clear:   func() bool { return l.now.Load().cfg.Web.Clear },
		Proxies: l.proxies,
		Frames:  l.frames,
		Remote:  func() string { return l.now.Load().cfg.Web.RemoteUser },
		Secure: func() string {
			if url, _ := cli.Pages(l.now.Load().cfg); strings.HasPrefix(url, "https://") {
				return url
			}
			return ""
		},
		Known: connection.NoteKnown,
	})
	addPages(pages, g)
	pages.AddSetup(g)
	web.AddMachine(pages, g, l.machine())
	settings.Add(pages, l.configuration(g, log))
	web.AddStatus(pages, g, func() bool { return l.now.Load().cfg.Web.StatusPage == config.StatusLAN })
	return pages
}

// proxies returns the proxies that are believed what they say of a request.
func (l *live) proxies() []netip.Prefix { return l.now.Load().cfg.Web.Proxies() }

// frames returns who may show pages in a frame.
func (l *live) frames() []string { return l.now.Load().cfg.Web.FrameAncestors }

// below returns the path that a proxy has for this machine.
func (l *live) below() prefix.Config {
	return prefix.Config{Path: func() string { return l.now.Load().cfg.Web.Prefix }, Trusts: (&door.Door{Proxies: l.proxies}).Trusts}
}

// machine returns what the pages show of this machine.
func (l *live) machine() web.Machine {
	m := web.Machine{Version: version(),
		Certificates: func() (all []web.Certificate, fingerprint string) {
			keeper := l.now.Load().keeper
			if keeper == nil {
				return nil, ""
			}
			for _, s := range keeper.States() {
				c := web.Certificate{Of: s.Of, Until: s.Until}
				if s.Name != "" {
					c.Of += " " + s.Name
				}
				if s.Fault != nil {
					c.Fault = cause.Of(s.Fault)
				}
				all = append(all, c)
			}
			if a := keeper.Authority(); a != nil {
				fingerprint = a.Fingerprint()
			}
			return all, fingerprint
		}}
	if l.path != "" {
		m.Examine = l.examine
	}
	return m
}

// configuration returns what the pages show and change of the configuration.
func (l *live) configuration(g *gateway.Gateway, log *slog.Logger) settings.Config {
	c := settings.Config{File: l.path, About: func(section string) string { return configs.Descriptions()[section] },
		All: func(ctx context.Context) ([]v1.ConfigSetting, error) { return l.settings(ctx, g) },
		Change: func(ctx context.Context, by owners.By, c v1.SettingsChange) (map[string]string, error) {
			return l.change(ctx, g, log, by, c)
		}}
	if l.path != "" {
		c.Reload = func(ctx context.Context) error {
			_, err := l.reload(ctx, g, log)
			return err
		}
	}
	return c
}

// examine runs the doctor, as "simgate doctor" does beside a running daemon.
func (l *live) examine(ctx context.Context) (all []web.Finding) {
	c := checkup{sys: "/sys", service: serviceUser}
	for _, f := range c.examine(ctx, &cli.App{ConfigPath: l.path, Getenv: func(string) string { return "" }}).Findings {
		all = append(all, web.Finding{Level: string(f.Level), About: f.About, Text: f.Text, Fix: f.Fix})
	}
	return all
}

// addPages adds the pages that every gateway has.
func addPages(pages *web.Pages, g *gateway.Gateway) {
	web.AddToday(pages, g)
	web.AddTalk(pages, g)
	web.AddSend(pages, g)
	web.AddLog(pages, g, g.Bookmarks())
	web.AddLines(pages, g)
	web.AddApps(pages, g)
	web.AddWebhooks(pages, g, formats())
	forwards.Add(pages, g)
	web.AddGuard(pages, g)
	pages.Add(nil, web.NewWhy(g)...)
}

// formats returns the names of the formats of webhooks, simgate's own first.
func formats() []string {
	others := slices.Sorted(maps.Keys(api.Formats("", nil)))
	return append([]string{api.FormatStandard}, slices.DeleteFunc(others, func(name string) bool { return name == api.FormatStandard })...)
}

// onlyHere reports whether an address can be reached from this machine alone.
func onlyHere(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().IsLoopback()
}

// tunnel returns the command that makes the address reachable from the computer from which
// somebody is logged in over SSH; "" if nobody is.
func tunnel(address string, getenv func(string) string) string {
	connection := strings.Fields(getenv("SSH_CONNECTION")) // address and port of the client, and of this machine
	_, port, err := net.SplitHostPort(address)
	if len(connection) != 4 || err != nil {
		return ""
	}
	host := connection[2]
	if me, err := user.Current(); err == nil {
		host = me.Username + "@" + host
	}
	line := "ssh -L " + port + ":" + address + " "
	if connection[3] != "22" {
		line += "-p " + connection[3] + " "
	}
	return line + host
}
