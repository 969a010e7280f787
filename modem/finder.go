package modem

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

// Finder finds modems by themselves, and shares them out among those that are
// configured. The modems of a process share one.
type Finder struct {
	sys string

	mu      sync.Mutex        // guards what follows
	owners  map[string]string // the modem that has a device, by the device's place on the bus
	changed chan struct{}     // closed when a device comes or goes
}

// NewFinder returns a finder that reads sysfs at sys, which is /sys.
func NewFinder(sys string) *Finder {
	return &Finder{sys: sys, owners: map[string]string{}, changed: make(chan struct{})}
}

// Run listens to the kernel, which tells of devices that come and go, until ctx
// ends. Where that is not permitted, modems look for their ports now and then.
func (f *Finder) Run(ctx context.Context) error {
	k, err := listenKernel()
	if err == nil {
		defer k.close()
		defer context.AfterFunc(ctx, k.close)()
		for err == nil {
			if err = k.next(); err == nil {
				err = k.skip(settle) // the ports of a device come one after the other
				f.ring()
			}
		}
	}
	<-ctx.Done()
	return nil //nolint:nilerr // it is slower without, and no fault
}

// settle is how long a device that has just come is given to show all its ports.
const settle = 300 * time.Millisecond

func (f *Finder) ring() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.changed)
	f.changed = make(chan struct{})
}

// news returns a channel that is closed when a device comes or goes.
func (f *Finder) news() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// ports returns the ports that the modem of this name may try, in their order.
// The device that it has had before comes first: others may be another's.
func (f *Finder) ports(name string) ([]string, error) {
	devices, err := Discover(f.sys)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var paths, advice []string
	for _, d := range devices {
		if owner := f.owners[d.USBPath]; owner != "" && owner != name {
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
	return nil, fmt.Errorf("no modem is connected, or only such as others use: %w", fs.ErrNotExist)
}

// claim gives the device of a port to the modem of this name. It reports false
// where another has it.
func (f *Finder) claim(name, port string) bool {
	place := f.place(port)
	f.mu.Lock()
	defer f.mu.Unlock()
	if owner := f.owners[place]; owner != "" && owner != name {
		return false
	}
	f.owners[place] = name
	return true
}

// release gives back what the modem of this name has.
func (f *Finder) release(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for place, owner := range f.owners {
		if owner == name {
			delete(f.owners, place)
		}
	}
}

// place returns the device that a port belongs to; a port that is not on the USB
// is its own.
func (f *Finder) place(port string) string {
	devices, _ := Discover(f.sys)
	for _, d := range devices {
		if slices.ContainsFunc(d.Ports, func(t TTY) bool { return t.Path == port }) {
			return d.USBPath
		}
	}
	return port
}

// beside returns the port of the same device that has one of the roles, the
// first of them before the others; "" where there is none.
func (f *Finder) beside(port string, roles []Role) string {
	if real, err := filepath.EvalSymlinks(port); err == nil {
		port = real
	}
	devices, _ := Discover(f.sys)
	for _, d := range devices {
		if !slices.ContainsFunc(d.Ports, func(t TTY) bool { return t.Path == port }) {
			continue
		}
		for _, role := range roles {
			if i := slices.IndexFunc(d.Ports, func(t TTY) bool { return t.Role == role && t.Path != port }); i >= 0 {
				return d.Ports[i].Path
			}
		}
	}
	return ""
}

// errTaken means that another modem of this process has the device.
var errTaken = errors.New("another modem of the configuration uses this device")
