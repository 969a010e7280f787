package modem

import (
	"context"
	"slices"
	"strings"
)

// diagnoseVoice asks for every way of speaking in calls, whatever the profile, and for
// what keeps one of the profile from being used.
func (s *session) diagnoseVoice(ctx context.Context, d *Diagnosis) error {
	known := map[string]bool{} // by probe, which several ways share
	for _, w := range []way{ttyHuawei, ttySIMCom, ttyQuectel, fileSIM7600, fileA76xx, fileQuectel, fileSIM800, speechSIMCom, speechQuectel} {
		ok, err := s.offers(ctx, w)
		if err != nil {
			return err
		}
		known[w.probe] = ok
		if ok && !slices.Contains(d.Offers, w.words) {
			d.Offers = append(d.Offers, w.words)
		}
	}
	if err := s.learnVoice(ctx); err != nil {
		return err
	}
	if err := s.diagnoseSound(ctx, known, d); err != nil {
		return err
	}
	if len(s.ways) == 0 {
		return nil
	}
	return s.diagnoseIMS(ctx, d)
}

// diagnoseSound finds out what would give this machine the sound of calls, for a modem
// that has it and on whose device it does not appear. Known says which probes it accepts.
func (s *session) diagnoseSound(ctx context.Context, known map[string]bool, d *Diagnosis) error {
	if !s.m.cfg.Finder.Knows(s.path) || slices.ContainsFunc(s.ways, way.brings) {
		return nil
	}
	for _, w := range s.profile.voice {
		if w.appears == nil || !known[w.probe] {
			continue
		}
		setting, err := w.appears(ctx, s)
		if err != nil {
			return err
		}
		d.Settings = append(d.Settings, setting)
	}
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
	now := behind(info, "+QCFG:")
	fields := parseParameters(now)
	switch {
	case len(fields) != ids+figures:
		return Setting{Why: "the firmware has no sound card on the USB: a newer one may"}, nil
	case fields.at(ids+figures-1).text != "0":
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

// diagnoseIMS finds out whether LTE carries the calls of the modem: where there is no
// network of the second or third generation any more, nothing else does.
func (s *session) diagnoseIMS(ctx context.Context, d *Diagnosis) error {
	info, known, err := s.try(ctx, "+CIREG?", command)
	if err != nil {
		return err
	}
	ims := field(info, "+CIREG:", 1)
	if info, _, err = s.try(ctx, "+CAVIMS?", command); err != nil { // TS 27.007: calls over the IMS are available
		return err
	}
	available := field(info, "+CAVIMS:", 0)
	// The vendor's: 0 as the settings of the operator have it, 1 on, 2 off; and 1 if registered.
	vendor, _, err := s.try(ctx, `+QCFG="ims"`, command)
	if err != nil {
		return err
	}
	mode := field(vendor, "+QCFG:", 1)
	if !known {
		ims = field(vendor, "+QCFG:", 2)
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
	switch {
	case ims == "1", mode == "":
	case mode == "2":
		d.Settings = append(d.Settings, Setting{Why: "calls over LTE are switched off", Command: `AT+QCFG="ims",1`})
	case mode == "0":
		d.Settings = append(d.Settings, Setting{Why: "the settings of the operator in the modem do not switch calls over LTE on", Command: `AT+QMBNCFG="AutoSel",1`})
	}
	return nil
}
