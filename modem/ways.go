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
		start:  "+CPCMREG=1", stop: []string{"+CPCMREG=0"}, cure: true, appears: simcomPort, speaker: newSound}
	ttyQuectel = way{name: "quectel-tty", voice: VoiceTTY, words: "sound over a serial port or a sound card (Quectel)", probe: "+QPCMV=?", ports: []usb.Role{usb.RoleGNSS},
		before:  []step{{`+QGPSCFG="outport","none"`, false}, {"+QPCMV=0", false}, {"+QPCMV=1,0", true}}, // positions go to the same port
		stop:    []string{"+QPCMV=0"},
		speaker: newSound}
	cardQuectel = way{name: "quectel-alsa", voice: VoiceALSA, words: "a sound card (Quectel)", probe: "+QPCMV=?",
		before: []step{{"+QPCMV=1,2", true}}, stop: []string{"+QPCMV=0"}, appears: quectelCard, speaker: newSound}

	// +CFTRANRX refuses the name of a file that exists (A76XX Series AT Command Manual
	// V1.09, 13.2.1), and +FSDEL deletes in the folder of +FSCD; some firmware takes a path.
	fileSIM7600 = way{name: "sim7600-file", voice: VoiceFile, words: "files played by the module (SIMCom)", probe: "+CCMXPLAYWAV=?",
		remove: []string{"+FSCD=E:", "+FSDEL={file}", `+FSDEL="{name}"`}, write: `+CFTRANRX="{name}",{size}`, folder: "E:/", format: "wav",
		play: `+CCMXPLAYWAV="{name}",1`, halt: "+CCMXSTOPWAV", ended: []string{"+WAVSTATE: wav play stop", "+AUDIOSTATE: audio play stop"},
		speaker: newPlayer}
	// Over USB it takes 200 kB at once, "usually it is safer to set a smaller size"; the
	// third value is always 100, the last a place in the file. The last value of +CCMXPLAY is
	// how often the file is repeated: A76XX Series Audio Application Note V1.00, 3.2.
	fileA76xx = way{name: "a76xx-file", voice: VoiceFile, words: "files played by the module (SIMCom)", probe: "+CCMXPLAY=?",
		remove: []string{"+FSCD=C:", "+FSDEL={file}", `+FSDEL="{name}"`}, write: `+CFTRANRX="{name}",{size}`,
		extend: `+CFTRANRX="{name}",{size},100,{at}`, folder: "C:/", format: "wav",
		play: `+CCMXPLAY="{name}",1,0`, halt: "+CCMXSTOP", ended: []string{"+AUDIOSTATE: audio play stop"}, speaker: newPlayer}
	fileQuectel = way{name: "quectel-file", voice: VoiceFile, words: "files played by the module (Quectel)", probe: "+QPSND=?",
		remove: []string{`+QFDEL="{name}"`}, write: `+QFUPL="{name}",{size}`, format: "wav",
		play:  `+QPSND=1,"{name}",0,1,1`, // not repeated, and neither direction is muted
		halt:  "+QPSND=0",
		ended: []string{"+QPSND:"}, speaker: newPlayer}
	// Programs for the M26 play AMR files, and these from the RAM, with two volumes from 0 to
	// 7 and 1 for the far end.
	fileQuectelRAM = way{name: "quectel-ram", voice: VoiceFile, words: "files played by the module (Quectel, AMR)", probe: "+QPSND=?",
		remove: []string{`+QFDEL="{name}"`}, write: `+QFUPL="{name}",{size}`, folder: "RAM:", format: "amr",
		play: `+QPSND=1,"{name}",0,7,7,1`, halt: "+QPSND=0", ended: []string{"+QPSND:"}, speaker: newPlayer}
	// +FSCREATE refuses the name of a file that exists, and +FSWRITE=name,0 leaves what a
	// longer file has behind the octets that are written.
	fileSIM800 = way{name: "sim800-file", voice: VoiceFile, words: "files played by the module (SIMCom, AMR)", probe: "+CREC=?",
		remove: []string{"+FSDEL={name}", "+FSCREATE={name}"}, write: "+FSWRITE={name},0,{size},20", extend: "+FSWRITE={name},1,{size},20",
		folder: `C:\User\`, format: "amr",
		play: `+CREC=4,"{name}",0,90`, halt: "+CREC=5", ended: []string{"+CREC: 0"}, speaker: newPlayer}

	speechSIMCom = way{name: "simcom-tts", voice: VoiceTTS, words: "the module's own speech (SIMCom)", probe: "+CTTS=?", locales: "en zh",
		before: []step{{"+CDTAM=1", true}}, // to the far end, and not to a loudspeaker here
		play:   `+CTTS=2,"{text}"`, wide: `+CTTS=1,"{text}"`, halt: "+CTTS=0", ended: []string{"+CTTS: 0"}, speaker: newReader}
	speechSIM800 = way{name: "sim800-tts", voice: VoiceTTS, words: "the module's own speech (SIMCom)", probe: "+CTTS=?", locales: "en zh",
		play: `+CTTS=2,"{text}"`, wide: `+CTTS=1,"{text}"`, halt: "+CTTS=0", ended: []string{"+CTTS: 0"}, speaker: newReader}
	// It is stopped by mode 0 in the third place, and ends with +QWTTS: 0, or 4111 if the
	// call ends: Quectel EC2x&EG9x&EG2x-G AT commands, +QWTTS.
	speechQuectel = way{name: "quectel-tts", voice: VoiceTTS, words: "the module's own speech (Quectel)", probe: "+QWTTS=?", locales: "en zh",
		play: `+QWTTS=1,1,2,"{text}"`, wide: `+QWTTS=1,1,1,"{text}"`, halt: "+QWTTS=1,0,0", ended: []string{"+QWTTS:"}, speaker: newReader}
)
