// Package usbtest writes devices into a fake sysfs, for tests.
package usbtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Port is a serial port of a device.
type Port struct {
	TTY       string // as ttyUSB0
	Interface int
	Class     string // class, subclass and protocol in hexadecimal, as ff/01/02; "" is ff/00/00
}

// Ports returns ports ttyUSB0, ttyUSB1 and so on, with the given interfaces.
func Ports(interfaces ...int) []Port {
	ports := make([]Port, len(interfaces))
	for i, n := range interfaces {
		ports[i] = Port{TTY: fmt.Sprintf("ttyUSB%d", i), Interface: n}
	}
	return ports
}

// PlugIn writes a device into the sysfs at sys, as the kernel lays it out. Its ids
// are "VID:PID" in hexadecimal.
func PlugIn(t testing.TB, sys, busID, ids string, ports ...Port) {
	t.Helper()
	device := filepath.Join(sys, "devices/platform/usb1", busID)
	vid, pid, _ := strings.Cut(ids, ":")
	write(t, device, "idVendor", vid)
	write(t, device, "idProduct", pid)
	write(t, device, "product", "a product")
	write(t, device, "authorized", "1")
	Link(t, device, filepath.Join(sys, "bus/usb/devices", busID))
	for _, p := range ports {
		folder := filepath.Join(device, fmt.Sprintf("%s:1.%d", busID, p.Interface))
		class := []string{"ff", "00", "00"}
		if p.Class != "" {
			class = strings.Split(p.Class, "/")
		}
		write(t, folder, "bInterfaceNumber", fmt.Sprintf("%02x", p.Interface))
		for n, name := range []string{"bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"} {
			write(t, folder, name, class[n])
		}
		if strings.HasPrefix(p.TTY, "ttyUSB") { // those of ttyACM are of the interface itself
			folder = filepath.Join(folder, p.TTY)
		}
		Link(t, folder, filepath.Join(sys, "class/tty", p.TTY, "device"))
	}
}

// Link makes a symbolic link to a folder, and both where they are not there.
func Link(t testing.TB, folder, link string) {
	t.Helper()
	for _, f := range []string{folder, filepath.Dir(link)} {
		if err := os.MkdirAll(f, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, folder, name, value string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(value+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
