package usb

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

// Port is one serial port of a device.
type Port struct {
	Path      string // as /dev/ttyUSB2
	Interface int    // bInterfaceNumber
	Role      Role

	class, subclass, protocol uint8 // of the interface
}

// Device is a device on the USB that is a modem, or may be one.
type Device struct {
	BusID    string // its name in sysfs, as 1-1.2: bus 1, port 2 of the hub at port 1
	VID, PID uint16
	Vendor   string // from the table of vendors, else as the device says
	Product  string // as the device says
	Ports    []Port // in the order of their interfaces
	Advice   string // what a person must do before the device can be used; "" for nothing
}

// Known reports whether the device is of a vendor of modems. Others are adapters,
// behind which there may be a modem.
func (d Device) Known() bool { return vendors[d.VID] != "" }

// Candidates returns the paths of the ports on which the modem may answer, the best
// first: the port for commands, then ports of unknown role in the order of their
// interfaces, then the port for dial-up. Ports for diagnostics, positions and sound
// are left out, as nothing may be written to them.
func (d Device) Candidates() []string {
	var paths []string
	for _, role := range []Role{RoleAT, RoleUnknown, RolePPP} {
		for _, p := range d.Ports {
			if p.Role == role {
				paths = append(paths, p.Path)
			}
		}
	}
	return paths
}

// busID is the form of Device.BusID. The name of an interface has a colon too.
var busID = regexp.MustCompile(`^[0-9]+-[0-9]+(\.[0-9]+)*$`)

// Discover returns the devices that are modems or may be: those with serial ports,
// and sticks in a mode in which they have none. Known vendors come first. It reads
// the sysfs that is mounted at sys, which is /sys, and opens no port: the listing of
// the serial library would change the speed of ports in use (R10).
func Discover(sys string) ([]Device, error) {
	ports, err := serialPorts(sys)
	if err != nil {
		return nil, err
	}
	folders, err := filepath.Glob(filepath.Join(sys, "bus/usb/devices/*"))
	if err != nil {
		return nil, err
	}
	var devices []Device
	for _, folder := range folders {
		id := filepath.Base(folder)
		if !busID.MatchString(id) {
			continue
		}
		d := Device{BusID: id, VID: uint16(hexFile(folder, "idVendor")), PID: uint16(hexFile(folder, "idProduct")),
			Vendor: textFile(folder, "manufacturer"), Product: textFile(folder, "product"), Ports: ports[id]}
		if name := vendors[d.VID]; name != "" {
			d.Vendor = name
		}
		if len(d.Ports) == 0 {
			if d.Advice = d.wrongMode(); d.Advice == "" {
				continue
			}
		}
		for i, p := range d.Ports {
			d.Ports[i].Role = d.role(p)
		}
		slices.SortFunc(d.Ports, func(a, b Port) int {
			return cmp.Or(a.Interface-b.Interface, strings.Compare(a.Path, b.Path))
		})
		devices = append(devices, d)
	}
	slices.SortStableFunc(devices, func(a, b Device) int {
		switch {
		case a.Known() == b.Known():
			return strings.Compare(a.BusID, b.BusID)
		case a.Known():
			return -1
		}
		return 1
	})
	return devices, nil
}

// serialPorts returns the serial ports on the USB, by the BusID of their device.
func serialPorts(sys string) (map[string][]Port, error) {
	folder := filepath.Join(sys, "class/tty")
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for serial ports: %w", err)
	}
	ports := map[string][]Port{}
	dev := filepath.Join(filepath.Dir(sys), "dev") // beside sysfs, so that tests have one of their own
	for _, e := range entries {
		i, id, ok := interfaceOf(filepath.Join(folder, e.Name()))
		if !ok {
			continue // a console, or a port that is not on the USB
		}
		ports[id] = append(ports[id], Port{Path: filepath.Join(dev, e.Name()), Interface: hexFile(i, "bInterfaceNumber"),
			class: uint8(hexFile(i, "bInterfaceClass")), subclass: uint8(hexFile(i, "bInterfaceSubClass")),
			protocol: uint8(hexFile(i, "bInterfaceProtocol"))})
	}
	return ports, nil
}

// interfaceOf returns the folder of the USB interface that an entry of a class in
// sysfs belongs to, as a port or a sound card, and the BusID of its device; false
// if it is not on the USB.
func interfaceOf(entry string) (folder, id string, ok bool) {
	folder, err := filepath.EvalSymlinks(filepath.Join(entry, "device"))
	if err != nil {
		return "", "", false
	}
	for ; folder != "/" && folder != "."; folder = filepath.Dir(folder) {
		id, _, isInterface := strings.Cut(filepath.Base(folder), ":")
		if isInterface && busID.MatchString(id) {
			return folder, id, true
		}
	}
	return "", "", false
}

// textFile returns the value of an attribute, "" if the device does not have it.
func textFile(folder, name string) string {
	b, _ := os.ReadFile(filepath.Join(folder, name))
	return strings.TrimSpace(string(b))
}

// hexFile returns the value of a hexadecimal attribute of up to 16 bits, 0 if the device
// does not have it.
func hexFile(folder, name string) int {
	n, _ := strconv.ParseUint(textFile(folder, name), 16, 16)
	return int(n)
}

// wrongMode returns what to do with a stick that has no port in its present mode, ""
// for any other device.
func (d Device) wrongMode() string {
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
