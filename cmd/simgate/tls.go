package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simgate/api/certificate"
	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
)

func newTLSCommand(app *cli.App) *cobra.Command {
	cmd := &cobra.Command{Use: "tls", Short: "show the certificates of HTTPS, or make one for apps with a built-in host"}
	cmd.AddCommand(newTLSShowCommand(app), newTLSHostedCommand(app))
	return cmd
}

// tlsState is what "simgate tls show" prints.
type tlsState struct {
	Root      *rootCertificate `json:"root,omitempty"` // nil for certificates of the operator
	Listeners []tlsListener    `json:"listeners"`
}

// rootCertificate is the root of an authority.
type rootCertificate struct {
	SHA256 string   `json:"sha256"`
	Names  []string `json:"names"` // that it can sign for
	PEM    string   `json:"pem"`
}

// tlsListener is a certificate that is shown at an address.
type tlsListener struct {
	Address string    `json:"address"`
	For     string    `json:"for,omitempty"`   // the name of tls.acme that it is shown for, "" for all others
	Names   []string  `json:"names,omitempty"` // and addresses, of the certificate
	Issuer  string    `json:"issuer,omitempty"`
	Until   time.Time `json:"until,omitzero"`
	Error   string    `json:"error,omitempty"`
}

func newTLSShowCommand(app *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "show the certificates of the running daemon, and the fingerprint of its root",
		Long: "Show the certificates of the running daemon, and the fingerprint of the root to install on\n" +
			"devices and in apps. They get the root from /ca; compare its fingerprint before trusting it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			state, err := askTLS(cmd.Context(), app)
			if err != nil || app.JSON {
				return app.PrintJSON(state, err)
			}
			if len(state.Listeners) == 0 {
				_, err := fmt.Fprintln(app.Stdout, "No address has HTTPS: add one with tls: on to listen in the configuration.")
				return err
			}
			if state.Root != nil {
				fmt.Fprintf(app.Stdout, "root     at /ca; SHA-256 %s\n         for %s, and private addresses\n", state.Root.SHA256, strings.Join(state.Root.Names, ", "))
			}
			for _, l := range state.Listeners {
				if l.Error != "" {
					fmt.Fprintf(app.Stdout, "%s  no certificate%s: %s\n", l.Address, strings.TrimSuffix(" for "+l.For, " for "), l.Error)
					continue
				}
				fmt.Fprintf(app.Stdout, "%s  until %s, for %s, by %s\n", l.Address, l.Until.Local().Format(time.DateOnly), strings.Join(l.Names, ", "), l.Issuer)
			}
			return nil
		},
	}
}

// askTLS asks the daemon for its root, and its listeners for their certificates.
func askTLS(ctx context.Context, app *cli.App) (tlsState, error) {
	state := tlsState{Listeners: []tlsListener{}}
	cfg, err := app.DaemonConfig()
	if err != nil {
		return state, cli.NoAccess(err, app.ConfigPath)
	}
	if len(cfg.Listen.Secure()) == 0 {
		return state, nil
	}
	raw, err := cli.Call(app, func(c *client.Client) ([]byte, error) { return c.Root(ctx) })
	if p, ok := errors.AsType[*v1.Problem](err); ok && p.Status == http.StatusNotFound {
		err = nil
	}
	if err != nil {
		return state, err
	}
	if block, _ := pem.Decode(raw); block != nil {
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return state, err
		}
		state.Root = &rootCertificate{SHA256: certificate.Fingerprint(root), Names: root.PermittedDNSDomains, PEM: string(raw)}
	}
	kept, err := cli.Call(app, func(c *client.Client) ([]v1.Certificate, error) { return c.Certificates(ctx) })
	if err != nil {
		return state, err
	}
	for _, address := range cfg.Listen.Secure() {
		for _, name := range append([]string{""}, cfg.TLS.ACME.Names...) {
			state.Listeners = append(state.Listeners, lookAt(ctx, address, name, kept))
		}
	}
	return state, nil
}

