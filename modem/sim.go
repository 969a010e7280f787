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

// openSIM waits for the card, gives it its PIN where that is allowed, and
// learns who it is. It returns when the card is open; a card that needs a human
// is looked at now and then.
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

// simState asks for the state of the card, and gives it time to wake up.
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

// safeTries is the number of tries that must be left before one is spent: the
// last is never ours.
const safeTries = 2

// unlock gives the card its PIN. It returns why it did not, or that the PIN was
// refused, in words for the human who has to help; and "" once the card is open.
func (s *session) unlock(ctx context.Context, state string) (why string, err error) {
	if state != "SIM PIN" {
		return fmt.Sprintf("the SIM wants its %s: take it out, put it into a phone and unlock it there", strings.TrimPrefix(state, "SIM ")), nil
	}
	card, err := s.readICCID(ctx)
	if err != nil {
		return "", err
	}
	// The PIN of the SIM goes before that of the modem: a SIM that was moved must
	// not be given another's.
	pin, err := s.m.handler.PIN(ctx, card)
	if err != nil {
		return "", err
	}
	if pin == "" {
		pin = s.m.cfg.PIN
	}
	if pin == "" {
		return "the SIM wants its PIN: set pin for this SIM, or for this modem, in the configuration", nil
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
		return "the modem does not tell how many PIN tries are left, so none is spent: unlock the SIM in a phone and switch its PIN off", nil
	case tries < safeTries:
		return fmt.Sprintf("only %d PIN try is left, and the last is never spent: unlock the SIM in a phone", tries), nil
	}
	before, tried, err := s.m.handler.PINTried(ctx, card, pin)
	if err != nil {
		return "", err
	}
	// A try that a power cut interrupted was noted, but need not have been
	// refused: then the card has no try less than before.
	if tried && tries < before {
		return "the SIM refused this PIN before, and it is not tried again: set the right pin in the configuration", nil
	}
	if err := s.m.handler.TryPIN(ctx, card, pin, tries); err != nil {
		return "", err
	}
	if _, err := s.conn.Command(ctx, fmt.Sprintf("+CPIN=%q", pin), slowCommand); err != nil {
		if !refused(err) {
			return "", fmt.Errorf("giving the SIM its PIN: %w", err)
		}
		s.m.learn(func(st *Status) { st.PINTries = tries - 1 })
		return "the SIM refused the PIN: set the right pin in the configuration", nil
	}
	state, err = s.simState(ctx)
	if err != nil {
		return "", err
	}
	if state != "READY" {
		return fmt.Sprintf("the SIM took the PIN and now says %s", state), nil
	}
	return "", s.m.handler.PINAccepted(ctx, card)
}

// pinTries returns how many tries the card has left, -1 if the modem does not
// tell. Each vendor has its own command; the number is the first in the answer
// that stands for PIN1.
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

// parseTries reads the answers "+SPIC: 3,10,3,10", "^CPIN: SIM PIN,3,10,3,10,3"
// (the code that is asked for, then the tries of it), "+QPINC: "SC",3,10",
// "#PCT: 3" and "+UPINCNT: 3,3,10,10".
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

// readSIM learns who the card is, and tells the handler.
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

// readICCID returns the number of the card, "" where the modem cannot read it.
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

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// masked keeps a PIN out of an error text.
func masked(cmd string) string {
	if strings.HasPrefix(cmd, "+CPIN=") {
		return "+CPIN=…"
	}
	return cmd
}
