package main

import (
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	v1 "simgate/api/v1"
	"simgate/gateway/line/phone/phonetest"
	"simgate/modem/simulator"
)

// holding runs a program of this name that has a file open until the test ends.
func holding(t *testing.T, name, file string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexec 9<\"$1\"\necho held\nread wait\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, file)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	if _, err := out.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
}

// Where a simgate runs that does not answer, no modem is opened.
func TestDoctorOpensNoPortOfAnotherSimgate(t *testing.T) {
	for _, tc := range []struct {
		name string
		run  func(t *testing.T, state, port string)
		text string
	}{
		{"it has the port", func(t *testing.T, _, port string) { t.Helper(); holding(t, "simgate", port) }, "with another configuration than this"},
		{"it has the database", func(t *testing.T, state, _ string) {
			t.Helper()
			f, err := os.Create(filepath.Join(state, "simgate.db.lock"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
			if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
				t.Fatal(err)
			}
		}, "does not answer on"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			state, port := t.TempDir(), served(t, simulator.SIM{ICCID: doctorSIM})
			tc.run(t, state, port)
			config := filepath.Join(t.TempDir(), "simgate.yaml")
			text := fmt.Sprintf("listen: 127.0.0.1:0\nsocket: %s/s\nstate_dir: %s\nmodems: [{name: stick, port: %s}]\n", state, state, port)
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			r := command(t, "doctor", "--config", config, "--sys", t.TempDir())
			if !strings.Contains(r.out, tc.text) || strings.Contains(r.out, "driven as") || strings.Contains(r.out, "stop it, or keep it away") {
				t.Errorf("%+v", r)
			}
		})
	}
}

// Beside the daemon the doctor knows what the daemon knows.
func TestDoctorTellsWhyAModemDoesNotStart(t *testing.T) {
	now := time.Now()
	for _, tc := range []struct {
		name  string
		modem v1.Modem
		level level
		text  string
	}{
		{"it has begun", v1.Modem{State: "starting", Since: now}, warn, "is starting"},
		{"it has failed before", v1.Modem{State: "starting", Since: now, Detail: "the last try failed: there is no SIM"}, fail, "does not start: the last try failed: there is no SIM"},
		{"for an hour", v1.Modem{State: "opening", Since: now.Add(-time.Hour)}, fail, "does not start"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var c checkup
			c.modem(tc.modem)
			checkFinding(t, c.findings, tc.level, tc.text, nil)
		})
	}
}

// A number that a card says is to be proved where an app could ask people for a text to it,
// and has no other to ask for.
func TestDoctorHintsAtNumbersToBeProved(t *testing.T) {
	said := v1.Modem{Name: "stick", Kind: "modem", State: "ready", Line: 7, Number: "+4915112345678"}
	with := func(change func(*v1.Modem)) v1.Modem {
		m := said
		change(&m)
		return m
	}
	codes, texts := v1.Key{Scopes: []string{"otp.send"}}, v1.Key{Scopes: []string{"sms.send"}}
	for _, tc := range []struct {
		name   string
		modems []v1.Modem
		key    v1.Key
		hint   bool
	}{
		{"an app that sends codes", []v1.Modem{said}, codes, true},
		{"a key that may do all", []v1.Modem{said}, v1.Key{Scopes: []string{"admin"}}, true},
		{"an app that sends none", []v1.Modem{said}, texts, false},
		{"a key that was revoked", []v1.Modem{said}, v1.Key{Scopes: codes.Scopes, Revoked: time.Now()}, false},
		{"a key that has expired", []v1.Modem{said}, v1.Key{Scopes: codes.Scopes, KeySettings: v1.KeySettings{Expires: time.Now().Add(-time.Minute)}}, false},
		{"a number that is certain", []v1.Modem{with(func(m *v1.Modem) { m.Certain = true })}, codes, false},
		{"another SIM has one that is certain", []v1.Modem{said, with(func(m *v1.Modem) { m.Certain, m.State = true, "searching" })}, codes, false},
		{"another has one, and is not there", []v1.Modem{said, with(func(m *v1.Modem) { m.Certain, m.State = true, "absent" })}, codes, true},
		{"a card that says none", []v1.Modem{with(func(m *v1.Modem) { m.Number = "" })}, codes, false},
		{"a number without its country", []v1.Modem{with(func(m *v1.Modem) { m.Number = "015112345678" })}, codes, false},
		{"a modem that is not ready", []v1.Modem{with(func(m *v1.Modem) { m.State = "searching" })}, codes, false},
		{"a SIM that rests", []v1.Modem{with(func(m *v1.Modem) { m.Hold = "quarantined" })}, codes, false},
	} {
		var c checkup
		c.unproved(tc.modems, []v1.Key{texts, tc.key})
		if len(c.findings) > 1 || (len(c.findings) == 1) != tc.hint {
			t.Errorf("%s: %+v", tc.name, c.findings)
		} else if tc.hint && (c.findings[0].Level != fine || c.findings[0].About != "modem stick" || !strings.Contains(c.findings[0].Fix, "simgate lines prove 7,")) {
			t.Errorf("%s: %+v", tc.name, c.findings)
		}
	}
}

