package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"simgate/modem/simulator"
	"simgate/modem/usb/usbtest"
)

// examined runs the doctor on a sysfs, with a configuration of one modem.
func examined(t *testing.T, sys, config string, flags ...string) (code int, report examination) {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "simgate.yaml")
	text := "socket: " + folder + "/s\nstate_dir: " + folder + "\n" + config
	if !strings.Contains(config, "listen:") { // another daemon may run on this machine
		text += "listen: 127.0.0.1:0\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"doctor", "--json", "--config", path, "--sys", sys}, flags...), strings.NewReader(""), &out, &errs, os.Getenv)
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("%v: %s%s", err, &out, &errs)
	}
	return code, report
}

// says reports whether there is such a finding.
func (e examination) says(l level, about, text string) bool {
	for _, f := range e.Findings {
		if f.Level == l && strings.Contains(f.About, about) && strings.Contains(f.Text+" "+f.Fix, text) {
			return true
		}
	}
	return false
}

// served is a simulated modem on a pseudo-terminal.
func served(t *testing.T, sim simulator.SIM, options ...simulator.ModemOption) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tty")
	serve(t, path, sim, options...)
	return path
}

// serve serves a simulated modem on a pseudo-terminal at path.
func serve(t *testing.T, path string, sim simulator.SIM, options ...simulator.ModemOption) {
	t.Helper()
	m := simulator.NewNetwork().Modem(sim, options...)
	var serving sync.WaitGroup
	t.Cleanup(serving.Wait)
	serving.Go(func() { _ = m.ServePTY(t.Context(), path) })
	if err := m.AwaitPTY(t.Context()); err != nil {
		t.Fatal(err)
	}
}

const doctorSIM = "8949020000000000017"

func TestDoctorAsksTheModem(t *testing.T) {
	sim := simulator.SIM{ICCID: doctorSIM, IMSI: "262010000000017", MSISDN: "+4915112345678"}
	for _, tc := range []struct {
		name        string
		sim         simulator.SIM
		options     []simulator.ModemOption
		level       level
		about, text string
		code        int
	}{
		{"a good one", sim, []simulator.ModemOption{simulator.Family("sim7600")}, fine, "modem stick", "SIM7600", exitOK},
		{"its SIM", sim, nil, fine, "modem stick", "the SIM is open (3 PIN tries left)", exitOK},
		{"its network", sim, nil, fine, "modem stick", "circuit switched: registered; LTE: registered", exitOK},
		{"its voice", sim, nil, fine, "modem stick", "offers for calls what simgate cannot use here: sound over a serial port", exitOK},
		{"its voice by files", sim, []simulator.ModemOption{simulator.Family("a7670")}, fine, "modem stick", "speaks into calls (tts, file); LTE: not registered with the IMS", exitOK},
		{"its voice by files in another way", sim, []simulator.ModemOption{simulator.Family("sim7600")}, fine, "modem stick", "speaks into calls (file, tts)", exitOK},
		{"its voice over LTE", sim, []simulator.ModemOption{simulator.Family("a7670"), simulator.PacketOnly()}, fine, "modem stick", "LTE: registered with the IMS", exitOK},
		{"no calls over LTE", sim, []simulator.ModemOption{simulator.Family("a7670"), simulator.PacketOnly(), simulator.Reply("+CAVIMS?", "+CAVIMS: 0")}, fine,
			"modem stick", "registered with the IMS, but calls over it are not available", exitOK},
		{"calls over LTE switched off", sim, []simulator.ModemOption{simulator.Family("ec25"), simulator.Reply(`+QCFG="IMS"`, `+QCFG: "ims",2,0`)}, warn,
			"modem stick", `AT+QCFG="ims",1, then AT+CFUN=1,1`, exitOK},
		{"calls over LTE not in the operator's settings", sim, []simulator.ModemOption{simulator.Family("ec25")}, warn, "modem stick", `AT+QMBNCFG="AutoSel",1`, exitOK},
		{"calls by old networks alone", sim, []simulator.ModemOption{simulator.Family("a7670"), simulator.Reply("+CEVDP?", "+CEVDP: 1")}, warn,
			"modem stick", "AT+CEVDP=3, then AT+CFUN=1,1", exitOK},
		{"a modem set for data", sim, []simulator.ModemOption{simulator.Family("a7670"), simulator.Reply("+CEUS?", "+CEUS: 1")}, warn, "modem stick", "AT+CEUS=0, then", exitOK},
		{"messages that it does not report", sim, []simulator.ModemOption{simulator.Reply("+CNMI=?", "+CNMI: (0),(0),(0),(0),(0)")}, warn, "modem stick", "looked for every few seconds; no delivery reports", exitOK},
		{"no reports", sim, []simulator.ModemOption{simulator.Reply("+CNMI=?", "+CNMI: (0-2),(0-3),(0,2),(0),(0,1)")}, warn, "modem stick", "no delivery reports", exitOK},
		{"no voice", sim, []simulator.ModemOption{simulator.Without("+CPCMREG")}, fine, "modem stick", "no way to speak into a call", exitOK},
		{"a SIM that wants its PIN", simulator.SIM{ICCID: doctorSIM, PIN: "1234"}, nil, warn, "modem stick", "asks for its PIN (3 PIN tries left)", exitOK},
		{"a SIM without a centre", simulator.SIM{ICCID: doctorSIM, SMSC: simulator.NoSMSC}, nil, fail, "modem stick", "set smsc", exitError},
		{"data only", sim, []simulator.ModemOption{simulator.PacketOnly(), simulator.Reply("+CIREG?", "+CIREG: 0,0")}, fine, "modem stick", "circuit switched: not registered", exitOK}, // messages over LTE are tried
		{"denied", sim, []simulator.ModemOption{simulator.Registered(simulator.Denied)}, fail, "modem stick", "denied", exitError},
		{"a weak signal", sim, []simulator.ModemOption{simulator.Reply("+CSQ", "+CSQ: 3,99")}, warn, "modem stick", "-107 dBm: weak", exitOK},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			port := served(t, tc.sim, tc.options...)
			code, report := examined(t, filepath.Join(t.TempDir(), "sys"), "modems: [{name: stick, port: "+port+"}]\n")
			if code != tc.code {
				t.Errorf("status %d: %+v", code, report.Findings)
			}
			if !report.says(tc.level, tc.about, tc.text) {
				t.Errorf("nobody says %s %q: %+v", tc.level, tc.text, report.Findings)
			}
		})
	}
}

