package modem

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/modem/at"
)

// identify brings the modem into a known state and asks what it is. From here on its
// errors are numeric: texts differ between vendors.
func (s *session) identify(ctx context.Context) error {
	if err := s.greet(ctx); err != nil {
		return err
	}
	for _, cmd := range []string{"E0", "V1", "Q0", "&D0", "+CMEE=1"} {
		if _, _, err := s.try(ctx, cmd, command); err != nil {
			return err
		}
	}
	if err := s.learnIdentity(ctx); err != nil {
		return err
	}
	return s.checkIMEI(false)
}

// learnIdentity asks what the modem is. What it refuses to tell stays as it was known:
// some tell it only after the PIN.
func (s *session) learnIdentity(ctx context.Context) error {
	var who Status
	for _, q := range []struct {
		cmd  string
		into *string
	}{{"+CGMI", &who.Manufacturer}, {"+CGMM", &who.Model}, {"+CGMR", &who.Revision}} {
		info, _, err := s.try(ctx, q.cmd, command)
		if err != nil {
			return err
		}
		*q.into = at.Title(info, q.cmd)
	}
	var err error
	if who.IMEI, err = s.readIMEI(ctx); err != nil {
		return err
	}
	s.profile = profileOf(who.Manufacturer, who.Model)
	s.boots.Store(&s.profile.restarted)
	s.m.learn(func(st *Status) {
		st.Manufacturer, st.Model, st.Revision, st.IMEI = who.Manufacturer, who.Model, who.Revision, who.IMEI
		st.Profile = s.profile.name
	})
	return nil
}

// readIMEI returns the IMEI, "" if the modem does not tell it. Some answer +CGSN with a
// serial number of their vendor, and have the IMEI behind +CGSN=1 (TS 27.007 5.4).
func (s *session) readIMEI(ctx context.Context) (string, error) {
	first := ""
	for _, cmd := range []string{"+CGSN", "+CGSN=1"} {
		info, _, err := s.try(ctx, cmd, command)
		if err != nil {
			return "", err
		}
		if imei := at.Value(info, isIMEI); imei != "" {
			return imei, nil
		}
		if first == "" {
			first = cmp.Or(at.Value(info, func(text string) bool { return isDigits(text, 14, 15) }), at.Title(info, "+CGSN"))
		}
	}
	return first, nil
}

