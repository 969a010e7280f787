package mdns

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// inside is set in a network namespace of the test's own.
const inside = "SIMGATE_TEST_MDNS"

// setUp makes a network of one machine, with a D-Bus and avahi of its own.
const setUp = `set -e
ip link set lo up
ip link add lan type veth peer name far
ip address add 192.168.77.2/24 dev lan
ip link set far up
ip link set lan up
mount -t tmpfs none /run
mkdir -p /run/dbus
hostname box
dbus-daemon --config-file="$1" --fork --print-pid >/run/dbus.pid
exec avahi-daemon --no-drop-root --no-chroot --no-rlimits --file="$2"`

const busConfig = `<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>`

const avahiConfig = "[server]\nuse-ipv6=no\nallow-interfaces=lan\n[publish]\npublish-workstation=no\n"

// With a real avahi in a network namespace the name leads to this machine, also after avahi was
// restarted.
func TestPublish(t *testing.T) {
	if os.Getenv(inside) == "" {
		for _, program := range []string{"unshare", "ip", "dbus-daemon", "avahi-daemon"} {
			if _, err := exec.LookPath(program); err != nil {
				t.Skip(program + " is not installed")
			}
		}
		if err := exec.CommandContext(t.Context(), "unshare", "--net", "--mount", "--uts", "ip", "link", "add", "lan", "type", "veth", "peer", "name", "far").Run(); err != nil {
			t.Skip("this user can make no network namespace: ", err)
		}
		c := exec.CommandContext(t.Context(), "unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", os.Args[0], "-test.run=^TestPublish$", "-test.v", "-test.timeout=1m") //nolint:gosec // this test
		c.Env = append(os.Environ(), inside+"=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	folder := t.TempDir()
	for name, content := range map[string]string{"bus": busConfig, "avahi": avahiConfig} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start := func() *exec.Cmd {
		c := exec.CommandContext(t.Context(), "sh", "-c", setUp, "sh", filepath.Join(folder, "bus"), filepath.Join(folder, "avahi"))
		c.Stderr = t.Output()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	daemon := start()
	var log strings.Builder
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		Run(ctx, Config{Port: 8443, Log: slog.New(slog.NewTextHandler(&log, nil)), Every: 50 * time.Millisecond})
	}()
	await := func() {
		t.Helper()
		for begun := time.Now(); time.Since(begun) < 20*time.Second; time.Sleep(50 * time.Millisecond) {
			if resolve(t) == "192.168.77.2" {
				return
			}
		}
		t.Fatalf("%s leads to %q", Name, resolve(t))
	}
	await()
	if all := addresses(netip.MustParseAddr("192.168.77.3")); len(all) > 0 {
		t.Errorf("another address is published: %v", all)
	}
	_ = daemon.Process.Kill()
	_ = daemon.Wait()
	restarted := exec.CommandContext(t.Context(), "avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "--file="+filepath.Join(folder, "avahi"))
	if err := restarted.Start(); err != nil {
		t.Fatal(err)
	}
	await()
	stop()
	<-ended
	if n := strings.Count(log.String(), "is published in the local network"); n != 2 {
		t.Errorf("it was published %d times:\n%s", n, log.String())
	}
}

// resolve asks avahi for the address of the name, "" if there is none.
func resolve(t *testing.T) string {
	bus, err := dbus.ConnectSystemBus()
	if err != nil {
		return ""
	}
	defer func() { _ = bus.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	var (
		index, protocol, family int32
		name, ip                string
		flags                   uint32
	)
	err = bus.Object(avahi, "/").CallWithContext(ctx, server+".ResolveHostName", 0, int32(-1), int32(-1), Name, int32(0), uint32(0)).
		Store(&index, &protocol, &name, &family, &ip, &flags)
	if err != nil {
		return ""
	}
	return ip
}
