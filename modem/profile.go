package modem

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"simgate/modem/pdu"
)

// profile is how a family of modems differs from others. Every difference between
// vendors is a value here; no code elsewhere asks for the name of a model. The table is
// below.
type profile struct {
	name  string
	match string // of "MANUFACTURER MODEL" (+CGMI, +CGMM); the first row that matches counts

	// The times of a submission (TS 27.005 3.5.1).
	prompt time.Duration // limit from the command to the prompt "> "
	pause  time.Duration // from the prompt to the PDU, on a UART; USB needs none
	result time.Duration // limit from Ctrl-Z to the result; LTE modems took up to 135 s

	setUp  []step   // commands after the SIM is unlocked
	extras []step   // commands of this family after setUp
	cnmi   []string // modes of +CNMI, best first

	storages []string // for incoming messages, best first
	iccid    []string // commands that read the ICCID
	tries    []string // commands that read how many PIN tries are left
	signal   []string // commands that read the signal if +CSQ does not know it

	ussd       pdu.USSDCoding
	ussdNoStop bool // the modem cannot end a USSD session

	voice     []way    // of speaking in calls, best first
	callSetUp []string // commands before a call, so that the modem reports its progress
	callDone  []string // commands after a call
	keys      string   // command that has the modem report keys of the far end; "": they are detected in the sound

	lte []lteSwitch // what may keep LTE from carrying calls

	reset      []string // commands that restart the modem, best first
	resetsADay int      // limit of resets, which wear out the flash of some

	// Unsolicited results, by how they begin.
	restarted []string // the modem has restarted
	simReady  []string // the storage of the SIM can be used from now on
	full      []string // the storage for messages is full
}

// step is one command of several.
type step struct {
	cmd      string
	required bool // the commands fail if this one is refused
}

// profileOf returns the profile for a modem by +CGMI and +CGMM.
func profileOf(manufacturer, model string) profile {
	who := strings.TrimSpace(manufacturer + " " + model)
	for _, p := range profiles {
		// It is compiled for this alone: all of them would take memory for ever.
		if regexp.MustCompile(`(?i)` + p.match).MatchString(who) {
			return p
		}
	}
	return generic
}

// like returns a row of the table: base, changed by different.
func like(base profile, name, match string, different func(*profile)) profile {
	base.name, base.match = name, match
	different(&base)
	return base
}

// pauseOn returns the pause between the prompt and the PDU on a port. Behind a UART the
// modem needs time to switch to taking text; on USB it needs none.
func (p profile) pauseOn(path string) time.Duration {
	for _, uart := range []string{"/dev/ttyS", "/dev/ttyAMA", "/dev/serial", "/dev/ttymxc", "/dev/ttySC", "/dev/ttyO"} {
		if strings.HasPrefix(path, uart) && !strings.HasPrefix(path, "/dev/serial/by-") {
			return p.pause
		}
	}
	return 0
}

// generic is the profile of a modem that keeps to TS 27.005 and TS 27.007.
var generic = profile{
	name:   "generic",
	prompt: 10 * time.Second,
	pause:  100 * time.Millisecond,
	result: 150 * time.Second,
	setUp: []step{
		{"+CSMS=0", false},  // +CMT and +CDS need no +CNMA
		{"+CMMS=2", false},  // the link stays open between parts and messages
		{"+CGSMS=3", false}, // circuit switched preferred, packet as fall-back
		{"+CLIP=1", false},
		{"+COLP=0", false}, // with 1 some answer a dial command only when the call is answered
		{"+CRC=0", false},
		{"+CUSD=1", false}, // report the answers of the network to USSD codes
	},
	// Store and report messages (mt=1), show status reports (ds=1) or store them
	// (ds=2). The last three do without status reports.
	cnmi: []string{"2,1,0,1,0", "2,1,2,1,0", "1,1,0,1,0", "2,1,0,2,0", "2,1,2,2,0", "1,1,0,2,0",
		"2,1,0,0,0", "2,1,2,0,0", "1,1,0,0,0"},
	storages:   []string{"ME", "SM", "MT"},
	iccid:      []string{"+CCID", "+ICCID", "^ICCID?", "+QCCID", "#CCID"},
	tries:      []string{"+CPINR", "+SPIC", "^CPIN?", `+QPINC="SC"`, "#PCT", "+UPINCNT", `^SPIC="SC"`},
	reset:      []string{"+CFUN=1,1"},
	resetsADay: 48,
	restarted:  []string{"RDY", "^SYSSTART", "*ATREADY", "+READY", "NORMAL POWER DOWN", "NORMAL POWER OFF", "POWERED DOWN"},
	simReady:   []string{"SMS DONE", "PB DONE", "SMS Ready", "Call Ready", "+QIND: SMS DONE", "+QIND: PB DONE", "*PSUTTZ"},
	voice:      []way{ttySIMCom, ttyHuawei, ttyQuectel},
	lte:        []lteSwitch{voiceDomain, usage},
	full:       []string{"^SMMEMFULL", "+SMS FULL", `+QIND: "smsfull"`, `+CIEV: "SMSFULL"`},
}

