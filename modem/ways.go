package modem

import "simgate/modem/usb"

// The ways of speaking in calls, from the vendors' manuals and the sources of
// chan_dongle, chan_quectel and ModemManager. Profiles list theirs in the order of
// preference, so that one that fails on some firmware has another behind it.
var (
	ttyHuawei = way{name: "huawei-tty", voice: VoiceTTY, words: "sound over a serial port (Huawei)", probe: "^CVOICE?", ports: []usb.Role{usb.RoleVoice, usb.RoleDiag},
		dialled: []string{"^DDSETEX=2"}, speaker: newSound}
	ttySIMCom = way{name: "simcom-tty", voice: VoiceTTY, words: "sound over a serial port (SIMCom)", probe: "+CPCMREG=?", ports: []usb.Role{usb.RoleVoice},
		before: []step{{"+CPCMFRM=0", false}}, // 8000 samples a second
		start:  "+CPCMREG=1", stop: []string{"+CPCMREG=0"}, cure: true, speaker: newSound}
	ttyQuectel = way{name: "quectel-tty", voice: VoiceTTY, words: "sound over a serial port or a sound card (Quectel)", probe: "+QPCMV=?", ports: []usb.Role{usb.RoleGNSS},
		before:  []step{{`+QGPSCFG="outport","none"`, false}, {"+QPCMV=0", false}, {"+QPCMV=1,0", true}}, // positions go to the same port
		stop:    []string{"+QPCMV=0"},
		speaker: newSound}
	cardQuectel = way{name: "quectel-alsa", voice: VoiceALSA, words: "a sound card (Quectel)", probe: "+QPCMV=?",
		before: []step{{"+QPCMV=1,2", true}}, stop: []string{"+QPCMV=0"}, speaker: newSound}

	fileSIM7600 = way{name: "sim7600-file", voice: VoiceFile, words: "files played by the module (SIMCom)", probe: "+CCMXPLAYWAV=?",
		upload: []string{`+CFTRANRX="{name}",{size}`}, folder: "E:/", format: "wav",
		play: `+CCMXPLAYWAV="{name}",1`, halt: "+CCMXSTOPWAV", ended: "+AUDIOSTATE: audio play stop", speaker: newPlayer}
	fileA76xx = way{name: "a76xx-file", voice: VoiceFile, words: "files played by the module (SIMCom)", probe: "+CCMXPLAY=?",
		upload: []string{`+CFTRANRX="{name}",{size}`}, folder: "C:/", format: "wav",
		play: `+CCMXPLAY="{name}",1,1`, halt: "+CCMXSTOP", ended: "+AUDIOSTATE: audio play stop", speaker: newPlayer}
	fileQuectel = way{name: "quectel-file", voice: VoiceFile, words: "files played by the module (Quectel)", probe: "+QPSND=?",
		upload: []string{`+QFDEL="{name}"`, `+QFUPL="{name}",{size}`}, format: "wav",
		play:  `+QPSND=1,"{name}",0,1,1`, // neither direction is muted
		halt:  "+QPSND=0",
		ended: "+QPSND: 0", speaker: newPlayer}
	fileSIM800 = way{name: "sim800-file", voice: VoiceFile, words: "files played by the module (SIMCom, AMR)", probe: "+CREC=?",
		upload: []string{"+FSCREATE={name}", "+FSWRITE={name},0,{size},20"}, folder: `C:\User\`, format: "amr",
		play: `+CREC=4,"{name}",0,90`, halt: "+CREC=5", ended: "+CREC: 0", speaker: newPlayer}

	speechSIMCom = way{name: "simcom-tts", voice: VoiceTTS, words: "the module's own speech (SIMCom)", probe: "+CTTS=?", locales: "en zh",
		before: []step{{"+CDTAM=1", true}}, // to the far end, and not to a loudspeaker here
		play:   `+CTTS=2,"{text}"`, wide: `+CTTS=1,"{text}"`, halt: "+CTTS=0", ended: "+CTTS: 0", speaker: newReader}
	speechSIM800 = way{name: "sim800-tts", voice: VoiceTTS, words: "the module's own speech (SIMCom)", probe: "+CTTS=?", locales: "en zh",
		play: `+CTTS=2,"{text}"`, wide: `+CTTS=1,"{text}"`, halt: "+CTTS=0", ended: "+CTTS: 0", speaker: newReader}
	speechQuectel = way{name: "quectel-tts", voice: VoiceTTS, words: "the module's own speech (Quectel)", probe: "+QWTTS=?", locales: "en zh",
		play: `+QWTTS=1,1,2,"{text}"`, wide: `+QWTTS=1,1,1,"{text}"`, halt: "+QWTTS=0", ended: "+QWTTS: 0", speaker: newReader}
)
