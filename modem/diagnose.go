package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"simgate/modem/at"
)

// Diagnosis is what a modem answers to [Diagnose].
type Diagnosis struct {
	Status
	SIMState  string   // of +CPIN?: "READY", "SIM PIN", "SIM PUK"; "" if there is no SIM
	Circuit   string   // circuit switched registration, in words
	Packet    string   // registration on LTE, in words
	IMS       bool     // registered for messages and calls over LTE
	Bearer    string   // of messages, "0" to "3" (+CGSMS?)
	Lacks     string   // what it cannot do with messages, in words; "" for nothing
	Offers    []string // ways of speaking in calls, in words, also those that cannot be used here
	LTECalls  string   // whether LTE carries calls, in words; "" if it cannot speak in calls
	MayNotUse error    // why messages cannot be sent now; nil if they can
}

// Diagnose opens the port of a modem and asks everything that helps to find out what is
// wrong. It changes nothing that outlives the session, sends no PIN and no message, and
// reads none. The port must not be in use. With an error it returns what it has found out
// until then.
func Diagnose(ctx context.Context, cfg Config) (Diagnosis, error) {
	return examine(ctx, cfg, nil, (*session).diagnose)
}

// Rehearse is Diagnose for a recording, which wrap makes of the port: then it sets the
// modem up for messages as [Modem.Run] does, so that the recording has what the modem
// makes of that.
func Rehearse(ctx context.Context, cfg Config, wrap func(io.ReadWriteCloser) io.ReadWriteCloser) (Diagnosis, error) {
	return examine(ctx, cfg, wrap, (*session).rehearse)
}

// examine opens the port of a modem and has it asked.
func examine(ctx context.Context, cfg Config, wrap func(io.ReadWriteCloser) io.ReadWriteCloser,
	ask func(*session, context.Context, *Diagnosis) error,
) (Diagnosis, error) {
	m := New(cfg, slog.New(slog.DiscardHandler))
	m.Handle(noHandler{})
	port, path, err := m.open(ctx)
	if err != nil {
		return Diagnosis{Status: m.Status()}, err
	}
	defer m.cfg.Finder.Release(m.cfg.Name)
	if wrap != nil {
		port = wrap(port)
	}
	m.learn(func(st *Status) { st.Port = path })
	s := newSession(m, port, path)
	var d Diagnosis
	err = s.alone(ctx, func(ctx context.Context) error { return ask(s, ctx, &d) })
	d.Status = m.Status()
	return d, err
}

// rehearse asks what diagnose asks, and sets up what a session sets up.
func (s *session) rehearse(ctx context.Context, d *Diagnosis) error {
	if err := s.diagnose(ctx, d); err != nil || d.SIMState != "READY" {
		return err
	}
	if err := s.steps(ctx, slices.Concat(s.profile.setUp, s.profile.extras)); err != nil {
		return err
	}
	if err := errors.Join(s.chooseStorage(ctx), s.chooseIndications(ctx), s.learnAcknowledges(ctx)); err != nil {
		return err
	}
	d.Lacks = s.shortcomings()
	for _, cmd := range []string{"+CREG=2", "+CGREG=2", "+CEREG=2", "+CMEE?", "+CMGF?", "+CSCS?", "+CSMS?", "+CNUM"} {
		if _, _, err := s.try(ctx, cmd, slowCommand); err != nil {
			return err
		}
	}
	return s.askRegistration(ctx)
}

func (s *session) diagnose(ctx context.Context, d *Diagnosis) error {
	if err := s.identify(ctx); err != nil {
		return err
	}
	info, ok, err := s.try(ctx, "+CPIN?", slowCommand)
	if err != nil {
		return err
	}
	if ok {
		d.SIMState = strings.TrimSpace(strings.TrimPrefix(at.Bare(info), "+CPIN:"))
	}
	tries, err := s.pinTries(ctx)
	if err != nil {
		return err
	}
	s.m.learn(func(st *Status) { st.PINTries = tries })
	if d.SIMState == "READY" {
		if err := errors.Join(s.diagnoseSIM(ctx), s.diagnoseMessages(ctx)); err != nil {
			return err
		}
		d.Lacks = s.shortcomings()
	}
	if err := s.diagnoseNetwork(ctx, d); err != nil {
		return err
	}
	if info, _, err = s.try(ctx, "+CGSMS?", command); err != nil {
		return err
	}
	d.Bearer = at.Field(info, "+CGSMS:", 0)
	return s.diagnoseVoice(ctx, d)
}

// diagnoseSIM asks for what is on the SIM.
func (s *session) diagnoseSIM(ctx context.Context) error {
	card, err := s.readICCID(ctx)
	if err != nil {
		return err
	}
	imsi, _, err := s.try(ctx, "+CIMI", slowCommand)
	if err != nil {
		return err
	}
	smsc, _, err := s.try(ctx, "+CSCA?", slowCommand)
	if err != nil {
		return err
	}
	storage, _, err := s.try(ctx, "+CPMS?", slowCommand)
	if err != nil {
		return err
	}
	s.m.learn(func(st *Status) {
		st.SIM = SIM{ICCID: card, IMSI: at.Bare(imsi)}
		st.SMSC = at.Field(smsc, "+CSCA:", 0)
		st.Storage = Storage{Name: at.Field(storage, "+CPMS:", 0), Used: atoi(at.Field(storage, "+CPMS:", 1)), Total: atoi(at.Field(storage, "+CPMS:", 2))}
	})
	return nil
}

