package line

import "simgate/gateway/msisdn"

// OwnNumber is the number of a line that people can send texts to.
type OwnNumber struct {
	Line   int64
	Number msisdn.Number
}

// OwnNumber returns that of a line whose number is sure and that can be expected to receive:
// the one with an id, or where that is 0 any. One that receives now is preferred, and then one
// in a country. What is sent to one that is just being recovered waits in the network.
func (p *Pool) OwnNumber(id int64, country string) (best OwnNumber, ok bool) {
	most := -1
	for _, l := range p.lines {
		r, fitness := OwnNumber{l.ID(), p.sureNumber(l)}, 0
		switch s := l.State(); {
		case r.Number == "", r.Line == 0, id != 0 && id != r.Line, s == Absent, s == Locked:
			continue
		case s == Ready, s == InCall:
			fitness += 2
		}
		if country != "" && p.home(l) == country {
			fitness++
		}
		if fitness > most {
			best, most = r, fitness
		}
	}
	return best, most >= 0
}

// sureNumber returns the number of a line where it is sure, since the owner has said so or
// a message has come back, or "". What a card says is often that of another SIM, or an old
// one.
func (p *Pool) sureNumber(l *Line) msisdn.Number {
	if n := p.settingsOf(l.ID()).Number; n != "" {
		return msisdn.Number(n)
	}
	st := l.Status()
	if proved, _ := p.proved.Load(l.ID()); st.NumberSet || st.MSISDN == proved {
		return msisdn.Number(st.MSISDN)
	}
	return ""
}
