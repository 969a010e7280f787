package modem

import (
	"context"
	"slices"
	"strings"

	"simgate/modem/at"
)

// Setting is something to set in a modem, once: it outlives the power.
type Setting struct {
	Why     string // in words
	Command string // with its AT; "" if no command helps
}

// adviseSound finds out what would give this machine the sound of calls, for a modem
// that has it and on whose device it does not appear. Known says which probes it accepts.
func (s *session) adviseSound(ctx context.Context, known map[string]bool) error {
	var advice []Setting
	if s.m.cfg.Finder.Knows(s.path) && !slices.ContainsFunc(s.ways, way.brings) {
		for _, w := range s.profile.voice {
			if w.appears == nil || !known[w.probe] {
				continue
			}
			setting, err := w.appears(ctx, s)
			if err != nil {
				return err
			}
			advice = append(advice, setting)
		}
	}
	s.soundAdvice = advice
	s.updateAdvice()
	return nil
}

// quectelCard returns what makes the sound card of a modem of Quectel appear: the last of
// the seven figures behind the ids in the answer to +QCFG="usbcfg". Older firmware has six,
// and no sound card.
func quectelCard(ctx context.Context, s *session) (Setting, error) {
	const ask, ids, figures = `+QCFG="usbcfg"`, 3, 7
	info, _, err := s.try(ctx, ask, command)
	if err != nil {
		return Setting{}, err
	}
	now := at.Behind(info, "+QCFG:")
	fields := at.ParseParameters(now)
	switch {
	case len(fields) != ids+figures:
		return Setting{Why: "the firmware has no sound card on the USB: a newer one may"}, nil
	case fields.At(ids+figures-1).Text != "0":
		return Setting{Why: "its sound card is switched on, and this machine does not show it: restart the modem, and install alsa-utils"}, nil
	}
	_, values, _ := strings.Cut(now, ",")
	on := strings.TrimRight(strings.TrimSpace(values), "0") + "1"
	return Setting{Why: "its sound card is switched off", Command: "AT" + ask + "," + on}, nil
}

// simcomPort returns what makes the port for the sound of a SIM7600 appear.
func simcomPort(context.Context, *session) (Setting, error) {
	return Setting{Why: "its port for the sound of calls does not appear", Command: "AT+CUSBPIDSWITCH=9001,1,1"}, nil
}

// lteSwitch is a setting that keeps LTE from carrying calls.
type lteSwitch struct {
	ask, answer string             // the command that reads it, and how its answer begins
	place       int                // of the value in the answer
	wrong       map[string]Setting // what to do about a value
}

var (
	// Which network carries calls: 1 the circuit switched alone, 2 that first, 3 the IMS
	// first, 4 that alone (TS 27.007 10.1.35). A modem that is data centric stays on LTE
	// where that carries no calls (TS 27.007 10.1.34).
	voiceDomain = lteSwitch{"+CEVDP?", "+CEVDP:", 0, map[string]Setting{
		"1": {Why: "calls are set to go by networks of the second and third generation alone", Command: "AT+CEVDP=3"},
	}}
	usage = lteSwitch{"+CEUS?", "+CEUS:", 0, map[string]Setting{
		"1": {Why: "the modem is set for data, and leaves LTE for no call", Command: "AT+CEUS=0"},
	}}
	// 0 as the settings of the operator have it, 1 on, 2 off; and 1 if registered.
	imsQuectel = lteSwitch{`+QCFG="ims"`, "+QCFG:", 1, map[string]Setting{
		"0": {Why: "the settings of the operator in the modem do not switch calls over LTE on", Command: `AT+QMBNCFG="AutoSel",1`},
		"2": {Why: "calls over LTE are switched off", Command: `AT+QCFG="ims",1`},
	}}
	// The IMS on LTE, UMTS and GSM, each 0 or 1 (comments on ^IMSSWITCH in the sources of
	// Balong modems that HiSilicon published).
	imsHuawei = lteSwitch{"^IMSSWITCH?", "^IMSSWITCH:", 0, map[string]Setting{
		"0": {Why: "calls over LTE are switched off", Command: "AT^IMSSWITCH=1,0,0"},
	}}
)

// adviseLTE finds out why LTE does not carry the calls of the modem, which can speak in
// them. With off false it does, or the modem is not on LTE.
func (s *session) adviseLTE(ctx context.Context, off bool) error {
	var advice []Setting
	if off {
		for _, sw := range s.profile.lte {
			info, _, err := s.try(ctx, sw.ask, command)
			if err != nil {
				return err
			}
			if setting, ok := sw.wrong[at.Field(info, sw.answer, sw.place)]; ok {
				advice = append(advice, setting)
			}
		}
	}
	s.lteAdvice = advice
	s.updateAdvice()
	return nil
}

// updateAdvice puts the advice into the status of the modem.
func (s *session) updateAdvice() {
	advice := slices.Concat(s.soundAdvice, s.lteAdvice)
	s.m.learn(func(st *Status) { st.Advice = advice })
}
