package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"simgate/cmd/simgate/cli"
	"simgate/modem/simulator"
)

// simulation holds the flags of "simgate simulate".
type simulation struct {
	path, number, pin    string
	latency, reportDelay time.Duration
	refuse               []string
	loseAnswer           int
	unplugEvery          time.Duration
	make, recording      string
	calls                string
}

func newSimulateCommand(app *cli.App) *cobra.Command {
	var s simulation
	cmd := &cobra.Command{
		Use:   "simulate --pty PATH",
		Short: "run a simulated modem on a pseudo-terminal, to test without hardware",
		Long: "Run a simulated modem, with a SIM and a simulated network, on a pseudo-terminal that\n" +
			"PATH links to, until interrupted. Each message that a simulated phone receives is\n" +
			"printed as one line of JSON, and so is each call, which it answers after three\n" +
			"seconds. Sound over a separate port is not simulated: to test calls, use --make with\n" +
			"a modem that plays files or speaks texts, such as a7670 or m35. --recording makes it\n" +
			"answer as a modem did that \"simgate doctor --record\" recorded.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd, app) },
	}
	f := cmd.Flags()
	f.StringVar(&s.path, "pty", "", "path of the link to the pseudo-terminal")
	f.StringVar(&s.number, "number", "+4915110000001", "number of the SIM")
	f.StringVar(&s.pin, "pin", "", "PIN that the SIM asks for")
	f.DurationVar(&s.latency, "latency", 2*time.Second, "time that the network takes to accept a part")
	f.DurationVar(&s.reportDelay, "report-delay", time.Second, "time until a delivery report arrives; negative for none")
	f.StringArrayVar(&s.refuse, "refuse", nil, "NUMBER=CODE: refuse messages to a number with this +CMS ERROR; may be repeated")
	f.IntVar(&s.loseAnswer, "lose-answer", 0, "accept every Nth part without an answer; 0 for none")
	f.StringVar(&s.make, "make", "", "model of the modem: "+strings.Join(simulator.Families(), ", ")+"; empty for a generic one")
	f.StringVar(&s.recording, "recording", "", "file of simgate doctor --record: answer as that modem did")
	f.StringVar(&s.calls, "calls", "", "folder for WAV files of what phones hear in calls; empty for none")
	f.DurationVar(&s.unplugEvery, "unplug-every", 0, "unplug the modem for 2 seconds at this interval; 0 for never")
	return cmd
}

// received is the output line of a message.
type received struct {
	At    time.Time `json:"at"`
	From  string    `json:"from"`
	To    string    `json:"to"`
	Text  string    `json:"text"`
	Parts int       `json:"parts"`
}

// called is the output line of a call that has ended.
type called struct {
	At       time.Time `json:"at"` // of the end
	From     string    `json:"from"`
	To       string    `json:"to"`
	Call     string    `json:"call"` // why it ended
	Answered bool      `json:"answered"`
	Texts    []string  `json:"texts,omitempty"` // that the modem spoke
	WAV      string    `json:"wav,omitempty"`   // path of the recording
}

// unplugged is how long --unplug-every leaves the modem unplugged.
const unplugged = 2 * time.Second

var (
	simulatedNumber = regexp.MustCompile(`^\+[0-9]{7,15}$`)
	simulatedPIN    = regexp.MustCompile(`^[0-9]{4,8}$`)
)

// check returns an error for the first flag with an invalid value.
func (s simulation) check() error {
	switch {
	case s.path == "":
		return errors.New("--pty is missing: give a path for the pseudo-terminal, such as /tmp/tty-sim")
	case !simulatedNumber.MatchString(s.number):
		return errors.New("--number must be + and country code and digits")
	case s.pin != "" && !simulatedPIN.MatchString(s.pin):
		return errors.New("--pin must be 4 to 8 digits")
	case s.latency < 0:
		return errors.New("--latency must not be negative")
	case s.loseAnswer < 0:
		return errors.New("--lose-answer must not be negative")
	case s.make != "" && !slices.Contains(simulator.Families(), s.make):
		return errors.New("--make must be one of " + strings.Join(simulator.Families(), ", "))
	case s.make != "" && s.recording != "":
		return errors.New("--make and --recording cannot be used together")
	case s.unplugEvery < 0:
		return errors.New("--unplug-every must not be negative")
	}
	return nil
}

