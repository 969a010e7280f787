package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/handsets"
)

// demoRun is a "simgate try" that has greeted.
type demoRun struct {
	address, key, command string
	page                  string
	errors                *bytes.Buffer
	arrived               chan struct{} // closed when a phone has received a message, so that both modems are ready
	stop                  func()
}

var (
	greetedAddress = regexp.MustCompile(`address +http://(\S+)`)
	greetedPage    = regexp.MustCompile(`Open +(http://\S+)`)
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
		for to, form := range map[*string]*regexp.Regexp{&d.page: greetedPage, &d.address: greetedAddress, &d.key: greetedKey, &d.command: greetedCommand} {
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

var (
	hiddenID    = regexp.MustCompile(`name="id" value="([^"]*)"`)
	codeOnPhone = regexp.MustCompile(`data-code="(\d+)"`)
)

// post sends a form to a page, and returns what it shows then.
func (d demoRun) post(t *testing.T, path string, form url.Values) string {
	t.Helper()
	answer, err := http.PostForm("http://"+d.address+path, form)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s, %v", path, answer.Status, raw, err)
	}
	return string(raw)
}

// circle lets the shop of the page ask for a code in some way, reads it on a phone, of
// whose codes it is the nth, and lets the shop check it; all by forms, without a script.
func (d demoRun) circle(t *testing.T, way, phone string, nth int) {
	t.Helper()
	post := func(path string, form url.Values) string { return d.post(t, path, form) }
	form := url.Values{"way": {way}, "phone": {phone}}
	asked := post("/ui/demo/ask", form)
	id := hiddenID.FindStringSubmatch(asked)
	if id == nil || !strings.Contains(asked, "curl -s") {
		t.Fatalf("%s: no code is asked for: %s", way, asked)
	}
	var codes [][]string
	for range 100 {
		_, raw := d.call(t, "GET", "/ui/demo", "")
		screen := strings.Split(raw, `class="screen"`)[1+slices.Index(handsets.Numbers, phone)]
		if codes = codeOnPhone.FindAllStringSubmatch(screen, -1); len(codes) >= nth {
			break
		}
		time.Sleep(100 * time.Millisecond) // the network takes its time
	}
	if len(codes) < nth {
		t.Fatalf("%s: no code arrives", way)
	}
	form.Set("id", id[1])
	form.Set("code", codes[nth-1][1])
	if checked := post("/ui/demo/check", form); !strings.Contains(checked, `id="verified"`) {
		t.Errorf("%s: %s", way, checked)
	}
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
	if d.page != "http://"+d.address {
		t.Errorf("the greeting names the page %q", d.page)
	}
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
		if status != http.StatusOK || !strings.Contains(raw, "A shop asks for a code") || !strings.Contains(raw, "simulated network") {
			t.Errorf("%d %s", status, raw)
		}
		d.circle(t, "sms", handsets.Numbers[1], 1)
	})
	t.Run("a text that a phone sends verifies it", func(t *testing.T) {
		form := url.Values{"way": {"mo"}, "phone": {handsets.Numbers[0]}}
		asked := d.post(t, "/ui/demo/ask", form)
		id, field := hiddenID.FindStringSubmatch(asked), regexp.MustCompile(`name="(to|text)" value="([^"]*)"`).FindAllStringSubmatch(asked, -1)
		if id == nil || len(field) != 2 {
			t.Fatalf("no text is asked for: %s", asked)
		}
		if status, raw := d.call(t, "GET", "/ui/demo/code/"+id[1], ""); status != http.StatusOK || !strings.Contains(raw, "<svg") {
			t.Errorf("the QR code: %d %s", status, raw)
		}
		form.Set("id", id[1])
		if raw := d.post(t, "/ui/demo/check", form); !strings.Contains(raw, "It has not come yet.") {
			t.Errorf("before it is sent: %s", raw)
		}
		sent := url.Values{"do": {"send"}, field[0][1]: {html.UnescapeString(field[0][2])}, field[1][1]: {html.UnescapeString(field[1][2])}}
		for _, phone := range []string{handsets.Numbers[1], handsets.Numbers[0]} { // that of the other one does nothing
			sent.Set("phone", phone)
			d.post(t, "/ui/demo/phone", sent)
		}
		raw := ""
		for range 100 {
			if raw = d.post(t, "/ui/demo/check", form); strings.Contains(raw, `id="verified"`) {
				break
			}
			time.Sleep(50 * time.Millisecond) // the network takes its time
		}
		if !strings.Contains(raw, `id="verified"`) {
			t.Errorf("after it was sent: %s", raw)
		}
	})
	t.Run("what strangers write is inert on it", func(t *testing.T) {
		text := "<script>alert(1)</script>{{.}}\u202e</li>"
		answer, err := http.PostForm("http://"+d.address+"/ui/demo/phone", url.Values{"do": {"reply"}, "phone": {handsets.Numbers[0]}, "text": {text}})
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		shown := 0
		for range 100 { // until the phone and the inbox show it
			_, raw := d.call(t, "GET", "/ui/demo", "")
			if shown = strings.Count(raw, "&lt;script&gt;alert(1)&lt;/script&gt;{{.}}[U&#43;202E]&lt;/li&gt;"); shown == 2 || strings.Contains(raw, "<script>alert") {
				break
			}
			time.Sleep(50 * time.Millisecond) // the network takes its time
		}
		if shown != 2 {
			t.Errorf("it is shown %d times", shown)
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

// Over SSH the greeting says how the page is reached, and on other addresses than those of
// this machine alone there is none.
func TestWhereTheDemoIsReached(t *testing.T) {
	over := func(connection string) func(string) string {
		return func(name string) string { return map[string]string{"SSH_CONNECTION": connection}[name] }
	}
	for connection, want := range map[string]string{
		"":                               "",
		"192.0.2.1 50000 192.0.2.9 22":   "ssh -L 8080:127.0.0.1:8080 ",
		"192.0.2.1 50000 192.0.2.9 2222": "ssh -L 8080:127.0.0.1:8080 -p 2222 ",
	} {
		if got := tunnel("127.0.0.1:8080", over(connection)); !strings.HasPrefix(got, want) || (got == "") != (want == "") ||
			want != "" && !strings.HasSuffix(got, "192.0.2.9") {
			t.Errorf("over %q: %q", connection, got)
		}
	}
	for address, want := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "0.0.0.0:80": false, "[::]:80": false, "192.0.2.9:80": false} {
		if onlyHere(address) != want {
			t.Errorf("only this machine reaches %s: %v", address, !want)
		}
	}
}
