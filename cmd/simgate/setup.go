package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
	"simgate/cmd/simgate/remote"
	"simgate/configs"
	"simgate/gateway/msisdn"
	"simgate/modem"
)

// setup is one run of "simgate setup". It goes by what is there already, so that it can
// be run again after anything that stopped it.
type setup struct {
	app    *cli.App
	in     *bufio.Reader
	sys    string // where sysfs is
	file   *config.File
	daemon *client.Client
	dirty  bool // the file was changed after the daemon has read it

	port, country, pin, key, to, listen string // flags; what is missing is asked for, or taken from the SIM
}

func newSetupCommand(app *cli.App) *cobra.Command {
	s := setup{app: app, sys: "/sys"}
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "find the modem, ask for what must be known, and send a first message",
		Long: "Find the modem, write the configuration, restart the service, wait until the modem is\n" +
			"ready, make a first API key, and send a message to you. On a terminal it asks for what\n" +
			"it cannot find out; elsewhere, and for what a flag says, it does not. What is configured\n" +
			"already is kept, so that it can be run again.",
		Example: "  sudo simgate setup --pin 1234 --key shop --to +4915112345678",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if app.Demo != "" {
				return cli.UsageError{Err: errors.New("a demo needs no setup: leave out --demo")}
			}
			s.in = bufio.NewReader(app.Stdin)
			return s.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.port, "port", "", "serial port of the modem, such as /dev/serial0; without it, modems on the USB are found")
	f.StringVar(&s.country, "country", "", "home country in two letters; without it, that of the SIM")
	f.StringVar(&s.pin, "pin", "", "PIN of the SIM, if it asks for one")
	f.StringVar(&s.key, "key", "", "name of an app to make an API key for")
	f.StringVar(&s.to, "to", "", "number to send a message to, which costs what your SIM pays for one")
	f.StringVar(&s.listen, "listen", "", "address for apps; on other machines they use HTTPS, such as at 0.0.0.0:8443")
	f.StringVar(&s.sys, "sys", s.sys, "where sysfs is")
	_ = f.MarkHidden("sys") // the flag exists: it cannot fail
	return cmd
}

func (s *setup) run(ctx context.Context) error {
	var err error
	if s.file, err = config.Open(s.app.ConfigPath, configs.Default); errors.Is(err, fs.ErrPermission) {
		return errors.New("only root may change the configuration: run it with sudo")
	} else if err != nil {
		return cli.UsageError{Err: err}
	}
	s.daemon = client.Socket(s.file.Config().Socket)
	running, err := s.daemon.Modems(ctx)
	if errors.Is(err, client.ErrNoAccess) {
		return errors.New("only root may set up the service: run it with sudo")
	}
	s.dirty = err != nil || len(running) != len(s.file.Config().Modems)+len(s.file.Config().Lines)
	if err := s.configure(ctx); err != nil {
		return err
	}
	m, err := s.ready(ctx)
	if err != nil {
		return err
	}
	country := cmp.Or(msisdn.CountryOfIMSI(m.IMSI), msisdn.Number(m.Number).Region())
	if s.file.Config().Country == "" && msisdn.KnownCountry(country) {
		if err := s.change(s.file.SetCountry(country)); err != nil {
			return err
		}
		if m, err = s.ready(ctx); err != nil {
			return err
		}
	}
	token, err := s.firstKey(ctx)
	if err != nil {
		return err
	}
	sent, err := s.greet(ctx)
	if err != nil {
		return err
	}
	var page firstLink
	if page.url, page.tunnel, err = remote.FirstLink(ctx, s.app); err != nil {
		return err
	}
	return s.report(m, token, sent, page)
}

// firstLink is where the first owner of the pages is let in, "" where there is one, and the
// command that makes it reachable from another computer.
type firstLink struct{ url, tunnel string }

