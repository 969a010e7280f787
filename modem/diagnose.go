package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Diagnosis is what a modem answers to [Diagnose].
type Diagnosis struct {
	Status
	SIMState  string   // of +CPIN?: "READY", "SIM PIN", "SIM PUK"; "" if there is no SIM
	Circuit   string   // circuit switched registration, in words
	Packet    string   // registration on LTE, in words
	IMS       bool     // registered for messages and calls over LTE
	Bearer    string   // of messages, "0" to "3" (+CGSMS?)
	Voice     []string // ways of speaking in calls, in words
	MayNotUse error    // why messages cannot be sent now; nil if they can
}

// Diagnose opens the port of a modem and asks everything that helps to find out what is
// wrong. It sends no PIN and no message, and reads none. The port must not be in use. If
// wrap is not nil, it is called with the port, and what it returns is used instead, as to
// record it. With an error it returns what it has found out until then.
func Diagnose(ctx context.Context, cfg Config, wrap func(io.ReadWriteCloser) io.ReadWriteCloser) (Diagnosis, error) {
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
	err = s.alone(ctx, func(ctx context.Context) error { return s.diagnose(ctx, &d) })
	d.Status = m.Status()
	return d, err
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
		d.SIMState = strings.TrimSpace(strings.TrimPrefix(bare(info), "+CPIN:"))
	}
	tries, err := s.pinTries(ctx)
	if err != nil {
		return err
	}
	s.m.learn(func(st *Status) { st.PINTries = tries })
	if d.SIMState == "READY" {
		if err := s.diagnoseSIM(ctx); err != nil {
			return err
		}
	}
	if err := s.diagnoseNetwork(ctx, d); err != nil {
		return err
	}
	if info, _, err = s.try(ctx, "+CGSMS?", command); err != nil {
		return err
	}
	d.Bearer = field(info, "+CGSMS:", 0)
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
		st.SIM = SIM{ICCID: card, IMSI: bare(imsi)}
		st.SMSC = field(smsc, "+CSCA:", 0)
		st.Storage = Storage{Name: field(storage, "+CPMS:", 0), Used: atoi(field(storage, "+CPMS:", 1)), Total: atoi(field(storage, "+CPMS:", 2))}
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
	s.net.ims = field(info, "+CIREG:", 1) == "1"
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
	if mode := field(info, "+CFUN:", 0); mode == "0" || mode == "4" {
		d.MayNotUse = fmt.Errorf("the radio of the modem is off (flight mode, +CFUN: %s): simgate switches it on when it uses the modem", mode)
	}
	return nil
}

// diagnoseVoice asks for every way of speaking in calls, whatever the profile.
func (s *session) diagnoseVoice(ctx context.Context, d *Diagnosis) error {
	for _, w := range []way{ttyHuawei, ttySIMCom, ttyQuectel, fileQuectel, fileSIM800, speechSIMCom, speechQuectel} {
		ok, err := s.offers(ctx, w)
		if err != nil {
			return err
		}
		if ok {
			d.Voice = append(d.Voice, w.words)
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
