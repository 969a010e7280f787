package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// asOther runs f without the power of root to read every file. It returns false
// where this cannot be done.
func asOther(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for ever: the thread ends with its user
		if err := unix.Setfsuid(65534); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}

const withPIN = "modems: [{name: stick, port: /dev/none, pin: \"7391\"}]\n"

// Whatever the state of the configuration, the advice must not harm the file: it
// says to write one only where there is none.
func TestDoctorNeverAdvisesToOverwriteTheConfiguration(t *testing.T) {
	write := func(text string, mode os.FileMode) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tc := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		level   level
		text    string
		fix     []string
		creates bool
	}{
		{"missing", func(*testing.T, string) {}, warn, "does not exist", []string{"simgate config default | sudo install -D -m 640 /dev/stdin "}, true},
		{"in a folder that is missing", func(t *testing.T, path string) { t.Helper(); os.Remove(filepath.Dir(path)) }, warn, "does not exist", []string{"install -D"}, true},
		{"a link to nothing", func(t *testing.T, path string) {
			t.Helper()
			if err := os.Symlink(path+".gone", path); err != nil {
				t.Fatal(err)
			}
		}, fail, "is a link to a file that does not exist", []string{"ls -l "}, false},
		{"unreadable", write(withPIN, 0), fail, "this user cannot read", []string{"sudo chown ", "sudo chmod 600 "}, false},
		{"in a folder that must not be entered", func(t *testing.T, path string) {
			write(withPIN, 0o600)(t, path)
			if err := os.Chmod(filepath.Dir(path), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) }) // the folder of the test goes
		}, fail, "this user cannot read", []string{"sudo chmod a+x "}, false},
		{"below a file", func(t *testing.T, path string) {
			t.Helper()
			os.Remove(filepath.Dir(path))
			write("", 0o644)(t, filepath.Dir(path))
		}, fail, "not a directory", []string{"ls -l "}, false},
		{"a folder", func(t *testing.T, path string) {
			t.Helper()
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}, fail, "is a folder", []string{"--config"}, false},
		{"empty", write("", 0o644), fine, "is in order", nil, false},
		{"invalid YAML", write("modems: [\n", 0o644), fail, ":1: ", []string{"simgate config check "}, false},
		{"an unknown key", write("modem: []\n", 0o644), fail, "there is no such key", []string{"simgate config check "}, false},
		{"others can read its PIN", write(withPIN, 0o644), warn, "every user of this machine can read the PIN", []string{"sudo chown ", "sudo chmod 600 "}, false},
		{"others can read it, and there is no PIN", write("country: DE\n", 0o644), fine, "is in order", nil, false},
		{"readable by the owner alone", func(t *testing.T, path string) {
			write(withPIN, 0o600)(t, path)
			if err := os.Chown(path, 65534, -1); err != nil && os.Geteuid() == 0 {
				t.Fatal(err)
			}
		}, fine, "is in order", nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			folder := filepath.Join(readableTemp(t), "etc")
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, "simgate.yaml")
			tc.prepare(t, path)
			var found []finding
			asOther(t, func() {
				c := checkup{service: "nosuchuser"}
				c.configuration(t.Context(), path)
				found = c.findings
			})
			checkFinding(t, found, tc.level, tc.text, tc.fix)
			for _, f := range found {
				if overwrites := strings.Contains(f.Fix, "config default"); overwrites != tc.creates {
					t.Errorf("the advice is %q", f.Fix)
				}
			}
		})
	}
}

// Run by root, who can read everything, the doctor finds out for the service.
func TestDoctorAsksWhetherTheServiceReadsTheConfiguration(t *testing.T) {
	const service = "nobody" // a user that every machine has
	account, err := user.Lookup(service)
	if err != nil || os.Geteuid() != 0 {
		t.Skip("only root can try what another user may do")
	}
	group := account.Gid
	if g, err := user.LookupGroupId(account.Gid); err == nil {
		group = g.Name
	}
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	for _, tc := range []struct {
		name        string
		file        os.FileMode
		folder      os.FileMode
		owner, team int
		level       level
		fix         []string
	}{
		{"root's alone", 0o600, 0o755, 0, 0, fail, []string{"sudo chown root:" + group + " ", " && sudo chmod 640 "}},
		{"of another group", 0o640, 0o755, 0, 0, fail, []string{"sudo chown root:" + group + " ", " && sudo chmod 640 "}},
		{"in a folder of root", 0o644, 0o700, 0, 0, fail, []string{"sudo chmod a+x ", "/etc"}},
		{"of its group", 0o640, 0o755, 0, gid, fine, nil},
		{"its own", 0o600, 0o755, uid, 0, fine, nil},
		{"everybody's", 0o644, 0o755, 0, 0, fine, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			folder := filepath.Join(readableTemp(t), "etc")
			path := filepath.Join(folder, "simgate.yaml")
			for _, err := range []error{os.Mkdir(folder, 0o755), os.WriteFile(path, []byte("country: DE\n"), 0o600),
				os.Chown(path, tc.owner, tc.team), os.Chmod(path, tc.file), os.Chmod(folder, tc.folder)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			c := checkup{service: service}
			c.configuration(t.Context(), path)
			text := "is in order"
			if tc.level == fail {
				text = "the user of the service, nobody, cannot read"
			}
			checkFinding(t, c.findings, tc.level, text, tc.fix)
			if tc.level == fine && len(c.findings) != 1 {
				t.Errorf("%+v", c.findings)
			}
		})
	}
}

// A configuration that only root and the service can read is as it should be.
func TestDoctorWithoutRightsSendsToRoot(t *testing.T) {
	account, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	path := filepath.Join(readableTemp(t), "simgate.yaml")
	if err := os.WriteFile(path, []byte(withPIN), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can have a file that this user cannot read")
	}
	asOther(t, func() {
		c := checkup{service: account.Username}
		c.configuration(t.Context(), path)
		checkFinding(t, c.findings, warn, "only root and the service can read", []string{"sudo simgate doctor"})
	})
}

// What is configured is unknown, so is the socket of the daemon: no port is opened
// beside it.
func TestDoctorAsksNoModemWithoutTheConfiguration(t *testing.T) {
	var out bytes.Buffer
	run(t.Context(), []string{"doctor", "--json", "--config", t.TempDir(), "--sys", t.TempDir()}, strings.NewReader(""), &out, &out, os.Getenv)
	var report examination
	if err := json.NewDecoder(&out).Decode(&report); err != nil {
		t.Fatal(err)
	}
	if !report.says(warn, "modems", "not checked") || report.says(fail, "modem found", "") {
		t.Errorf("%+v", report.Findings)
	}
}

// readableTemp returns a folder of the test that every user can enter.
func readableTemp(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, dir := range []string{folder, filepath.Dir(folder)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func checkFinding(t *testing.T, found []finding, l level, text string, fix []string) {
	t.Helper()
	for _, f := range found {
		if f.Level != l || !strings.Contains(f.Text, text) {
			continue
		}
		for _, part := range fix {
			if !strings.Contains(f.Fix, part) {
				t.Errorf("the advice %q lacks %q", f.Fix, part)
			}
		}
		return
	}
	t.Errorf("nobody says %s %q: %+v", l, text, found)
}
