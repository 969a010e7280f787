package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simgate/api"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
	"simgate/cmd/simgate/remote"
	"simgate/gateway/line"
	"simgate/gateway/line/gsm"
	"simgate/gateway/line/phone"
	"simgate/modem"
	"simgate/modem/usb"
)

// level is the severity of a finding.
type level string

const (
	fine level = "ok"
	warn level = "warn"
	fail level = "fail"
)

// finding is the result of one check.
type finding struct {
	Level level  `json:"level"`
	About string `json:"about"`
	Text  string `json:"text"`
	Fix   string `json:"fix,omitempty"` // what to do, with the command to run
}

// checkup collects the findings of one run of the doctor.
type checkup struct {
	sys      string // where sysfs is
	service  string // the user that the daemon runs as
	person   string // who called sudo, "" for nobody
	findings []finding
}

func (c *checkup) note(l level, about, text, fix string) {
	c.findings = append(c.findings, finding{l, about, text, fix})
}

func newDoctorCommand(app *cli.App) *cobra.Command {
	var bundle, record string
	c := checkup{sys: "/sys", service: serviceUser}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "check ports, modems, SIMs, network, power, disk and clock",
		Long: "Check this machine and its modems, and print how to fix what is wrong. If the daemon\n" +
			"runs, it is asked for its modems; otherwise they are opened. Nothing is changed: no\n" +
			"PIN is tried and nothing is sent. The exit status is 1 if something must be fixed.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.person = app.Getenv("SUDO_USER")
			if record != "" {
				return recordModem(cmd.Context(), app, record)
			}
			report := c.examine(cmd.Context(), app)
			if bundle != "" {
				if err := writeBundle(bundle, app, report); err != nil {
					return err
				}
			}
			if err := report.print(app); err != nil {
				return err
			}
			if n := report.count(fail); n > 0 {
				return fmt.Errorf("%d of these must be fixed", n)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&bundle, "bundle", "", "also write a report to this file, to share: numbers, PINs and codes are masked")
	cmd.Flags().StringVar(&record, "record", "", "record the answers of the modem, masked, in this file for a test of the driver; stop the daemon first")
	cmd.Flags().StringVar(&c.sys, "sys", c.sys, "where sysfs is")
	cmd.Flags().StringVar(&c.service, "service-user", c.service, "the user that the daemon runs as")
	for _, name := range []string{"sys", "service-user"} {
		_ = cmd.Flags().MarkHidden(name) // the flag exists: it cannot fail
	}
	return cmd
}

// examination is the result of all checks.
type examination struct {
	At       time.Time  `json:"at"`
	Version  string     `json:"version"`
	Findings []finding  `json:"findings"`
	Modems   []v1.Modem `json:"modems"`
}

func (e examination) count(l level) (n int) {
	for _, f := range e.Findings {
		if f.Level == l {
			n++
		}
	}
	return n
}

func (e examination) print(app *cli.App) error {
	if app.JSON {
		return app.PrintJSON(e, nil)
	}
	for _, f := range e.Findings {
		fmt.Fprintf(app.Stdout, "%-5s %s: %s\n", f.Level, f.About, f.Text)
		if f.Fix != "" {
			fmt.Fprintf(app.Stdout, "      -> %s\n", f.Fix)
		}
	}
	return nil
}

// examine runs all checks.
func (c *checkup) examine(ctx context.Context, app *cli.App) examination {
	cfg, known := c.configured(ctx, app)
	c.devices(cfg)
	modems, live := c.daemon(ctx, app, cfg, known)
	switch {
	case live:
	case known:
		modems = c.ask(ctx, cfg)
	default:
		c.note(warn, "modems", "not checked: without the configuration, a running daemon may not be found, and opening its modems would disturb it", "make the configuration readable first")
	}
	c.machine(ctx, cfg)
	return examination{At: time.Now().UTC(), Version: version(), Findings: c.findings, Modems: modems}
}

// startsWithin is the longest time that a sound modem takes to start.
const startsWithin = 2 * time.Minute

