package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simgate/api"
	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/gateway"
	voice "simgate/gateway/call"
	"simgate/gateway/guard"
	"simgate/gateway/journal"
	"simgate/gateway/key"
	"simgate/gateway/msisdn"
	"simgate/gateway/speech"
	"simgate/gateway/webhook"
	"simgate/modem/simulator"
)

// values returns what can stand for a flag or an argument, each with a description
// after a tab, or without.
type values func(ctx context.Context, a *cli.App) []string

// flagValues are those of flags: by the path of the command and the flag, or by the flag
// for all commands.
var flagValues = map[string]values{
	"app": apps, "line": lines,
	"messages --state":            fixed(cli.Words(gateway.States)...),
	"verify list --state":         fixed(cli.Words(gateway.VerificationStates)...),
	"calls --state":               fixed(cli.Words(voice.States)...),
	"webhooks deliveries --state": fixed(cli.Words(webhook.States)...),
	"events --kind":               fixed(cli.Words(journal.Kinds)...),
	"keys create --scope":         fixed(cli.Words(key.Scopes)...),
	"webhooks add --format":       func(context.Context, *cli.App) []string { return slices.Sorted(maps.Keys(api.Formats("", nil))) },
	"webhooks add --kinds":        fixed(append(cli.Words(gateway.NewsKinds), "none")...),
	"guard why --channel":         fixed(cli.Words(guard.Channels)...),
	"call --language":             fixed(speech.Locales()...),
	"speech --language":           fixed(speech.Locales()...),
	"simulate --make":             fixed(simulator.Families()...),
	"restore --queue":             fixed(cli.Words(heldWishes)...),
	"setup --country":             fixed(msisdn.Countries()...),
}

// people are the numbers of the latest messages.
var people = listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
	list, err := c.Messages(ctx, client.Filter{})
	for _, m := range list {
		out = append(out, m.To)
	}
	slices.Sort(out)
	return slices.Compact(out), err
})

// argumentValues are those of the first argument, by the path of the command.
var argumentValues = map[string]values{
	"lines release": lines,
	"config show":   configKeys(func(v1.ConfigSetting) bool { return true }),
	"config set":    configKeys(func(s v1.ConfigSetting) bool { return s.Changeable }),
	"config unset":  configKeys(func(s v1.ConfigSetting) bool { return s.SetBy != "" }),
	"messages": listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Messages(ctx, client.Filter{})
		for _, m := range list {
			out = append(out, fmt.Sprintf("%d\t%s to %s", m.ID, m.State, m.To))
		}
		return out, err
	}),
	"export": people,
	"forget": people,
	"calls": listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Calls(ctx, "", 50)
		for _, l := range list {
			out = append(out, fmt.Sprintf("%d\t%s to %s", l.ID, l.State, l.To))
		}
		return out, err
	}),
	"inbox": listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Inbox(ctx, client.InboxFilter{})
		for _, m := range list {
			out = append(out, fmt.Sprintf("%d\tfrom %s", m.ID, m.Sender))
		}
		return out, err
	}),
	"verify show": listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Verifications(ctx, client.Filter{})
		for _, v := range list {
			out = append(out, fmt.Sprintf("%s\t%s for %s", v.ID, v.State, v.To))
		}
		return out, err
	}),
	"keys revoke": listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Keys(ctx)
		for _, k := range list {
			if k.Revoked.IsZero() {
				out = append(out, k.ID+"\tof "+k.App)
			}
		}
		return out, err
	}),
	"guard release": listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Rules(ctx)
		for _, r := range list {
			out = append(out, fmt.Sprintf("%d\t%s %s %s", r.ID, r.Kind, r.Scope, r.Key))
		}
		return out, err
	}),
	"webhooks remove": webhooks, "webhooks rotate": webhooks, "webhooks test": webhooks,
	"webhooks replay": listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Deliveries(ctx, string(webhook.Failed), 50)
		for _, d := range list {
			out = append(out, fmt.Sprintf("%d\t%s: %s", d.ID, d.Kind, d.Cause))
		}
		return out, err
	}),
}

var (
	apps = listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Keys(ctx)
		for _, k := range list {
			if k.Revoked.IsZero() && !slices.Contains(out, k.App) {
				out = append(out, k.App)
			}
		}
		return append(out, api.OperatorApp+"\tthis command line"), err
	})
	lines = listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Modems(ctx)
		for _, m := range list {
			if m.Line != 0 {
				out = append(out, fmt.Sprintf("%d\t%s in %s", m.Line, strings.TrimSpace(m.SIMName+" "+m.Number), m.Name))
			}
		}
		return out, err
	})
	webhooks = listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Webhooks(ctx)
		for _, w := range list {
			out = append(out, fmt.Sprintf("%d\t%s of %s", w.ID, w.URL, w.App))
		}
		return out, err
	})
)

// configKeys returns the keys of the configuration that are meant.
func configKeys(meant func(v1.ConfigSetting) bool) values {
	return listed(func(ctx context.Context, c *client.Client) (out []string, err error) {
		list, err := c.Settings(ctx)
		for _, s := range list {
			if meant(s) {
				out = append(out, s.Key+"\t"+s.Description)
			}
		}
		return out, err
	})
}

// fixed returns values that are always the same.
func fixed(list ...string) values { return func(context.Context, *cli.App) []string { return list } }

// completeWithin bounds how long the shell waits for the daemon.
const completeWithin = 2 * time.Second

// listed returns values that the daemon knows; none where it does not answer.
func listed(list func(ctx context.Context, c *client.Client) ([]string, error)) values {
	return func(ctx context.Context, a *cli.App) []string {
		ctx, cancel := context.WithTimeout(ctx, completeWithin)
		defer cancel()
		out, err := cli.Call(a, func(c *client.Client) ([]string, error) { return list(ctx, c) })
		if err != nil {
			return nil
		}
		return out
	}
}

// addCompletions gives the shell values for the flags and arguments of c and its
// subcommands. Files are completed only where a file is meant.
func addCompletions(a *cli.App, c *cobra.Command) {
	path := strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
	complete := func(v values) cobra.CompletionFunc {
		return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return v(cmd.Context(), a), cobra.ShellCompDirectiveNoFileComp
		}
	}
	for _, name := range []string{"app", "line", "state", "kind", "scope", "format", "kinds", "language", "make", "country"} {
		v := flagValues[path+" --"+name]
		if v == nil {
			v = flagValues[name]
		}
		if c.Flags().Lookup(name) != nil && v != nil {
			_ = c.RegisterFlagCompletionFunc(name, complete(v)) // the flag exists: it cannot fail
		}
	}
	switch v := argumentValues[path]; {
	case v != nil:
		c.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return v(cmd.Context(), a), cobra.ShellCompDirectiveNoFileComp
		}
	case c.Runnable() && path != "config check":
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, sub := range c.Commands() {
		addCompletions(a, sub)
	}
}
