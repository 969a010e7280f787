package simulator

import (
	"fmt"
	"slices"
	"strings"
)

// vendorHandlers are the commands that modems know only if their family lists them.
var vendorHandlers = map[string]handler{
	"+CCID":   {nothing, (*Modem).iccidAnswer},
	"+ICCID":  {nothing, (*Modem).iccidAnswer},
	"+CICCID": {nothing, (*Modem).iccidAnswer},
	"+QCCID":  {nothing, (*Modem).iccidAnswer},
	"^ICCID":  {nothing, (*Modem).iccidAnswer},
	"#CCID":   {nothing, (*Modem).iccidAnswer},
	"^SCID":   {nothing, (*Modem).iccidAnswer},

	"+CPINR":   {nothing, (*Modem).triesLeft},
	"+SPIC":    {nothing, (*Modem).triesLeft},
	"^SPIC":    {nothing, (*Modem).triesLeft},
	"^CPIN":    {nothing, (*Modem).triesLeft},
	"+QPINC":   {nothing, (*Modem).triesLeft},
	"#PCT":     {nothing, (*Modem).triesLeft},
	"+UPINCNT": {nothing, (*Modem).triesLeft},

	"+CESQ": {nothing, (*Modem).extendedSignal},
	"+QCSQ": {nothing, (*Modem).quectelSignal},
	"^HCSQ": {nothing, (*Modem).huaweiSignal},
	"+CPSI": {nothing, (*Modem).simcomSignal},

	"+QURCCFG": {nothing, (*Modem).urcRoute},
	"+QCFG":    {nothing, (*Modem).quectelSetting},
	"+QINDCFG": {nothing, (*Modem).urcKind},

	"+CPCMREG":  {nothing, (*Modem).soundPort},
	"^DDSETEX":  {nothing, (*Modem).soundPort},
	"+QPCMV":    {nothing, (*Modem).soundPort},
	"+QGPSCFG":  {nothing, silent},
	"^CVOICE":   {nothing, (*Modem).huaweiVoice},
	"^DDTMFCFG": {nothing, (*Modem).huaweiKeys},

	"+CFTRANRX": {nothing, (*Modem).simcomUpload}, "+QFUPL": {nothing, (*Modem).quectelUpload}, "+QFDEL": {nothing, (*Modem).quectelDelete},
	"+FSDEL": {nothing, (*Modem).simcomDelete}, "+FSCD": {nothing, (*Modem).simcomFolder},
	"+FSCREATE": {nothing, (*Modem).createFile}, "+FSWRITE": {nothing, (*Modem).writeFile},
	"+CCMXPLAY": {nothing, (*Modem).simcomPlay}, "+CCMXPLAYWAV": {nothing, (*Modem).simcomPlay},
	"+CCMXSTOP": {nothing, (*Modem).stopCommand}, "+CCMXSTOPWAV": {nothing, (*Modem).stopCommand},
	"+QPSND": {nothing, (*Modem).quectelPlay}, "+CREC": {nothing, (*Modem).simcomRecord},
	"+CTTS":  {nothing, (*Modem).simcomSpeech},
	"+QWTTS": {nothing, (*Modem).quectelSpeech},
}

// vendorNumbers are the settings that modems know only if their family lists them.
var vendorNumbers = map[string]number{
	"^CURC": {1, 2}, "^USSDMODE": {1, 1},
	"+CPCMFRM": {0, 1}, "+DDET": {0, 1}, "+QTONEDET": {0, 1}, "+UDTMFD": {0, 2}, "+CDTAM": {0, 1},
	"+CEVDP": {3, 4}, "+CEUS": {0, 1}, // 27.007 10.1.35, 10.1.34
	"+MORING": {0, 1}, "^DSCI": {0, 1}, "+UCALLSTAT": {0, 1},
}

// lookUp returns the handler of a command, and false if the modem does not know it.
func (m *Modem) lookUp(name string) (handler, bool) {
	if slices.Contains(m.without, name) {
		return handler{}, false
	}
	if n, ok := numbers[name]; ok {
		return n.handler(), true
	}
	if h, ok := handlers[name]; ok {
		return h, true
	}
	if !slices.Contains(m.knows, name) {
		return handler{}, false
	}
	if n, ok := vendorNumbers[name]; ok {
		return n.handler(), true
	}
	h, ok := vendorHandlers[name]
	return h, ok
}

// iccidAnswer is the query of the ICCID, whose name depends on the vendor.
func (m *Modem) iccidAnswer(c command) answer {
	switch {
	case m.card == nil:
		return fail(cmeNoSIM)
	case c.name == "^SCID":
	case c.name[0] == '^' && c.form != read:
		return fail(cmeNotSupported)
	case c.name[0] != '^' && c.form != run:
		return fail(cmeNotSupported)
	}
	iccid := m.card.ICCID
	if m.pad && len(iccid)%2 == 1 {
		iccid += "F"
	}
	if m.bareICCID {
		return reply("%s", iccid)
	}
	return reply("%s: %s", strings.Replace(c.name, "+CICCID", "+ICCID", 1), iccid)
}

