package modem

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"simgate/modem/at"
)

// openSIM waits until the SIM is unlocked, and identifies it. It sends the PIN if that
// is safe. While a human must help, the modem is Locked.
func (s *session) openSIM(ctx context.Context) error {
	locked := false
	for {
		state, err := s.simState(ctx)
		if err != nil {
			return err
		}
		if state == "READY" {
			break
		}
		locked = true
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
		if err := s.m.sleepUnlessAsked(ctx, lockedEvery); err != nil {
			return err
		}
		if err := s.m.enter(Starting, ""); err != nil {
			return err
		}
	}
	if locked {
		if err := s.identifyUnlocked(ctx); err != nil {
			return err
		}
	}
	if err := s.checkIMEI(true); err != nil {
		return err
	}
	// Numbers are in the character set that is set (TS 27.007 5.5).
	if err := s.chooseCharset(ctx); err != nil {
		return err
	}
	return s.readSIM(ctx)
}

// identifyUnlocked asks again what the modem may have refused to tell before it had its
// PIN: what it is, and how many tries are left.
func (s *session) identifyUnlocked(ctx context.Context) error {
	if err := s.learnIdentity(ctx); err != nil {
		return err
	}
	tries, err := s.pinTries(ctx)
	if err == nil && tries >= 0 {
		s.m.learn(func(st *Status) { st.PINTries = tries })
	}
	return err
}

// errRefusesAll means that a modem refuses every command.
var errRefusesAll = errors.New("the modem answers, but refuses every command: restart it, and check its SIM")

// simState returns the answer to +CPIN?, such as "READY". It waits while the SIM wakes up.
func (s *session) simState(ctx context.Context) (string, error) {
	var last error
	for range simBusyTries {
		info, refusal, err := s.query(ctx, "+CPIN?", slowCommand)
		if err != nil {
			return "", err
		}
		state := pinState(info)
		switch {
		case refusal != nil:
			last = refusal
		case state == "NOT READY", state == "NOT INSERTED":
			last = fmt.Errorf("the modem says that it is %s", strings.ToLower(state))
		case state == "":
			return "READY", nil // it says nothing but OK: no code is to be entered
		default:
			return state, nil
		}
		if cme, ok := errors.AsType[at.CMEError](last); ok && (cme == 15 || cme == 13) {
			break
		}
		if err := sleep(ctx, time.Second); err != nil {
			return "", err
		}
	}
	if cme, ok := errors.AsType[at.CMEError](last); ok {
		return "", fmt.Errorf("%s: %w", cmeCause(int(cme)).meaning, last)
	}
	if !s.understood.Load() {
		return "", fmt.Errorf("%w (%w)", errRefusesAll, last)
	}
	return "", fmt.Errorf("%w: %w", errNoSIM, last)
}

// pinState returns <code> in the reply to +CPIN?, in whatever quotes.
func pinState(info []string) string {
	state := at.Behind(info, "+CPIN:")
	if state == "" {
		state = strings.TrimPrefix(at.Bare(info), "+CPIN:")
	}
	return strings.ToUpper(strings.Trim(state, ` "`))
}

var errNoSIM = errors.New("there is no SIM in the modem")

const (
	// safeTries is how many PIN tries must be left for the PIN to be sent: the last is
	// for a human.
	safeTries = 2
	// settles is how long a SIM is given before its PIN is sent. At the start some
	// modems want the PIN of a SIM that has none.
	settles = 2 * time.Second
)