// configure writes what flags, answers and the modem tell before the daemon uses it.
func (s *setup) configure(ctx context.Context) error {
	if s.country != "" {
		if !msisdn.KnownCountry(s.country) {
			return cli.UsageError{Err: fmt.Errorf("%q is not a country in two capital letters, such as DE", s.country)}
		}
		if err := s.change(s.file.SetCountry(s.country)); err != nil {
			return err
		}
	}
	if s.listen != "" {
		var a config.Address
		if err := a.UnmarshalText([]byte(s.listen)); err != nil {
			return cli.UsageError{Err: fmt.Errorf("--listen %s: %w", s.listen, err)}
		}
		if err := s.change(s.file.SetListen(a)); err != nil {
			return err
		}
	}
	if len(s.file.Config().Modems) > 0 {
		return s.setPIN(s.pin, 0)
	}
	if len(s.file.Config().Lines) > 0 && s.port == "" {
		return nil // phones are lines enough
	}
	found, err := s.find(ctx)
	if err != nil {
		return err
	}
	var modems []config.Modem
	for i, f := range found {
		m := config.Modem{Name: "modem", Port: cmp.Or(s.port, modem.AutoPort), PIN: config.PIN(s.pin)}
		if len(found) > 1 {
			m.Name, m.IMEI = fmt.Sprintf("modem%d", i+1), f.IMEI
		}
		s.say("Found %s %s on %s.", f.Manufacturer, f.Model, f.Port)
		if f.SIMState == "SIM PIN" && m.PIN == "" {
			m.PIN = config.PIN(s.secret("PIN of the SIM in " + m.Name + triesLeft(f.PINTries)))
		}
		if f.SIMState == "READY" {
			m.PIN = "" // it asks for none, and a wrong one would cost a try
		}
		modems = append(modems, m)
	}
	return s.change(s.file.SetModems(modems))
}

// find returns the modems that answer: the one on --port, or those on the USB.
func (s *setup) find(ctx context.Context) ([]modem.Diagnosis, error) {
	if s.port != "" {
		d, err := modem.Diagnose(ctx, modem.Config{Name: "modem", Port: s.port})
		if err != nil {
			return nil, fmt.Errorf("no modem on %s: %w", s.port, err)
		}
		return []modem.Diagnosis{d}, nil
	}
	s.say("Looking for modems …")
	ports, advice := findModems(ctx, s.sys)
	var found []modem.Diagnosis
	for _, port := range ports {
		d, err := modem.Diagnose(ctx, modem.Config{Name: "modem", Port: port})
		if err != nil {
			return nil, fmt.Errorf("the modem on %s: %w", port, err)
		}
		found = append(found, d)
	}
	if len(found) == 0 {
		if advice != "" {
			advice = ": " + advice
		}
		return nil, fmt.Errorf("no modem answers on the USB%s; plug one in, or name the port of another with --port, as /dev/serial0 for one on the pins of a Pi", advice)
	}
	return found, nil
}

// setPIN sets the PIN of a modem, if it is another than there is.
func (s *setup) setPIN(pin string, i int) error {
	if pin == "" || string(s.file.Config().Modems[i].PIN) == pin {
		return nil
	}
	return s.change(s.file.SetPIN(i, config.PIN(pin)))
}

// change writes the file after a change that may have failed.
func (s *setup) change(err error) error {
	if err == nil {
		err = s.file.Write()
	}
	if errors.Is(err, fs.ErrPermission) {
		return errors.New("only root may change the configuration: run it with sudo")
	}
	s.dirty = true
	return err
}

// readyWithin is how long a modem may take after the start of the daemon.
const readyWithin = 3 * time.Minute