func (s simulation) run(cmd *cobra.Command, app *cli.App) error {
	if err := s.check(); err != nil {
		return cli.UsageError{Err: err}
	}
	network := simulator.NewNetwork(simulator.Latency(s.latency), simulator.ReportDelay(s.reportDelay), simulator.History(1000))
	for _, r := range s.refuse {
		number, code, ok := strings.Cut(r, "=")
		n, err := strconv.Atoi(code)
		if !ok || err != nil || n < 1 || n > 999 {
			return cli.UsageError{Err: fmt.Errorf("--refuse %q must be a number, = and a code of +CMS ERROR, such as +4915112345678=38", r)}
		}
		network.Refuse(number, simulator.CMSError(n))
	}
	out := json.NewEncoder(app.Stdout)
	out.SetEscapeHTML(false)
	network.Observe(func(sms simulator.SMS) {
		if err := out.Encode(received{At: sms.At, From: sms.From, To: sms.To, Text: sms.Text, Parts: sms.Parts}); err != nil {
			fmt.Fprintf(app.Stderr, "simgate: %v\n", err)
		}
	})
	network.ObserveCalls(func(c simulator.HeardCall) {
		line := called{At: c.Ended, From: c.From, To: c.To, Call: c.Cause, Answered: !c.Answered.IsZero(), Texts: c.Texts()}
		err := s.keep(c, &line)
		if err = errors.Join(err, out.Encode(line)); err != nil {
			fmt.Fprintf(app.Stderr, "simgate: %v\n", err)
		}
	})
	like, err := s.like()
	if err != nil {
		return err
	}
	sim := network.Modem(simulator.SIM{MSISDN: s.number, IMSI: imsiFor(s.number), PIN: s.pin}, like...)
	if s.loseAnswer > 0 {
		sim.OnEveryNth("+CMGS", s.loseAnswer, simulator.LoseAnswer())
	}
	group, ctx := errgroup.WithContext(cmd.Context())
	group.Go(func() error { return sim.ServePTY(ctx, s.path) })
	group.Go(func() error { return s.unplug(ctx, sim) })
	if sim.AwaitPTY(ctx) == nil {
		fmt.Fprintf(app.Stderr, "A simulated modem with the number %s is at %s. In the configuration of the gateway:\n\n"+
			"modems:\n  - {name: simulated, port: %s%s}\n\nThe messages and calls of its phones follow. Ctrl-C stops it.\n",
			s.number, s.path, s.path, s.pinEntry())
	}
	return group.Wait()
}

// like returns what the modem is like.
func (s simulation) like() ([]simulator.ModemOption, error) {
	switch {
	case s.make != "":
		return []simulator.ModemOption{simulator.Family(s.make)}, nil
	case s.recording == "":
		return nil, nil
	}
	f, err := os.Open(s.recording)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	played, err := simulator.Recorded(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.recording, err)
	}
	return []simulator.ModemOption{played}, nil
}

// imsiFor returns the IMSI of a number: of a German subscription for a German one, so that
// codes go to Germany by default, and otherwise of a test network: then the country is that
// of the number. So each number has a SIM of its own, whichever process simulates it.
func imsiFor(number string) string {
	network := "00101"
	if strings.HasPrefix(number, "+49") {
		network = "26201"
	}
	digits := "0000000000" + strings.TrimPrefix(number, "+")
	return network + digits[len(digits)-10:]
}

// keep writes the sound of a call to a file, named for its end, and sets line.WAV.
func (s simulation) keep(c simulator.HeardCall, line *called) error {
	if s.calls == "" || len(c.PCM) == 0 {
		return nil
	}
	path := filepath.Join(s.calls, c.Ended.Format("call-20060102-150405.000")+".wav")
	if err := os.WriteFile(path, c.WAV(), 0o600); err != nil {
		return fmt.Errorf("the sound of a call cannot be written: %w", err)
	}
	line.WAV = path
	return nil
}

// pinEntry returns the configuration entry of the PIN. It can be printed, because the
// SIM is simulated.
func (s simulation) pinEntry() string {
	if s.pin == "" {
		return ""
	}
	return fmt.Sprintf(", pin: %q", s.pin)
}

// unplug unplugs the modem and plugs it in again, until ctx ends.
func (s simulation) unplug(ctx context.Context, sim *simulator.Modem) error {
	for s.unplugEvery > 0 {
		if !waited(ctx, s.unplugEvery) {
			return nil
		}
		sim.Unplug()
		if !waited(ctx, unplugged) {
			return nil
		}
		sim.Plug()
	}
	return nil
}

// waited waits for d and reports whether it passed before ctx ended.
func waited(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
