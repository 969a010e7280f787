package simulator_test

import (
	"errors"
	"io"
	"maps"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
)

// recovery is what a host does, the mildest step first, and returns the port to
// go on with.
var recovery = []struct {
	step simulator.Cure
	do   func(*testing.T, *simulator.Modem, io.ReadWriteCloser) io.ReadWriteCloser
}{
	{simulator.CureProbe, typing("\x1b\r")},
	{simulator.CureReopen, reopen},
	{simulator.CureSoftReset, typing("AT+CFUN=1,1\r")},
	{simulator.CureReset, typing("AT^RESET\r")},
	{simulator.CureUSB, func(t *testing.T, m *simulator.Modem, port io.ReadWriteCloser) io.ReadWriteCloser {
		m.Reauthorize()
		return reopen(t, m, port)
	}},
	{simulator.CurePower, func(_ *testing.T, m *simulator.Modem, port io.ReadWriteCloser) io.ReadWriteCloser {
		m.PowerOff()
		m.PowerOn()
		return port
	}},
}

func typing(s string) func(*testing.T, *simulator.Modem, io.ReadWriteCloser) io.ReadWriteCloser {
	return func(t *testing.T, _ *simulator.Modem, port io.ReadWriteCloser) io.ReadWriteCloser {
		t.Helper()
		if _, err := io.WriteString(port, s); err != nil {
			t.Fatal(err)
		}
		return port
	}
}

func reopen(t *testing.T, m *simulator.Modem, port io.ReadWriteCloser) io.ReadWriteCloser {
	t.Helper()
	_ = port.Close()
	port, err := m.Open()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestAModemHangsUntilTheStepThatHelps(t *testing.T) {
	for i, helps := range recovery {
		t.Run(helps.step.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := simulator.NewNetwork().Modem(simulator.SIM{}, simulator.Family("huawei"))
				port, err := m.Open()
				if err != nil {
					t.Fatal(err)
				}
				m.Hang(helps.step)
				for _, step := range recovery[:i] {
					port = step.do(t, m, port)
				}
				if i > 0 { // looking closes the port, which would help one that hangs until the probe
					typing("AT\r")(t, m, port)
					if got := readAll(t, port); got != "" {
						t.Fatalf("steps too mild woke it up: %q", got)
					}
					if helps.step > simulator.CureReopen {
						port = reopen(t, m, port)
					}
				}
				port = helps.do(t, m, port)
				typing("AT\r")(t, m, port)
				if got := readAll(t, port); got == "" {
					t.Errorf("still hangs after %v", m.Resets())
				}
				if m.Resets()[helps.step.String()] == 0 {
					t.Errorf("counted %v", m.Resets())
				}
			})
		})
	}
}

func TestMessagesWaitForAModemThatHangs(t *testing.T) {
	n := simulator.NewNetwork()
	m := n.Modem(simulator.SIM{MSISDN: shop})
	h := open(t, m)
	h.command("+CNMI=2,1,0,0,0")
	m.Hang(simulator.CureProbe)
	if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
		t.Fatal(err)
	}
	if m.Stored("SM") != 0 {
		t.Error("a modem that hangs took a message")
	}
	h.write("\x1a")
	h.expect(`+CMTI: "SM",1`)
	if got := m.Resets(); !maps.Equal(got, map[string]int{"probe": 1}) {
		t.Errorf("counted %v", got)
	}
}

func TestARestartTakesThePortAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := simulator.NewNetwork().Modem(simulator.SIM{}, simulator.Family("telit"), simulator.PortDrops(20*time.Second))
		for _, drop := range []func(h *host){
			func(h *host) { h.command("+CFUN=1,1") },
			func(h *host) { h.command("#REBOOT") },
			func(*host) { m.Reauthorize() },
		} {
			h := open(t, m)
			drop(h)
			if _, err := h.port.Read(make([]byte, 1)); !errors.Is(err, syscall.EIO) {
				t.Errorf("read: %v", err)
			}
			if _, err := m.Open(); err == nil {
				t.Error("the port is there at once")
			}
			time.Sleep(21 * time.Second)
		}
		_ = open(t, m)
		if got := m.Resets(); !maps.Equal(got, map[string]int{"soft reset": 1, "reset": 1, "usb": 1, "reopen": 3}) {
			t.Errorf("counted %v", got)
		}
		m.Reauthorize()
		m.Unplug()
		time.Sleep(time.Hour)
		if _, err := m.Open(); err == nil {
			t.Error("a modem that was pulled out came back by itself")
		}
	})
}
