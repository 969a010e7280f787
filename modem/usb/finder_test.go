package usb_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"simgate/modem/usb"
	"simgate/modem/usb/usbtest"
)

// A device belongs to one modem, by whatever path its port is named.
func TestClaim(t *testing.T) {
	root := t.TempDir()
	sys, dev := filepath.Join(root, "sys"), filepath.Join(root, "dev")
	usbtest.PlugIn(t, sys, "1-1.2", "1e0e:9001", usbtest.Ports(0, 1, 2, 3)...)
	link := filepath.Join(dev, "serial/by-id/modem")
	usbtest.Link(t, filepath.Join(dev, "ttyUSB2"), link)
	for name, port := range map[string]string{"by its path": filepath.Join(dev, "ttyUSB2"), "by a link": link} {
		t.Run(name, func(t *testing.T) {
			f := usb.NewFinder(sys)
			if err := f.Claim("first", port); err != nil {
				t.Fatal(err)
			}
			if ports, err := f.Ports("second"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("another modem is to try %v, %v", ports, err)
			}
			if err := f.Claim("second", filepath.Join(dev, "ttyUSB3")); err == nil {
				t.Error("another modem gets a port of the same device")
			}
			if ports, err := f.Ports("first"); err != nil || len(ports) != 2 {
				t.Errorf("its own ports are %v, %v", ports, err)
			}
			f.Release("first")
			if err := f.Claim("second", filepath.Join(dev, "ttyUSB3")); err != nil {
				t.Error(err)
			}
		})
	}
}

// The advice on a stick in the wrong mode is shown when there is nothing to try.
func TestPortsOfASwitchableStick(t *testing.T) {
	sys := filepath.Join(t.TempDir(), "sys")
	usbtest.PlugIn(t, sys, "1-1", "12d1:1446")
	if ports, err := usb.NewFinder(sys).Ports("any"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "usb_modeswitch") {
		t.Errorf("%v, %v", ports, err)
	}
}

// The sound card and the sound port of a modem are those of its own device.
func TestSoundOfADevice(t *testing.T) {
	root := t.TempDir()
	sys, dev := filepath.Join(root, "sys"), filepath.Join(root, "dev")
	usbtest.PlugIn(t, sys, "1-1", "2c7c:0125", usbtest.Ports(0, 1, 2, 3)...)
	usbtest.PlugIn(t, sys, "1-2", "1e0e:9001", usbtest.Port{TTY: "ttyUSB6", Interface: 2}, usbtest.Port{TTY: "ttyUSB8", Interface: 4})
	usbtest.Link(t, filepath.Join(sys, "devices/platform/soc"), filepath.Join(sys, "class/sound/card0/device"))
	usbtest.Link(t, filepath.Join(sys, "devices/platform/usb1/1-1/1-1:1.4"), filepath.Join(sys, "class/sound/card1/device"))
	quectel, simcom := filepath.Join(dev, "ttyUSB2"), filepath.Join(dev, "ttyUSB6")
	link := filepath.Join(dev, "modem")
	usbtest.Link(t, quectel, link)
	f := usb.NewFinder(sys)
	for _, tc := range []struct{ name, got, want string }{
		{"the card of a modem that has one", f.SoundCard(quectel), "1"},
		{"by a link to its port", f.SoundCard(link), "1"},
		{"the card of a modem that has none", f.SoundCard(simcom), ""},
		{"the card of a port that is not there", f.SoundCard("/dev/ttyUSB99"), ""},
		{"the sound port", f.Sibling(simcom, []usb.Role{usb.RoleVoice}), filepath.Join(dev, "ttyUSB8")},
		{"the port of positions", f.Sibling(link, []usb.Role{usb.RoleVoice, usb.RoleGNSS}), filepath.Join(dev, "ttyUSB1")},
		{"the port itself", f.Sibling(quectel, []usb.Role{usb.RoleAT}), ""},
		{"no such port", f.Sibling(quectel, []usb.Role{usb.RoleVoice}), ""},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

// Modems that nobody has claimed are offered, known vendors first.
func TestPorts(t *testing.T) {
	root := t.TempDir()
	sys := filepath.Join(root, "sys")
	usbtest.PlugIn(t, sys, "1-1", "1a86:7523", usbtest.Port{TTY: "ttyUSB0"})
	usbtest.PlugIn(t, sys, "1-2", "2c7c:0125", usbtest.Port{TTY: "ttyUSB3", Interface: 2})
	ports, err := usb.NewFinder(sys).Ports("any")
	want := []string{filepath.Join(root, "dev/ttyUSB3"), filepath.Join(root, "dev/ttyUSB0")}
	if err != nil || !slices.Equal(ports, want) {
		t.Errorf("%v, %v; want %v", ports, err, want)
	}
}
