package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
	"simgate/gateway/speech"
	"simgate/modem"
	"simgate/modem/usb"
)

// devices checks the modems on the USB and the permissions of their ports.
func (c *checkup) devices(cfg config.Config) {
	devices, err := usb.Discover(c.sys)
	if err != nil {
		c.note(warn, "usb", err.Error(), "")
	}
	if len(devices) == 0 && len(cfg.Lines) == 0 {
		c.note(warn, "usb", "no modem is on the USB", "plug one in; for a modem on the serial pins of the board, set its port in the configuration")
	}
	for _, d := range devices {
		about := fmt.Sprintf("usb %s (%04x:%04x)", d.BusID, d.VID, d.PID)
		name := strings.TrimSpace(d.Vendor + " " + d.Product)
		if d.Advice != "" {
			c.note(fail, about, d.Advice, "")
			continue
		}
		paths := d.Candidates()
		if len(paths) == 0 {
			c.note(warn, about, name+" has no port for commands", "")
			continue
		}
		c.note(fine, about, name+", commands on "+paths[0], "")
		c.port(about, paths[0])
	}
	for _, m := range cfg.Modems {
		if m.Port != modem.AutoPort && !strings.ContainsAny(m.Port, "*?[") {
			c.port("modem "+m.Name, m.Port)
		}
	}
}

// port checks that a port exists, is free, and can be opened.
func (c *checkup) port(about, path string) {
	info, err := os.Stat(path)
	if err != nil {
		c.note(fail, about, path+" is not there", "ls -l /dev/ttyUSB* /dev/ttyACM* /dev/serial/by-id; or set port: auto, which finds it")
		return
	}
	if account, err := user.Lookup(c.service); err == nil {
		if !opens(account, info) {
			c.note(fail, about, "the user of the service, "+account.Username+", may not open "+path,
				mayOpen(info, path, account.Username, "sudo systemctl restart simgate"))
		}
	} else if unix.Access(path, unix.R_OK|unix.W_OK) != nil {
		c.note(fail, about, "this user may not open "+path, mayOpen(info, path, c.userName(), "log in again"))
	}
	if who := usb.Holder(path); who != "" && !strings.Contains(who, "simgate") {
		c.note(fail, about, usb.Busy(path), "")
	}
}

// opens reports whether the service can open a port. Its unit puts it into the group
// dialout, of which its user need not be a member.
func opens(account *user.User, info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	groups := append(cli.GroupsOf(account), account.Gid)
	if g, err := user.LookupGroup("dialout"); err == nil {
		groups = append(groups, g.Gid)
	}
	return account.Uid == "0" ||
		info.Mode()&0o006 == 0o006 ||
		info.Mode()&0o060 == 0o060 && slices.Contains(groups, strconv.Itoa(int(st.Gid))) ||
		info.Mode()&0o600 == 0o600 && strconv.Itoa(int(st.Uid)) == account.Uid
}

// mayOpen returns the command that lets a user open a port, and what to do then.
func mayOpen(info fs.FileInfo, path, name, then string) string {
	if g, ok := cli.GroupOf(info); ok && info.Mode()&0o060 == 0o060 {
		return fmt.Sprintf("sudo usermod -aG %s %s, and %s", g.Name, name, then)
	}
	return "install the udev rules: sudo cp 70-simgate.rules /etc/udev/rules.d/ && sudo udevadm control --reload && sudo udevadm trigger (they give " + path + " to the group dialout)"
}

// speech checks whether this machine can speak in calls. Everything else works without.
func (c *checkup) speech(ctx context.Context, engine *speech.Engine) {
	err := engine.Check(ctx)
	if some, ok := errors.AsType[*speech.VoicesError](err); ok {
		c.note(warn, "speech", "codes cannot be spoken in "+strings.Join(some.Locales, ", "), "sudo apt-get install --reinstall espeak-ng-data")
		return
	}
	if err != nil {
		c.note(warn, "speech", "codes cannot be spoken in calls: "+err.Error(), "sudo apt-get install espeak-ng")
		return
	}
	c.note(fine, "speech", "codes can be spoken in calls, in all languages", "")
}

// machine checks power, disk, speech and clock.
func (c *checkup) machine(ctx context.Context, cfg config.Config) {
	c.power(ctx)
	c.overCurrent()
	c.disk(cfg.StateDir)
	c.speech(ctx, cfg.Gateway().Voice.Engine)
	var t unix.Timex
	switch _, err := unix.Adjtimex(&t); {
	case err != nil:
	case t.Status&unix.STA_UNSYNC != 0:
		c.note(warn, "clock", "not synchronised: times in lists may be wrong; deadlines and codes do not depend on it", "timedatectl set-ntp true")
	default:
		c.note(fine, "clock", "synchronised", "")
	}
}

// Bits of the power state that the firmware of a Pi reports.
const (
	lowNow  = 1 << 0
	lowOnce = 1 << 16
)

// power asks the firmware of a Pi whether its voltage is or was too low.
func (c *checkup) power(ctx context.Context) {
	bits, ok := machine{sys: c.sys}.throttled()
	if !ok {
		out, err := exec.CommandContext(ctx, "vcgencmd", "get_throttled").Output()
		if err != nil {
			return // no Pi
		}
		_, value, _ := strings.Cut(strings.TrimSpace(string(out)), "=")
		if bits, err = strconv.ParseUint(strings.TrimPrefix(value, "0x"), 16, 32); err != nil {
			return
		}
	}
	switch {
	case bits&lowNow != 0:
		c.note(fail, "power", "the Pi has too little voltage just now", morePower)
	case bits&lowOnce != 0:
		c.note(warn, "power", "the Pi has had too little voltage since its start, which makes modems disappear", morePower)
	default:
		c.note(fine, "power", "the voltage of the Pi has been high enough since its start", "")
	}
}

// overCurrent checks whether a USB port was switched off because its device drew too
// much current.
func (c *checkup) overCurrent() {
	counters, _ := filepath.Glob(filepath.Join(c.sys, "bus/usb/devices/*/*-port*/over_current_count"))
	for _, file := range counters {
		b, _ := os.ReadFile(file)
		if n, _ := strconv.Atoi(strings.TrimSpace(string(b))); n > 0 {
			c.note(warn, "power", fmt.Sprintf("USB port %s was switched off %d times, because its device drew too much current", filepath.Base(filepath.Dir(file)), n),
				"give the modem a powered hub")
		}
	}
}

// makeRoom is what to do about a full disk. It deletes only what apt can download
// again: a large log may be needed to find the cause.
const makeRoom = "sudo apt clean; find large folders with: sudo du -xhd3 / | sort -h | tail"

// disk checks the free space for the database.
func (c *checkup) disk(folder string) {
	free, total, err := freeSpace(folder)
	if err != nil {
		return
	}
	text := fmt.Sprintf("%d MB of %d MB are free for %s", free/megabyte, total/megabyte, folder)
	switch {
	case free < leastFree:
		c.note(fail, "disk", text, makeRoom)
	case lowDisk(free, total):
		c.note(warn, "disk", text, makeRoom)
	default:
		c.note(fine, "disk", text, "")
	}
}
