package modem

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// TTY is one serial port of a device.
type TTY struct {
	Path      string // /dev/ttyUSB2
	Interface int    // bInterfaceNumber
	Role      Role

	class, subclass, protocol uint8
}

// USBDevice is a device on the USB that is a modem, or may be one.
type USBDevice struct {
	USBPath  string // its place on the bus, as 1-1.2
	VID, PID uint16
	Maker    string // as the table of makers says, else as the device does
	Product  string
	Ports    []TTY  // in the order of their interfaces
	Advice   string // what a person must do before it can be used; "" nothing
}

// Known reports whether the device is of a maker of modems.
func (d USBDevice) Known() bool { return vendors[d.VID] != "" }

// Candidates returns the ports to ask for a modem, the best first: the one for
// commands, those that nobody knows in the order of their interfaces, and the
// one for dialling in at last. Ports for diagnostics, positions and sound are
// never written to.
func (d USBDevice) Candidates() []string {
	var paths []string
	for _, role := range []Role{RoleAT, RoleUnknown, RolePPP} {
		for _, t := range d.Ports {
			if t.Role == role {
				paths = append(paths, t.Path)
			}
		}
	}
	return paths
}

// usbPlace is the name of a device on the bus, as opposed to one of its
// interfaces, which has a colon.
var usbPlace = regexp.MustCompile(`^[0-9]+-[0-9]+(\.[0-9]+)*$`)

// Discover returns the devices on the USB that are modems or may be: those with
// serial ports, and sticks that are in a mode in which they have none. It reads
// sysfs, which is at sys, and opens nothing: to list the ports with the serial
// library would set those in use to another speed (R10).
func Discover(sys string) ([]USBDevice, error) {
	ports, err := usbPorts(sys)
	if err != nil {
		return nil, err
	}
	folders, err := filepath.Glob(filepath.Join(sys, "bus/usb/devices/*"))
	if err != nil {
		return nil, err
	}
	var devices []USBDevice
	for _, folder := range folders {
		place := filepath.Base(folder)
		if !usbPlace.MatchString(place) {
			continue
		}
		d := USBDevice{USBPath: place, VID: uint16(hexFile(folder, "idVendor")), PID: uint16(hexFile(folder, "idProduct")),
			Maker: textFile(folder, "manufacturer"), Product: textFile(folder, "product"), Ports: ports[place]}
		if name := vendors[d.VID]; name != "" {
			d.Maker = name
		}
		if len(d.Ports) == 0 {
			if d.Advice = d.wrongMode(); d.Advice == "" {
				continue
			}
		}
		for i, t := range d.Ports {
			d.Ports[i].Role = d.role(t)
		}
		slices.SortFunc(d.Ports, func(a, b TTY) int {
			return cmp.Or(a.Interface-b.Interface, strings.Compare(a.Path, b.Path))
		})
		devices = append(devices, d)
	}
	slices.SortStableFunc(devices, func(a, b USBDevice) int { // modems before adapters that may have one behind them
		return cmp.Or(boolOrder(a.Known(), b.Known()), strings.Compare(a.USBPath, b.USBPath))
	})
	return devices, nil
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// usbPorts returns the serial ports on the USB by the device that they belong to.
func usbPorts(sys string) (map[string][]TTY, error) {
	folder := filepath.Join(sys, "class/tty")
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for serial ports: %w", err)
	}
	ports := map[string][]TTY{}
	dev := filepath.Join(filepath.Dir(sys), "dev") // beside sysfs, in a file system that is not this one's too
	for _, e := range entries {
		device, err := filepath.EvalSymlinks(filepath.Join(folder, e.Name(), "device"))
		if err != nil {
			continue // a console, which has no device
		}
		for at := device; at != "/" && at != "."; at = filepath.Dir(at) {
			place, _, isInterface := strings.Cut(filepath.Base(at), ":")
			if isInterface && usbPlace.MatchString(place) {
				ports[place] = append(ports[place], TTY{Path: filepath.Join(dev, e.Name()), Interface: hexFile(at, "bInterfaceNumber"),
					class: uint8(hexFile(at, "bInterfaceClass")), subclass: uint8(hexFile(at, "bInterfaceSubClass")),
					protocol: uint8(hexFile(at, "bInterfaceProtocol"))})
				break
			}
		}
	}
	return ports, nil
}

// textFile and hexFile read attributes, which not every device has.
func textFile(folder, name string) string {
	b, _ := os.ReadFile(filepath.Join(folder, name))
	return strings.TrimSpace(string(b))
}

func hexFile(folder, name string) int {
	n, _ := strconv.ParseUint(textFile(folder, name), 16, 16)
	return int(n)
}

// wrongMode says what to do with a stick that has no port in the mode that it
// is in, "" for anything else.
func (d USBDevice) wrongMode() string {
	for _, s := range routers {
		if s.vid == d.VID && slices.Contains(s.pids, d.PID) {
			return fmt.Sprintf("%s (%04x:%04x) is a network card and has no serial port, so that it cannot be driven: use a stick with \"stick\" firmware, or another modem", s.name, d.VID, d.PID)
		}
	}
	for _, s := range switches {
		if s.vid == d.VID && slices.Contains(s.pids, d.PID) {
			return fmt.Sprintf("%s (%04x:%04x) still shows itself as a disk: sudo apt install usb-modeswitch and plug it in again, or once: sudo usb_modeswitch -v %04x -p %04x %s",
				s.name, d.VID, d.PID, d.VID, d.PID, s.method)
		}
	}
	return ""
}