// A modem whose sound does not appear on the USB is told the command that makes it appear.
func TestDoctorKnowsWhatMakesTheSoundAppear(t *testing.T) {
	for _, tc := range []struct {
		name, ids, family string
		option            simulator.ModemOption
		text              string
	}{
		{"a sound card that is off", "2c7c:0125", "ec25", simulator.At(""), `AT+QCFG="usbcfg",0x2C7C,0x0125,1,1,1,1,1,0,1, then AT+CFUN=1,1`},
		{"other figures", "2c7c:0125", "ec25", simulator.Reply(`+QCFG="USBCFG"`, `+QCFG: "usbcfg",0x2C7C,0x0125,1,1,1,1,0,1,0`), `0x2C7C,0x0125,1,1,1,1,0,1,1,`},
		{"a sound card that is on", "2c7c:0125", "ec25", simulator.Reply(`+QCFG="USBCFG"`, `+QCFG: "usbcfg",0x2C7C,0x0125,1,1,1,1,1,0,1`), "alsa-utils"},
		{"firmware without one", "2c7c:0125", "ec25", simulator.Reply(`+QCFG="USBCFG"`, `+QCFG: "usbcfg",0x2C7C,0x0125,1,1,1,1,1,0`), "the firmware has no sound card"},
		{"no port for sound", "1e0e:9011", "sim7600", simulator.At(""), "AT+CUSBPIDSWITCH=9001,1,1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root := t.TempDir()
			usbtest.PlugIn(t, filepath.Join(root, "sys"), "1-1.2", tc.ids, usbtest.Port{TTY: "ttyUSB2", Interface: 4})
			if err := os.Mkdir(filepath.Join(root, "dev"), 0o755); err != nil {
				t.Fatal(err)
			}
			port := filepath.Join(root, "dev/ttyUSB2")
			serve(t, port, simulator.SIM{ICCID: doctorSIM, IMSI: "262010000000017"}, simulator.Family(tc.family), tc.option)
			_, report := examined(t, filepath.Join(root, "sys"), "modems: [{name: stick, port: "+port+"}]\n")
			if !report.says(warn, "modem stick", tc.text) {
				t.Errorf("nobody says %q: %+v", tc.text, report.Findings)
			}
		})
	}
}

