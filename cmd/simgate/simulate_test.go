package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/modemtest"
)

// A simulated modem in one terminal, the gateway in another.
func TestSimulate(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	const anna, bert = "+4915112345678", "+4915112345679"
	ctx, interrupt := context.WithCancel(t.Context())
	hints, hintsIn := io.Pipe()
	handsets, handsetsIn := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"simulate", "--pty", port, "--number", "+4915770000001", "--pin", "1234", "--latency", "1ms", "--refuse", bert + "=38"},
			strings.NewReader(""), handsetsIn, hintsIn, func(string) string { return "" })
		_ = handsetsIn.Close()
		_ = hintsIn.Close()
	}()
	hint := bufio.NewScanner(hints)
	for hint.Scan() && !strings.Contains(hint.Text(), "{name: simulated, port: "+port) {
	}
	entry := hint.Text()
	go func() { _, _ = io.Copy(io.Discard, hints) }() // until it ends

	h := newHome(t, port)
	h.write(t, entry+"\n") // as it is pasted
	d := h.serve(t)
	for _, to := range []string{bert, anna} {
		if r := h.simgate(t, "send", to, "hello <you>"); r.code != exitOK {
			t.Fatalf("send: %+v\n%s", r, d.log)
		}
	}
	lines := bufio.NewScanner(handsets)
	if !lines.Scan() {
		t.Fatalf("nothing was received:\n%s", d.log)
	}
	var got received
	if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.At.IsZero() || got.To != anna || got.From != "+4915770000001" || got.Text != "hello <you>" || got.Parts != 1 {
		t.Errorf("received: %s", lines.Text())
	}
	d.stop(t)
	interrupt()
	if code := <-ended; code != exitOK {
		t.Errorf("the exit status is %d", code)
	}
	if _, err := os.Lstat(port); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the port is still there: %v", err)
	}
}

func TestSimulateWhereAFileIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := command(t, "simulate", "--pty", path); r.code != exitError || !strings.Contains(r.errors, path) || strings.Contains(r.errors, "modems:") {
		t.Errorf("%+v", r)
	}
}

func TestSimulateUnplugs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := modemtest.NewNetwork().Modem(modemtest.SIM{MSISDN: "+4915770000001"})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- simulation{unplugEvery: time.Minute}.unplug(ctx, sim) }()
		there := func() bool {
			port, err := sim.Open()
			if err == nil {
				err = port.Close()
			}
			return err == nil
		}
		for round := range 3 {
			time.Sleep(time.Minute - time.Second)
			if !there() {
				t.Errorf("round %d: unplugged too early", round)
			}
			time.Sleep(2 * time.Second)
			if there() {
				t.Errorf("round %d: not unplugged", round)
			}
			time.Sleep(unplugged - time.Second)
			synctest.Wait()
			if !there() {
				t.Errorf("round %d: not plugged in again", round)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