// lookAt returns what is shown at an address for a name of tls.acme, or for all others.
func lookAt(ctx context.Context, address config.Address, name string, kept []v1.Certificate) tlsListener {
	l := tlsListener{Address: string(address), For: name}
	c, err := shownAt(ctx, address, exampleOf(name))
	if err == nil && name != "" {
		err = obtainedFor(c, name, kept)
	}
	if err != nil {
		l.Error = err.Error()
		return l
	}
	l.Until, l.Names, l.Issuer = c.NotAfter, c.DNSNames, c.Issuer.CommonName
	for _, ip := range c.IPAddresses {
		l.Names = append(l.Names, ip.String())
	}
	return l
}

// obtainedFor returns why a certificate that is shown for a name of tls.acme is not the one
// that was obtained for it, where it is another.
func obtainedFor(shown *x509.Certificate, name string, kept []v1.Certificate) error {
	i := slices.IndexFunc(kept, func(c v1.Certificate) bool { return c.Name == name })
	switch {
	case i < 0:
		return errors.New("the daemon does not know of it yet: simgate reload")
	case kept[i].Until.Equal(shown.NotAfter):
		return nil
	case kept[i].Cause != "":
		return errors.New(kept[i].Cause)
	}
	return errors.New("it is being obtained, which takes some minutes")
}

func newTLSHostedCommand(app *cli.App) *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use:   "hosted [NAME...]",
		Short: "make a root certificate for apps with a built-in host, and print it",
		Long: "Make a certificate authority for the hosts that apps have built in, such as textlinksms.com,\n" +
			"and print its root. simgate then answers for these names, too. The authority can sign for\n" +
			"these names alone, and with other names it is replaced; without names the present root is\n" +
			"printed.\n\n" +
			"Give the root to the app alone, for example with NODE_EXTRA_CA_CERTS=FILE, and let the names\n" +
			"point to this machine where the app runs. Never install it on a phone or a desktop: whoever\n" +
			"has the key of this machine could pose as these services there.",
		Example: "  sudo simgate tls hosted textlinksms.com > hosted.pem",
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := app.DaemonConfig()
			if err != nil {
				return cli.NoAccess(err, app.ConfigPath)
			}
			folder := certificateFolder(cfg)
			if remove {
				if len(args) > 0 {
					return cli.UsageError{Err: errors.New("--remove takes no names: it removes the authority with all of them")}
				}
				return cli.NoAccess(os.Remove(certificate.HostedFile(folder)), folder)
			}
			return hosted(app, cfg, folder, args)
		},
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "remove the authority: simgate no longer answers for its names")
	return cmd
}

// hosted makes the authority for names if need be, and prints its root.
func hosted(a *cli.App, cfg config.Config, folder string, names []string) error {
	own := slices.Concat(certificate.OwnNames(), cfg.TLS.Names)
	for _, name := range names {
		if err := certificate.CheckName(name); err != nil {
			return cli.UsageError{Err: fmt.Errorf("%s: %w", name, err)}
		}
		if slices.Contains(own, name) {
			return cli.UsageError{Err: fmt.Errorf("%s is a name of this machine, which its own root is for: see \"simgate tls show\"", name)}
		}
	}
	authority, isNew, err := certificate.OpenHosted(folder, names)
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(names) == 0:
		return cli.UsageError{Err: errors.New("there is no authority for hosted names: name them, such as textlinksms.com")}
	case err != nil:
		return cli.NoAccess(err, folder)
	case a.JSON:
		return a.PrintJSON(rootCertificate{SHA256: authority.Fingerprint(), Names: authority.Names(), PEM: string(authority.Root())}, nil)
	}
	made := "the root for"
	if isNew {
		made = "a new root for"
	}
	where := "no address has HTTPS: add {address: \":443\", tls: on} to listen in the configuration"
	if addresses := cfg.Listen.Secure(); len(addresses) > 0 {
		where = fmt.Sprintf("HTTPS is at %s; apps with a built-in host use port 443", addresses[0])
	}
	fmt.Fprintf(a.Stderr, "%s %s: for the trust store of the app alone, such as NODE_EXTRA_CA_CERTS=FILE\n"+
		"Let these names point to this machine where the app runs, for example in /etc/hosts; %s.\n",
		made, strings.Join(authority.Names(), ", "), where)
	_, err = a.Stdout.Write(authority.Root())
	return err
}

