package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"

	"simgate/cmd/simgate/config"
	"simgate/modem/simulator"
)

// emptyHome is a home whose configuration names folders only, and neither modem nor
// country: that of the package after its installation.
func emptyHome(t *testing.T) home {
	t.Helper()
	h := home{folder: t.TempDir()}
	h.config = filepath.Join(h.folder, "simgate.yaml")
	text := fmt.Sprintf("listen: 127.0.0.1:0\nsocket: %[1]s/s # mine\nstate_dir: %[1]s/state\nruntime_dir: %[1]s/run\ncountry: \"\"\nmodems: []\n", h.folder)
	if err := os.WriteFile(h.config, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return h
}

var lockedSIM = simulator.SIM{MSISDN: "+4915110000001", IMSI: "262011234567890", PIN: "0815"}

// Where nobody answers, setup does what its flags say, goes on where it stopped, and
// changes nothing when all is done.
func TestSetupByFlags(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	network, _ := simulatedSIM(t, port, lockedSIM)
	h := emptyHome(t)
	const anna = "+4915112345678"

	r := h.simgate(t, "setup", "--port", port, "--pin", "0815", "--country", "DE")
	if r.code != exitError || !strings.Contains(r.errors, "simgate serve --config") || !strings.Contains(r.errors, "Found ") {
		t.Fatalf("without a daemon: %+v", r)
	}
	cfg, err := config.Load(h.config)
	if err != nil || cfg.Country != "DE" || len(cfg.Modems) != 1 || cfg.Modems[0].PIN != "0815" || cfg.Modems[0].Port != port {
		t.Fatalf("%+v: %v", cfg, err)
	}
	raw, _ := os.ReadFile(h.config)
	if !strings.Contains(string(raw), "# mine") {
		t.Errorf("a comment is lost:\n%s", raw)
	}

	d := h.serve(t)
	r = h.simgate(t, "setup", "--to", "0151 12345678")
	if r.code != exitOK || !strings.Contains(r.out, "message to "+anna+" is ") || !strings.Contains(r.out, "address   http://127.0.0.1:0") {
		t.Fatalf("%+v\n%s", r, d.log)
	}
	if sms, err := network.Subscriber(anna).Next(t.Context()); err != nil || !strings.Contains(sms.Text, "simgate is set up") {
		t.Errorf("the owner gets %q: %v", sms.Text, err)
	}
	key := regexp.MustCompile(`API key   (\S+)`).FindStringSubmatch(r.out)
	if key == nil {
		t.Fatalf("no key: %+v", r)
	}
	if answer, err := d.post(t.Context(), key[1], "send-code", map[string]any{"phone_number": anna}); err != nil || answer["ok"] != true {
		t.Errorf("the key gets %v: %v", answer, err)
	}

	var again outcome
	r = h.simgate(t, "setup", "--json")
	if err := json.Unmarshal([]byte(r.out), &again); err != nil || r.code != exitOK || again.Key != "" || again.Modem.State != "ready" {
		t.Errorf("again: %+v", r)
	}
	if now, _ := os.ReadFile(h.config); string(now) != string(raw) {
		t.Errorf("again it changed the configuration:\n%s", now)
	}
	d.stop(t)
}

func TestSetupSaysWhatIsWrong(t *testing.T) {
	h := emptyHome(t)
	noUSB := filepath.Join(h.folder, "sys")
	for _, tc := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"a country by its name", []string{"--country", "Germany"}, exitUsage, "two capital letters"},
		{"an address without a port", []string{"--listen", "0.0.0.0"}, exitUsage, "an address and a port"},
		{"no modem", []string{"--sys", noUSB}, exitError, "no modem answers on the USB; plug one in"},
		{"no such port", []string{"--port", "/dev/vanished"}, exitError, "no modem on /dev/vanished"},
		{"a demo", []string{"--demo"}, exitUsage, "leave out --demo"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if r := h.simgate(t, append([]string{"setup"}, tc.args...)...); r.code != tc.code || !strings.Contains(r.errors, tc.says) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// On a terminal it asks for what it cannot find out, and the PIN is not seen.
func TestSetupOnATerminal(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	network, _ := simulatedSIM(t, port, lockedSIM)
	h := emptyHome(t)
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	defer terminal.Close()
	shown, shownIn := io.Pipe()
	go func() { _, _ = io.Copy(shownIn, screen) }()
	ended := make(chan int, 1)
	go func() {
		ended <- run(t.Context(), []string{"setup", "--port", port, "--listen", "0.0.0.0:0", "--config", h.config}, terminal, terminal, terminal, func(string) string { return "" })
		fmt.Fprintln(terminal, "THE END")
	}()
	text := bufio.NewReader(shown)
	seen := ""
	var octets []byte
	until := func(prompt string) {
		for !strings.HasSuffix(seen, prompt) {
			b, err := text.ReadByte()
			if err != nil {
				t.Fatalf("%v after:\n%s", err, seen)
			}
			octets = append(octets, b)
			if seen = string(octets); strings.HasSuffix(seen, "THE END") {
				t.Fatalf("it ended before %q:\n%s", prompt, seen)
			}
		}
	}
	const anna = "+4915112345678"
	until("tries left): ")
	fmt.Fprintln(screen, "0815")
	until("press Enter: ")
	d := h.serve(t)
	fmt.Fprintln(screen)
	until("press Enter: ") // the country of the SIM is known now
	d.stop(t)
	d = h.serve(t)
	fmt.Fprintln(screen)
	until("[my-app]: ")
	fmt.Fprintln(screen, "shop")
	until("for none: ")
	fmt.Fprintln(screen, anna)
	until("--help\r\n")
	if code := <-ended; code != exitOK {
		t.Errorf("the exit status is %d", code)
	}
	if sms, err := network.Subscriber(anna).Next(t.Context()); err != nil || !strings.Contains(sms.Text, "simgate is set up") {
		t.Errorf("the owner gets %q: %v", sms.Text, err)
	}
	if !strings.Contains(seen, "tries left): \r\n") || !strings.Contains(seen, "▄") || !strings.Contains(seen, "/ca; compare") || strings.Contains(seen, "Caution: ") {
		t.Errorf("the screen shows:\n%s", seen)
	}
	if cfg, err := config.Load(h.config); err != nil || cfg.Country != "DE" || cfg.Modems[0].PIN != "0815" {
		t.Errorf("%+v: %v", cfg, err)
	}
	if r := h.simgate(t, "keys", "list"); !strings.Contains(r.out, "shop") {
		t.Errorf("%+v", r)
	}
	d.stop(t)
}

// Without a command the program says what comes next.
func TestNext(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	simulatedSIM(t, port, lockedSIM)
	h := emptyHome(t)
	says := func(want string) {
		t.Helper()
		if r := h.simgate(t); r.code != exitOK || !strings.Contains(r.out, want) || !strings.Contains(r.out, "simgate --help") {
			t.Errorf("instead of %q: %+v", want, r)
		}
	}
	if r := command(t, "--config", filepath.Join(h.folder, "missing")); !strings.Contains(r.out, "sudo simgate setup") {
		t.Errorf("%+v", r)
	}
	says("The daemon does not run: sudo systemctl enable --now simgate")
	d := h.serve(t)
	says("sudo simgate setup")
	d.stop(t)
	h.write(t, "  - {name: stick, port: "+port+"}\n")
	d = h.serve(t)
	says("simgate doctor")
	d.stop(t)
	h.write(t, "  - {name: stick, port: "+port+", pin: \"0815\"}\n")
	d = h.serve(t)
	if r := h.simgate(t, "setup", "--key", "shop"); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	says("stick is ready. A code to a phone")
	for _, k := range regexp.MustCompile(`(?m)^(\w+)  shop`).FindAllStringSubmatch(h.simgate(t, "keys", "list").out, -1) {
		h.simgate(t, "keys", "revoke", k[1])
	}
	says("simgate keys create my-app")
	d.stop(t)
}
