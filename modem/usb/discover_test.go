package usb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"simgate/modem/usb"
	"simgate/modem/usb/usbtest"
)

// Each known device has its ports tried in the right order, and none that must
// not be written to.
func TestCandidates(t *testing.T) {
	for _, tc := range []struct {
		name, id string
		ports    []usbtest.Port
		want     []string
	}{
		{"SIM7600", "1e0e:9001", usbtest.Ports(0, 1, 2, 3, 4), []string{"ttyUSB2", "ttyUSB3"}},
		{"SIM7600 in RNDIS mode", "1e0e:9011", usbtest.Ports(2, 4, 5, 6), []string{"ttyUSB1", "ttyUSB2"}},
		{"SIM7080", "1e0e:9205", usbtest.Ports(0, 1, 2, 3), []string{"ttyUSB2", "ttyUSB3"}},
		{"SIM7080, alternate", "1e0e:9206", usbtest.Ports(0, 1, 2, 3, 4, 5), []string{"ttyUSB2", "ttyUSB5"}},
		{"an old SimTech", "1e0e:9200", usbtest.Ports(1, 3), []string{"ttyUSB1", "ttyUSB0"}},
		{"EC25", "2c7c:0125", usbtest.Ports(0, 1, 2, 3), []string{"ttyUSB2", "ttyUSB3"}},
		{"EG91", "2c7c:0191", usbtest.Ports(0, 1, 2, 3), []string{"ttyUSB2", "ttyUSB3"}},
		{"EC200U, of which it is not known", "2c7c:0901", usbtest.Ports(2, 3, 4, 5, 6), []string{"ttyUSB2", "ttyUSB3", "ttyUSB4"}},
		{"EC200A, of which nothing is known", "2c7c:6005", usbtest.Ports(2, 3, 4), []string{"ttyUSB0", "ttyUSB1", "ttyUSB2"}},
		{"E1550", "12d1:1001", usbtest.Ports(0, 1, 2), []string{"ttyUSB2", "ttyUSB0"}},
		{"E173", "12d1:140c", usbtest.Ports(0, 2, 3), []string{"ttyUSB2", "ttyUSB0"}},
		{"a Huawei by its protocols", "12d1:1506", []usbtest.Port{{TTY: "ttyUSB0", Interface: 0, Class: "ff/02/01"}, {TTY: "ttyUSB1", Interface: 1, Class: "ff/02/02"}, {TTY: "ttyUSB2", Interface: 2, Class: "ff/02/03"}, {TTY: "ttyUSB3", Interface: 3, Class: "ff/06/14"}},
			[]string{"ttyUSB1", "ttyUSB0"}},
		{"ZTE MF190", "19d2:0082", usbtest.Ports(1, 3), []string{"ttyUSB1", "ttyUSB0"}},
		{"ZTE MF627", "19d2:0016", usbtest.Ports(0, 1, 2), []string{"ttyUSB2", "ttyUSB0", "ttyUSB1"}},
		{"Sierra MC7455", "1199:9071", usbtest.Ports(0, 2, 3), []string{"ttyUSB2"}},
		{"u-blox LARA", "1546:110a", []usbtest.Port{{TTY: "ttyACM0", Interface: 0, Class: "02/02/01"}, {TTY: "ttyACM1", Interface: 2, Class: "02/02/01"}, {TTY: "ttyACM2", Interface: 6, Class: "02/02/01"}, {TTY: "ttyACM3", Interface: 10, Class: "02/02/01"}},
			[]string{"ttyACM0", "ttyACM1"}},
		{"Telit LE910C1", "1bc7:1201", usbtest.Ports(0, 3, 4, 5), []string{"ttyUSB2", "ttyUSB3"}},
		{"Telit ME910", "1bc7:1101", usbtest.Ports(0, 1, 2), []string{"ttyUSB1", "ttyUSB2"}},
		{"an adapter with who knows what behind it", "1a86:7523", usbtest.Ports(0), []string{"ttyUSB0"}},
		{"a hub", "1d6b:0002", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sys := t.TempDir()
			usbtest.PlugIn(t, sys, "1-1.2", tc.id, tc.ports...)
			devices, err := usb.Discover(sys)
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

// Pain 21: a stick that is still a disk, or a router, has no port. The advice says what
// it is and what to do.
func TestPain21SticksInTheWrongMode(t *testing.T) {
	for id, want := range map[string]string{
		"12d1:1446": "usb_modeswitch -v 12d1 -p 1446 -J", "12d1:14fe": "usb-modeswitch", "19d2:2000": "usb_modeswitch -v 19d2 -p 2000 -K",
		"1199:0fff": "-S", "12d1:14dc": "network card", "12d1:1f01": "HiLink", "19d2:1405": "router mode",
	} {
		t.Run(id, func(t *testing.T) {
			sys := t.TempDir()
			usbtest.PlugIn(t, sys, "1-1", id)
			devices, err := usb.Discover(sys)
			if err != nil || len(devices) != 1 || !strings.Contains(devices[0].Advice, want) {
				t.Fatalf("%+v, %v; want %q", devices, err, want)
			}
		})
	}
}

// Modems come before adapters, whatever their place; consoles and UARTs are ignored.
func TestDiscoverSeveral(t *testing.T) {
	sys := t.TempDir()
	usbtest.PlugIn(t, sys, "1-1.1", "1a86:7523", usbtest.Port{TTY: "ttyUSB0"})
	usbtest.PlugIn(t, sys, "1-1.4", "2c7c:0125", usbtest.Port{TTY: "ttyUSB3", Interface: 2}, usbtest.Port{TTY: "ttyUSB1", Interface: 0})
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
	devices, err := usb.Discover(sys)
	if err != nil || len(devices) != 2 || devices[0].BusID != "1-1.4" || !devices[0].Known() || devices[1].Known() {
		t.Fatalf("%+v, %v", devices, err)
	}
	if got := devices[0].Ports[0]; filepath.Base(got.Path) != "ttyUSB1" || got.Role != usb.RoleDiag {
		t.Errorf("the first port is %+v", got)
	}
}

func TestDiscoverWithoutUSB(t *testing.T) {
	if devices, err := usb.Discover(t.TempDir()); err != nil || len(devices) != 0 {
		t.Errorf("%+v, %v", devices, err)
	}
}

// The rules keep ModemManager away from every vendor of the table.
func TestRulesCoverEveryVendor(t *testing.T) {
	rules, err := os.ReadFile("../../configs/70-simgate.rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, vid := range usb.Vendors() {
		if !strings.Contains(string(rules), fmt.Sprintf(`ATTRS{idVendor}=="%04x"`, vid)) {
			t.Errorf("%04x is missing", vid)
		}
	}
}
