package simulator_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
)

func TestFaultsOfAnAnswer(t *testing.T) {
	const clean = "\r\n+CSQ: 20,99\r\n\r\nOK\r\n"
	for name, test := range map[string]struct {
		faults []simulator.Fault
		answer string
	}{
		"refused with +CMS":       {[]simulator.Fault{simulator.Refuse(500)}, "\r\n+CMS ERROR: 500\r\n"},
		"refused with +CME":       {[]simulator.Fault{simulator.RefuseCME(100)}, "\r\n+CME ERROR: 100\r\n"},
		"refused plainly":         {[]simulator.Fault{simulator.PlainError()}, "\r\nERROR\r\n"},
		"refused in other words":  {[]simulator.Fault{simulator.Verbatim("COMMAND NOT SUPPORT")}, "\r\nCOMMAND NOT SUPPORT\r\n"},
		"garbage in front":        {[]simulator.Fault{simulator.Garbage([]byte{0, 0xff})}, "\x00\xff" + clean},
		"echo":                    {[]simulator.Fault{simulator.Echo()}, "AT+CSQ\r" + clean},
		"CR CR LF":                {[]simulator.Fault{simulator.CRCRLF()}, strings.ReplaceAll(clean, "\r\n", "\r\r\n")},
		"a URC in front":          {[]simulator.Fault{simulator.URCAt(0, "RING")}, "\r\nRING\r\n" + clean},
		"a URC between two lines": {[]simulator.Fault{simulator.URCAt(15, "RING")}, clean[:15] + "\r\nRING\r\n" + clean[15:]},
		"two URCs at one place":   {[]simulator.Fault{simulator.URCAt(0, "RING"), simulator.URCAt(0, "BUSY")}, "\r\nRING\r\n\r\nBUSY\r\n" + clean},
		"a URC behind":            {[]simulator.Fault{simulator.URCAt(1000, "RING")}, clean + "\r\nRING\r\n"},
		"a URC behind a line":     {[]simulator.Fault{simulator.URCAfterLine(1, "RING")}, clean[:15] + "\r\nRING\r\n" + clean[15:]},
		"a URC behind the last":   {[]simulator.Fault{simulator.URCAfterLine(9, "RING")}, clean + "\r\nRING\r\n"},
		"an octet is wrong":       {[]simulator.Fault{simulator.Garble(3)}, clean[:3] + "\xff" + clean[4:]},
		"the last octet is wrong": {[]simulator.Fault{simulator.Garble(900)}, clean[:len(clean)-1] + "\xff"},
		"lost":                    {[]simulator.Fault{simulator.LoseAnswer()}, ""},
		"hangs":                   {[]simulator.Fault{simulator.HangUntil(simulator.CureProbe)}, ""},
		"restarted within":        {[]simulator.Fault{simulator.Reboot(7)}, clean[:7] + "\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n"},
		"one octet a read":        {[]simulator.Fault{simulator.Dribble()}, clean},
		"unplugged within":        {[]simulator.Fault{simulator.UnplugAt(7)}, clean[:7]},
		"unplugged at once":       {[]simulator.Fault{simulator.UnplugAt(0)}, ""},
		"stalled":                 {[]simulator.Fault{simulator.Stall()}, ""},
		"late":                    {[]simulator.Fault{simulator.Late(3 * time.Second)}, clean},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := simulator.NewNetwork().Modem(simulator.SIM{})
				h := open(t, m)
				m.On("+CSQ", test.faults...)
				h.write("AT+CSQ\r")
				if got := readAll(t, h.port); got != test.answer {
					t.Errorf("answer %q, want %q", got, test.answer)
				}
			})
		})
	}
}

// readAll unplugs nothing and closes the port five seconds later: what was
// read until then is all that came.
func readAll(t *testing.T, port io.ReadCloser) string {
	t.Helper()
	time.AfterFunc(5*time.Second, func() { _ = port.Close() })
	var all bytes.Buffer
	_, _ = io.Copy(&all, port) // it ends with the error of a closed or dead port
	return all.String()
}