// prefer returns all modes of +CNMI, those given first.
func prefer(modes ...string) []string {
	all := slices.Clone(modes)
	for _, mode := range generic.cnmi {
		if !slices.Contains(all, mode) {
			all = append(all, mode)
		}
	}
	return all
}

// secondGeneration limits the result of a submission on modems without LTE.
const secondGeneration = 60 * time.Second

// profiles is the table of families, the special before the general. Its facts are from
// the vendors' manuals of AT commands and from the sources of ModemManager, chan_dongle,
// chan_quectel and Gammu. Few of them were checked by this project on a device.
var profiles = []profile{
	like(generic, "SIMCom SIM7600/SIM7500", `SIM(COM)?[ _-]*(SIM)?7[0-6]\d\d`, func(p *profile) {
		p.cnmi = prefer("2,1,0,2,0", "2,1,0,1,0")
		p.iccid = []string{"+ICCID", "+CCID"}
		p.tries = []string{"+CPINR", "+SPIC"}
		p.signal = []string{"+CESQ"}
		p.reset = []string{"+CRESET", "+CFUN=1,1"} // also cures its stuck USB audio
		p.voice = []way{ttySIMCom, fileSIM7600, speechSIMCom}
		p.callSetUp = []string{"+MORING=1"}
		p.keys = "+DDET=1"
	}),
	like(generic, "SIMCom A7670/A7672/A7608", `(SIM.*)?A76\d\d`, func(p *profile) {
		p.cnmi = prefer("2,1,0,1,0", "2,1,0,2,0")
		p.storages = []string{"SM", "ME"}
		p.iccid = []string{"+ICCID", "+CICCID", "+CCID"}
		p.tries = []string{"+CPINR", "+SPIC"}
		p.signal = []string{"+CESQ"}
		p.reset = []string{"+CRESET", "+CFUN=1,1"}
		p.voice = []way{speechSIMCom, fileA76xx}
		p.callSetUp = []string{"+MORING=1"}
		p.keys = "+DDET=1"
	}),
	like(generic, "SIMCom SIM800/SIM868/SIM900", `SIM[ _]?(8\d\d|900)`, func(p *profile) {
		p.cnmi = prefer("2,1,0,1,0")
		p.storages = []string{"SM", "ME"}
		p.result = secondGeneration
		p.iccid = []string{"+CCID", "+ICCID"}
		p.tries = []string{"+CPINR", "+SPIC"}
		p.extras = []step{{"+CBATCHK=1", false}} // reports that the power supply is too weak for the radio
		p.voice = []way{fileSIM800, speechSIM800}
		p.callSetUp = []string{"+MORING=1"}
		p.keys = "+DDET=1"
	}),
	like(generic, "Quectel EC25/EG25/EG9x", `(quectel.*)?(EC2[015]|EG2[15]|EG9\d|EG06|EM06|EP06)\b`, func(p *profile) {
		// It names the wrong storage for stored reports, so ds=1 is better.
		p.cnmi = prefer("2,1,0,1,0", "2,1,0,2,0")
		p.iccid = []string{"+QCCID", "+CCID"}
		p.tries = []string{"+CPINR", `+QPINC="SC"`}
		p.signal = []string{"+CESQ"}
		// Without this, unsolicited results go to another port of the stick.
		p.extras = []step{{`+QURCCFG="urcport","usbat"`, false}, {`+QINDCFG="smsfull",1`, false}}
		p.voice = []way{ttyQuectel, cardQuectel, fileQuectel, speechQuectel}
		p.lte = []lteSwitch{imsQuectel, voiceDomain, usage}
		p.callSetUp = []string{`+QINDCFG="ccinfo",1`, "^DSCI=1"}
		p.keys = "+QTONEDET=1"
	}),
	like(generic, "Quectel EC200/EG91x", `(quectel.*)?(EC200|EG91\d[A-Z]|EC600|EG800)`, func(p *profile) {
		p.cnmi = prefer("2,1,0,1,0")
		p.storages = []string{"SM", "ME"}
		p.iccid = []string{"+QCCID", "+CCID"}
		p.tries = []string{"+CPINR", `+QPINC="SC"`}
		p.signal = []string{"+CESQ"}
		p.resetsADay = 20 // its flash endures about thirty power cycles a day
		p.extras = []step{{`+QURCCFG="urcport","usbat"`, false}}
		p.voice = []way{cardQuectel, fileQuectel, speechQuectel}
		p.lte = []lteSwitch{imsQuectel, voiceDomain, usage}
		p.callSetUp = []string{`+QINDCFG="ccinfo",1`, "^DSCI=1"}
		p.keys = "+QTONEDET=1"
	}),
	like(generic, "Quectel BG9x", `(quectel.*)?BG\d\d`, func(p *profile) {
		p.cnmi = prefer("2,1,0,0,0")
		p.iccid = []string{"+QCCID", "+CCID"}
		p.tries = []string{"+CPINR", `+QPINC="SC"`}
		p.voice = nil
	}),
	like(generic, "Quectel M26", `(quectel.*)?M26\b`, func(p *profile) {
		quectel2G(p)
		p.voice = []way{fileQuectelRAM, fileQuectel, speechQuectel}
	}),
	like(generic, "Quectel M26/M35/M66", `(quectel.*)?M(35|66|95)\b`, quectel2G),
	like(generic, "Huawei E3372/ME909/MU609", `huawei.*(E3372|E3276|ME909|MU[567]\d\d|MS2372)`, func(p *profile) {
		huawei(p)
		p.cnmi = prefer("2,1,0,2,0", "2,1,2,1,0")
		p.storages = []string{"ME", "SM"}
		p.voice = nil
	}),
	like(generic, "Huawei UMTS stick", `huawei`, func(p *profile) {
		huawei(p)
		p.cnmi = prefer("2,1,0,2,0", "1,1,0,1,0")
		p.voice = []way{ttyHuawei}
		p.lte = []lteSwitch{imsHuawei, voiceDomain, usage}
		p.callSetUp = []string{"^CURC=1"} // without it, calls are not reported
		p.callDone = []string{"^CURC=0"}
		p.keys = "^DDTMFCFG=0,1"
	}),
	like(generic, "ZTE stick", `ZTE`, func(p *profile) {
		p.cnmi = prefer("1,1,0,1,0", "2,1,0,2,0")
		p.storages = []string{"SM", "ME"} // "ME" is offered and often fails
		p.iccid = []string{"+ICCID", "+ZGETICCID", "+CCID"}
		p.reset = []string{"+ZRST", "+CFUN=1,1"}
		p.voice = nil
	}),
	like(generic, "Sierra Wireless MC7xxx/EM7xxx", `sierra`, func(p *profile) {
		p.cnmi = prefer("2,1,0,2,0")
		p.storages = []string{"SM", "ME"}
		p.iccid = []string{"+CCID", "!ICCID?", "+ICCID"}
		p.reset = []string{"!RESET", "+CFUN=1,1"}
		p.voice = nil
	}),
	like(generic, "u-blox SARA/LARA/TOBY", `u-?blox`, func(p *profile) {
		p.cnmi = prefer("2,1,0,1,0", "1,1,0,1,0")
		p.storages = []string{"SM", "ME"}
		p.iccid = []string{"+CCID"}
		p.tries = []string{"+CPINR", "+UPINCNT"}
		p.signal = []string{"+CESQ"}
		p.reset = []string{"+CFUN=16", "+CFUN=1,1"}
		p.callSetUp = []string{"+UCALLSTAT=1"}
		p.keys = "+UDTMFD=1,2"
		p.voice = nil
	}),
	// Gammu's pull request 1207 has the sets of an MC75i: +CNMI takes only 1 as <bfr>, and
	// messages cannot come in to ME.
	like(generic, "Cinterion/Siemens", `cinterion|siemens|gemalto|thales`, func(p *profile) {
		p.cnmi = prefer("2,1,0,2,1", "2,1,0,1,1", "2,1,0,1,0", "2,1,0,0,1")
		p.storages = []string{"SM", "MT", "ME"}
		p.iccid = []string{"^SCID", "+CCID", "+ICCID"}
		p.tries = []string{"+CPINR", `^SPIC="SC"`, "^SPIC"}
		p.signal = []string{"+CESQ"}
		p.restarted = append(slices.Clone(p.restarted), "^SHUTDOWN", "^EXIT")
		p.simReady = append(slices.Clone(p.simReady), "^SSIM READY")
		p.full = append(slices.Clone(p.full), "^SMGO: 1", "^SMGO: 2")
		p.reset = []string{"+CFUN=1,1", "^SMSO"}
		p.voice = nil
	}),
	// python-gsmmodem has an emulator of one: +CPIN? is answered without OK, +CPMS= takes
	// two names, and the device is busy for a while (515) after +CFUN=1.
	like(generic, "Wavecom", `wavecom`, func(p *profile) {
		p.cnmi = prefer("2,1,0,1,0", "2,1,0,2,0")
		p.storages = []string{"SM", "ME"}
		p.result = secondGeneration
		p.iccid = []string{"+CCID", "+CRSM=176,12258,0,0,10"}
		p.simReady = append(slices.Clone(p.simReady), "+WIND: 4")
		p.restarted = append(slices.Clone(p.restarted), "+WIND: 3")
		p.voice = nil
	}),
	// Chips of EigenComm; projects that forward SMS with it use +CMGF=0 and +CNMI=2,2.
	like(generic, "Air780/OpenLuat", `air7\d\d|openluat|airm2m`, func(p *profile) {
		p.cnmi = prefer("2,1,0,1,0", "2,1,0,0,0")
		p.storages = []string{"SM", "ME"}
		p.iccid = []string{"+ICCID", "+CCID"}
		p.signal = []string{"+CESQ"}
		p.reset = []string{"+RESET", "+CFUN=1,1"}
		p.voice = nil
	}),
	like(generic, "Qualcomm, generic", `qualcomm`, func(p *profile) {
		p.cnmi = prefer("2,1,0,2,0", "1,1,0,2,0", "2,1,0,0,0") // ds=1 is announced and refused
		p.storages = []string{"SM", "ME"}
		p.iccid = []string{"+ICCID", "+CCID", "+CRSM=176,12258,0,0,10"}
		p.voice = nil
	}),
	like(generic, "Neoway", `neoway`, func(p *profile) {
		p.cnmi = prefer("2,1,0,1,0", "2,1,0,2,0")
		p.storages = []string{"SM", "ME"}
		p.iccid = []string{"+CCID", "+ICCID", "$MYCCID"}
		p.signal = []string{"+CESQ"}
		p.restarted = append(slices.Clone(p.restarted), "MODEM:STARTUP")
		p.simReady = append(slices.Clone(p.simReady), "+PBREADY")
		p.voice = nil
	}),
	// Phones send, and many let nobody read their messages (+CPMS: (),(),() on Symbian).
	like(generic, "Nokia phone", `nokia`, phone),
	like(generic, "Samsung phone", `samsung`, phone),
	like(generic, "phone", `sony ?ericsson|motorola|\blge?\b|blackberry|alcatel`, phone),
	like(generic, "Telit LE910/ME910", `telit`, func(p *profile) {
		p.cnmi = prefer("2,1,0,1,0")
		p.storages = []string{"SM", "ME"}
		p.iccid = []string{"#CCID", "+CCID"}
		p.tries = []string{"+CPINR", "#PCT?", "#PCT"}
		p.signal = []string{"+CESQ"}
		p.reset = []string{"#REBOOT", "+CFUN=1,1"}
		p.voice = nil
	}),
}

