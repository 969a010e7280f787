package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"simgate/modem/simulator"
)

// daemonProcess is a running "simgate serve", in a process of its own.
type daemonProcess struct {
	cmd     *exec.Cmd
	address string
	log     *tail
	ended   chan struct{}
}

// home is what daemons of one test share.
type home struct {
	folder, config string
}

// newHome writes a configuration with a modem on the given port.
func newHome(t *testing.T, port string) home {
	t.Helper()
	h := home{folder: t.TempDir()}
	h.config = filepath.Join(h.folder, "simgate.yaml")
	h.write(t, fmt.Sprintf("  - {name: stick, port: %q}\n", port))
	return h
}

// write writes the configuration, with the given entries for modems.
func (h home) write(t testing.TB, modems string) {
	t.Helper()
	text := fmt.Sprintf("listen: 127.0.0.1:0\nsocket: %[1]s/s\nstate_dir: %[1]s/state\nruntime_dir: %[1]s/run\ncountry: DE\nmodems:\n%[2]s", h.folder, modems)
	if err := os.WriteFile(h.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// add writes further lines below the configuration.
func (h home) add(t testing.TB, lines string) {
	t.Helper()
	text, err := os.ReadFile(h.config)
	if err == nil {
		err = os.WriteFile(h.config, append(text, lines...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tail keeps the last lines of a log, and passes each on.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (l *tail) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines = append(l.lines, line); len(l.lines) > 50 {
		l.lines = l.lines[1:]
	}
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

var servingAt = regexp.MustCompile(`msg=serving address=(\S+)`)

// serve starts a daemon and waits until it serves.
func (h home) serve(t *testing.T) *daemonProcess {
	t.Helper()
	return h.start(t, os.Args[0])
}

// start is serve with a program of choice.
func (h home) start(t testing.TB, program string) *daemonProcess {
	t.Helper()
	d := &daemonProcess{cmd: exec.Command(program, "serve", "--config", h.config), log: &tail{}, ended: make(chan struct{})}
	d.cmd.Env = append(os.Environ(), asProgram+"=1", "GOCOVERDIR="+h.folder)
	stderr, err := d.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	serving := make(chan string, 1)
	go func() {
		defer close(d.ended)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			d.log.add(lines.Text())
			if m := servingAt.FindStringSubmatch(lines.Text()); m != nil {
				serving <- m[1]
			}
		}
		_ = d.cmd.Wait()
	}()
	select {
	case d.address = <-serving:
	case <-d.ended:
		t.Fatalf("the daemon ended:\n%s", d.log)
	}
	t.Cleanup(func() { d.kill() })
	return d
}

// kill ends the daemon as a power cut does.
func (d *daemonProcess) kill() {
	_ = d.cmd.Process.Kill()
	<-d.ended
}

// stop ends it as systemd does.
func (d *daemonProcess) stop(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-d.ended
	if code := d.cmd.ProcessState.ExitCode(); code != exitOK {
		t.Errorf("the daemon ended with status %d:\n%s", code, d.log)
	}
}

// simgate runs a command against the home's daemon.
func (h home) simgate(t *testing.T, args ...string) result {
	t.Helper()
	return command(t, append(args, "--config", h.config)...)
}

// says returns what runs a command, and fails the test unless it ends with a code and says what
// is wanted.
func (h home) says(t *testing.T) func(code int, want string, args ...string) {
	return func(code int, want string, args ...string) {
		t.Helper()
		if r := h.simgate(t, args...); r.code != code || !strings.Contains(r.out+r.errors, want) {
			t.Errorf("simgate %s: %+v", strings.Join(args, " "), r)
		}
	}
}

// post calls the TextLink dialect.
func (d *daemonProcess) post(ctx context.Context, key, call string, fields map[string]any) (map[string]any, error) {
	content, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+d.address+"/api/"+call, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, json.Unmarshal(raw, &out)
}

// simulated runs a modem on a pseudo-terminal at path until the test ends.
func simulated(t testing.TB, path string, options ...simulator.NetworkOption) (*simulator.Network, *simulator.Modem) {
	t.Helper()
	return simulatedSIM(t, path, simulator.SIM{MSISDN: "+4915110000001"}, options...)
}

// simulatedSIM is simulated with a SIM of choice.
func simulatedSIM(t testing.TB, path string, card simulator.SIM, options ...simulator.NetworkOption) (*simulator.Network, *simulator.Modem) {
	t.Helper()
	network := simulator.NewNetwork(options...)
	sim := network.Modem(card)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- sim.ServePTY(ctx, path) }()
	if err := sim.AwaitPTY(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return network, sim
}

// The main job, over a real pseudo-terminal, with a daemon of its own process.
func TestCircleOverAPseudoTerminal(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	network, _ := simulated(t, port)
	h := newHome(t, port)
	key := strings.TrimSpace(h.simgate(t, "keys", "create", "shop").out) // before the first start
	d := h.serve(t)
	const anna = "+4915112345678"
	answer, err := d.post(t.Context(), key, "send-code", map[string]any{"phone_number": anna, "service_name": "Shop"})
	if err != nil || answer["ok"] != true {
		t.Fatalf("send-code: %v, %v\n%s", answer, err, d.log)
	}
	sms, err := network.Subscriber(anna).Next(t.Context())
	if err != nil || sms.Text != fmt.Sprintf("Your verification code for Shop is: %s", answer["code"]) {
		t.Fatalf("the handset shows %q, %v", sms.Text, err)
	}
	for i, want := range []bool{true, false} {
		answer, err := d.post(t.Context(), key, "verify-code", map[string]any{"phone_number": anna, "code": sms.Text[len(sms.Text)-6:]})
		if err != nil || answer["ok"] != want {
			t.Errorf("check %d: %v, %v", i+1, answer, err)
		}
	}

	t.Run("the command line", func(t *testing.T) {
		if r := h.simgate(t, "send", anna, "hello"); r.code != exitOK || !strings.Contains(r.out, "is queued") {
			t.Errorf("send: %+v", r)
		}
		if sms, err := network.Subscriber(anna).Next(t.Context()); err != nil || sms.Text != "hello" {
			t.Errorf("the handset shows %q, %v", sms.Text, err)
		}
		if r := h.simgate(t, "verify", "start", "0151 12345678"); r.code != exitOK {
			t.Errorf("verify start: %+v", r)
		}
		sms, err := network.Subscriber(anna).Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		code := sms.Text[:6]
		if r := h.simgate(t, "verify", "check", anna, "0000"); r.code != exitError {
			t.Errorf("a wrong code: %+v", r)
		}
		if r := h.simgate(t, "verify", "check", anna, code); r.code != exitOK || r.out != "verified\n" {
			t.Errorf("the right code: %+v", r)
		}
		if r := h.simgate(t, "modems"); r.code != exitOK || !strings.Contains(r.out, "ready") || !strings.Contains(r.out, "stick") {
			t.Errorf("modems: %+v", r)
		}
		if r := h.simgate(t, "lines"); r.code != exitOK || !strings.Contains(r.out, "stick") || !strings.Contains(r.out, "+4915110000001") {
			t.Errorf("lines: %+v", r)
		}
		if r := h.simgate(t, "lines", "release", "1"); r.code != exitError || !strings.Contains(r.errors, "not in quarantine") {
			t.Errorf("lines release: %+v", r)
		}
		if r := h.simgate(t, "lines", "release", "red"); r.code != exitUsage {
			t.Errorf("lines release red: %+v", r)
		}
		if r := h.simgate(t, "events"); r.code != exitOK || !strings.Contains(r.out, "WHAT") {
			t.Errorf("events: %+v", r)
		}
		if r := h.simgate(t, "messages"); r.code != exitOK || !strings.Contains(r.out, "hello") || strings.Contains(r.out, code) {
			t.Errorf("messages: %+v", r)
		}
		if r := h.simgate(t, "messages", "1"); r.code != exitOK || !strings.Contains(r.out, "1/1") {
			t.Errorf("messages 1: %+v", r)
		}
		if r := h.simgate(t, "messages", "99"); r.code != exitError || !strings.Contains(r.errors, "no message with this id") {
			t.Errorf("messages 99: %+v", r)
		}
		var list []map[string]any
		if r := h.simgate(t, "messages", "--json"); json.Unmarshal([]byte(r.out), &list) != nil || len(list) != 3 {
			t.Errorf("messages --json: %+v", r)
		}
		if r := h.simgate(t, "send", "call me", "x"); r.code != exitError || !strings.Contains(r.errors, "digits only") {
			t.Errorf("send to no number: %+v", r)
		}
		if r := h.simgate(t, "keys", "list"); r.code != exitOK || !strings.Contains(r.out, "shop") || strings.Contains(r.out, key) {
			t.Errorf("keys list: %+v", r)
		}
		if r := h.simgate(t, "keys", "revoke", strings.Split(key, "_")[1]); r.code != exitOK {
			t.Errorf("keys revoke: %+v", r)
		}
		if answer, err := d.post(t.Context(), key, "send-code", map[string]any{"phone_number": anna}); err != nil || answer["message"] != "API key not found" {
			t.Errorf("with a revoked key: %v, %v", answer, err)
		}
	})

	t.Run("a second daemon", func(t *testing.T) {
		if r := h.simgate(t, "serve"); r.code != exitError || !strings.Contains(r.errors, "another simgate") {
			t.Errorf("serve: %+v", r)
		}
	})

	d.stop(t)
	if r := h.simgate(t, "modems"); r.code != exitError || !strings.Contains(r.errors, "simgate serve") {
		t.Errorf("modems without a daemon: %+v", r)
	}
	if log := d.log.String(); strings.Contains(log, sms.Text[len(sms.Text)-6:]) || strings.Contains(log, "15112345678") {
		t.Errorf("the log holds a code or a number:\n%s", log)
	}
}

// Unplugged, and plugged in again as another port of the pattern.
func TestReplugUnderAnotherName(t *testing.T) {
	folder := t.TempDir()
	network, sim := simulated(t, filepath.Join(folder, "tty-sim0"))
	h := newHome(t, filepath.Join(folder, "tty-sim*"))
	d := h.serve(t)
	const anna = "+4915112345678"
	for i := range 3 {
		if r := h.simgate(t, "send", anna, fmt.Sprint("message ", i)); r.code != exitOK {
			t.Fatalf("send: %+v\n%s", r, d.log)
		}
		if sms, err := network.Subscriber(anna).Next(t.Context()); err != nil || sms.Text != fmt.Sprint("message ", i) {
			t.Fatalf("the handset shows %q, %v", sms.Text, err)
		}
		sim.Unplug()
		sim.PlugAt(filepath.Join(folder, fmt.Sprint("tty-sim", i+1)))
	}
	d.stop(t)
}