// unlock sends the PIN. It returns "" if the SIM is unlocked then, else why it is not,
// for the human who has to help.
func (s *session) unlock(ctx context.Context, state string) (why string, err error) {
	if strings.HasPrefix(state, "PH-") {
		return fmt.Sprintf("the modem is locked (%s): it needs the code of its seller or operator, or the SIM that it is locked to", state), nil
	}
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
	if err := sleep(ctx, settles); err != nil {
		return "", err
	}
	if state, err = s.simState(ctx); err != nil || state != "SIM PIN" {
		return "", err // whatever it wants now is seen when it is asked next
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

// pinTries returns how many PIN tries are left, -1 if the modem does not tell. Where it
// tells in several ways that differ, the smallest number counts.
func (s *session) pinTries(ctx context.Context) (int, error) {
	tries := -1
	for _, cmd := range s.profile.tries {
		info, ok, err := s.try(ctx, cmd, command)
		if err != nil {
			return -1, err
		}
		if !ok {
			continue
		}
		for _, line := range info {
			if n, ok := parseTries(line); ok && (tries < 0 || n < tries) {
				tries = n
			}
		}
	}
	return tries, nil
}

// parseTries returns the tries of PIN1 in the replies of the vendors:
// "+CPINR: SIM PIN,3,3" (TS 27.007 8.65; a line for each code), "+SPIC: 3,10,3,10",
// "^SPIC: 3", "^CPIN: SIM PIN,3,10,3,10,3" (the code that is needed and its tries, then
// those of PUK, PIN, PUK2, PIN2), "+QPINC: "SC",3,10", "#PCT: 3" and
// "+UPINCNT: 3,3,10,10". Of two numbers that may be meant the smaller counts.
func parseTries(answer string) (int, bool) {
	name, rest, ok := strings.Cut(answer, ":")
	if !ok {
		return 0, false
	}
	fields := at.ParseParameters(rest)
	meant := fields[:1]
	switch {
	case strings.HasPrefix(name, "^CPIN"):
		const needed, pin = 1, 3
		meant = nil
		if len(fields) > pin {
			meant = fields[pin : pin+1]
		}
		if fields[0].Text == "SIM PIN" && len(fields) > needed {
			meant = append(meant, fields[needed])
		}
	case strings.HasPrefix(name, "+CPINR"):
		if fields[0].Text != "SIM PIN" {
			return 0, false
		}
		meant = fields[1:min(2, len(fields))]
	case strings.HasPrefix(name, "+QPINC"):
		if fields[0].Text != "SC" {
			return 0, false
		}
		meant = fields[1:min(2, len(fields))]
	}
	const most = 10 // no code has more tries
	tries := -1
	for _, f := range meant {
		if n, ok := f.Number(); ok && n >= 0 && n <= most && (tries < 0 || n < tries) {
			tries = n
		}
	}
	return max(tries, 0), tries >= 0
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
	sim := SIM{ICCID: card, IMSI: at.Value(info, isIMSI), MSISDN: s.m.cfg.MSISDN}
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
		sim.MSISDN = parseOwnNumber(info)
	}
	s.m.learn(func(st *Status) { st.SIM, st.NumberSet = sim, s.m.cfg.MSISDN != "" })
	return s.m.handler.Identified(ctx, sim)
}

// isIMSI reports whether a text can be an IMSI (TS 23.003 2.2).
func isIMSI(text string) bool { return isDigits(text, 10, 15) }

// parseOwnNumber returns the first number in the reply to +CNUM, "" if there is none. Its
// type follows it: [<alpha>],"<number>",<type> (TS 27.007 7.1). Some modems leave out the
// comma of an empty <alpha>.
func parseOwnNumber(info []string) string {
	for _, line := range info {
		rest, ok := strings.CutPrefix(line, "+CNUM:")
		if !ok {
			continue
		}
		fields := at.ParseParameters(rest)
		for i, f := range fields {
			kind, typed := fields.At(i + 1).Number()
			if number := address(f.Text, kind); typed && !fields[i+1].Quoted && kind >= 128 && number != "" {
				return number
			}
		}
	}
	return ""
}

// typeInternational is the type of a number in international form (TS 24.008 10.5.4.7).
const typeInternational = 145

// address returns a number with the plus that its type means, "" if it is no number.
// A number in UCS-2 is decoded, whichever character set was set.
func address(text string, kind int) string {
	text = decodeHexNumber(text)
	digits := strings.TrimPrefix(text, "+")
	if digits == "" || strings.Trim(digits, "0123456789*#") != "" {
		return ""
	}
	if kind == typeInternational {
		return "+" + digits
	}
	return text
}

// decodeHexNumber decodes a number in UCS-2, as "002B0034…": each character has four
// hexadecimal digits, the first two of which are zero. It returns others as they are.
func decodeHexNumber(text string) string {
	const perCharacter = 4
	if len(text) < perCharacter || len(text)%perCharacter != 0 {
		return text
	}
	var units []uint16
	for i := 0; i < len(text); i += perCharacter {
		var unit uint16
		if _, err := fmt.Sscanf(text[i:i+perCharacter], "%04X", &unit); err != nil || unit >= 0x80 {
			return text
		}
		units = append(units, unit)
	}
	number := string(utf16.Decode(units))
	if strings.Trim(number, "+0123456789*#") != "" {
		return text
	}
	return number
}

// readICCID returns the ICCID of the SIM, "" if the modem cannot read it.
func (s *session) readICCID(ctx context.Context) (string, error) {
	var iccid string
	_, err := s.first(ctx, s.profile.iccid, slowCommand, func(info []string) bool {
		iccid = normalICCID(at.Value(info, func(text string) bool { return normalICCID(text) != "" }))
		return iccid != ""
	})
	return iccid, err
}

// normalICCID returns an ICCID (ITU-T E.118: it begins with 89 and has up to 20 digits) in
// the one form that it has in every modem, "" if the text is none. On the card each octet
// holds two digits with the second first, and F fills the last; some modems show that.
// Some cards have hexadecimal digits inside.
func normalICCID(text string) string {
	const least, most = 18, 20
	text = strings.ToUpper(strings.TrimSpace(text))
	if len(text) < least || len(text) > most || strings.Trim(text, "0123456789ABCDEF") != "" {
		return ""
	}
	if strings.HasPrefix(text, "98") && len(text)%2 == 0 {
		digits := []byte(text)
		for i := 0; i < len(digits); i += 2 {
			digits[i], digits[i+1] = digits[i+1], digits[i]
		}
		text = string(digits)
	}
	text = strings.TrimRight(text, "F")
	if len(text) < least || !strings.HasPrefix(text, "89") && strings.Trim(text, "0123456789") != "" {
		return ""
	}
	return text
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

// isDigits reports whether a text consists of so many digits.
func isDigits(text string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, "0123456789") == ""
}