// quectel2G sets what the modems of this vendor without LTE have in common.
func quectel2G(p *profile) {
	p.cnmi = prefer("2,1,0,1,0", "2,1,0,0,0")
	p.storages = []string{"SM", "ME"}
	p.result = secondGeneration
	p.iccid = []string{"+QCCID", "+CCID"}
	p.tries = []string{"+CPINR", `+QPINC="SC"`, "+QTRPIN"}
	p.voice = []way{fileQuectel, speechQuectel}
	p.keys = "+QTONEDET=1"
}

// huawei sets what the sticks of this vendor have in common.
func huawei(p *profile) {
	p.storages = []string{"SM", "ME"}
	p.iccid = []string{"^ICCID?", "+CCID"}
	p.tries = []string{"+CPINR", "^CPIN?"}
	p.extras = []step{{"^CURC=0", false}} // with 1 it reports its signal all the time
	p.ussd = pdu.USSDPacked
	p.reset = []string{"^RESET", "+CFUN=1,1"}
}

// phone sets what telephones with AT commands have in common.
func phone(p *profile) {
	p.cnmi = prefer("2,1,0,1,0", "2,1,0,0,0")
	p.storages = []string{"SM", "ME", "MT"}
	p.iccid = []string{"+CCID", "+ICCID", "+CRSM=176,12258,0,0,10"}
	p.voice = nil
}