// diagnoseNetwork asks for the registration.
func (s *session) diagnoseNetwork(ctx context.Context, d *Diagnosis) error {
	if err := s.askRegistration(ctx); err != nil {
		return err
	}
	info, _, err := s.try(ctx, "+CIREG?", command)
	if err != nil {
		return err
	}
	s.net.ims = at.Field(info, "+CIREG:", 1) == "1"
	if err := errors.Join(s.askSignal(ctx), s.askOperator(ctx)); err != nil {
		return err
	}
	d.IMS, d.Circuit, d.Packet = s.net.ims, registered(s.net.circuit), registered(s.net.packet)
	words := s.net.String()
	s.m.learn(func(st *Status) { st.Registration, st.Roaming = words, s.net.roams() })
	if !s.net.canSend() {
		d.MayNotUse = errors.New(words)
	}
	if info, _, err = s.try(ctx, "+CFUN?", command); err != nil {
		return err
	}
	if mode := at.Field(info, "+CFUN:", 0); mode == "0" || mode == "4" {
		d.MayNotUse = fmt.Errorf("the radio of the modem is off (flight mode, +CFUN: %s): simgate switches it on when it uses the modem", mode)
	}
	return nil
}

// diagnoseMessages finds out by what the modem announces whether it reports messages, and
// what becomes of those that it has sent. Without an announcement it is believed to do so.
func (s *session) diagnoseMessages(ctx context.Context) error {
	info, _, err := s.try(ctx, "+CNMI=?", command)
	if err != nil {
		return err
	}
	best := indicatesAll
	if sets := at.Announced(info, "+CNMI"); len(sets) > 0 {
		best = indicatesNothing
		for _, mode := range modesInside(s.profile.cnmi, sets) {
			best = max(best, indicates(mode))
		}
	}
	s.polls, s.reports = best < indicatesMessages, best == indicatesAll
	for _, cmd := range []string{"+CPMS=?", "+CSMS=?", "+CMGF=?"} { // for recordings
		if _, _, err := s.try(ctx, cmd, slowCommand); err != nil {
			return err
		}
	}
	return nil
}

// registered returns a <stat> in words (TS 27.007 7.2).
func registered(stat int) string {
	switch stat {
	case -1:
		return "not known to the modem"
	case 0:
		return "not registered, and not looking for a network"
	case 1:
		return "registered"
	case 2:
		return "searching"
	case 3:
		return "denied by the network"
	case 5:
		return "registered, roaming"
	case 6, 7:
		return "registered for SMS only"
	case 8:
		return "emergency calls only"
	case 9, 10:
		return "registered, calls not preferred"
	}
	return "unknown"
}

// noHandler is the handler of a modem that is only diagnosed.
type noHandler struct{ Handler }

func (noHandler) Changed()                       {}
func (noHandler) Notice(context.Context, Notice) {}

// diagnoseVoice asks for every way of speaking in calls, whatever the profile, and for
// what keeps one of the profile from being used.
func (s *session) diagnoseVoice(ctx context.Context, d *Diagnosis) error {
	for _, w := range []way{ttyHuawei, ttySIMCom, ttyQuectel, fileSIM7600, fileA76xx, fileQuectel, fileSIM800, speechSIMCom, speechQuectel} {
		ok, err := s.offers(ctx, w)
		if err != nil {
			return err
		}
		if ok && !slices.Contains(d.Offers, w.words) {
			d.Offers = append(d.Offers, w.words)
		}
	}
	if err := s.learnVoice(ctx); err != nil {
		return err
	}
	if len(s.ways) == 0 {
		return nil
	}
	return s.diagnoseIMS(ctx, d)
}

// diagnoseIMS finds out whether LTE carries the calls of the modem: where there is no
// network of the second or third generation any more, nothing else does.
func (s *session) diagnoseIMS(ctx context.Context, d *Diagnosis) error {
	info, known, err := s.try(ctx, "+CIREG?", command)
	if err != nil {
		return err
	}
	ims := at.Field(info, "+CIREG:", 1)
	if info, _, err = s.try(ctx, "+CAVIMS?", command); err != nil { // TS 27.007: calls over the IMS are available
		return err
	}
	available := at.Field(info, "+CAVIMS:", 0)
	if !known {
		vendor, _, err := s.try(ctx, imsQuectel.ask, command)
		if err != nil {
			return err
		}
		ims = at.Field(vendor, imsQuectel.answer, imsQuectel.place+1)
	}
	switch {
	case ims == "1" && available == "0":
		d.LTECalls = "registered with the IMS, but calls over it are not available"
	case ims == "1":
		d.LTECalls = "registered with the IMS"
	case ims == "" && available == "":
		d.LTECalls = "the modem does not tell"
	default:
		d.LTECalls = "not registered with the IMS"
	}
	return s.adviseLTE(ctx, ims != "1")
}
