package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"simgate/api/certificate"
	"simgate/gateway/journal"
	"simgate/gateway/notify"
)

// machine is what is looked at of this machine while the daemon runs.
type machine struct{ sys, state string } // folders

// conditions returns what is wrong with disk, clock and power.
func (m machine) conditions() []notify.Condition {
	var all []notify.Condition
	if free, total, err := freeSpace(m.state); err == nil && lowDisk(free, total) {
		all = append(all, notify.Condition{Name: "disk", Kind: journal.DiskLow, Urgent: free < leastFree, Title: "the disk is nearly full",
			Text: fmt.Sprintf("%d MB of %d MB are free for %s, and nothing is accepted once it is full; %s", free/megabyte, total/megabyte, m.state, makeRoom),
			Over: "there is room on the disk again"})
	}
	if now := time.Now(); now.Before(buildTime()) {
		all = append(all, notify.Condition{Name: "clock", Kind: journal.ClockWrong, After: 10 * time.Minute, Title: "the clock is wrong",
			Text: "the clock of this machine says " + now.Format("2006-01-02 15:04") + ", which is in the past: receivers refuse webhooks, and times in lists are wrong; connect it to the internet, or set the clock",
			Over: "the clock is right again"})
	}
	if bits, ok := m.throttled(); ok && bits&(lowNow|lowOnce) != 0 {
		c := notify.Condition{Name: "power", Kind: journal.PowerLow, Title: "this machine has too little voltage",
			Text: "this machine has too little voltage, which makes modems disappear; " + morePower, Over: "the voltage has been high enough since the last start"}
		if bits&lowNow == 0 { // a moment is enough, and no look may see it
			c.Title, c.Text = "this machine has had too little voltage", "this machine has had too little voltage since it was started, which makes modems disappear; "+morePower
		}
		all = append(all, c)
	}
	return all
}

// certificateConditions returns which certificates end soon or cannot be replaced.
func certificateConditions(states []certificate.State, now time.Time) (all []notify.Condition) {
	for _, s := range states {
		c := notify.Condition{Name: s.Of, Kind: journal.Certificate, Over: s.Of + " is good again"}
		switch until := s.Until.Format("2006-01-02"); {
		case s.Until.IsZero() && s.Fault == nil:
			continue // it is being obtained
		case s.Until.IsZero():
			c.Title, c.After = s.Of+" cannot be obtained", s.Patience
			c.Text = fmt.Sprintf("%s cannot be obtained, and that of the own authority is shown: %v", s.Of, s.Fault)
		case !now.Before(s.Until):
			c.Title, c.Urgent = s.Of+" has ended", true
			c.Text = s.Of + " has ended on " + until + ", and apps refuse to connect; put a new one in its place, which is read at once"
			if s.Fault != nil {
				c.Text = fmt.Sprintf("%s has ended on %s, and apps refuse to connect. It cannot be replaced: %v", s.Of, until, s.Fault)
			}
		case s.Fault != nil:
			c.Title, c.After = s.Of+" cannot be replaced", s.Patience
			c.Text = fmt.Sprintf("%s cannot be replaced, and ends on %s: %v", s.Of, until, s.Fault)
		case s.Name == "" && now.After(s.Until.Add(-endsSoon)): // others are replaced without their owner
			c.Title = s.Of + " ends soon"
			c.Text = s.Of + " ends on " + until + ", and apps refuse to connect then; renew it: the new one is read at once"
		default:
			continue
		}
		all = append(all, c)
	}
	return all
}

// morePower is what to do about too little voltage.
const morePower = "use the power supply made for this Pi, and a powered hub for the modem"

// throttled returns the power state that the firmware of a Pi reports.
func (m machine) throttled() (bits uint64, ok bool) {
	raw, err := os.ReadFile(filepath.Join(m.sys, "devices/platform/soc/soc:firmware/get_throttled"))
	if err != nil {
		return 0, false
	}
	bits, err = strconv.ParseUint(strings.TrimPrefix(strings.TrimSpace(string(raw)), "0x"), 16, 32)
	return bits, err == nil
}

const (
	megabyte  = 1 << 20
	leastFree = 20 * megabyte // below this the disk is as good as full
)

// freeSpace returns the octets that are free for a folder, which need not exist, and that
// there are.
func freeSpace(folder string) (free, total uint64, err error) {
	var st unix.Statfs_t
	for err = unix.Statfs(folder, &st); err != nil; err = unix.Statfs(folder, &st) {
		if folder == "/" || folder == "." {
			return 0, 0, err
		}
		folder = filepath.Dir(folder) // the first start creates it
	}
	return st.Bavail * uint64(st.Bsize), st.Blocks * uint64(st.Bsize), nil
}

// lowDisk reports whether the owner should make room.
func lowDisk(free, total uint64) bool { return free*20 < total || free < 200*megabyte }

// buildTime returns when the source of this program was committed, which no right clock
// is before; the zero time if it is not known.
func buildTime() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			t, _ := time.Parse(time.RFC3339, s.Value) // the zero time if it is none
			return t
		}
	}
	return time.Time{}
}