func TestDoctorFindsWhereItCannotListen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, tc := range []struct {
		name, listen string
		level        level
		text         string
	}{
		{"a port that is used", l.Addr().String(), fail, "sudo ss -ltnp 'sport = :" + port + "'"},
		{"an address of another machine", "192.0.2.1:0", fail, "does not have the address"},
		{"every machine", "0.0.0.0:0", warn, "0.0.0.0:0 takes keys and codes unencrypted"},
		{"every machine, in IPv6", `"[::]:0"`, warn, "[::]:0 takes keys and codes unencrypted"},
		{"every machine, among others", "[127.0.0.1:0, {address: \":0\", dialects: [textmagic]}]", warn, ":0 takes keys and codes unencrypted"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, report := examined(t, t.TempDir(), "listen: "+tc.listen+"\n")
			if !report.says(tc.level, "listen", tc.text) {
				t.Errorf("%+v", report.Findings)
			}
		})
	}
	for _, own := range []string{"127.0.0.1:0", "localhost:0", `"[::1]:0"`} {
		if _, report := examined(t, t.TempDir(), "listen: "+own+"\n"); report.says(warn, "listen", "") {
			t.Errorf("%s: %+v", own, report.Findings)
		}
	}
}

// The one who must open a port is the service where it is installed, else the person
// who runs the program, with sudo or without.
func TestDoctorNamesWhoMustOpenThePort(t *testing.T) {
	nobody, err := user.Lookup("nobody")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("only root can make files of another group")
	}
	daemons, err := user.LookupGroupId("1")
	if err != nil {
		t.Skip(err)
	}
	own, _ := strconv.Atoi(nobody.Gid)
	for _, tc := range []struct {
		name, service string
		group         int
		mode          os.FileMode
		fix           string // "" if it can be opened
	}{
		{"the service", "nobody", 1, 0o660, "sudo usermod -aG " + daemons.Name + " nobody, and sudo systemctl restart simgate"},
		{"the service, in its group", "nobody", own, 0o660, ""},
		{"the service, a port of root", "nobody", 0, 0o660, "install the udev rules"},
		{"a person", "nosuchuser", 1, 0o660, "sudo usermod -aG " + daemons.Name + " pi, and log in again"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(readableTemp(t), "tty")
			if err := os.WriteFile(path, nil, tc.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tc.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(path, 0, tc.group); err != nil {
				t.Fatal(err)
			}
			c := checkup{service: tc.service, person: "pi"}
			if info, err := os.Stat(path); err != nil {
				t.Fatal(err)
			} else if tc.service == "nosuchuser" { // root can open it
				c.note(fail, "", "", mayOpen(info, path, c.userName(), "log in again"))
			} else {
				c.port("modem stick", path)
			}
			if len(c.findings) > 0 != (tc.fix != "") || tc.fix != "" && !strings.HasPrefix(c.findings[0].Fix, tc.fix) {
				t.Errorf("%+v, want %q", c.findings, tc.fix)
			}
		})
	}
}

// What a modem that is ready cannot do is said, beside the daemon too.
func TestDoctorAsksPhones(t *testing.T) {
	p := phonetest.New(phonetest.SIMs(phonetest.SIM{Slot: 1, Carrier: "Example Mobile"}))
	t.Cleanup(p.Close)
	server := httptest.NewServer(p.Handler())
	t.Cleanup(server.Close)
	line := func(password string) string {
		return "lines: [{name: old, phone: {url: " + server.URL + ", password: " + password + "}}]\n"
	}
	sys := filepath.Join(t.TempDir(), "sys")
	if code, report := examined(t, sys, line(phonetest.Password)); code != exitOK || !report.says(fine, "phone old", "ready, Google oriole, Example Mobile") ||
		!report.says(warn, "phone old", "the number of its SIM is not known") || len(report.Modems) != 1 || report.Modems[0].Kind != "phone" {
		t.Errorf("status %d: %+v", code, report)
	}
	p.Battery(4, false)
	if code, report := examined(t, sys, line("wrong")); code != exitError || !report.says(fail, "phone old", "the app refuses the user or the password") ||
		!report.says(warn, "phone old", "its battery is at 4 % and is not charged") {
		t.Errorf("status %d: %+v", code, report.Findings)
	}
	server.Close()
	if code, report := examined(t, sys, line(phonetest.Password)); code != exitError || !report.says(fail, "phone old", "nothing answers at "+server.URL+": connection refused") {
		t.Errorf("status %d: %+v", code, report.Findings)
	}
	if c := p.Complaints(); len(c) > 0 {
		t.Errorf("the app complains: %q", c)
	}
}

func TestDoctorSaysWhatAReadyModemLacks(t *testing.T) {
	var c checkup
	c.modem(v1.Modem{Name: "stick", State: "ready", Detail: "the modem does not report incoming messages: they are looked for every few seconds; no delivery reports",
		Voice: "file", VoLTE: "off", SignalDBm: -70, Port: "/dev/ttyUSB2",
		Advice: []v1.Setting{{Why: "its sound card is switched off", Command: "AT+QCFG=1"}, {Why: "the firmware has no sound card"}}})
	e := examination{Findings: c.findings}
	if !e.says(warn, "modem stick", "every few seconds; no delivery reports") || !e.says(fine, "modem stick", "speaks into calls: file (VoLTE off)") ||
		!e.says(warn, "modem stick", "in picocom /dev/ttyUSB2: AT+QCFG=1, then AT+CFUN=1,1") || !e.says(warn, "modem stick", "the firmware has no sound card") {
		t.Errorf("%+v", c.findings)
	}
}