func TestFaultsOfASubmission(t *testing.T) {
	for name, test := range map[string]struct {
		faults  []simulator.Fault
		answer  string // all that the host reads
		arrives int
	}{
		"refused":                    {[]simulator.Fault{simulator.Refuse(21)}, "\r\n> \r\n+CMS ERROR: 21\r\n", 0},
		"refused before the prompt":  {[]simulator.Fault{simulator.Refuse(21), simulator.BeforePrompt()}, "\r\n+CMS ERROR: 21\r\n", 0},
		"the command is lost":        {[]simulator.Fault{simulator.Stall()}, "", 0},
		"the prompt is lost":         {[]simulator.Fault{simulator.NoPrompt()}, "\r\n+CMGS: 0\r\n\r\nOK\r\n", 1},
		"the prompt is late":         {[]simulator.Fault{simulator.LatePrompt(2 * time.Second)}, "\r\n> \r\n+CMGS: 0\r\n\r\nOK\r\n", 1},
		"the prompt comes in two":    {[]simulator.Fault{simulator.SplitPrompt()}, "\r\n> \r\n+CMGS: 0\r\n\r\nOK\r\n", 1},
		"everything is echoed":       {[]simulator.Fault{simulator.Echo()}, cmgs(hello) + "\r\n> " + hello + "\x1a" + "\r\n+CMGS: 0\r\n\r\nOK\r\n", 1},
		"the answer is late":         {[]simulator.Fault{simulator.Late(2 * time.Second)}, "\r\n> \r\n+CMGS: 0\r\n\r\nOK\r\n", 1},
		"the answer is lost":         {[]simulator.Fault{simulator.LoseAnswer()}, "\r\n> ", 1},
		"the PDU is lost":            {[]simulator.Fault{simulator.LoseSubmit()}, "\r\n> ", 0},
		"unplugged after the prompt": {[]simulator.Fault{simulator.UnplugAfterPrompt()}, "\r\n> ", 0},
		"unplugged after the PDU":    {[]simulator.Fault{simulator.UnplugAfterPDU()}, "\r\n> ", 1},
		"unplugged, and PDU lost":    {[]simulator.Fault{simulator.UnplugAfterPDU(), simulator.LoseSubmit()}, "\r\n> ", 0},
		"restarted in the answer":    {[]simulator.Fault{simulator.Reboot(6)}, "\r\n> \r\n+CMG\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n", 1},
		"hangs after the PDU":        {[]simulator.Fault{simulator.HangUntil(simulator.CureReset)}, "\r\n> ", 1},
		"an octet is wrong":          {[]simulator.Fault{simulator.Garble(2)}, "\r\n> \r\n\xffCMGS: 0\r\n\r\nOK\r\n", 1},
		"unplugged in the answer":    {[]simulator.Fault{simulator.UnplugAt(6)}, "\r\n> \r\n+CMG", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := simulator.NewNetwork(simulator.Latency(time.Second))
				m := n.Modem(simulator.SIM{})
				h := open(t, m)
				m.On("+CMGS", test.faults...)
				// The host does not look: it types the PDU behind the command.
				_, _ = io.WriteString(h.port, cmgs(hello)+hello+"\x1a")
				if got := readAll(t, h.port); got != test.answer {
					t.Errorf("read %q, want %q", got, test.answer)
				}
				time.Sleep(5 * time.Second) // the network goes on without the modem
				if got := len(n.Subscriber(anna).Messages()); got != test.arrives {
					t.Errorf("%d messages arrived, want %d", got, test.arrives)
				}
			})
		})
	}
}

func TestTheBlankOfASplitPromptIsAReadOfItsOwn(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{})
	h := open(t, m)
	m.On("+CMGS", simulator.SplitPrompt())
	h.write(cmgs(hello))
	b := make([]byte, 16)
	for _, want := range []string{"\r\n>", " "} {
		if n, err := h.port.Read(b); err != nil || string(b[:n]) != want {
			t.Errorf("read %q, %v, want %q", b[:n], err, want)
		}
	}
}

func TestASubmissionThatIsNotOne(t *testing.T) {
	for name, test := range map[string]struct{ command, pdu, answer string }{
		"other length than announced": {"AT+CMGS=17\r", hello, "+CMS ERROR: 304"},
		"no hex":                      {"AT+CMGS=18\r", "00xx", "+CMS ERROR: 304"},
		"nothing":                     {"AT+CMGS=18\r", "", "+CMS ERROR: 304"},
		"an SMS-DELIVER":              {"AT+CMGS=18\r", "0000" + hello[4:], "+CMS ERROR: 304"},
		"no digits":                   {"AT+CMGS=12\r", "0001000091" + "0000" + "05E8329BFD06", "+CMS ERROR: 304"},
		"a name for a destination":    {"AT+CMGS=14\r", "00010004D0E834" + "0000" + "05E8329BFD06", "+CMS ERROR: 304"},
		"octets behind the text":      {"AT+CMGS=19\r", hello + "00", "+CMS ERROR: 304"},
		"CR LF within":                {"AT+CMGS=18\r", "\n" + hello[:20] + "\r\n" + hello[20:], "+CMGS: 0|OK"},
	} {
		t.Run(name, func(t *testing.T) {
			n := simulator.NewNetwork()
			h := open(t, n.Modem(simulator.SIM{}))
			h.write(test.command)
			h.prompt()
			h.write(test.pdu + "\x1a")
			if got := h.answer(); got != test.answer {
				t.Errorf("answer %q, want %q", got, test.answer)
			}
			if taken := len(n.Submissions()) == 1; taken != strings.HasSuffix(test.answer, "OK") {
				t.Errorf("submissions: %v", n.Submissions())
			}
		})
	}
}

