package modem_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"simgate/modem"
	"simgate/modem/simulator"
)

// port is an interface of a fake device; class, subclass and protocol are in
// hexadecimal.
type iface struct {
	tty    string
	number int
	class  string // "ff/01/02", "" ff/00/00
}

// plugIn writes a device into a fake sysfs, as the kernel lays it out.
func plugIn(t *testing.T, sys, place, vid, pid string, interfaces ...iface) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	write := func(folder, name, value string) {
		must(os.MkdirAll(folder, 0o755))
		must(os.WriteFile(filepath.Join(folder, name), []byte(value+"\n"), 0o600))
	}
	device := filepath.Join(sys, "devices/platform/usb1", place)
	write(device, "idVendor", vid)
	write(device, "idProduct", pid)
	write(device, "product", "a product")
	bus := filepath.Join(sys, "bus/usb/devices")
	must(os.MkdirAll(bus, 0o755))
	must(os.Symlink(device, filepath.Join(bus, place)))
	for _, i := range interfaces {
		folder := filepath.Join(device, fmt.Sprintf("%s:1.%d", place, i.number))
		class := strings.Split("ff/00/00", "/")
		if i.class != "" {
			class = strings.Split(i.class, "/")
		}
		write(folder, "bInterfaceNumber", fmt.Sprintf("%02x", i.number))
		for n, name := range []string{"bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"} {
			write(folder, name, class[n])
		}
		must(os.MkdirAll(filepath.Join(sys, "class/tty", i.tty), 0o755))
		target := folder // ttyACM
		if strings.HasPrefix(i.tty, "ttyUSB") {
			target = filepath.Join(folder, i.tty)
			must(os.MkdirAll(target, 0o755))
		}
		must(os.Symlink(target, filepath.Join(sys, "class/tty", i.tty, "device")))
	}
}

// ttys are ports with the given interface numbers.
func ttys(numbers ...int) []iface {
	list := make([]iface, len(numbers))
	for i, n := range numbers {
		list[i] = iface{tty: fmt.Sprintf("ttyUSB%d", i), number: n}
	}
	return list
}

// Each known device has its ports tried in the right order, and none that must
// not be written to.
func TestCandidates(t *testing.T) {
	for _, tc := range []struct {
		name, id string
		ports    []iface
		want     []string
	}{
		{"SIM7600", "1e0e:9001", ttys(0, 1, 2, 3, 4), []string{"ttyUSB2", "ttyUSB3"}},
		{"SIM7600 in RNDIS mode", "1e0e:9011", ttys(2, 4, 5, 6), []string{"ttyUSB1", "ttyUSB2"}},
		{"SIM7080", "1e0e:9205", ttys(0, 1, 2, 3), []string{"ttyUSB2", "ttyUSB3"}},
		{"SIM7080, alternate", "1e0e:9206", ttys(0, 1, 2, 3, 4, 5), []string{"ttyUSB2", "ttyUSB5"}},
		{"an old SimTech", "1e0e:9200", ttys(1, 3), []string{"ttyUSB1", "ttyUSB0"}},
		{"EC25", "2c7c:0125", ttys(0, 1, 2, 3), []string{"ttyUSB2", "ttyUSB3"}},
		{"EG91", "2c7c:0191", ttys(0, 1, 2, 3), []string{"ttyUSB2", "ttyUSB3"}},
		{"EC200U, of which it is not known", "2c7c:0901", ttys(2, 3, 4, 5, 6), []string{"ttyUSB2", "ttyUSB3", "ttyUSB4"}},
		{"EC200A, of which nothing is known", "2c7c:6005", ttys(2, 3, 4), []string{"ttyUSB0", "ttyUSB1", "ttyUSB2"}},
		{"E1550", "12d1:1001", ttys(0, 1, 2), []string{"ttyUSB2", "ttyUSB0"}},
		{"E173", "12d1:140c", ttys(0, 2, 3), []string{"ttyUSB2", "ttyUSB0"}},
		{"a Huawei by its protocols", "12d1:1506", []iface{{"ttyUSB0", 0, "ff/02/01"}, {"ttyUSB1", 1, "ff/02/02"}, {"ttyUSB2", 2, "ff/02/03"}, {"ttyUSB3", 3, "ff/06/14"}},
			[]string{"ttyUSB1", "ttyUSB0"}},
		{"ZTE MF190", "19d2:0082", ttys(1, 3), []string{"ttyUSB1", "ttyUSB0"}},
		{"ZTE MF627", "19d2:0016", ttys(0, 1, 2), []string{"ttyUSB2", "ttyUSB0", "ttyUSB1"}},
		{"Sierra MC7455", "1199:9071", ttys(0, 2, 3), []string{"ttyUSB2"}},
		{"u-blox LARA", "1546:110a", []iface{{"ttyACM0", 0, "02/02/01"}, {"ttyACM1", 2, "02/02/01"}, {"ttyACM2", 6, "02/02/01"}, {"ttyACM3", 10, "02/02/01"}},
			[]string{"ttyACM0", "ttyACM1"}},
		{"Telit LE910C1", "1bc7:1201", ttys(0, 3, 4, 5), []string{"ttyUSB2", "ttyUSB3"}},
		{"Telit ME910", "1bc7:1101", ttys(0, 1, 2), []string{"ttyUSB1", "ttyUSB2"}},
		{"an adapter with who knows what behind it", "1a86:7523", ttys(0), []string{"ttyUSB0"}},
		{"a hub", "1d6b:0002", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sys := t.TempDir()
			vid, pid, _ := strings.Cut(tc.id, ":")
			plugIn(t, sys, "1-1.2", vid, pid, tc.ports...)
			devices, err := modem.Discover(sys)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range devices {
				for _, path := range d.Candidates() {
					got = append(got, filepath.Base(path))
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%v, want %v", got, tc.want)
			}
		})
	}
}

