package usb

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Whether a file is a port is asked of the device: paths are those of a container.
func TestSame(t *testing.T) {
	file := func(dev, ino uint64) unix.Stat_t { return unix.Stat_t{Mode: unix.S_IFREG, Dev: dev, Ino: ino} }
	node := func(dev, ino uint64, major, minor uint32) unix.Stat_t {
		return unix.Stat_t{Mode: unix.S_IFCHR, Dev: dev, Ino: ino, Rdev: unix.Mkdev(major, minor)}
	}
	for _, tc := range []struct {
		name string
		a, b unix.Stat_t
		want bool
	}{
		{"a file", file(1, 5), file(1, 5), true},
		{"another file", file(1, 5), file(1, 6), false},
		{"a file of another disk", file(1, 5), file(2, 5), false},
		{"a stick, and its node in a container", node(1, 5, 188, 2), node(9, 3, 188, 2), true},
		{"another stick", node(1, 5, 188, 2), node(1, 6, 188, 3), false},
		{"a pseudo-terminal", node(1, 5, 136, 3), node(1, 5, 136, 3), true},
		{"one of the same number in a container", node(1, 5, 136, 3), node(9, 5, 136, 3), false},
		{"a file in the place of a node", file(1, 5), node(1, 5, 188, 2), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := same(tc.a, tc.b); got != tc.want {
				t.Errorf("%t", got)
			}
		})
	}
}
