package line

import (
	"regexp"
	"sync"

	"simgate/gateway/fault"
)

// pins are the PINs that somebody has typed in while the gateway runs. They are in memory
// alone: the next start needs those of the configuration again.
type pins struct {
	mu    sync.Mutex
	typed map[*Line]string  // for the next time that the SIM in it asks
	cards map[string]string // by ICCID, for each time that it asks
}

// pinForm is what PINs look like (TS 31.101).
var pinForm = regexp.MustCompile(`^[0-9]{4,8}$`)

// EnterPIN gives the SIM in the line with a name its PIN, which it wants. It is tried within
// half a minute, by the rules of the driver: never twice if it is wrong, and never the last
// try. It holds until the gateway stops.
func (p *Pool) EnterPIN(name, pin string) error {
	if !pinForm.MatchString(pin) {
		return fault.NewInvalid("pin", "a PIN has 4 to 8 digits")
	}
	for _, l := range p.lines {
		switch {
		case l.Name() != name:
		case l.State() != Locked:
			return &fault.Error{Code: fault.Conflict, Message: "this SIM does not ask for a PIN now"}
		default:
			p.pins.mu.Lock()
			defer p.pins.mu.Unlock()
			p.pins.typed[l] = pin
			return nil
		}
	}
	return fault.NewNotFound("there is no modem with this name")
}

// pin returns the PIN of the SIM in a line, "" for none: what was typed in, or else what is
// configured. iccid is "" where the card does not tell it.
func (p *Pool) pin(l *Line, iccid string) string {
	p.pins.mu.Lock()
	defer p.pins.mu.Unlock()
	if pin := p.pins.typed[l]; pin != "" {
		delete(p.pins.typed, l)
		if iccid != "" { // else another card would get it
			p.pins.cards[iccid] = pin
		}
		return pin
	}
	if pin := p.pins.cards[iccid]; pin != "" {
		return pin
	}
	for _, s := range p.cfg.Load().SIMs {
		if iccid != "" && s.ICCID == iccid {
			return s.PIN
		}
	}
	return ""
}
