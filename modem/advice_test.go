package modem_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
	"simgate/modem/usb"
	"simgate/modem/usb/usbtest"
)

// A modem in use tells what to set in it, so that it can speak in calls and over LTE. It is
// asked once and not at each check of the network.
func TestStatusHasAdvice(t *testing.T) {
	root := t.TempDir()
	sys, port := filepath.Join(root, "sys"), filepath.Join(root, "dev/ttyUSB2")
	usbtest.PlugIn(t, sys, "1-1.2", "2c7c:0125", usbtest.Port{TTY: "ttyUSB2", Interface: 4})
	if err := os.Mkdir(filepath.Dir(port), 0o755); err != nil {
		t.Fatal(err)
	}
	voice := func(context.Context) (io.ReadWriteCloser, error) { return nil, io.EOF }
	for _, tc := range []struct {
		name    string
		options []simulator.ModemOption
		config  modem.Config
		want    []string // the commands
		ask     string   // a command that is asked once
	}{
		{"no sound card, no calls over LTE", []simulator.ModemOption{simulator.Family("ec25")}, modem.Config{Port: port, Finder: usb.NewFinder(sys)},
			[]string{`AT+QCFG="usbcfg",0x2C7C,0x0125,1,1,1,1,1,0,1`, `AT+QMBNCFG="AutoSel",1`}, `AT+QCFG="usbcfg"`},
		{"calls by old networks alone", []simulator.ModemOption{simulator.Family("sim7600"), reply("+CEVDP?", "+CEVDP: 1"), reply("+CEUS?", "+CEUS: 1")}, modem.Config{},
			[]string{"AT+CEVDP=3", "AT+CEUS=0"}, "AT+CEVDP?"},
		{"the IMS of Huawei off", []simulator.ModemOption{simulator.Family("huawei"), simulator.Radio(simulator.LTE), reply("^IMSSWITCH?", "^IMSSWITCH: 0,0,0")},
			modem.Config{OpenVoice: voice}, []string{"AT^IMSSWITCH=1,0,0"}, "AT^IMSSWITCH?"},
		{"all is well", []simulator.ModemOption{simulator.Family("sim7600"), simulator.PacketOnly(), reply("+CEVDP?", "+CEVDP: 1")}, modem.Config{}, nil, ""},
		{"not on LTE", []simulator.ModemOption{simulator.Family("sim7600"), simulator.Radio(simulator.UMTS), reply("+CEVDP?", "+CEVDP: 1")}, modem.Config{}, nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{sim: card, modem: tc.options, config: tc.config}, func(t *testing.T, s *rig) {
				time.Sleep(time.Hour)
				var got []string
				for _, a := range s.Status().Advice {
					if got = append(got, a.Command); a.Why == "" {
						t.Errorf("%s without a reason", a.Command)
					}
				}
				if !slices.Equal(got, tc.want) {
					t.Errorf("it advises %q, want %q", got, tc.want)
				}
				asked := 0
				for _, c := range s.sim.Commands() {
					if c == tc.ask {
						asked++
					}
				}
				if tc.ask != "" && asked != 1 {
					t.Errorf("%s was asked %d times", tc.ask, asked)
				}
			})
		})
	}
}