// modem reports the state of a modem that the daemon operates.
func (c *checkup) modem(m v1.Modem) {
	if m.Kind == string(line.Phone) {
		c.phone(m)
		return
	}
	about := "modem " + m.Name
	switch modem.State(m.State) {
	case modem.Ready:
		c.note(fine, about, "ready, "+m.Registration, "")
		c.lacks(about, m.Detail)
	case modem.InCall:
		c.note(fine, about, "in a call", "")
	case modem.Starting, modem.Opening:
		// A modem that fails again and again is mostly in this state.
		if m.Detail != "" || time.Since(m.Since) > startsWithin {
			c.note(fail, about, strings.TrimSuffix("does not start: "+m.Detail, ": "), fixFor(m))
		} else {
			c.note(warn, about, "is starting", "run simgate doctor again in a minute")
		}
	case modem.Locked:
		c.note(fail, about, m.Detail, "set the pin of this SIM in the configuration, or unlock it in a phone")
	default:
		c.note(fail, about, m.State+": "+m.Detail, fixFor(m))
	}
	if m.PINTries != nil && *m.PINTries < 3 {
		c.note(warn, about, fmt.Sprintf("%d PIN tries are left; simgate never uses the last", *m.PINTries), "unlock the SIM in a phone, which resets the counter")
	}
	if m.State == string(modem.Ready) || m.State == string(modem.Searching) {
		c.signal(about, m.SignalDBm)
		if how := remote.Spoken(m); how != "" {
			c.note(fine, about, "speaks into calls: "+how, "")
		}
		for _, a := range m.Advice {
			c.advice(about, m.Port, a)
		}
	}
	if s := m.Storage; s != nil && s.Total > 0 && s.Used*10 >= s.Total*8 {
		c.note(warn, about, fmt.Sprintf("the storage %s holds %d of %d messages", s.Name, s.Used, s.Total), "simgate empties it; if it stays full, check simgate events and the free disk space")
	}
}

// phone reports the state of a phone that is a line.
func (c *checkup) phone(m v1.Modem) {
	about := "phone " + m.Name
	switch line.State(m.State) {
	case line.Ready:
		c.note(fine, about, strings.TrimSuffix("ready, "+strings.TrimSpace(m.Manufacturer+" "+m.Model)+", "+m.Operator, ", "), "")
		c.lacks(about, m.Detail)
		if m.Number == "" {
			c.note(warn, about, "the number of its SIM is not known: codes go to no country by default", "set number for this line in the configuration")
		}
	case line.Opening, line.Starting:
		c.note(warn, about, "is being asked", "run simgate doctor again in a minute")
	default:
		c.note(fail, about, m.Detail, m.Remedy)
	}
	if b := m.Battery; b != nil && (&line.Battery{Percent: b.Percent, Charging: b.Charging}).Low() {
		c.note(warn, about, fmt.Sprintf("its battery is at %d %% and is not charged", b.Percent), "plug its charger in")
	}
}

// lacks reports what a modem that can send cannot do with messages.
func (c *checkup) lacks(about, what string) {
	if what != "" {
		c.note(warn, about, what, "")
	}
}

// fixFor returns what to do about the state of a modem.
func fixFor(m v1.Modem) string {
	switch modem.State(m.State) {
	case modem.Absent:
		return "plug it in; check with lsusb whether the machine sees it; try another cable or a powered hub"
	case modem.Searching:
		return "check the antenna, and in a phone that the SIM is active; many countries have no 2G or 3G network any more"
	}
	return "simgate events, and journalctl -u simgate -n 50"
}

// signal reports the strength of the signal.
func (c *checkup) signal(about string, dbm int) {
	text := fmt.Sprintf("signal %d dBm", dbm)
	switch {
	case dbm == 0:
		c.note(warn, about, "the signal strength is unknown", "")
	case dbm >= -85:
		c.note(fine, about, text+": good", "")
	case dbm >= -100:
		c.note(fine, about, text+": enough", "")
	default:
		c.note(warn, about, text+": weak", "move the antenna to a window, away from the Pi and its cables")
	}
}

// ask opens the configured modems, or the one that is found where no line is configured,
// asks the phones, and reports their state.
func (c *checkup) ask(ctx context.Context, cfg config.Config) []v1.Modem {
	wanted := cfg.Modems
	if len(wanted) == 0 && len(cfg.Lines) == 0 {
		wanted = []config.Modem{{Name: "found", Port: modem.AutoPort}}
	}
	finder := usb.NewFinder(c.sys)
	var shown []v1.Modem
	for _, m := range wanted {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		d, err := modem.Diagnose(ctx, modem.Config{Name: m.Name, Port: m.Port, Baud: m.Baud, IMEI: m.IMEI, Finder: finder})
		cancel()
		if err != nil {
			c.note(fail, "modem "+m.Name, err.Error(), "")
			continue
		}
		c.diagnosis(m, d)
		shown = append(shown, api.ShowModem(gsm.Status(d.Status)))
	}
	for _, l := range cfg.Lines {
		st, _ := phone.Diagnose(ctx, cfg.PhoneOf(l), slog.New(slog.DiscardHandler)) // the status says what is wrong
		shown = append(shown, api.ShowModem(st))
		c.modem(shown[len(shown)-1])
	}
	return shown
}

