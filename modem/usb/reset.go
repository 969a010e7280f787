package usb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// offBus is how long Reset leaves a device without its authorization.
const offBus = 2 * time.Second

// Reset takes the device with this BusID off the bus for two seconds and puts it back,
// so that the kernel sets it up again. It needs root. It refuses a device without a
// serial port, so that whoever may ask for a reset cannot switch off the keyboard.
// When ctx ends, the device is put back at once.
func Reset(ctx context.Context, sys, id string) error {
	if !busID.MatchString(id) {
		return fmt.Errorf("%q is no device on the USB", id)
	}
	folder := filepath.Join(sys, "bus/usb/devices", id)
	ports, err := filepath.Glob(filepath.Join(folder, id+":*", "tty*"))
	if err != nil || len(ports) == 0 {
		return fmt.Errorf("the device %s is not there, or is no modem", id)
	}
	authorized := filepath.Join(folder, "authorized")
	if err := os.WriteFile(authorized, []byte("0"), 0); err != nil {
		return err
	}
	select {
	case <-time.After(offBus):
	case <-ctx.Done():
	}
	return os.WriteFile(authorized, []byte("1"), 0)
}

// BusID returns the BusID of the device that a port belongs to, also if the port is gone
// from /dev. It fails if the port is not on the USB.
func BusID(sys, port string) (string, error) {
	path, err := filepath.EvalSymlinks(port)
	if err != nil {
		path = port // the port may be gone, which is why a reset is wanted
	}
	_, id, ok := interfaceOf(filepath.Join(sys, "class/tty", filepath.Base(path)))
	if !ok {
		return "", fmt.Errorf("%s is not on the USB", port)
	}
	return id, nil
}