func TestWithoutSMSC(t *testing.T) {
	h := open(t, simulator.NewNetwork().Modem(simulator.SIM{SMSC: simulator.NoSMSC}))
	if got := h.command("+CSCA?"); got != `+CSCA: "",129|OK` {
		t.Errorf("got %q", got)
	}
	if got := h.send(hello); got != "+CMS ERROR: 330" {
		t.Errorf("got %q", got)
	}
	h.command(`+CSCA="+491710760000",145`)
	if got := h.send(hello); got != "+CMGS: 0|OK" {
		t.Errorf("got %q", got)
	}
}

func TestTheSIMGoesWhileThePDUIsTyped(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{})
	h := open(t, m)
	h.write(cmgs(hello))
	h.prompt()
	m.Eject()
	h.write(hello + "\x1a")
	h.expect("+CPIN: NOT INSERTED", "+CMS ERROR: 310")
}

func TestEscapeGivesThePromptUp(t *testing.T) {
	n := simulator.NewNetwork()
	h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
	h.command("+CNMI=2,1,0,0,0")
	h.write(cmgs(hello))
	h.prompt()
	// What is unsolicited waits until the line is free again.
	if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
		t.Fatal(err)
	}
	h.write("0011\x1b")
	h.expect(`+CMTI: "SM",1`, "OK")
	if got := len(n.Submissions()); got != 0 {
		t.Errorf("%d submissions", got)
	}
}

func TestCommandsWaitForTheAnswerOfTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork(simulator.Latency(3 * time.Second))
		m := n.Modem(simulator.SIM{MSISDN: shop})
		h := open(t, m)
		h.command("+CNMI=2,1,0,0,0")
		h.write(cmgs(hello))
		h.prompt()
		h.write(hello + "\x1aAT+CSQ\r\x1bAT+CMEE?\r")
		// The network can speak meanwhile.
		if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
			t.Fatal(err)
		}
		h.expect(`+CMTI: "SM",1`, "+CMGS: 0", "OK", "+CSQ: 20,99", "OK", "+CMEE: 1", "OK")
	})
}

func TestWhichCommandsAreStruck(t *testing.T) {
	for name, test := range map[string]struct {
		order   func(*simulator.Modem)
		answers string // of four commands +CSQ: + is OK, - is a fault
	}{
		"the next":         {func(m *simulator.Modem) { m.On("+CSQ", simulator.PlainError()) }, "-+++"},
		"the third":        {func(m *simulator.Modem) { m.OnNth("+CSQ", 3, simulator.PlainError()) }, "++-+"},
		"every other":      {func(m *simulator.Modem) { m.OnEveryNth("+CSQ", 2, simulator.PlainError()) }, "+-+-"},
		"every":            {func(m *simulator.Modem) { m.OnEvery("+CSQ", simulator.PlainError()) }, "----"},
		"any":              {func(m *simulator.Modem) { m.On("*", simulator.PlainError()) }, "-+++"},
		"by its text":      {func(m *simulator.Modem) { m.On("+CSQ=?", simulator.PlainError()) }, "++++"},
		"another":          {func(m *simulator.Modem) { m.On("+CMGS", simulator.PlainError()) }, "++++"},
		"two in a row":     {func(m *simulator.Modem) { m.On("+CSQ", simulator.Refuse(1)); m.On("+CSQ", simulator.Refuse(2)) }, "--++"},
		"the 2nd and next": {func(m *simulator.Modem) { m.OnNth("+CSQ", 2, simulator.Refuse(1)); m.On("+CSQ", simulator.Refuse(2)) }, "--++"},
		"healed":           {func(m *simulator.Modem) { m.OnEvery("+CSQ", simulator.PlainError()); m.Heal() }, "++++"},
	} {
		t.Run(name, func(t *testing.T) {
			m := simulator.NewNetwork().Modem(simulator.SIM{})
			h := open(t, m)
			test.order(m)
			got := ""
			for range 4 {
				if strings.HasSuffix(h.command("+CSQ"), "OK") {
					got += "+"
				} else {
					got += "-"
				}
			}
			if got != test.answers {
				t.Errorf("answers %s, want %s", got, test.answers)
			}
		})
	}
}

func TestDyingOfAnOctet(t *testing.T) {
	traffic := cmgs(hello) + hello + "\x1a"
	for k := range len(traffic) {
		n := simulator.NewNetwork()
		m := n.Modem(simulator.SIM{})
		h := open(t, m)
		m.DieAfter(k + 1)
		written, err := io.WriteString(h.port, traffic+"AT\r")
		if written != k+1 || !errors.Is(err, syscall.EIO) {
			t.Fatalf("octet %d: wrote %d, %v", k, written, err)
		}
		if got, want := len(n.Submissions()), k/(len(traffic)-1); got != want {
			t.Errorf("octet %d: %d submissions, want %d", k, got, want)
		}
		m.Plug()
		if got := open(t, m).command("+CPIN?"); got != "+CPIN: READY|OK" {
			t.Errorf("octet %d: after replugging %q", k, got)
		}
	}
}
