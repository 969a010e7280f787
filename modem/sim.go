package modem

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"simgate/modem/at"
)

// openSIM waits until the SIM is unlocked, and identifies it. It sends the PIN if that
// is safe. While a human must help, the modem is Locked.
func (s *session) openSIM(ctx context.Context) error {
	for {
		state, err := s.simState(ctx)
		if err != nil {
			return err
		}
		if state == "READY" {
			break
		}
		why, err := s.unlock(ctx, state)
		if err != nil {
			return err
		}
		if why == "" {
			break
		}
		if err := s.m.enter(Locked, why); err != nil {
			return err
		}
		if err := sleep(ctx, lockedEvery); err != nil {
			return err
		}
		if err := s.m.enter(Starting, ""); err != nil {
			return err
		}
	}
	return s.readSIM(ctx)
}

// simState returns the answer to +CPIN?, such as "READY". It waits while the SIM wakes up.
func (s *session) simState(ctx context.Context) (string, error) {
	var last error
	for range simBusyTries {
		info, err := s.conn.Command(ctx, "+CPIN?", slowCommand)
		if err == nil {
			return strings.TrimSpace(strings.TrimPrefix(bare(info), "+CPIN:")), nil
		}
		if !refused(err) {
			return "", err
		}
		last = err
		if cme, ok := errors.AsType[at.CMEError](err); ok && (cme == 15 || cme == 13) {
			break
		}
		if err := sleep(ctx, time.Second); err != nil {
			return "", err
		}
	}
	if cme, ok := errors.AsType[at.CMEError](last); ok {
		return "", fmt.Errorf("%s: %w", cmeCause(int(cme)).meaning, last)
	}
	return "", fmt.Errorf("there is no SIM in the modem: %w", last)
}

// safeTries is how many PIN tries must be left for the PIN to be sent: the last is for a
// human.
const safeTries = 2

// unlock sends the PIN. It returns "" if the SIM is unlocked then, else why it is not,
// for the human who has to help.
func (s *session) unlock(ctx context.Context, state string) (why string, err error) {
	if state != "SIM PIN" {
		return fmt.Sprintf("the SIM needs its %s: unlock it in a phone", strings.TrimPrefix(state, "SIM ")), nil
	}
	card, err := s.readICCID(ctx)
	if err != nil {
		return "", err
	}
	// The PIN of the SIM goes before that of the modem, which may be for another SIM.
	pin, err := s.m.handler.PIN(ctx, card)
	if err != nil {
		return "", err
	}
	if pin == "" {
		pin = s.m.cfg.PIN
	}
	if pin == "" {
		return "the SIM needs its PIN: set pin for this SIM, or for this modem, in the configuration", nil
	}
	if card == "" {
		card = "imei:" + s.m.Status().IMEI
	}
	tries, err := s.pinTries(ctx)
	if err != nil {
		return "", err
	}
	s.m.learn(func(st *Status) { st.PINTries = tries })
	switch {
	case tries < 0:
		return "the modem does not tell how many PIN tries are left, so the PIN is not sent: switch the PIN off in a phone", nil
	case tries < safeTries:
		return fmt.Sprintf("only %d PIN try is left, and the last is never spent: unlock the SIM in a phone", tries), nil
	}
	before, tried, err := s.m.handler.PINTried(ctx, card, pin)
	if err != nil {
		return "", err
	}
	// After a power cut the PIN may be recorded but not sent: then no try is gone.
	if tried && tries < before {
		return "the SIM has refused this PIN before, so it is not sent again: set the right pin in the configuration", nil
	}
	if err := s.m.handler.TryPIN(ctx, card, pin, tries); err != nil {
		return "", err
	}
	if _, err := s.conn.Command(ctx, fmt.Sprintf("+CPIN=%q", pin), slowCommand); err != nil {
		if !refused(err) {
			return "", fmt.Errorf("sending the PIN: %w", err)
		}
		s.m.learn(func(st *Status) { st.PINTries = tries - 1 })
		return "the SIM refused the PIN: set the right pin in the configuration", nil
	}
	state, err = s.simState(ctx)
	if err != nil {
		return "", err
	}
	if state != "READY" {
		return fmt.Sprintf("the SIM accepted the PIN, but its state is now %s: unlock it in a phone", state), nil
	}
	return "", s.m.handler.PINAccepted(ctx, card)
}

// pinTries returns how many PIN tries are left, -1 if the modem does not tell.
func (s *session) pinTries(ctx context.Context) (int, error) {
	tries := -1
	_, err := s.first(ctx, s.profile.tries, command, func(info []string) bool {
		n, ok := parseTries(bare(info))
		if ok {
			tries = n
		}
		return ok
	})
	return tries, err
}

// parseTries returns the tries of PIN1 in the replies of the vendors:
// "+SPIC: 3,10,3,10", "^CPIN: SIM PIN,3,10,3,10,3" (the code that is needed, and the tries
// of it first), "+QPINC: "SC",3,10", "#PCT: 3" and "+UPINCNT: 3,3,10,10".
func parseTries(answer string) (int, bool) {
	name, rest, ok := strings.Cut(answer, ":")
	if !ok {
		return 0, false
	}
	fields := splitFields(rest)
	if strings.HasPrefix(name, "^CPIN") || strings.HasPrefix(name, "+QPINC") {
		fields = fields[1:]
	}
	for _, f := range fields {
		if n, err := strconv.Atoi(f); err == nil {
			return n, n >= 0 && n <= 10
		}
	}
	return 0, false
}

// readSIM identifies the SIM, and tells the handler.
func (s *session) readSIM(ctx context.Context) error {
	card, err := s.readICCID(ctx)
	if err != nil {
		return err
	}
	info, _, err := s.try(ctx, "+CIMI", slowCommand)
	if err != nil {
		return err
	}
	sim := SIM{ICCID: card, IMSI: bare(info), MSISDN: s.m.cfg.MSISDN}
	switch {
	case sim.ICCID == "" && sim.IMSI == "":
		return errors.New("the modem can read neither the ICCID nor the IMSI of its SIM")
	case sim.ICCID == "":
		sim.ICCID = "imsi:" + sim.IMSI
	}
	if sim.MSISDN == "" {
		info, _, err := s.try(ctx, "+CNUM", slowCommand)
		if err != nil {
			return err
		}
		sim.MSISDN = field(info, "+CNUM:", 1)
	}
	s.m.learn(func(st *Status) { st.SIM = sim })
	return s.m.handler.Identified(ctx, sim)
}

// readICCID returns the ICCID of the SIM, "" if the modem cannot read it.
func (s *session) readICCID(ctx context.Context) (string, error) {
	var iccid string
	_, err := s.first(ctx, s.profile.iccid, slowCommand, func(info []string) bool {
		answer := bare(info)
		if _, rest, ok := strings.Cut(answer, ":"); ok {
			answer = rest
		}
		answer = strings.TrimRight(strings.Trim(strings.TrimSpace(answer), `"`), "Ff")
		if len(answer) < 18 || len(answer) > 20 || strings.Trim(answer, "0123456789") != "" {
			return false
		}
		iccid = answer
		return true
	})
	return iccid, err
}

// sleep waits for d, or until ctx ends, whose error it returns then.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// masked returns a command without its PIN, for errors.
func masked(cmd string) string {
	if strings.HasPrefix(cmd, "+CPIN=") {
		return "+CPIN=…"
	}
	return cmd
}
