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

	"simgate/modem/simulator"
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

// Several processes simulate modems side by side, whose SIMs are not one SIM.
func TestSimulatedSIMsDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, number := range []string{"+4915110000001", "+4915110000002", "+12025550143", "+12025550144", "+8821", "+8822"} {
		imsi := imsiFor(number)
		if other, twice := seen[imsi]; twice || len(imsi) != 15 {
			t.Errorf("the SIM of %s has the IMSI %s, as has that of %q", number, imsi, other)
		}
		seen[imsi] = number
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
		sim := simulator.NewNetwork().Modem(simulator.SIM{MSISDN: "+4915770000001"})
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

// The handset of a simulated modem answers calls, and what it hears is a line and a
// file.
func TestSimulateCalls(t *testing.T) {
	folder := t.TempDir()
	port := filepath.Join(folder, "tty-sim")
	ctx, interrupt := context.WithCancel(t.Context())
	hints, hintsIn := io.Pipe()
	handsets, handsetsIn := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"simulate", "--pty", port, "--make", "a7670", "--calls", folder},
			strings.NewReader(""), handsetsIn, hintsIn, func(string) string { return "" })
		_ = handsetsIn.Close()
		_ = hintsIn.Close()
	}()
	hint := bufio.NewScanner(hints)
	for hint.Scan() && !strings.Contains(hint.Text(), "{name: simulated") {
	}
	go func() { _, _ = io.Copy(io.Discard, hints) }() // until it ends
	tty, err := os.OpenFile(port, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	wav := simulator.HeardCall{PCM: []int16{1, -2, 3}}.WAV()
	typed := func(s string, until ...string) {
		t.Helper()
		if _, err := io.WriteString(tty, s); err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		for _, want := range until {
			for b := make([]byte, 1); !strings.HasSuffix(said.String(), want); {
				if _, err := tty.Read(b); err != nil {
					t.Fatalf("%v after %q", err, said.String())
				}
				said.Write(b)
			}
		}
	}
	typed("ATE0;+CDTAM=1\r", "OK\r\n")
	typed("AT+CFTRANRX=\"C:/a.wav\",50\r", "> ")
	typed(string(wav), "OK\r\n")
	typed("ATD+4915112345678;\r", "OK\r\n", "VOICE CALL: BEGIN\r\n")
	typed("AT+CCMXPLAY=\"C:/a.wav\",1,0\r", "OK\r\n", "play stop\r\n")
	typed("AT+CTTS=2,\"12\"\r", "OK\r\n", "+CTTS: 0\r\n")
	typed("ATH\r", "OK\r\n")
	lines := bufio.NewScanner(handsets)
	var got called
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &got) != nil {
		t.Fatalf("no call was told: %q", lines.Text())
	}
	if got.To != "+4915112345678" || !got.Answered || got.Call != "normal call clearing" || strings.Join(got.Texts, "|") != "12" {
		t.Errorf("%+v", got)
	}
	if heard, err := os.ReadFile(got.WAV); err != nil || string(heard) != string(wav) {
		t.Errorf("it heard %q, %v", heard, err)
	}
	interrupt()
	if code := <-ended; code != exitOK {
		t.Errorf("the exit status is %d", code)
	}
}

func TestSimulateOfNoMake(t *testing.T) {
	if r := command(t, "simulate", "--pty", filepath.Join(t.TempDir(), "tty"), "--make", "acme"); r.code == exitOK || !strings.Contains(r.errors, "a7670") {
		t.Errorf("%+v", r)
	}
}

// A modem that was recorded is simulated from the file alone.
func TestSimulateARecording(t *testing.T) {
	file, port := filepath.Join("..", "..", "modem", "testdata", "wavecom-900e1800.txt"), filepath.Join(t.TempDir(), "tty-sim")
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	hints, hintsIn := io.Pipe()
	go func() {
		ended <- run(ctx, []string{"simulate", "--pty", port, "--recording", file, "--latency", "1ms"}, strings.NewReader(""), io.Discard, hintsIn, os.Getenv)
		_ = hintsIn.Close()
	}()
	hint := bufio.NewScanner(hints)
	for hint.Scan() && !strings.Contains(hint.Text(), "{name: simulated") {
	}
	go func() { _, _ = io.Copy(io.Discard, hints) }() // until it ends
	if code, report := examined(t, filepath.Join(t.TempDir(), "sys"), "modems: [{name: old, port: "+port+"}]\n"); code != exitOK || !report.says(fine, "modem old", "driven as Wavecom") {
		t.Errorf("status %d: %+v", code, report.Findings)
	}
	interrupt()
	if code := <-ended; code != exitOK {
		t.Errorf("the exit status is %d", code)
	}
	for _, flags := range [][]string{{"--recording", "/none"}, {"--recording", file, "--make", "m35"}, {"--recording", "simulate.go"}} {
		if r := command(t, append([]string{"simulate", "--pty", port}, flags...)...); r.code == exitOK || r.errors == "" {
			t.Errorf("%v: %+v", flags, r)
		}
	}
}
