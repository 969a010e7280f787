package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
)

func newUsersCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "users",
		Short: "let people in who may open the pages",
		Long: "Let people in who may open the pages: list, add and remove them, give them another role, and\n" +
			"make links with which they choose a password. An owner may do everything, an operator sends\n" +
			"and reads what comes in, and a viewer sees how things are, without numbers and texts.",
	}
	cmd.AddCommand(newUsersLinkCommand(app), newUsersListCommand(app), newUsersAddCommand(app), newUsersSetCommand(app), newUsersResetCommand(app), newUsersRemoveCommand(app))
	return cmd
}

// userLink is what is printed of a link.
type userLink struct {
	User   string    `json:"user,omitempty"`
	URL    string    `json:"url"`
	Until  time.Time `json:"until"`
	tunnel string    // the command that makes it reachable from another computer; "" where it is
}

// errNoPages says that nobody can log in anywhere.
var errNoPages = errors.New("there is no page")

// linkFor makes a link for a user, "" for the first owner.
func linkFor(ctx context.Context, app *cli.App, name string) (userLink, error) {
	cfg, err := app.DaemonConfig()
	if err != nil {
		return userLink{}, cli.NoAccess(err, app.ConfigPath)
	}
	base, reachable := cli.Pages(cfg)
	switch {
	case cli.IsDemo(cfg):
		return userLink{}, fmt.Errorf("%w that asks for a login: open the address of the demo", errNoPages)
	case base == "":
		return userLink{}, fmt.Errorf("%w: set web.enabled in the configuration, and let an address serve the native API", errNoPages)
	}
	l, err := cli.Call(app, func(c *client.Client) (v1.UserLink, error) { return c.UserLink(ctx, name) })
	out := userLink{User: l.Name, URL: base + l.Path, Until: l.Until}
	if !reachable {
		out.tunnel = cli.Tunnel(base)
	}
	return out, err
}

// showLink prints a link for a user, "" for the first owner.
func showLink(ctx context.Context, app *cli.App, name string) error {
	l, err := linkFor(ctx, app, name)
	if err != nil || app.JSON {
		return app.PrintJSON(l, err)
	}
	fmt.Fprintf(app.Stderr, "Open this until %s to choose a password; it works once:\n", l.Until.Local().Format("15:04"))
	fmt.Fprintln(app.Stdout, l.URL)
	if l.tunnel != "" {
		fmt.Fprintf(app.Stderr, "Only this machine reaches it. From another computer, run this there first:  %s\n", l.tunnel)
	}
	return nil
}

// FirstLink returns where the first owner is let in, "" where somebody can log in already or
// there are no pages, and the command that makes it reachable from another computer.
func FirstLink(ctx context.Context, app *cli.App) (url, tunnel string, err error) {
	users, err := cli.Call(app, func(c *client.Client) ([]v1.User, error) { return c.Users(ctx) })
	if err != nil || slices.ContainsFunc(users, func(u v1.User) bool { return u.Ready }) {
		return "", "", err
	}
	l, err := linkFor(ctx, app, "")
	if errors.Is(err, errNoPages) {
		return "", "", nil
	}
	return l.URL, l.tunnel, err
}

func newUsersLinkCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "link",
		Short: "print the link with which the first owner sets up the pages",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return showLink(cmd.Context(), app, "") },
	}
}

func newUsersResetCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "reset NAME",
		Short: "print a link with which a user chooses another password",
		Long: "Print a link with which a user chooses another password. The old one, and where the user is\n" +
			"logged in, stay as they are until the link is used.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return showLink(cmd.Context(), app, args[0]) },
	}
}

func newUsersListCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "list who may open the pages",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := cli.Call(app, func(c *client.Client) ([]v1.User, error) { return c.Users(cmd.Context()) })
			if err != nil || app.JSON {
				return app.PrintJSON(list, err)
			}
			return cli.Table(app.Stdout, "NAME\tROLE\tPASSWORD\tSINCE", func(w io.Writer) {
				for _, u := range list {
					password := "not chosen yet"
					if u.Ready {
						password = "chosen"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Name, u.Role, password, clock(u.Created))
				}
			})
		},
	}
}

func newUsersAddCommand(app *cli.App) *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use:     "add NAME",
		Short:   "add a user, and print a link with which that one chooses a password",
		Example: "  simgate users add anna --role operator",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := cli.Call(app, func(c *client.Client) (v1.User, error) { return c.AddUser(cmd.Context(), args[0], role) })
			if err != nil {
				return err
			}
			return showLink(cmd.Context(), app, u.Name)
		},
	}
	cmd.Flags().StringVar(&role, "role", "viewer", "what the user may do: owner, operator or viewer")
	return cmd
}

func newUsersSetCommand(app *cli.App) *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "give a user another role, which holds at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if role == "" {
				return cli.UsageError{Err: errors.New("give --role owner, operator or viewer")}
			}
			u, err := cli.Call(app, func(c *client.Client) (v1.User, error) { return c.SetUserRole(cmd.Context(), args[0], role) })
			if err != nil || app.JSON {
				return app.PrintJSON(u, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "%s is %s\n", u.Name, u.Role)
			return err
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "what the user may do: owner, operator or viewer")
	return cmd
}

func newUsersRemoveCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "remove a user, who is logged out at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := cli.Call(app, func(c *client.Client) (v1.User, error) { return c.RemoveUser(cmd.Context(), args[0]) })
			if err != nil || app.JSON {
				return app.PrintJSON(u, err)
			}
			_, err = fmt.Fprintf(app.Stdout, "%s is removed\n", u.Name)
			return err
		},
	}
}
