package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
	"simgate/cmd/simgate/handsets"
	"simgate/gateway"
	"simgate/gateway/guard"
	"simgate/gateway/line/gsm"
	"simgate/modem"
	"simgate/modem/simulator"
	"simgate/modem/usb"
)

func newTryCommand(app *cli.App) *cobra.Command {
	var listen, stateDir string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "try",
		Short: "try the gateway without configuration, on a modem or a simulated network",
		Long: "Run the gateway in the foreground without a configuration. It uses a modem if it finds\n" +
			"one, otherwise a simulated network with two SIMs, and prints the messages that\n" +
			"arrive on its simulated phones. Address and API key stay the same from run to run.\n" +
			"A second one started beside it gets a folder, an address and a key of its own. The\n" +
			"other commands reach it with --demo.\n\n" +
			"On the simulated network the address has a page, with a shop that asks for codes and\n" +
			"phones that receive them. It needs no login, and is there only if this machine alone\n" +
			"reaches the address.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			state, err := openDemo(stateDir, !cmd.Flags().Changed("state-dir"))
			if err != nil {
				return err
			}
			defer func() { _ = state.Close() }()
			return try(cmd.Context(), app, state, state.address(listen, cmd.Flags().Changed("listen")), verbose)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address to serve HTTP on; if the port is in use, the next free one is chosen")
	cmd.Flags().StringVar(&stateDir, "state-dir", cli.DemoFolder, "folder for the database")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "print the log of the gateway")
	return cmd
}

func try(ctx context.Context, app *cli.App, state demoState, address string, verbose bool) error {
	cfg, err := cli.DemoConfig(state.folder)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cli.DemoSockets(), 0o700); err != nil {
		return err
	}
	if err := cli.OwnDemoSockets(); err != nil {
		return err
	}
	cfg.Listen = config.Listeners{{Address: config.Address(address)}}
	level := &slog.LevelVar{}
	if !verbose {
		level.Set(slog.LevelWarn)
	}
	log := slog.New(slog.NewTextHandler(app.Stderr, &slog.HandlerOptions{Level: level}))
	d := daemon{cfg: cfg, log: log, live: &live{level: level}}

	hello := welcome{out: app.Stdout, folder: cfg.StateDir, command: demoCommand(state.folder)}
	var network *handsets.Network // nil: messages are really sent
	if ports, advice := findModems(ctx, "/sys"); len(ports) > 0 {
		hello.banner = "It uses the modem on " + ports[0] + ": messages are really sent, and cost money."
		d.cfg.Modems = []config.Modem{{Name: "modem", Port: modem.AutoPort}}
		d.lines, d.finder = newLines(d.cfg, log)
	} else {
		if advice != "" {
			fmt.Fprintf(app.Stderr, "simgate: %s\n", advice)
		}
		hello.banner = "No modem was found, so it uses a SIMULATED network with two SIMs: nothing leaves this machine."
		hello.simulated = true
		d.cfg.Country = "DE"
		d.cfg.Guard.Countries, d.cfg.Guard.VoiceCountries = []string{guard.AllCountries}, []string{guard.AllCountries}
		d.cfg.Guard.FixedLines = true // nobody pays on a simulated network
		network = handsets.New()
		network.Observe(hello.received)
		network.ObserveCalls(hello.called)
		for i, msisdn := range []string{"+4915110000001", "+4915110000002"} {
			sim := network.AddSIM(simulator.SIM{MSISDN: msisdn, IMSI: imsiFor(msisdn)})
			d.lines = append(d.lines, gsm.New(modem.New(modem.Config{
				Name: fmt.Sprintf("simulated%d", i+1), MSISDN: msisdn,
				Open:      func(context.Context) (io.ReadWriteCloser, error) { return sim.Open() },
				OpenVoice: func(context.Context) (io.ReadWriteCloser, error) { return sim.OpenVoice() },
			}, log)))
		}
	}
	d.started = func(ctx context.Context, g *gateway.Gateway, address string) (pages http.Handler, err error) {
		token, err := state.remember(ctx, g, address)
		if err != nil {
			return nil, err
		}
		if network != nil && onlyHere(address) {
			pages = demoPages(ctx, g, network, address, token, log)
			hello.page, hello.tunnel = "http://"+address, tunnel(address, app.Getenv)
		}
		hello.print(address, token)
		if network == nil {
			level.Set(slog.LevelInfo) // the user waits for the modem
		}
		return pages, nil
	}
	return d.run(ctx)
}

