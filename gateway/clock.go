package gateway

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Clock tells the two times that the gateway lives by. A Pi has no clock that
// survives power-off: wall time jumps when the network time arrives, so it
// serves only for what people read. Everything with a deadline counts the
// milliseconds since the machine was switched on, which never jump.
type Clock struct {
	Boot   string               // names this run of the machine
	Uptime func() time.Duration // since boot; never steps
	Wall   func() time.Time
}

// SystemClock returns the clock of the machine: CLOCK_BOOTTIME and the boot id
// of the Linux kernel.
func SystemClock() (Clock, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Clock{}, fmt.Errorf("reading the boot id: %w", err)
	}
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return Clock{}, fmt.Errorf("reading CLOCK_BOOTTIME: %w", err)
	}
	return Clock{
		Boot: strings.TrimSpace(string(id)),
		Wall: time.Now,
		Uptime: func() time.Duration {
			var ts unix.Timespec
			_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) // it worked above, and nothing can take it away
			return time.Duration(ts.Nano())
		},
	}, nil
}

// uptime is the time of deadlines, in milliseconds.
func (c Clock) uptime() int64 { return c.Uptime().Milliseconds() }

// wall is the time that people read, in milliseconds of Unix time.
func (c Clock) wall() int64 { return c.Wall().UnixMilli() }

// fromMillis reads a stored wall time; 0 is the zero time.
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
