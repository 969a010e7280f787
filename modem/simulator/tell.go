package simulator

import (
	"slices"
	"strings"
)

// stage is a stage of a call that modems report.
type stage int

const (
	dialling stage = iota
	alerting
	connected
	gone
)

// telling is a way in which modems report the progress of calls. %s is the number. Every
// family has the command +CLCC too.
type telling struct {
	setting string // that must be at least 1; "": it is always on
	lines   [4]string
}

// ccinfo is the setting of +QINDCFG="ccinfo".
const ccinfo = `+QINDCFG="ccinfo"`

// How families report calls, from the vendors' manuals of AT commands. The numbers are the
// states of +CLCC, but for a call that is over.
var (
	moring = telling{"+MORING", [4]string{alerting: "MO RING", connected: "MO CONNECTED"}}
	clcc   = telling{"+CLCC", [4]string{`+CLCC: 1,0,2,0,0,"%s",145`, `+CLCC: 1,0,3,0,0,"%s",145`, `+CLCC: 1,0,0,0,0,"%s",145`, `+CLCC: 1,0,6,0,0,"%s",145`}}
	colp   = telling{"+COLP", [4]string{connected: `+COLP: "%s",145`}} // TS 27.007 7.8

	tellsSIMCom  = []telling{{"", [4]string{connected: "VOICE CALL: BEGIN", gone: "VOICE CALL: END: 000041"}}, moring, clcc}
	tellsSIM800  = []telling{moring, clcc}
	tellsQuectel = []telling{
		{ccinfo, [4]string{`+QIND: "ccinfo",1,0,2,0,0,"%s",145`, `+QIND: "ccinfo",1,0,3,0,0,"%s",145`,
			`+QIND: "ccinfo",1,0,0,0,0,"%s",145`, `+QIND: "ccinfo",1,0,-1,0,0,"%s",145`}},
		{"^DSCI", [4]string{"^DSCI: 1,0,2,0,%s,145", "^DSCI: 1,0,7,0,%s,145", "^DSCI: 1,0,3,0,%s,145", "^DSCI: 1,0,6,0,%s,145"}},
	}
	tellsHuawei = []telling{{"^CURC", [4]string{"^ORIG:1,0", "^CONF:1", "^CONN:1,0", "^CEND:1,10,104,16"}}}
	tellsUblox  = []telling{{"+UCALLSTAT", [4]string{"+UCALLSTAT: 1,2", "+UCALLSTAT: 1,3", "+UCALLSTAT: 1,0", "+UCALLSTAT: 1,6"}}}
)

// tell reports a stage of a call in every way that is on.
func (m *Modem) tell(k *call, s stage) {
	for _, t := range append(slices.Clip(m.tells), colp) {
		if line := t.lines[s]; line != "" && (t.setting == "" || m.numbers[t.setting] > 0) {
			m.urc(strings.ReplaceAll(line, "%s", k.number))
		}
	}
}

// urcKind is Quectel's +QINDCFG="kind"[,on[,save]]. Only the kind of calls has an effect.
func (m *Modem) urcKind(c command) answer {
	fields := c.fields()
	kinds := []string{"all", "csq", "smsfull", "ring", "smsincoming", "act", "ccinfo"}
	on, ok := c.number(1, 0)
	switch {
	case c.form == test:
		return reply(`+QINDCFG: ("%s"),(0,1),(0,1)`, strings.Join(kinds, `","`))
	case c.form != set || !ok || on > 1 || !slices.Contains(kinds, fields[0]):
		return fail(cmeBadParameter)
	case len(fields) == 1:
		return reply("+QINDCFG: %q,%d", fields[0], m.numbers[c.name+`="`+fields[0]+`"`])
	}
	for _, kind := range kinds {
		if fields[0] == kind || fields[0] == kinds[0] {
			m.numbers[c.name+`="`+kind+`"`] = on
		}
	}
	return answer{}
}
