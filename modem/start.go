package modem

import (
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
	var who Status
	for _, q := range []struct {
		cmd  string
		into *string
	}{{"+CGMI", &who.Manufacturer}, {"+CGMM", &who.Model}, {"+CGMR", &who.Revision}, {"+CGSN", &who.IMEI}} {
		info, _, err := s.try(ctx, q.cmd, command)
		if err != nil {
			return err
		}
		*q.into = bare(info)
	}
	s.m.learn(func(st *Status) {
		st.Manufacturer, st.Model, st.Revision, st.IMEI = who.Manufacturer, who.Model, who.Revision, who.IMEI
	})
	s.profile = profileOf(who.Manufacturer, who.Model)
	s.boots.Store(&s.profile.restarted)
	s.m.learn(func(st *Status) { st.Profile = s.profile.name })
	if want := s.m.cfg.IMEI; want != "" && who.IMEI != want {
		return fmt.Errorf("the modem on this port is not the configured one: its IMEI ends in %s, not in %s", ending(who.IMEI), ending(want))
	}
	return nil
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
	if err := s.steps(ctx, slices.Concat(s.profile.setUp, s.profile.extras)); err != nil {
		return fmt.Errorf("the modem cannot send: %w", err)
	}
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
	return s.checkSMSC(ctx)
}

// powerRadio ends flight mode, which some modems keep over a restart.
func (s *session) powerRadio(ctx context.Context) error {
	info, ok, err := s.try(ctx, "+CFUN?", command)
	if err != nil || !ok {
		return err
	}
	if mode := field(info, "+CFUN:", 0); mode == "0" || mode == "4" {
		_, err = s.ask(ctx, "+CFUN=1", slowCommand)
	}
	return err
}

// chooseIndications chooses the mode in which the modem reports messages and status
// reports. Modems list modes that they refuse, and accept modes that they do not keep,
// so the mode is read back.
func (s *session) chooseIndications(ctx context.Context) error {
	for _, mode := range s.profile.cnmi {
		_, ok, err := s.try(ctx, "+CNMI="+mode, command)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		info, ok, err := s.try(ctx, "+CNMI?", command)
		if err != nil {
			return err
		}
		if !ok || keptMode(info) == mode {
			s.mode, s.polls = mode, false
			return nil
		}
	}
	s.mode, s.polls = "", true
	s.m.log.Warn("the modem does not report incoming messages: its storage is read every few seconds, and there may be no delivery reports")
	return nil
}

// keepIndications sets the mode again if the modem has lost it. A modem that got no
// acknowledgement stops reporting messages (TS 27.005 3.4.1).
func (s *session) keepIndications(ctx context.Context) error {
	if s.mode == "" {
		return nil
	}
	info, ok, err := s.try(ctx, "+CNMI?", command)
	if err != nil || !ok || keptMode(info) == s.mode {
		return err
	}
	s.m.log.Info("the modem has stopped reporting messages: the mode is set again")
	s.store.again = true
	_, _, err = s.try(ctx, "+CNMI="+s.mode, command)
	return err
}

// keptMode returns the mode in the reply to +CNMI?.
func keptMode(info []string) string {
	return strings.ReplaceAll(strings.TrimPrefix(bare(info), "+CNMI:"), " ", "")
}

// checkSMSC makes sure that the modem knows the SMSC, without which it cannot send.
func (s *session) checkSMSC(ctx context.Context) error {
	info, ok, err := s.try(ctx, "+CSCA?", slowCommand)
	if err != nil || !ok {
		return err
	}
	iccid := s.m.Status().ICCID
	smsc := field(info, "+CSCA:", 0)
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
		if _, err := s.ask(ctx, fmt.Sprintf(`+CSCA="%s",145`, smsc), command); err != nil {
			return err
		}
	}
	s.m.learn(func(st *Status) { st.SMSC = smsc })
	return s.m.handler.NoteSMSC(ctx, iccid, smsc)
}

// atoi returns the number that s is, 0 if it is none.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// ending returns the part of an IMEI that may be shown.
func ending(imei string) string { return imei[max(0, len(imei)-4):] }

// bare returns the first line of a reply that is not empty, without quotes around it.
func bare(info []string) string {
	for _, line := range info {
		if line = strings.Trim(strings.TrimSpace(line), `"`); line != "" {
			return line
		}
	}
	return ""
}

// field returns the nth field, from 0, of the first line with the given prefix,
// without the quotes around it; "" if there is none.
func field(info []string, prefix string, n int) string {
	for _, line := range info {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			if fields := splitFields(rest); n < len(fields) {
				return fields[n]
			}
		}
	}
	return ""
}

// splitFields returns the parameters of a result, which commas outside quotes separate,
// without the spaces and quotes around each.
func splitFields(parameters string) []string {
	var fields []string
	begin, quoted := 0, false
	for i := range len(parameters) + 1 {
		switch {
		case i == len(parameters), parameters[i] == ',' && !quoted:
			fields = append(fields, strings.Trim(strings.TrimSpace(parameters[begin:i]), `"`))
			begin = i + 1
		case parameters[i] == '"':
			quoted = !quoted
		}
	}
	return fields
}
