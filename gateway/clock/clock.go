// Package clock tells the three times that simgate lives by, as three types that
// the compiler keeps apart.
//
// A Pi has no clock that survives power-off: its time of day jumps when the network
// time arrives. So [Wall] is for what people read, [Uptime] for deadlines within one
// boot of the machine, and [Tick] for what has to outlive a boot and must not be
// moved by whoever sets the clock: limits, locks, pauses between deliveries. All
// three count milliseconds, and are stored as integers.
//
// Code that needs more than one of them takes a [Moment].
package clock

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Wall is the time of day in milliseconds of Unix time; 0 is no time.
type Wall int64

// Uptime is the time since the machine was switched on, in milliseconds. It counts
// through suspension and is not moved by setting the clock. Another boot begins at 0.
type Uptime int64

// Tick is the time that the gateway has run, in milliseconds, over all boots. It
// never goes back and nobody can set it; while the machine is off it stands still.
type Tick int64

// Add returns the time d later, to the millisecond.
func (w Wall) Add(d time.Duration) Wall { return w + Wall(d.Milliseconds()) }

// Sub returns how much later w is than v.
func (w Wall) Sub(v Wall) time.Duration { return time.Duration(w-v) * time.Millisecond }

// Time returns w in UTC, the zero time for 0.
func (w Wall) Time() time.Time {
	if w == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(w)).UTC()
}

// WallOf returns a time as a Wall, 0 for the zero time.
func WallOf(t time.Time) Wall {
	if t.IsZero() {
		return 0
	}
	return Wall(t.UnixMilli())
}

// Add returns the time d later, to the millisecond.
func (u Uptime) Add(d time.Duration) Uptime { return u + Uptime(d.Milliseconds()) }

// Sub returns how much later u is than v.
func (u Uptime) Sub(v Uptime) time.Duration { return time.Duration(u-v) * time.Millisecond }

// Add returns the time d later, to the millisecond.
func (t Tick) Add(d time.Duration) Tick { return t + Tick(d.Milliseconds()) }

// Sub returns how much later t is than v.
func (t Tick) Sub(v Tick) time.Duration { return time.Duration(t-v) * time.Millisecond }

// How a text for people says when something is: with the zone, so that whoever shows the text
// can say it in that of the reader.
const (
	ToTheMinute = "2006-01-02 15:04 -07:00"
	ToTheSecond = "2006-01-02 15:04:05 -07:00"
)

// Moment is one moment in all three times.
type Moment struct {
	Up   Uptime
	Wall Wall
	Tick Tick
}

// AtUptime returns the time of day of an uptime of this boot.
func (m Moment) AtUptime(u Uptime) Wall { return m.Wall.Add(u.Sub(m.Up)) }

// AtTick returns the time of day of a tick, as if the machine stays on.
func (m Moment) AtTick(t Tick) Wall { return m.Wall.Add(t.Sub(m.Tick)) }

// Past is what lies before a time of day and before a tick. What is to be deleted for
// its age lies before both: the time of day alone may have been set.
type Past struct {
	Wall Wall
	Tick Tick
}

// Source is where the times come from: [System], or a test.
type Source struct {
	Boot   string               // names this run of the machine
	Uptime func() time.Duration // since boot; never steps
	Wall   func() time.Time
}

// System returns the source of a Linux machine: CLOCK_BOOTTIME, the boot id of the
// kernel, and the time of day.
func System() (Source, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Source{}, fmt.Errorf("reading the boot id: %w", err)
	}
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return Source{}, fmt.Errorf("reading CLOCK_BOOTTIME: %w", err)
	}
	return Source{
		Boot: strings.TrimSpace(string(id)),
		Wall: time.Now,
		Uptime: func() time.Duration {
			var ts unix.Timespec
			_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) // it worked above, and nothing can take it away
			return time.Duration(ts.Nano())
		},
	}, nil
}

// Clock tells the moment. It is safe for concurrent use.
type Clock struct {
	source Source
	ahead  atomic.Int64 // of ticks before uptime, in milliseconds
}

// New returns a clock whose ticks equal its uptime until [Clock.SetTick].
func New(s Source) *Clock { return &Clock{source: s} }

// Boot names this run of the machine.
func (c *Clock) Boot() string { return c.source.Boot }

// Uptime returns the time since boot.
func (c *Clock) Uptime() Uptime { return Uptime(c.source.Uptime().Milliseconds()) }

// Wall returns the time of day.
func (c *Clock) Wall() Wall { return Wall(c.source.Wall().UnixMilli()) }

// Local returns the time of day in the zone of the machine, for periods that begin at
// midnight and for times in texts.
func (c *Clock) Local() time.Time { return c.source.Wall() }

// Tick returns the time that the gateway has run.
func (c *Clock) Tick() Tick { return Tick(int64(c.Uptime()) + c.ahead.Load()) }

// Now returns this moment in all three times.
func (c *Clock) Now() Moment {
	up := c.Uptime()
	return Moment{Up: up, Wall: c.Wall(), Tick: Tick(int64(up) + c.ahead.Load())}
}

// SetTick lets ticks go on from t at the uptime u. It is called once, at the start.
func (c *Clock) SetTick(t Tick, u Uptime) { c.ahead.Store(int64(t) - int64(u)) }
