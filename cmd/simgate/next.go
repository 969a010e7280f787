package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/remote"
	"simgate/modem"
)

// next prints where the installation stands and what to do next: it is what the program
// says when it is called without a command.
func next(cmd *cobra.Command, a *cli.App) error {
	_, err := fmt.Fprintf(a.Stdout, "simgate %s: an SMS and one-time-password service on your own SIM.\n%s\n%s\"simgate --help\" lists all commands.\n",
		version(), nextStep(cmd.Context(), a), firstOwner(cmd.Context(), a))
	return err
}

// firstOwner says where the first owner of the pages is let in, "" where there is one or no
// daemon answers.
func firstOwner(ctx context.Context, a *cli.App) string {
	url, tunnel, err := remote.FirstLink(ctx, a)
	if err != nil || url == "" {
		return ""
	}
	text := "Its pages are not set up. This link works once, within 15 minutes:\n\n  " + url + "\n\n"
	if tunnel != "" {
		text += "Only this machine reaches it. From another computer, run this there first:  " + tunnel + "\n"
	}
	return text
}

// nextStep returns the state of the daemon, with what to do about it.
func nextStep(ctx context.Context, a *cli.App) string {
	modems, err := cli.Call(a, func(c *client.Client) ([]v1.Modem, error) { return c.Modems(ctx) })
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "You may not use the daemon yet: " + err.Error() + "."
	case errors.Is(err, fs.ErrNotExist):
		return "It has no configuration: \"sudo simgate setup\" writes one, and \"simgate try\" shows what it does without any."
	case errors.Is(err, cli.ErrNotRunning):
		return "The daemon does not run: sudo systemctl enable --now simgate"
	case err != nil:
		return "The daemon does not answer: " + err.Error() + "."
	case len(modems) == 0:
		return "The daemon runs, and has no modem yet: plug one in with its SIM, then: sudo simgate setup"
	}
	ready := slices.IndexFunc(modems, func(m v1.Modem) bool {
		return modem.State(m.State) == modem.Ready || modem.State(m.State) == modem.InCall
	})
	if ready < 0 {
		return "No modem is ready (" + progress(modems) + "): simgate doctor"
	}
	keys, err := cli.Call(a, func(c *client.Client) ([]v1.Key, error) { return c.Keys(ctx) })
	if err == nil && !slices.ContainsFunc(keys, func(k v1.Key) bool { return k.Revoked.IsZero() }) {
		return modems[ready].Name + " is ready. A key for your app: simgate keys create my-app"
	}
	return modems[ready].Name + " is ready. A code to a phone: simgate verify start NUMBER"
}