func TestDoctorLooksAtTheMachine(t *testing.T) {
	for _, tc := range []struct {
		name    string
		prepare func(t *testing.T, write func(path, text string))
		config  string
		level   level
		text    string
	}{
		{"too little voltage now", func(_ *testing.T, write func(string, string)) {
			write("devices/platform/soc/soc:firmware/get_throttled", "50005\n")
		}, "", fail, "too little voltage just now"},
		{"too little voltage once", func(_ *testing.T, write func(string, string)) {
			write("devices/platform/soc/soc:firmware/get_throttled", "50000\n")
		}, "", warn, "powered hub"},
		{"voltage enough", func(_ *testing.T, write func(string, string)) {
			write("devices/platform/soc/soc:firmware/get_throttled", "0\n")
		}, "", fine, "high enough"},
		{"a port that drew too much", func(_ *testing.T, write func(string, string)) {
			write("bus/usb/devices/1-1:1.0/1-1-port2/over_current_count", "3\n")
		}, "", warn, "was switched off 3 times"},
		{"a stick that is still a disk", func(_ *testing.T, write func(string, string)) {
			write("bus/usb/devices/1-1.9/idVendor", "12d1\n")
			write("bus/usb/devices/1-1.9/idProduct", "1446\n")
		}, "", fail, "usb_modeswitch -v 12d1 -p 1446"},
		{"a port that is not there", nil, "modems: [{name: stick, port: /dev/ttyUSB77}]\n", fail, "/dev/ttyUSB77 is not there"},
		{"a mistake in the configuration", nil, "modem: []\n", fail, "there is no such key"},
		{"the disk", nil, "", fine, "MB are free"},
		{"no speech", nil, "voice: {espeak: /none/espeak-ng}\n", warn, "codes cannot be spoken in calls"},
		{"no daemon", nil, "", warn, "systemctl enable --now simgate"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sys := t.TempDir()
			if tc.prepare != nil {
				tc.prepare(t, func(path, text string) {
					path = filepath.Join(sys, path)
					if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				})
			}
			if _, report := examined(t, sys, tc.config); !report.says(tc.level, "", tc.text) {
				t.Errorf("nobody says %s %q: %+v", tc.level, tc.text, report.Findings)
			}
		})
	}
}

// What leaves the house tells nobody's number, PIN or key.
func TestBundleIsMasked(t *testing.T) {
	port := served(t, simulator.SIM{ICCID: doctorSIM, IMSI: "262010000000017", MSISDN: "+4915112345678"})
	bundle := filepath.Join(t.TempDir(), "report.txt")
	config := "modems:\n  - name: stick\n    port: " + port + "\n    pin: \"7391\"\n    number: \"+4915112345678\"\nsims:\n  - iccid: \"" + doctorSIM + "\"\n    pin: \"8264\"\n" +
		"lines:\n  - {name: old, phone: {url: \"http://127.0.0.1:1\", password: \"s, \\\"e}cret\", sim: 1, signing_key: alsosecret}}\n"
	examined(t, filepath.Join(t.TempDir(), "sys"), config, "--bundle", bundle)
	raw, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"7391", "8264", "cret", "12345678", doctorSIM[6:], "0000000017", "0440100"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("%s is in it: %s", secret, raw)
		}
	}
	if !strings.Contains(string(raw), "\"findings\"") || !strings.Contains(string(raw), "name: stick") {
		t.Errorf("it says too little: %s", raw)
	}
	if got := maskSecrets("simgate_AbC123_secret"); strings.Contains(got, "secret") {
		t.Errorf("a key stays: %s", got)
	}
}

var write = flag.String("write", "", "folder in which TestDoctorRecords leaves its recordings")

// A recorded session of every family says nothing secret, and is played back without
// code: the modem starts, sends and receives as the recorded one.
func TestDoctorRecords(t *testing.T) {
	const imsi = "262010000000017"
	for _, family := range simulator.Families() {
		t.Run(family, func(t *testing.T) {
			t.Parallel()
			port := served(t, simulator.SIM{ICCID: doctorSIM, IMSI: imsi}, simulator.Family(family))
			path := filepath.Join(cmp.Or(*write, t.TempDir()), family+".txt")
			if code, out := recorded(t, port, path); code != exitOK {
				t.Fatalf("status %d: %s", code, out)
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text := string(raw)
			if !strings.HasPrefix(text, "# profile: ") || !strings.Contains(text, "> AT+CGMM") {
				t.Errorf("%s", text)
			}
			for _, secret := range []string{doctorSIM[6:], imsi[6:], "0440100"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s is in it: %s", secret, text)
				}
			}
			played, err := simulator.Recorded(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			again := filepath.Join(t.TempDir(), "again.txt")
			if code, out := recorded(t, served(t, simulator.SIM{ICCID: doctorSIM, IMSI: imsi}, played), again); code != exitOK {
				t.Fatalf("status %d: %s", code, out)
			}
			if second, err := os.ReadFile(again); err != nil || string(second) != text {
				t.Errorf("played back it answers otherwise: %v\n%s", err, difference(text, string(second)))
			}
		})
	}
}

// difference returns the first lines that differ.
func difference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return strings.Join(as[max(0, i-1):i+1], "\n") + "\n" + bs[i]
		}
	}
	return "one is longer"
}

func recorded(t *testing.T, port, path string) (int, string) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "simgate.yaml")
	if err := os.WriteFile(config, []byte("modems: [{name: stick, port: "+port+"}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	code := run(t.Context(), []string{"doctor", "--config", config, "--record", path}, strings.NewReader(""), &out, &out, os.Getenv)
	return code, out.String()
}
