package usb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Finder finds modems on the USB and shares them out among the modems that are
// configured. The modems of a process use one Finder. It is safe for concurrent use.
type Finder struct {
	sys string

	mu      sync.Mutex        // guards what follows
	owners  map[string]string // the name of the modem that uses a device, by its BusID
	changed chan struct{}     // closed when a device comes or goes
}

// NewFinder returns a finder that reads the sysfs mounted at sys, which is /sys.
func NewFinder(sys string) *Finder {
	return &Finder{sys: sys, owners: map[string]string{}, changed: make(chan struct{})}
}

// Run listens to the kernel for devices that come and go, until ctx ends, and returns
// nil. If listening is not permitted, the channels of [Finder.Changed] are never closed.
func (f *Finder) Run(ctx context.Context) error {
	k, err := listenKernel()
	if err == nil {
		defer k.close()
		defer context.AfterFunc(ctx, k.close)()
		for err == nil {
			if err = k.next(); err == nil {
				err = k.skip(settle) // the ports of a device come one after the other
				f.tellChanged()
			}
		}
	}
	<-ctx.Done()
	return nil //nolint:nilerr // it is slower without, and no fault
}

// settle is how long a device that has just come is given to show all its ports.
const settle = 300 * time.Millisecond

func (f *Finder) tellChanged() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.changed)
	f.changed = make(chan struct{})
}

// Changed returns a channel that is closed when a device comes or goes next.
func (f *Finder) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// Ports returns the paths of the ports that the modem of this name may try, the best
// first. Devices that other modems have claimed are left out. If there are none, the
// error wraps [fs.ErrNotExist] and says what to do.
func (f *Finder) Ports(name string) ([]string, error) {
	devices, err := Discover(f.sys)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var paths, advice []string
	for _, d := range devices {
		if owner := f.owners[d.BusID]; owner != "" && owner != name {
			continue
		}
		paths = append(paths, d.Candidates()...)
		if d.Advice != "" {
			advice = append(advice, d.Advice)
		}
	}
	switch {
	case len(paths) > 0:
		return paths, nil
	case len(advice) > 0:
		return nil, fmt.Errorf("%s: %w", strings.Join(advice, "; "), fs.ErrNotExist)
	}
	return nil, fmt.Errorf("no modem is connected, or other modems of the configuration use them: %w", fs.ErrNotExist)
}

var errTaken = errors.New("another modem of the configuration uses this device")

// Claim gives the device of a port to the modem of this name until
// [Finder.Release]. It fails if another modem has it.
func (f *Finder) Claim(name, port string) error {
	device := port // a port that is not on the USB is a device of its own
	if d, ok := f.device(port); ok {
		device = d.BusID
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if owner := f.owners[device]; owner != "" && owner != name {
		return errTaken
	}
	f.owners[device] = name
	return nil
}

// Release gives back all that the modem of this name has claimed.
func (f *Finder) Release(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for device, owner := range f.owners {
		if owner == name {
			delete(f.owners, device)
		}
	}
}

// device returns the device that a port belongs to. The path may be a link, such as
// those in /dev/serial/by-id.
func (f *Finder) device(port string) (Device, bool) {
	devices, _ := Discover(f.sys)
	for _, d := range devices {
		if d.portAt(port) >= 0 {
			return d, true
		}
	}
	return Device{}, false
}

// Knows reports whether a port belongs to a device on the USB.
func (f *Finder) Knows(port string) bool {
	_, ok := f.device(port)
	return ok
}

// portAt returns the index of the port with this path, which may be a link; -1 if the
// device has no such port.
func (d Device) portAt(path string) int {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		target = path // it has been unplugged
	}
	return slices.IndexFunc(d.Ports, func(p Port) bool { return p.Path == path || p.Path == target })
}

// Sibling returns the path of the port with one of the roles that is on the same
// device as port. Earlier roles are preferred. It returns "" if there is none.
func (f *Finder) Sibling(port string, roles []Role) string {
	d, ok := f.device(port)
	if !ok {
		return ""
	}
	own := d.portAt(port)
	for _, role := range roles {
		for i, p := range d.Ports {
			if p.Role == role && i != own {
				return p.Path
			}
		}
	}
	return ""
}

// SoundCard returns the ALSA number of the sound card that is on the same device as
// port, "" if there is none.
func (f *Finder) SoundCard(port string) string {
	d, ok := f.device(port)
	if !ok {
		return ""
	}
	cards, _ := filepath.Glob(filepath.Join(f.sys, "class/sound/card[0-9]*"))
	for _, card := range cards {
		if _, id, ok := interfaceOf(card); ok && id == d.BusID {
			return strings.TrimPrefix(filepath.Base(card), "card")
		}
	}
	return ""
}