// isIMEI reports whether a text is an IMEI: 14 digits and a check digit, or the two
// digits of a version (TS 23.003 6.2, annex B).
func isIMEI(text string) bool {
	const withVersion, withCheck = 16, 15
	if isDigits(text, withVersion, withVersion) {
		return true
	}
	if !isDigits(text, withCheck, withCheck) {
		return false
	}
	sum := 0
	for i, c := range text {
		d := int(c - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}

// checkIMEI returns an error if the modem is not the configured one. Until it has its
// PIN, a modem on a port of its own may keep its IMEI to itself.
func (s *session) checkIMEI(unlocked bool) error {
	want, got := s.m.cfg.IMEI, s.m.Status().IMEI
	switch {
	case want == "", got == want, got == "" && !unlocked && s.m.ownPort():
		return nil
	case got == "":
		return fmt.Errorf("the modem does not tell its IMEI, and one that ends in %s is configured: take imei out of the configuration of this modem", ending(want))
	}
	return fmt.Errorf("the modem on this port is not the configured one: its IMEI ends in %s, not in %s", ending(got), ending(want))
}

const (
	greetings   = 10
	greetWithin = 300 * time.Millisecond
)

// greet ends whatever a past session has left the modem in, and waits for its first
// answer. A modem that detects the baud rate needs several commands.
func (s *session) greet(ctx context.Context) error {
	if err := s.conn.Clear(ctx); err != nil {
		return err
	}
	var err error
	for range greetings {
		if _, err = s.conn.Command(ctx, "", greetWithin); err == nil || refused(err) {
			return nil
		}
		if errors.Is(err, at.ErrClosed) || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %w", errNoModem, err)
}

// setUp sets everything that a session needs.
func (s *session) setUp(ctx context.Context) error {
	if err := s.powerRadio(ctx); err != nil {
		return err
	}
	if err := s.applySettings(ctx); err != nil {
		return fmt.Errorf("the modem cannot send: %w", err)
	}
	s.sure.Store(s.conn.Resyncs())
	if err := s.setUpMessages(ctx); err != nil {
		return err
	}
	if err := s.learnVoice(ctx); err != nil {
		return err
	}
	if err := s.endLeftCall(ctx); err != nil {
		return err
	}
	for _, cmd := range []string{"+CREG=2", "+CGREG=2", "+CEREG=2"} {
		_, ok, err := s.try(ctx, cmd, command)
		if err != nil {
			return err
		}
		if !ok {
			if _, _, err := s.try(ctx, strings.TrimSuffix(cmd, "2")+"1", command); err != nil {
				return err
			}
		}
	}
	return nil
}

// endLeftCall hangs up a call that was left when an earlier process was killed, and still
// costs money.
func (s *session) endLeftCall(ctx context.Context) error {
	if len(s.ways) == 0 {
		return nil
	}
	list, ok, err := s.listCalls(ctx)
	if err != nil || !ok || !slices.ContainsFunc(list, func(c listedCall) bool { return !c.incoming }) {
		return err
	}
	s.m.log.Warn("a call from before the start is hung up")
	return s.hangUp(ctx, false)
}

// applySettings sets what a session needs and a modem loses when it restarts.
func (s *session) applySettings(ctx context.Context) error {
	if err := s.keepCharset(ctx); err != nil {
		return err
	}
	if err := s.setFormat(ctx); err != nil {
		return err
	}
	return s.steps(ctx, slices.Concat(s.profile.setUp, s.profile.extras))
}

// steps runs commands in turn. It fails if one is refused that is required.
func (s *session) steps(ctx context.Context, steps []step) error {
	for _, step := range steps {
		if _, err := s.ask(ctx, step.cmd, command); err != nil && (step.required || !refused(err)) {
			return err
		}
	}
	return nil
}

// setUpMessages sets what some modems forget when their SIM becomes ready.
func (s *session) setUpMessages(ctx context.Context) error {
	if err := s.chooseStorage(ctx); err != nil {
		return err
	}
	if err := s.chooseIndications(ctx); err != nil {
		return err
	}
	if err := s.learnAcknowledges(ctx); err != nil {
		return err
	}
	if err := s.chooseBearer(ctx); err != nil {
		return err
	}
	return s.checkSMSC(ctx)
}

// powerRadio ends flight mode, which some modems keep over a restart.
func (s *session) powerRadio(ctx context.Context) error {
	info, ok, err := s.try(ctx, "+CFUN?", command)
	if err != nil || !ok {
		return err
	}
	switch at.Field(info, "+CFUN:", 0) {
	case "1", "": // on, or it does not tell
	case "0", "4":
		_, err = s.ask(ctx, "+CFUN=1", slowCommand)
	default: // modes of vendors, in some of which the radio is off (u-blox: 19)
		_, _, err = s.try(ctx, "+CFUN=1", slowCommand)
	}
	return err
}

// chooseIndications chooses the mode in which the modem reports messages and status
// reports, of those that it announces. Modems announce modes that they refuse, and accept
// modes that they do not keep, so the mode is read back; the best that is kept is set.
func (s *session) chooseIndications(ctx context.Context) error {
	info, _, err := s.try(ctx, "+CNMI=?", command)
	if err != nil {
		return err
	}
	last, best := "", indicatesNothing-1
	s.mode, s.kept = "", ""
	for _, mode := range modesWithin(s.profile.cnmi, at.Announced(info, "+CNMI")) {
		_, ok, err := s.try(ctx, "+CNMI="+mode, command)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		last = mode
		kept, err := s.keptMode(ctx)
		if err != nil {
			return err
		}
		if worth := indicates(cmp.Or(kept, mode)); worth > best {
			best, s.mode, s.kept = worth, mode, kept
		}
		if best == indicatesAll {
			break
		}
	}
	if s.mode != last {
		if _, _, err := s.try(ctx, "+CNMI="+s.mode, command); err != nil {
			return err
		}
	}
	s.polls, s.reports = best < indicatesMessages, best == indicatesAll
	if s.polls {
		s.m.log.Warn("the modem does not report incoming messages: its storage is read every few seconds, and there may be no delivery reports")
	}
	return nil
}

// What a mode of +CNMI is worth.
const (
	indicatesNothing = iota
	indicatesMessages
	indicatesAll // messages and status reports
)

// indicates returns what a mode is worth: <mode>,<mt>,<bm>,<ds>,<bfr> (TS 27.005 3.4.1).
func indicates(mode string) int {
	fields := at.ParseParameters(mode)
	number := func(i int) int { n, _ := fields.At(i).Number(); return n }
	switch {
	case number(0) == 0, number(1) == 0:
		return indicatesNothing
	case number(3) == 0:
		return indicatesMessages
	}
	return indicatesAll
}

// modesWithin returns the modes that are inside the announced sets, best first; then all
// as they are, since what modems announce is not always true.
func modesWithin(modes []string, sets at.Parameters) []string {
	all := modesInside(modes, sets)
	for _, mode := range modes {
		if !slices.Contains(all, mode) {
			all = append(all, mode)
		}
	}
	return all
}

// modesInside returns the modes, best first, changed so that they are inside the announced
// sets; then some that show messages instead of storing them, for a modem that cannot
// report where it stores them. It returns none if the sets are not known.
func modesInside(modes []string, sets at.Parameters) (all []string) {
	const fields = 5
	if len(sets) < fields-1 {
		return nil
	}
	for _, mode := range slices.Concat(modes, []string{"2,2,0,1,0", "2,2,0,2,0", "2,2,0,0,0"}) {
		values := at.ParseParameters(mode)
		inside := true
		for i := range values {
			allowed := sets.At(i).Numbers()
			n, _ := values[i].Number()
			if len(allowed) == 0 || slices.Contains(allowed, n) {
				continue
			}
			const mt, ds = 1, 3 // what matters: another value is another mode
			if i == mt || i == ds || slices.Max(allowed) == 0 && i == 0 {
				inside = false
				break
			}
			values[i].Text = strconv.Itoa(substitute(i, allowed))
		}
		if texts := values[:min(len(values), len(sets))].Texts(); inside && !slices.Contains(all, texts) {
			all = append(all, texts)
		}
	}
	return all
}

// substitute returns the best of the allowed values of <mode>, <bm> or <bfr>: results
// are sent, rather at once; no cell broadcasts; what was held back is sent.
func substitute(field int, allowed []int) int {
	if field == 0 {
		for _, n := range []int{2, 1, 3} {
			if slices.Contains(allowed, n) {
				return n
			}
		}
	}
	return slices.Min(allowed)
}

// keepIndications sets the mode again if the modem has lost it. A modem that got no
// acknowledgement stops reporting messages (TS 27.005 3.4.1). One that has restarted
// without saying so has lost everything that was set.
func (s *session) keepIndications(ctx context.Context) error {
	if s.mode == "" || s.kept == "" {
		return nil
	}
	kept, err := s.keptMode(ctx)
	if err != nil || kept == "" || kept == s.kept {
		return err
	}
	s.m.log.Info("the modem has stopped reporting messages: it is set up again")
	return s.setUpAgain(ctx)
}

// setUpAgain sets what a modem loses when it restarts.
func (s *session) setUpAgain(ctx context.Context) error {
	s.forgotten.Store(false)
	if err := s.applySettings(ctx); err != nil {
		return err
	}
	return s.setUpMessages(ctx)
}

// keptMode returns the mode that the modem says it is in, "" if it does not tell.
func (s *session) keptMode(ctx context.Context) (string, error) {
	info, _, err := s.try(ctx, "+CNMI?", command)
	return at.ParseParameters(at.Behind(info, "+CNMI:")).Texts(), err
}

// shortcomings returns what a modem that is Ready cannot do, in words; "" for nothing.
func (s *session) shortcomings() string {
	var all []string
	switch {
	case s.store.unread:
		all = append(all, "the modem does not let incoming messages be read")
	case s.polls:
		all = append(all, "the modem does not report incoming messages: they are looked for every few seconds")
	}
	if s.text.Load() {
		all = append(all, "it has no PDU mode, and sends texts of one part only")
	}
	if !s.reports {
		all = append(all, "no delivery reports")
	}
	if s.store.full != "" {
		all = append(all, s.store.full)
	}
	return strings.Join(all, "; ")
}

// checkSMSC makes sure that the modem knows the SMSC, without which it cannot send.
func (s *session) checkSMSC(ctx context.Context) error {
	info, ok, err := s.try(ctx, "+CSCA?", slowCommand)
	if err != nil || !ok {
		return err
	}
	if at.Behind(info, "+CSCA:") == "" {
		return nil // it does not tell
	}
	iccid := s.m.Status().ICCID
	kind, _ := strconv.Atoi(at.Field(info, "+CSCA:", 1))
	smsc := cmp.Or(address(at.Field(info, "+CSCA:", 0), kind), at.Field(info, "+CSCA:", 0))
	if smsc == "" {
		// Modems lose it, and some SIMs do: the last one is still right.
		if smsc = s.m.cfg.SMSC; smsc == "" {
			if smsc, err = s.m.handler.SMSC(ctx, iccid); err != nil {
				return err
			}
		}
		if smsc == "" {
			return errors.New("the SIM has no SMSC: set smsc for this modem in the configuration; the operator tells its number")
		}
		const typeUnknown = 129
		kind := typeUnknown
		if strings.HasPrefix(smsc, "+") {
			kind = typeInternational
		}
		if _, err := s.ask(ctx, fmt.Sprintf(`+CSCA="%s",%d`, s.charset.encode(smsc), kind), command); err != nil {
			return err
		}
	}
	s.m.learn(func(st *Status) { st.SMSC = smsc })
	return s.m.handler.NoteSMSC(ctx, iccid, smsc)
}

// ending returns the part of an IMEI that may be shown.
func ending(imei string) string { return imei[max(0, len(imei)-4):] }