// diagnosis reports the state of a modem that was opened.
func (c *checkup) diagnosis(m config.Modem, d modem.Diagnosis) {
	about := "modem " + m.Name
	c.note(fine, about, fmt.Sprintf("%s %s on %s, driven as %s", d.Manufacturer, d.Model, d.Port, d.Profile), "")
	switch {
	case d.SIMState == "":
		c.note(fail, about, "there is no SIM, or it cannot be read", "check that the SIM is inserted the right way round, and clean its contacts")
		return
	case d.SIMState != "READY" && d.SIMState != "SIM PIN" && d.SIMState != "SIM PIN2":
		c.note(fail, about, "the modem asks for "+d.SIMState+triesLeft(d.PINTries), "unlock it in a phone, with the code of the operator; wrong ones can lock the SIM for ever")
		return
	case d.SIMState != "READY":
		c.note(warn, about, "the SIM asks for its "+strings.TrimPrefix(d.SIMState, "SIM ")+triesLeft(d.PINTries), "set pin for this SIM in the configuration, or unlock it in a phone")
		return
	case d.SMSC == "":
		c.note(fail, about, "the SIM has no SMSC", "set smsc for this modem in the configuration; the operator tells its number")
	default:
		c.note(fine, about, "the SIM is open"+triesLeft(d.PINTries)+", its SMSC is set", "")
	}
	text := fmt.Sprintf("circuit switched: %s; LTE: %s; IMS: %t; %s %s", d.Circuit, d.Packet, d.IMS, d.Operator, d.Technology)
	if d.MayNotUse != nil {
		c.note(fail, about, d.MayNotUse.Error()+"; "+strings.TrimSpace(text), fixFor(v1.Modem{State: string(modem.Searching)}))
	} else {
		c.note(fine, about, strings.TrimSpace(text), "")
	}
	c.signal(about, d.SignalDBm)
	if s := d.Storage; s.Total > 0 && s.Used*10 >= s.Total*8 {
		c.note(warn, about, fmt.Sprintf("the storage %s holds %d of %d messages", s.Name, s.Used, s.Total), "start the daemon, which stores the messages and deletes them from the SIM")
	}
	c.lacks(about, d.Lacks)
	c.calls(about, d)
}

// calls reports how a modem that was opened can speak in calls.
func (c *checkup) calls(about string, d modem.Diagnosis) {
	voice, can := "no way to speak into a call: this modem cannot speak codes", d.Voice != modem.VoiceNone && d.Voice != ""
	switch {
	case can:
		voice = "speaks into calls (" + joinVoices(d.Voices) + "); LTE: " + d.LTECalls
	case len(d.Offers) > 0:
		voice = "offers for calls what simgate cannot use here: " + strings.Join(d.Offers, ", ")
	}
	c.note(fine, about, voice, "")
	for _, a := range d.Advice {
		c.advice(about, d.Port, v1.Setting(a))
	}
}

// advice notes what to set in a modem.
func (c *checkup) advice(about, port string, a v1.Setting) {
	fix := ""
	if a.Command != "" {
		fix = "once, with simgate stopped, in picocom " + port + ": " + a.Command + ", then AT+CFUN=1,1"
	}
	c.note(warn, about, a.Why, fix)
}

// joinVoices returns the ways of speaking of a modem, best first.
func joinVoices(voices []modem.Voice) string {
	names := make([]string, len(voices))
	for i, v := range voices {
		names[i] = string(v)
	}
	return strings.Join(names, ", ")
}

func triesLeft(tries int) string {
	if tries < 0 {
		return " (the number of PIN tries left is unknown)"
	}
	return fmt.Sprintf(" (%d PIN tries left)", tries)
}

// recordModem writes a transcript of a modem's answers to path.
func recordModem(ctx context.Context, app *cli.App, path string) error {
	cfg, err := config.Load(app.ConfigPath)
	if err != nil || len(cfg.Modems) == 0 {
		cfg.Modems = []config.Modem{{Name: "found", Port: modem.AutoPort}}
	}
	m := cfg.Modems[0]
	var t transcript
	d, err := modem.Rehearse(ctx, modem.Config{Name: m.Name, Port: m.Port, Baud: m.Baud, IMEI: m.IMEI}, t.wrap)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(t.masked(d.Profile)), 0o600); err != nil {
		return err
	}
	_, err = fmt.Fprintf(app.Stdout, "recorded %s %s in %s; review it; simgate simulate --recording plays it\n", d.Manufacturer, d.Model, path)
	return err
}