// ready restarts the daemon if the file has changed, and returns a modem that can send.
// It asks for a PIN that is missing.
func (s *setup) ready(ctx context.Context) (v1.Modem, error) {
	if s.dirty {
		if err := s.restart(ctx); err != nil {
			return v1.Modem{}, err
		}
		s.dirty = false
	}
	deadline, told := time.Now().Add(readyWithin), ""
	for {
		modems, failed := s.daemon.Modems(ctx) // it may be between its end and its start
		for _, m := range modems {
			if state := modem.State(m.State); state == modem.Ready || state == modem.InCall {
				return m, nil
			}
		}
		for _, m := range modems {
			if modem.State(m.State) != modem.Locked {
				continue
			}
			i := slices.IndexFunc(s.file.Config().Modems, func(c config.Modem) bool { return c.Name == m.Name })
			pin := ""
			if i >= 0 && s.file.Config().Modems[i].PIN == "" {
				pin = s.secret("PIN of the SIM in " + m.Name)
			}
			if pin == "" {
				return m, fmt.Errorf("%s %s: %s", m.Kind, m.Name, m.Detail)
			}
			if err := s.setPIN(pin, i); err != nil {
				return m, err
			}
			return s.ready(ctx)
		}
		if now := progress(modems); now != told && now != "" {
			s.say("%s", now)
			told = now
		}
		if time.Now().After(deadline) && failed != nil {
			return v1.Modem{}, fmt.Errorf("the daemon does not answer: %w; \"journalctl -u simgate -n 50\" tells why", failed)
		}
		if time.Now().After(deadline) {
			return v1.Modem{}, fmt.Errorf("no modem or phone is ready after %v: \"sudo simgate doctor\" tells why; then run setup again", readyWithin)
		}
		if !waited(ctx, time.Second/2) {
			return v1.Modem{}, ctx.Err()
		}
	}
}

// progress says what the modems do.
func progress(modems []v1.Modem) string {
	var all []string
	for _, m := range modems {
		text := m.Name + " is " + m.State
		if m.Detail != "" {
			text += ": " + m.Detail
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// restart lets the daemon read the changed file: as the service where that is
// installed, or else by its owner.
func (s *setup) restart(ctx context.Context) error {
	if _, err := os.Stat("/run/systemd/system"); err == nil && s.app.ConfigPath == cli.DefaultConfig {
		s.say("Restarting the service …")
		if out, err := exec.CommandContext(ctx, "systemctl", "restart", "simgate.service").CombinedOutput(); err != nil {
			return fmt.Errorf("the service does not start: %s; \"journalctl -u simgate -n 50\" tells why", strings.TrimSpace(string(out)))
		}
		return nil
	}
	start := "simgate serve --config " + quote(s.app.ConfigPath)
	if !s.app.Interactive() {
		return fmt.Errorf("the configuration is written; (re)start the daemon with \"%s\", then run setup again", start)
	}
	s.ask(fmt.Sprintf("(Re)start the daemon with \"%s\", then press Enter", start), "")
	return nil
}

// firstKey makes a key where a flag names an app, or where there is none.
func (s *setup) firstKey(ctx context.Context) (token string, err error) {
	name := s.key
	if name == "" {
		keys, err := s.daemon.Keys(ctx)
		if err != nil || slices.ContainsFunc(keys, func(k v1.Key) bool { return k.Revoked.IsZero() }) {
			return "", err
		}
		name = s.ask("Name of your first app", "my-app")
	}
	k, err := s.daemon.CreateKey(ctx, v1.NewKey{App: name})
	return k.Token, err
}

// sentWithin is how long setup waits for its message.
const sentWithin = 90 * time.Second

// greet sends a message to the owner, if he wants one, and returns what became of it.
func (s *setup) greet(ctx context.Context) (v1.Message, error) {
	to := s.to
	if to == "" {
		to = s.ask("Your mobile number, for a test message that costs as any other; Enter for none", "")
	}
	if to == "" {
		return v1.Message{}, nil
	}
	m, err := s.daemon.Send(ctx, to, "simgate is set up: this message came from your own SIM.")
	if err != nil {
		return m, fmt.Errorf("the message is not sent: %w", err)
	}
	for deadline := time.Now().Add(sentWithin); time.Now().Before(deadline); {
		if m, err = s.daemon.Message(ctx, m.ID); err != nil || m.State != "queued" && m.State != "sending" {
			break
		}
		if !waited(ctx, time.Second/2) {
			return m, ctx.Err()
		}
	}
	return m, err
}

// outcome is what setup prints with --json.
type outcome struct {
	Address string      `json:"address"`
	Key     string      `json:"key,omitempty"`
	Page    string      `json:"page,omitempty"` // where the first owner is let in
	Modem   v1.Modem    `json:"modem"`
	Message *v1.Message `json:"message,omitempty"`
}
