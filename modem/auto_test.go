package modem_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"simgate/modem"
	"simgate/modem/simulator"
	"simgate/modem/usb"
	"simgate/modem/usb/usbtest"
)

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
	finder := usb.NewFinder(sys)
	serving.Go(func() { _ = finder.Run(ctx) })
	handlers := make([]*announcer, 2)
	changed := make(chan struct{}, 100)
	for i := range handlers {
		m := modem.New(modem.Config{Name: fmt.Sprint("auto", i), Port: modem.AutoPort, Finder: finder}, slog.New(slog.NewTextHandler(t.Output(), nil)))
		handlers[i] = &announcer{recorder: recorder{m: m}, changed: changed}
		m.Handle(handlers[i])
		serving.Go(func() { _ = m.Run(ctx) })
	}
	// The devices come only now, the second on a port that nobody knows.
	usbtest.PlugIn(t, sys, "1-1.2", "1e0e:9001", usbtest.Port{TTY: "ttyUSB0", Interface: 0}, usbtest.Port{TTY: "ttyUSB2", Interface: 2})
	usbtest.PlugIn(t, sys, "1-1.3", "2c7c:6005", usbtest.Port{TTY: "ttyUSB3", Interface: 2}, usbtest.Port{TTY: "ttyUSB4", Interface: 3})
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
	h := &announcer{recorder: recorder{m: m}, changed: changed}
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
