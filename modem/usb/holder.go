package usb

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Holder returns the program that has a port open, as "ModemManager (pid 812)"; of
// several one that is not this process. It returns "" if there is none, or none that this
// user may see: only root sees the open files of other users.
func Holder(port string) string {
	other, own := holders(port)
	if other == "" && own {
		return "this simgate itself, for another modem of its configuration"
	}
	return other
}

// Sharer returns the program besides this one that has a port open, "" if there is none
// or none that this user may see.
func Sharer(port string) string {
	other, _ := holders(port)
	return other
}

// holders returns another program that has a port open, and whether this one has.
func holders(port string) (other string, own bool) {
	var wanted unix.Stat_t
	if unix.Stat(port, &wanted) != nil {
		return "", false
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	self := strconv.Itoa(os.Getpid())
	for _, link := range links {
		var opened unix.Stat_t
		if unix.Stat(link, &opened) != nil || !same(wanted, opened) {
			continue
		}
		pid := strings.Split(link, "/")[2]
		if pid == self {
			own = true
		} else {
			other = fmt.Sprintf("%s (pid %s)", textFile(filepath.Join("/proc", pid), "comm"), pid)
		}
	}
	return other, own
}

// same reports whether two files are the same, or nodes of the same device: those of a
// container have paths of their own. The numbers of pseudo-terminals begin again in each
// container.
func same(a, b unix.Stat_t) bool {
	if a.Mode&unix.S_IFMT != b.Mode&unix.S_IFMT {
		return false
	}
	const firstPTS, lastPTS = 136, 143
	major := unix.Major(a.Rdev)
	if a.Mode&unix.S_IFMT != unix.S_IFCHR || major >= firstPTS && major <= lastPTS {
		return a.Dev == b.Dev && a.Ino == b.Ino
	}
	return a.Rdev == b.Rdev
}

// modemManager opens every modem that it sees, and respects no lock.
const modemManager = "ModemManager"

// modemManagerRuns reports whether it runs, for when its open files cannot be seen.
func modemManagerRuns() bool {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		if textFile(process, "comm") == modemManager {
			return true
		}
	}
	return false
}

// Busy returns, for a port that another program has open, a sentence that names the
// program and says how to free the port.
func Busy(port string) string {
	who := Holder(port)
	if strings.HasPrefix(who, modemManager) || who == "" && modemManagerRuns() {
		return fmt.Sprintf("ModemManager uses %s: keep it away with the udev rules of simgate, \"sudo cp 70-simgate.rules /etc/udev/rules.d/ && sudo udevadm control --reload && sudo udevadm trigger\", and plug the modem in again; or \"sudo systemctl disable --now ModemManager\"", port)
	}
	if who == "" {
		who = fmt.Sprintf("another program (sudo fuser -v %s names it)", port)
	}
	return fmt.Sprintf("%s uses %s: stop it, or keep it away from this port", who, port)
}