// demoCommand returns how to call this program for the demo in a folder.
func demoCommand(folder string) string {
	name := "simgate"
	if self, err := os.Executable(); err == nil {
		if found, err := exec.LookPath(name); err != nil || found != self {
			name = self
			if wd, err := os.Getwd(); err == nil {
				if short, err := filepath.Rel(wd, self); err == nil && !strings.HasPrefix(short, "..") {
					name = short
				}
			}
		}
	}
	if folder == cli.DemoFolder {
		return quote(name) + " --demo"
	}
	return quote(name) + " --demo=" + quote(folder)
}

// findModems returns a port of each device on which a modem answers, or else advice
// about a device that offers none.
func findModems(ctx context.Context, sys string) (ports []string, advice string) {
	devices, _ := usb.Discover(sys) // without sysfs no modem can be found
	for _, d := range devices {
		candidates := d.Candidates()
		if i := slices.IndexFunc(candidates, func(port string) bool { return modem.Answers(ctx, port) }); i >= 0 {
			ports = append(ports, candidates[i])
		} else {
			advice = d.Advice
		}
	}
	return ports, advice
}

// welcome prints how to send a code and check it.
type welcome struct {
	out            io.Writer
	banner         string
	simulated      bool
	folder         string // for the sound of calls
	command        string // that reaches this demo
	address, token string
	page, tunnel   string // where the page of the demo is, and what makes it reachable; "" nothing
}

func (w *welcome) print(address, token string) {
	w.address, w.token = address, token
	number := "YOUR NUMBER, AS " + handsets.Numbers[0]
	if w.simulated {
		number = handsets.Numbers[0]
	}
	fmt.Fprintf(w.out, "\n  simgate is running. %s\n\n", w.banner)
	if w.page != "" {
		fmt.Fprintf(w.out, "  Open      %s\n            to see a code arrive on a phone.\n", w.page)
		if w.tunnel != "" {
			fmt.Fprintf(w.out, "            From your own computer, run this there first:  %s\n", w.tunnel)
		}
		fmt.Fprintln(w.out)
	} else if w.simulated {
		fmt.Fprint(w.out, "  Its page needs no login, and so is served only where this machine alone reaches it,\n  such as with --listen 127.0.0.1:8080.\n\n")
	}
	fmt.Fprintf(w.out, "  address   http://%s\n  API key   %s\n\n", address, token)
	fmt.Fprintf(w.out, "  Send a code: paste this into another terminal.\n\n%s\n\n",
		w.curl("/api/send-code", `{"phone_number":"`+number+`","service_name":"Demo"}`))
	if w.simulated {
		fmt.Fprintf(w.out, "  Or by a call: the phone answers after three seconds, unless the page is open.\n\n%s\n\n",
			w.curl("/v1/verifications", `{"to":"`+number+`","brand":"Demo","locale":"en-gb","workflow":"voice"}`))
	}
	fmt.Fprintf(w.out, "  What became of it:\n\n    %s messages\n\n", w.command)
}

func (w *welcome) curl(call, body string) string {
	return "    curl -s http://" + w.address + call + " \\\n" +
		"      -H 'Authorization: Bearer " + w.token + "' -H 'Content-Type: application/json' \\\n" +
		"      -d '" + body + "'"
}

var codeInText = regexp.MustCompile(`\b\d{4,10}\b`)

// received prints a message that arrives on a simulated phone and, if it holds a code,
// how to check it.
func (w *welcome) received(sms simulator.SMS) {
	fmt.Fprintf(w.out, "\n  [handset %s] message from %s:\n      %s\n", sms.To, sms.From, strings.ReplaceAll(cli.Harmless(sms.Text), "\n", "\n      "))
	if code := codeInText.FindString(sms.Text); code != "" {
		path, to := "/v1/verifications/check", "to"
		if strings.HasPrefix(sms.Text, "Your verification code") { // the text of TextLink, which has its own check
			path, to = "/api/verify-code", "phone_number"
		}
		fmt.Fprintf(w.out, "\n  Check it (it works once):\n\n%s\n\n", w.curl(path, `{"`+to+`":"`+sms.To+`","code":"`+code+`"}`))
	}
}

// called prints a call to a simulated phone and writes its sound to a file.
func (w *welcome) called(c simulator.HeardCall) {
	fmt.Fprintf(w.out, "\n  [handset %s] call from %s: %s", c.To, c.From, c.Cause)
	if len(c.PCM) > 0 {
		path := filepath.Join(w.folder, "call.wav")
		if err := os.WriteFile(path, c.WAV(), 0o600); err != nil {
			fmt.Fprintf(w.out, "; its sound cannot be written: %v\n", err)
			return
		}
		fmt.Fprintf(w.out, ", after %.0f seconds\n      sound: %s", c.Ended.Sub(c.Answered).Seconds(), path)
	}
	fmt.Fprintln(w.out)
}