// Pain 21: a stick that is still a disk, or a router, looks dead. It is said
// what it is and what to do.
func TestPain21SticksInTheWrongMode(t *testing.T) {
	for id, want := range map[string]string{
		"12d1:1446": "usb_modeswitch -v 12d1 -p 1446 -J", "12d1:14fe": "usb-modeswitch", "19d2:2000": "usb_modeswitch -v 19d2 -p 2000 -K",
		"1199:0fff": "-S", "12d1:14dc": "network card", "12d1:1f01": "HiLink", "19d2:1405": "router mode",
	} {
		t.Run(id, func(t *testing.T) {
			sys := t.TempDir()
			vid, pid, _ := strings.Cut(id, ":")
			plugIn(t, sys, "1-1", vid, pid)
			devices, err := modem.Discover(sys)
			if err != nil || len(devices) != 1 || !strings.Contains(devices[0].Advice, want) {
				t.Fatalf("%+v, %v; want %q", devices, err, want)
			}
		})
	}
}

// Modems go before adapters, whatever their place; consoles and UARTs are left
// alone.
func TestDiscoverSeveral(t *testing.T) {
	sys := t.TempDir()
	plugIn(t, sys, "1-1.1", "1a86", "7523", iface{tty: "ttyUSB0"})
	plugIn(t, sys, "1-1.4", "2c7c", "0125", iface{tty: "ttyUSB3", number: 2}, iface{tty: "ttyUSB1", number: 0})
	if err := os.MkdirAll(filepath.Join(sys, "devices/platform/serial8250"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, console := range []string{"ttyS0", "tty1"} {
		if err := os.MkdirAll(filepath.Join(sys, "class/tty", console), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(sys, "devices/platform/serial8250"), filepath.Join(sys, "class/tty/ttyS0/device")); err != nil {
		t.Fatal(err)
	}
	devices, err := modem.Discover(sys)
	if err != nil || len(devices) != 2 || devices[0].USBPath != "1-1.4" || !devices[0].Known() || devices[1].Known() {
		t.Fatalf("%+v, %v", devices, err)
	}
	if got := devices[0].Ports[0]; filepath.Base(got.Path) != "ttyUSB1" || got.Role != modem.RoleDiag {
		t.Errorf("the first port is %+v", got)
	}
}

func TestDiscoverWithoutUSB(t *testing.T) {
	if devices, err := modem.Discover(t.TempDir()); err != nil || len(devices) != 0 {
		t.Errorf("%+v, %v", devices, err)
	}
}

// The rules keep ModemManager away from every maker of the table.
func TestRulesCoverEveryMaker(t *testing.T) {
	rules, err := os.ReadFile("../configs/70-simgate.rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, vid := range modem.Makers() {
		if !strings.Contains(string(rules), fmt.Sprintf(`ATTRS{idVendor}=="%04x"`, vid)) {
			t.Errorf("%04x is missing", vid)
		}
	}
}

// Modems on "auto" share out what is there: each its own device, on the port
// that answers; a diagnostic port is never written to.
func TestAutoPort(t *testing.T) {
	root := t.TempDir()
	sys, dev := filepath.Join(root, "sys"), filepath.Join(root, "dev")
	if err := os.Mkdir(dev, 0o755); err != nil {
		t.Fatal(err)
	}
	network := simulator.NewNetwork()
	ctx, stop := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	defer serving.Wait()
	defer stop()
	first, second := network.Modem(card), network.Modem(simulator.SIM{ICCID: "8949020000000000025", IMSI: "262010000000002"})
	for path, sim := range map[string]*simulator.Modem{"ttyUSB2": first, "ttyUSB4": second} {
		serving.Go(func() { _ = sim.ServePTY(ctx, filepath.Join(dev, path)) })
		if err := sim.AwaitPTY(ctx); err != nil {
			t.Fatal(err)
		}
	}
	finder := modem.NewFinder(sys)
	serving.Go(func() { _ = finder.Run(ctx) })
	handlers := make([]*announcer, 2)
	changed := make(chan struct{}, 100)
	for i := range handlers {
		m := modem.New(modem.Config{Name: fmt.Sprint("auto", i), Port: modem.AutoPort, Finder: finder}, slog.New(slog.NewTextHandler(t.Output(), nil)))
		handlers[i] = &announcer{ears: ears{m: m}, changed: changed}
		m.Handle(handlers[i])
		serving.Go(func() { _ = m.Run(ctx) })
	}
	// The devices come only now, the second on a port that nobody knows.
	plugIn(t, sys, "1-1.2", "1e0e", "9001", iface{tty: "ttyUSB0", number: 0}, iface{tty: "ttyUSB2", number: 2})
	plugIn(t, sys, "1-1.3", "2c7c", "6005", iface{tty: "ttyUSB3", number: 2}, iface{tty: "ttyUSB4", number: 3})
	for {
		states := []modem.Status{handlers[0].m.Status(), handlers[1].m.Status()}
		if states[0].State == modem.Ready && states[1].State == modem.Ready {
			if states[0].IMEI == states[1].IMEI {
				t.Error("both are the same modem")
			}
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("%+v", states)
		}
	}
}

// The kernel's words are read; what is about other devices wakes nobody.
func TestKernelMessages(t *testing.T) {
	for message, want := range map[string]bool{
		"add@/devices/usb1/1-1/tty/ttyUSB0\x00ACTION=add\x00SUBSYSTEM=tty\x00SEQNUM=1": true,
		"remove@/devices/usb1/1-1\x00ACTION=remove\x00SUBSYSTEM=usb":                   true,
		"add@/devices/net\x00ACTION=add\x00SUBSYSTEM=net":                              false,
		"": true, "\x00\x00": false, "SUBSYSTEM=tt": false,
	} {
		if got := modem.ConcernsModems([]byte(message)); got != want {
			t.Errorf("%q: %t", message, got)
		}
	}
}

// Pain 12: another program has the port. It is named.
func TestPain12AnotherProgramHasThePort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	network := simulator.NewNetwork()
	sim := network.Modem(card)
	ctx, stop := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	defer serving.Wait()
	defer stop()
	serving.Go(func() { _ = sim.ServePTY(ctx, path) })
	if err := sim.AwaitPTY(ctx); err != nil {
		t.Fatal(err)
	}
	// A child process that holds the port and its lock, as a terminal program does.
	child := exec.CommandContext(ctx, "flock", path, "sh", "-c", "echo held; exec sleep 60")
	says, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Skipf("there is no flock(1) to hold the port with: %v", err)
	}
	if _, err := says.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	changed := make(chan struct{}, 100)
	m := modem.New(modem.Config{Name: "stick", Port: path}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	h := &announcer{ears: ears{m: m}, changed: changed}
	m.Handle(h)
	serving.Go(func() { _ = m.Run(ctx) })
	for {
		st := m.Status()
		if st.State == modem.Faulted && strings.Contains(st.Detail, " (pid ") {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("%+v", st)
		}
	}
}
