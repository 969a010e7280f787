package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bus is a sysfs with a modem at 1-1.2 and a keyboard at 1-1.3.
func bus(t *testing.T) string {
	t.Helper()
	sys := t.TempDir()
	for _, folder := range []string{
		"devices/usb1/1-1/1-1.2/1-1.2:1.2/ttyUSB2/tty/ttyUSB2", "devices/usb1/1-1/1-1.3/1-1.3:1.0/input", "bus/usb/devices", "class/tty/ttyUSB2",
	} {
		if err := os.MkdirAll(filepath.Join(sys, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, device := range []string{"1-1.2", "1-1.3"} {
		if err := os.WriteFile(filepath.Join(sys, "devices/usb1/1-1", device, "authorized"), []byte("1"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../../../devices/usb1/1-1/"+device, filepath.Join(sys, "bus/usb/devices", device)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../../../devices/usb1/1-1/1-1.2/1-1.2:1.2/ttyUSB2", filepath.Join(sys, "class/tty/ttyUSB2/device")); err != nil {
		t.Fatal(err)
	}
	return sys
}

// The daemon's request goes through the socket, and the device is given back.
func TestUSB(t *testing.T) {
	sys, socket := bus(t), filepath.Join(t.TempDir(), "usb.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() { // as systemd does for each connection
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			run(t.Context(), []string{"usb", "--sys", sys}, conn, conn, new(bytes.Buffer), func(string) string { return "" })
			conn.Close()
		}
	}()
	if err := askUSB(t.Context(), sys, socket, "/dev/ttyUSB2"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(sys, "bus/usb/devices/1-1.2/authorized")); err != nil || string(b) != "1" {
		t.Errorf("authorized is %q, %v", b, err)
	}
	if err := askUSB(t.Context(), sys, socket, "/dev/ttyAMA0"); err == nil || !strings.Contains(err.Error(), "not on the USB") {
		t.Errorf("a port that is not on the USB: %v", err)
	}
	if err := askUSB(t.Context(), sys, socket+"x", "/dev/ttyUSB2"); err == nil || !strings.Contains(err.Error(), "systemctl enable --now simgate-usb.socket") {
		t.Errorf("without the unit: %v", err)
	}
}

// What is no modem is never switched off, whatever is asked for.
func TestUSBRefuses(t *testing.T) {
	sys := bus(t)
	for _, device := range []string{"", "1-1.3", "1-1.9", "../1-1.2", "1-1.2/../1-1.3", "usb1", "1-1.2 \x00", strings.Repeat("1", 400)} {
		t.Run(fmt.Sprintf("%.20q", device), func(t *testing.T) {
			var out bytes.Buffer
			if code := run(context.Background(), []string{"usb", "--sys", sys}, strings.NewReader(device+"\n"), &out, new(bytes.Buffer), os.Getenv); code == exitOK {
				t.Errorf("it was done: %s", &out)
			}
			for _, d := range []string{"1-1.2", "1-1.3"} {
				f, err := os.Open(filepath.Join(sys, "bus/usb/devices", d, "authorized"))
				if err != nil {
					t.Fatal(err)
				}
				b, _ := bufio.NewReader(f).ReadByte()
				f.Close()
				if b != '1' {
					t.Errorf("%s is off", d)
				}
			}
		})
	}
}