// certificates notes what is wrong with the certificates that are shown, where the daemon
// runs.
func (c *checkup) certificates(ctx context.Context, cfg config.Config) {
	kept, _ := client.Socket(cfg.Socket).Certificates(ctx) // an older daemon shows none
	for _, address := range cfg.Listen.Secure() {
		c.certificate(ctx, cfg, address, "", kept)
		for _, name := range cfg.TLS.ACME.Names {
			c.certificate(ctx, cfg, address, name, kept)
		}
	}
	for _, name := range cfg.TLS.ACME.Names {
		c.leadsHere(ctx, name)
	}
}

// leadsHere notes where a name of tls.acme does not lead to this machine. It may lead to a
// router that has a public address.
func (c *checkup) leadsHere(ctx context.Context, name string) {
	if strings.HasPrefix(name, "*") {
		return // for names that are not known
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	own, _ := net.InterfaceAddrs() // without them each is another machine
	isOwn := func(ip netip.Addr) bool {
		return slices.ContainsFunc(own, func(a net.Addr) bool {
			p, err := netip.ParsePrefix(a.String())
			return err == nil && p.Addr().Unmap() == ip.Unmap()
		})
	}
	switch {
	case err != nil:
		c.note(warn, "https", name+" is not found in the DNS of this network", "let an A record point to "+cli.OwnAddress()+
			"; if there is one, the router leaves out private addresses (rebind protection): allow the domain there")
	case !slices.ContainsFunc(found, func(ip netip.Addr) bool { return isOwn(ip) || !ip.IsPrivate() }):
		c.note(warn, "https", fmt.Sprintf("%s leads to %s, which is another machine", name, found[0].Unmap()), "let its A record point to "+cli.OwnAddress())
	}
}

// certificate notes what is wrong with the certificate that is shown at an address for a
// name of tls.acme, or for all others.
func (c *checkup) certificate(ctx context.Context, cfg config.Config, address config.Address, name string, kept []v1.Certificate) {
	shown, err := shownAt(ctx, address, exampleOf(name))
	by, at := cmp.Or(cfg.TLS.Cert, "its own authority"), string(address)
	if name != "" && err == nil {
		err, by, at = obtainedFor(shown, name, kept), shown.Issuer.String(), fmt.Sprintf("%s (%s)", address, name)
	}
	switch {
	case err != nil && name != "":
		c.note(warn, "https", fmt.Sprintf("%s has no certificate of %s: %v", at, cfg.TLS.ACME.Directory, err), "correct tls.acme in the configuration, then: sudo systemctl reload simgate")
	case err != nil:
		c.note(fail, "https", fmt.Sprintf("%s shows no certificate: %v", at, err), "journalctl -u simgate -n 50")
	case time.Now().After(shown.NotAfter):
		c.note(fail, "https", fmt.Sprintf("the certificate of %s has ended on %s", at, shown.NotAfter.Format(time.DateOnly)), renewal(cfg, name))
	case time.Until(shown.NotAfter) < min(endsSoon, shown.NotAfter.Sub(shown.NotBefore)/4):
		c.note(warn, "https", fmt.Sprintf("the certificate of %s ends on %s", at, shown.NotAfter.Format(time.DateOnly)), renewal(cfg, name))
	default:
		c.note(fine, "https", fmt.Sprintf("%s has a certificate of %s until %s", at, by, shown.NotAfter.Format(time.DateOnly)), "")
	}
}

// endsSoon is when whoever renews certificates should have done so.
const endsSoon = 14 * 24 * time.Hour

// renewal returns how a certificate is renewed.
func renewal(cfg config.Config, name string) string {
	switch {
	case name != "":
		return "it is renewed by itself, and the log says why it was not: journalctl -u simgate -g certificate -n 20"
	case cfg.TLS.Cert == "":
		return "it is renewed by itself: check the clock of this machine with timedatectl"
	}
	return "renew " + quote(cfg.TLS.Cert) + " with the program that made it"
}
