package simulator_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"simgate/modem/simulator"
)

// recording is what a modem said.
const recording = `# profile: a modem
> AT+CNMI=?\r
< +CNMI: (0,1),(0-1),0,(0,2),(1)
< OK
> AT+CNMI=1,1,0,0,1\r
< +CMS ERROR: 303
> AT+CNMI=1,1,0,2,1\r
< OK
> AT+CNMI?\r
< +CNMI: 1,1,0,0,1
< OK
> AT+CPMS=?\r
< +CPMS: (("ME","SM"),("SM"))
< OK
> AT+CPMS?\r
< +CPMS: "SM",18,20,"SM",18,20,"SM",18,20
< OK
> AT+CSCS=?\r
< +CSCS: "IRA","UCS2"
< OK
> AT+CREG?\r
< +CREG:002,001
< OK
> AT+CGSN\r
< 004400000000000
< OK
> AT+CIMI\r
< 262010000000000
< OK
> AT+CCID\r
< +CCID: "984400000000000000F0"
< OK
> AT+CNUM\r
< +CNUM: ,"+49151000000",145
< OK
> AT+CPIN?\r
< +CPIN: READY
> AT+FOO?\r
< COMMAND NOT SUPPORT
> AT+QWTTS=?\r
< OK
`

// A recorded modem answers as it did; what follows from its state is that of the
// simulated one.
func TestRecorded(t *testing.T) {
	for _, tc := range []struct {
		name, pin string
		steps     []string // commands and what their answers contain
	}{
		{"what it announced is enforced", "", []string{"AT+CNMI=1,1,0,2,1", "OK", "AT+CNMI=2,1,0,2,1", "+CMS ERROR: 303", "AT+CNMI=1,1,0,2,0", "+CMS ERROR: 303",
			"AT+CPMS=\"SM\",\"SM\",\"SM\"", "OK", "AT+CPMS=\"SM\",\"SM\",\"ME\"", "+CMS ERROR: 302", "AT+CPMS=\"MT\"", "+CMS ERROR: 302",
			"AT+CSCS=\"UCS2\"", "OK", "AT+CSCS=\"GSM\"", "ERROR"}},
		{"what it refused is refused", "", []string{"AT+CNMI=1,1,0,0,1", "+CMS ERROR: 303", "AT+FOO?", "COMMAND NOT SUPPORT", "AT+BAR?", "COMMAND NOT SUPPORT"}},
		{"a setting is read as it was", "", []string{"AT+CNMI?", "+CNMI: 0,0,0,0,0", "AT+CNMI=1,1,0,2,1", "OK", "AT+CNMI?", "+CNMI: 1,1,0,0,1"}},
		{"storages are its own", "", []string{"AT+CPMS?", "\"SM\",18,20", "AT+CPMS=\"ME\"", "0,100", "AT+CPMS?", "\"ME\",0,100"}},
		{"a value without OK", "", []string{"AT+CPIN?", "+CPIN: READY"}},
		{"numbers are its own", "", []string{"AT+CGSN", "004401000000014", "AT+CIMI", "262010000000017", "AT+CCID", `"989420000000000010F7"`, "AT+CNUM", `,"+4915112345678",145`}},
		{"what it knew is known", "", []string{"AT+QWTTS=1,1,1,\"0041\"", "ERROR", "AT+CTTS=2,\"a\"", "COMMAND NOT SUPPORT"}},
		{"the lock is its own", "1234", []string{"AT+CPIN?", "+CPIN: SIM PIN", "AT+CIMI", "ERROR", "AT+CREG?", "+CREG: 0,0", "AT+CPIN=\"1234\"", "OK", "AT+CIMI", "26201", "AT+CPIN?", "+CPIN: READY", "AT+CREG?", "+CREG:002,001"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				played, err := simulator.Recorded(strings.NewReader(recording))
				if err != nil {
					t.Fatal(err)
				}
				sim := simulator.NewNetwork().Modem(simulator.SIM{ICCID: "8949020000000000017", IMSI: "262010000000017", MSISDN: "+4915112345678", PIN: tc.pin}, played)
				h := open(t, sim)
				for i := 0; i < len(tc.steps); i += 2 {
					h.write(tc.steps[i] + "\r")
					var got string
					for !strings.HasSuffix(got, "OK\n") && !strings.Contains(got, "ERROR") && !strings.Contains(got, "SUPPORT") &&
						(tc.steps[i] != "AT+CPIN?" || !strings.HasSuffix(got, "READY\n")) {
						got += h.line() + "\n"
					}
					if !strings.Contains(got, tc.steps[i+1]) {
						t.Errorf("%s: %q, want %q", tc.steps[i], got, tc.steps[i+1])
					}
				}
			})
		})
	}
}

func FuzzRecorded(f *testing.F) {
	f.Add(recording)
	f.Add("> AT+CNMI=?\n< +CNMI: ((0-9999999),),(\n< OK\n")
	f.Fuzz(func(_ *testing.T, text string) {
		if played, err := simulator.Recorded(strings.NewReader(text)); err == nil {
			simulator.NewNetwork().Modem(simulator.SIM{}, played)
		}
	})
}
