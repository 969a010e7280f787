package modem

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// holder returns who has a port open, as "ModemManager (pid 812)", "" where that
// cannot be told: of processes of others only root sees the open files.
func holder(port string) string {
	real, err := filepath.EvalSymlinks(port)
	if err != nil {
		return ""
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	own := fmt.Sprintf("/proc/%d/", os.Getpid())
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || target != real {
			continue
		}
		if strings.HasPrefix(link, own) {
			return "this simgate itself, for another modem of its configuration"
		}
		pid := strings.Split(link, "/")[2]
		name, _ := os.ReadFile(filepath.Join("/proc", pid, "comm"))
		return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid)
	}
	return ""
}

// modemManager takes every modem that it sees, and answers to no lock.
const modemManager = "ModemManager"

// modemManagerRuns reports whether it does, for the case that its open files
// cannot be seen.
func modemManagerRuns() bool {
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, file := range names {
		if name, _ := os.ReadFile(file); strings.TrimSpace(string(name)) == modemManager {
			return true
		}
	}
	return false
}

// Busy returns who uses a port and how to free it, "" where nobody does that can
// be seen.
func Busy(port string) string {
	if holder(port) == "" {
		return ""
	}
	return busy(port)
}

// busy says who uses a port and how to free it.
func busy(port string) string {
	who := holder(port)
	if strings.HasPrefix(who, modemManager) || who == "" && modemManagerRuns() {
		return fmt.Sprintf("ModemManager uses %s: keep it away with the udev rules of simgate, \"sudo cp 70-simgate.rules /etc/udev/rules.d/ && sudo udevadm control --reload && sudo udevadm trigger\", and plug the modem in again; or \"sudo systemctl disable --now ModemManager\"", port)
	}
	if who == "" {
		who = fmt.Sprintf("another program (sudo fuser -v %s names it)", port)
	}
	return fmt.Sprintf("%s uses %s: stop it, or keep it away from this port", who, port)
}
