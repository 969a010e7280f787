package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"simgate/cmd/simgate/cli"
)

// demoRun is a "simgate try" that has greeted.
type demoRun struct {
	address, key, command string
	errors                *bytes.Buffer
	arrived               chan struct{} // closed when a phone has received a message, so that both modems are ready
	stop                  func()
}

var (
	greetedAddress = regexp.MustCompile(`address +http://(\S+)`)
	greetedKey     = regexp.MustCompile(`API key +(\S+)`)
	greetedCommand = regexp.MustCompile(`^ +(\S+ --demo\S*) messages$`)
)

// startDemo runs "simgate try" until the test ends or stop is called.
func startDemo(t *testing.T, args ...string) demoRun {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	out, in := io.Pipe()
	d := demoRun{errors: &bytes.Buffer{}, arrived: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"try"}, args...), strings.NewReader(""), in, d.errors, func(string) string { return "" })
		_ = in.Close()
	}()
	d.stop = func() {
		interrupt()
		code, running := <-ended
		if running && code != exitOK {
			t.Errorf("the exit status is %d: %s", code, d.errors)
		}
		if running {
			close(ended)
		}
	}
	t.Cleanup(d.stop)
	lines := bufio.NewScanner(out)
	for d.command == "" && lines.Scan() {
		for to, form := range map[*string]*regexp.Regexp{&d.address: greetedAddress, &d.key: greetedKey, &d.command: greetedCommand} {
			if m := form.FindStringSubmatch(lines.Text()); m != nil {
				*to = m[1]
			}
		}
	}
	if d.command == "" {
		t.Fatalf("it did not greet: %s", d.errors)
	}
	go func() { // until it ends
		for told := false; lines.Scan(); {
			if !told && strings.Contains(lines.Text(), "] message from ") {
				close(d.arrived)
				told = true
			}
		}
	}()
	return d
}

// call makes a request with the key of the demo.
func (d demoRun) call(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

// demoHome makes a working folder without a demo.
func demoHome(t *testing.T) {
	t.Helper()
	folder, err := os.MkdirTemp("/tmp", "simgate-demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	t.Chdir(folder)
	t.Setenv("TMPDIR", folder)
}

const anyPort = "--listen=127.0.0.1:0"

func TestDemo(t *testing.T) {
	demoHome(t)
	d := startDemo(t, anyPort)
	if d.errors.Len() > 0 {
		t.Errorf("beside the greeting: %s", d.errors)
	}
	t.Run("its key opens what an app may do", func(t *testing.T) {
		for _, tc := range []struct{ method, path, body string }{
			{"POST", "/api/send-code", `{"phone_number":"+4915112345678","service_name":"Demo"}`},
			{"POST", "/v1/verifications", `{"to":"+390612345678","workflow":"voice"}`}, // another country
			{"POST", "/v1/verifications", `{"to":"+393331234567"}`},
			{"GET", "/v1/messages", ""}, {"GET", "/v1/inbox", ""}, {"GET", "/v1/modems", ""}, {"GET", "/metrics", ""},
		} {
			status, raw := d.call(t, tc.method, tc.path, tc.body)
			if status >= 300 || strings.Contains(raw, `"ok":false`) {
				t.Errorf("%s %s: %d %s", tc.method, tc.path, status, raw)
			}
			if tc.path == "/api/send-code" {
				<-d.arrived // a call is refused until a modem is known to speak
			}
		}
	})
	t.Run("its address has a page", func(t *testing.T) {
		status, raw := d.call(t, "GET", "/", "")
		if status != http.StatusOK || !strings.Contains(raw, `href="docs"`) || !strings.Contains(raw, "curl -s http://"+d.address+"/") {
			t.Errorf("%d %s", status, raw)
		}
	})
	t.Run("the command line reaches it", func(t *testing.T) {
		for _, flag := range []string{"--demo", "--demo=.simgate", "--json"} { // the last finds it, as there is no configuration
			r := command(t, flag, "modems")
			if r.code != exitOK || !strings.Contains(r.out, "simulated2") {
				t.Errorf("%s: %+v", flag, r)
			}
		}
	})
	t.Run("the next run has the same address and key", func(t *testing.T) {
		d.stop()
		if r := command(t, "--demo", "modems"); r.code != exitError || !strings.Contains(r.errors, "simgate try") {
			t.Errorf("without a demo: %+v", r)
		}
		again := startDemo(t)
		if again.address != d.address || again.key != d.key {
			t.Errorf("%s and %s became %s and %s", d.address, d.key, again.address, again.key)
		}
	})
}

// A second demo has a folder, an address and a key of its own, and disturbs no other.
func TestDemosSideBySide(t *testing.T) {
	demoHome(t)
	first := startDemo(t, anyPort)
	second := startDemo(t, "--listen="+first.address)
	if second.address == first.address || second.key == first.key || !strings.HasSuffix(second.command, "--demo=.simgate-2") {
		t.Errorf("%+v and %+v", first, second)
	}
	if r := command(t, "try", "--state-dir", ".simgate"); r.code != exitError || !strings.Contains(r.errors, "a demo is running in .simgate") {
		t.Errorf("a third in the folder of the first: %+v", r)
	}
	if r := command(t, "--demo=.simgate-2", "send", "+4915112345678", "to the second"); r.code != exitOK {
		t.Errorf("%+v", r)
	}
	for flag, want := range map[string]int{"--demo": 0, "--demo=.simgate": 0, "--demo=.simgate-2": 1} {
		var list []any
		r := command(t, flag, "messages", "--json")
		if err := json.Unmarshal([]byte(r.out), &list); err != nil || len(list) != want {
			t.Errorf("%s: %+v", flag, r)
		}
	}
	t.Chdir(t.TempDir())
	if r := command(t, "--demo", "modems"); r.code != exitUsage || !strings.Contains(r.errors, ".simgate-2") {
		t.Errorf("from elsewhere: %+v", r)
	}
	first.stop()
	if r := command(t, "--demo", "modems"); r.code != exitOK {
		t.Errorf("the one that is left: %+v", r)
	}
}

// A folder for sockets that another user could have prepared is not used.
func TestDemoTrustsNoFolderOfOthers(t *testing.T) {
	demoHome(t)
	if err := os.Mkdir(cli.DemoSockets(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(cli.DemoSockets(), 0o777); err != nil {
		t.Fatal(err)
	}
	if r := command(t, "try", anyPort); r.code != exitError || !strings.Contains(r.errors, filepath.Base(cli.DemoSockets())) {
		t.Errorf("%+v", r)
	}
}
