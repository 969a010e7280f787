package modem

import (
	"context"
	"slices"
)

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
	ims := field(info, "+CIREG:", 1)
	if info, _, err = s.try(ctx, "+CAVIMS?", command); err != nil { // TS 27.007: calls over the IMS are available
		return err
	}
	available := field(info, "+CAVIMS:", 0)
	if !known {
		vendor, _, err := s.try(ctx, imsQuectel.ask, command)
		if err != nil {
			return err
		}
		ims = field(vendor, imsQuectel.answer, imsQuectel.place+1)
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