// triesLeft is the query of the PIN tries, which vendors have instead of +CPINR.
func (m *Modem) triesLeft(c command) answer {
	if m.card == nil {
		return fail(cmeNoSIM)
	}
	pin, puk := m.card.pinTries, m.card.pukTries
	switch c.name {
	case "+CPINR": // 27.007 8.65
		return answer{lines: []string{fmt.Sprintf("+CPINR: SIM PIN,%d,%d", pin, pinTries), fmt.Sprintf("+CPINR: SIM PUK,%d,%d", puk, pukTries)}}
	case "^SPIC":
		if c.form != set || c.fields()[0] != "SC" {
			return fail(cmeBadParameter)
		}
		return reply("^SPIC: %d", pin)
	case "^CPIN":
		return reply("^CPIN: %s,,%d,%d,%d,%d", m.card.state(m.unlocked), puk, pin, pukTries, pinTries)
	case "+QPINC":
		if c.form != set || c.fields()[0] != "SC" {
			return fail(cmeBadParameter)
		}
		return reply(`+QPINC: "SC",%d,%d`, pin, puk)
	case "#PCT":
		if pin == 0 {
			return reply("#PCT: %d", puk)
		}
		return reply("#PCT: %d", pin)
	case "+UPINCNT":
		return reply("+UPINCNT: %d,%d,%d,%d", pin, pinTries, puk, pukTries)
	}
	return reply("+SPIC: %d,%d,%d,%d", pin, puk, pinTries, pukTries)
}

// rssi returns the strength of +CSQ in dBm (27.007 8.5).
func (m *Modem) rssi() int { return 2*m.signal - 113 }

// rsrp returns about the RSRP of an LTE cell of that strength, in dBm.
func (m *Modem) rsrp() int { return m.rssi() - 27 }

// extendedSignal is +CESQ (27.007 8.69): RSRQ and RSRP are the last two.
func (m *Modem) extendedSignal(command) answer {
	switch {
	case !m.registered():
		return reply("+CESQ: 99,99,255,255,255,255")
	case m.rat == UMTS:
		return reply("+CESQ: 99,99,%d,30,255,255", clampSignal(m.rssi()+121, 96))
	case m.rat == GSM:
		return reply("+CESQ: %d,0,255,255,255,255", clampSignal(m.rssi()+111, 63))
	}
	return reply("+CESQ: 99,99,255,255,20,%d", clampSignal(m.rsrp()+141, 97))
}

func (m *Modem) quectelSignal(command) answer {
	switch {
	case !m.registered():
		return reply(`+QCSQ: "NOSERVICE"`)
	case m.rat == LTE:
		return reply(`+QCSQ: "LTE",%d,%d,120,-11`, m.rssi(), m.rsrp())
	case m.rat == UMTS:
		return reply(`+QCSQ: "WCDMA",%d,%d,-7`, m.rssi(), m.rssi()-4)
	}
	return reply(`+QCSQ: "GSM",%d`, m.rssi())
}

func (m *Modem) huaweiSignal(command) answer {
	switch {
	case !m.registered():
		return reply(`^HCSQ: "NOSERVICE"`)
	case m.rat == LTE:
		return reply(`^HCSQ: "LTE",%d,%d,141,26`, clampSignal(m.rssi()+121, 96), clampSignal(m.rsrp()+141, 97))
	}
	return reply(`^HCSQ: "WCDMA",%d,%d,49`, clampSignal(m.rssi()+121, 96), clampSignal(m.rssi()+117, 96))
}

func (m *Modem) simcomSignal(command) answer {
	switch {
	case !m.registered():
		return reply("+CPSI: NO SERVICE,Online")
	case m.rat == LTE:
		return reply("+CPSI: LTE,Online,001-01,0x00A1,32772877,257,EUTRAN-BAND3,1300,5,5,-110,%d,%d,15", 10*m.rsrp(), 10*m.rssi())
	}
	return reply("+CPSI: GSM,Online,001-01,0x00A1,61741,62 EGSM 900,%d,0,30-30", m.rssi())
}

// clampSignal limits a value to its scale, from 0 to highest.
func clampSignal(v, highest int) int { return min(max(v, 0), highest) }

// urcRoute is Quectel's +QURCCFG, which sets the port for unsolicited results. The port of
// the simulated modem is "usbat".
func (m *Modem) urcRoute(c command) answer {
	fields := c.fields()
	if c.form != set || fields[0] != "urcport" || len(fields) > 2 {
		return fail(cmeBadParameter)
	}
	if len(fields) == 1 {
		return reply(`+QURCCFG: "urcport",%q`, m.urcPort)
	}
	if !slices.Contains([]string{"usbat", "usbmodem", "uart1", "usbnmea", "all"}, fields[1]) {
		return fail(cmeBadParameter)
	}
	m.urcPort = fields[1]
	return answer{}
}

// quectelSetting is +QCFG for "usbcfg", whose seven figures behind the ids end with that of
// the sound card, and "ims": 0 as the operator's settings have it, 1 on, 2 off, and 1 if
// registered. Both outlive the power. Firmware before EC20CEFAGR06A15M4G has six figures,
// and no sound card (an owner's notes on three versions of it).
func (m *Modem) quectelSetting(c command) answer {
	fields := c.fields()
	if c.form != set {
		return fail(cmeBadParameter)
	}
	switch fields[0] {
	case "usbcfg":
		if len(fields) == 1 {
			return reply(`+QCFG: "usbcfg",%s`, m.usbcfg)
		}
		if len(fields)-1 != len(strings.Split(m.usbcfg, ",")) {
			return fail(errPlain)
		}
		m.usbcfg = strings.Join(fields[1:], ",")
	case "ims":
		if len(fields) == 1 {
			registered := 0
			if m.packetOnly && m.registered() {
				registered = 1
			}
			return reply(`+QCFG: "ims",%s,%d`, m.imsMode, registered)
		}
		if len(fields) != 2 || !slices.Contains([]string{"0", "1", "2"}, fields[1]) {
			return fail(errPlain)
		}
		m.imsMode = fields[1]
	default:
		return fail(errPlain)
	}
	return answer{}
}

// urcsHere reports whether unsolicited results come to this port.
func (m *Modem) urcsHere() bool { return m.urcPort == "usbat" || m.urcPort == "all" }
