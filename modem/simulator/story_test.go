package simulator_test

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"simgate/modem/simulator"
)

func TestACodeArrivesAtTheSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork(simulator.Latency(2*time.Second), simulator.ReportDelay(3*time.Second))
		h := open(t, n.Modem(simulator.SIM{MSISDN: shop, IMSI: "262011234567890"}))
		h.command("+CNMI=2,1,0,1,0")

		began := time.Now()
		if got := h.send(helloHour); got != "+CMGS: 0|OK" {
			t.Fatalf("answer %q", got)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("the network took %v", took)
		}
		got, err := n.Subscriber(anna).Next(t.Context())
		want := simulator.SMS{
			From: shop, To: anna, Text: "hello", Parts: 1, Validity: time.Hour,
			Report: true, At: began.Add(2 * time.Second),
		}
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		// Submitted at 2000-01-01 00:00:00, discharged two seconds later, status 00.
		h.expect("+CDS: 25", "07918812909999990600"+"0C91945111325476"+"00101000000000"+"00101000002000"+"00")
		wantSubmission := simulator.Submission{
			IMSI: "262011234567890", From: shop, To: anna, Text: "hello", Part: 1, Parts: 1,
			Validity: time.Hour, Report: true, At: began,
		}
		diff := cmp.Diff([]simulator.Submission{wantSubmission}, n.Submissions(), cmpopts.IgnoreFields(simulator.Submission{}, "TPDU"))
		if diff != "" {
			t.Error(diff)
		}
	})
}

func TestMessagesThatArrive(t *testing.T) {
	for name, test := range map[string]struct {
		pdus []string
		to   string
		want simulator.SMS
	}{
		"in one part":             {[]string{hello}, anna, simulator.SMS{Text: "hello", Parts: 1}},
		"to a short code":         {[]string{shortCode}, "22000", simulator.SMS{Text: "hello", Parts: 1}},
		"in UCS2":                 {[]string{snowman}, anna, simulator.SMS{Text: "☃!", Parts: 1}},
		"with an extension":       {[]string{euro}, anna, simulator.SMS{Text: "€", Parts: 1}},
		"in octets":               {[]string{octets}, anna, simulator.SMS{Text: "cafe", Parts: 1}},
		"in two parts":            {[]string{part1of2, part2of2}, anna, simulator.SMS{Text: "di", Parts: 2}},
		"the second part first":   {[]string{part2of2, part1of2}, anna, simulator.SMS{Text: "di", Parts: 2}},
		"a part that comes twice": {[]string{part1of2, part1of2, part2of2}, anna, simulator.SMS{Text: "di", Parts: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			n := simulator.NewNetwork()
			h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
			for _, pdu := range test.pdus {
				if got := h.send(pdu); !strings.HasSuffix(got, "|OK") {
					t.Fatalf("answer %q", got)
				}
			}
			test.want.From, test.want.To = shop, test.to
			diff := cmp.Diff([]simulator.SMS{test.want}, n.Subscriber(test.to).Messages(), cmpopts.IgnoreFields(simulator.SMS{}, "At"))
			if diff != "" {
				t.Error(diff)
			}
			if got := len(n.Submissions()); got != len(test.pdus) {
				t.Errorf("%d submissions", got)
			}
		})
	}
}

func TestASubscriberWhoIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork()
		sub := n.Subscriber(anna)
		h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
		h.command("+CNMI=2,1,0,1,0")
		sub.Off()
		h.send(helloReport)
		if got := sub.Messages(); len(got) != 0 {
			t.Fatalf("got %v", got)
		}
		sub.On()
		if got := sub.Messages(); len(got) != 1 {
			t.Fatalf("got %v", got)
		}
		h.expect("+CDS: 25")
		if got := h.line(); !strings.HasSuffix(got, "00") {
			t.Errorf("status %q", got)
		}

		sub.Off()
		h.send(helloHour)
		time.Sleep(time.Hour)
		h.expect("+CDS: 25")
		if got := h.line(); !strings.HasSuffix(got, "46") {
			t.Errorf("status %q, want expired", got)
		}
		sub.On()
		if got := sub.Messages(); len(got) != 1 {
			t.Errorf("expired message arrived: %v", got)
		}
	})
}

func TestTheNetworkRefuses(t *testing.T) {
	n := simulator.NewNetwork()
	h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
	for _, step := range []struct {
		name   string
		set    func()
		answer string
	}{
		{"a number", func() { n.Refuse(anna, 1) }, "+CMS ERROR: 1"},
		{"no longer", func() { n.Refuse(anna, 0) }, "+CMGS: 1|OK"},
		{"with a code", func() {
			n.Fail(func(simulator.Submission) error { return simulator.CMSError(42) })
		}, "+CMS ERROR: 42"},
		{"with an error", func() {
			n.Fail(func(simulator.Submission) error { return errors.New("no credit") })
		}, "+CMS ERROR: 38"},
		{"nothing", func() { n.Fail(nil) }, "+CMGS: 4|OK"},
	} {
		step.set()
		if got := h.send(hello); got != step.answer {
			t.Errorf("%s: answer %q, want %q", step.name, got, step.answer)
		}
	}
	refused := 0
	for _, s := range n.Submissions() {
		if s.Refused != nil {
			refused++
		}
	}
	if refused != 3 || len(n.Submissions()) != 5 {
		t.Errorf("%d of %d refused", refused, len(n.Submissions()))
	}
}

func TestTheReferenceWraps(t *testing.T) {
	n := simulator.NewNetwork()
	m := n.Modem(simulator.SIM{}, simulator.FirstMR(254))
	h := open(t, m)
	for _, want := range []string{"+CMGS: 254|OK", "+CMGS: 255|OK", "+CMGS: 0|OK"} {
		if got := h.send(hello); got != want {
			t.Errorf("answer %q, want %q", got, want)
		}
	}
}

func TestModemsSubmitAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork(simulator.Latency(2 * time.Second))
		one, other := open(t, n.Modem(simulator.SIM{})), open(t, n.Modem(simulator.SIM{}))
		began := time.Now()
		for _, h := range []*host{one, other} {
			h.write(cmgs(hello))
			h.prompt()
			h.write(hello + "\x1a")
		}
		one.answer()
		other.answer()
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestASubscriberAnswers(t *testing.T) {
	n := simulator.NewNetwork()
	h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
	h.command("+CNMI=2,1,0,0,0")
	var seen []string
	n.Observe(func(sms simulator.SMS) {
		seen = append(seen, sms.Text)
		if err := n.Subscriber(sms.To).Send(sms.From, "STOP"); err != nil {
			t.Error(err)
		}
	})
	h.send(hello)
	h.expect(`+CMTI: "SM",1`)
	if diff := cmp.Diff([]string{"hello"}, seen); diff != "" {
		t.Error(diff)
	}
	if err := n.Subscriber(anna).Send("+490000", "nobody"); err == nil {
		t.Error("a message to a SIM that is not there was taken")
	}
}

func TestUnplugAndReplug(t *testing.T) {
	n := simulator.NewNetwork()
	m := n.Modem(simulator.SIM{MSISDN: shop}, simulator.At("/dev/ttyUSB0"))
	h := open(t, m)
	if _, err := m.Open(); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("second open: %v", err)
	}
	m.Unplug()
	if _, err := h.port.Read(make([]byte, 1)); !errors.Is(err, syscall.EIO) {
		t.Errorf("read: %v", err)
	}
	if _, err := h.port.Write([]byte("AT\r")); !errors.Is(err, syscall.EIO) {
		t.Errorf("write: %v", err)
	}
	if _, err := m.Open(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open: %v", err)
	}
	if err := n.Subscriber(anna).Send(shop, "waits"); err != nil {
		t.Error(err)
	}
	m.PlugAt("/dev/ttyUSB1")
	if _, err := n.Open("/dev/ttyUSB0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open at the old name: %v", err)
	}
	port, err := n.Open("/dev/ttyUSB1")
	if err != nil {
		t.Fatal(err)
	}
	if err := port.Close(); err != nil {
		t.Error(err)
	}
	if _, err := port.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("read after Close: %v", err)
	}
	h = open(t, m)
	if got := h.command("+CPMS?"); got != `+CPMS: "SM",1,20,"SM",1,20,"SM",1,20|OK` {
		t.Errorf("the message that waited: %q", got)
	}
}

func TestTheStateSurvivesReopening(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{PIN: "1234"})
	h := open(t, m)
	h.command(`+CPIN="1234"`)
	_ = h.port.Close()
	h = open(t, m)
	if got := h.command("+CPIN?;+CMEE?"); got != "+CPIN: READY|+CMEE: 1|OK" {
		t.Errorf("got %q", got)
	}
}

func TestBrownOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := simulator.NewNetwork().Modem(simulator.SIM{}, simulator.SlowBoot(5*time.Second), simulator.SlowSIM(3*time.Second))
		time.Sleep(time.Minute)
		h := open(t, m)
		m.PowerOff()
		h.write("AT\r")
		m.PowerOn()
		began := time.Now()
		h.expect("RDY", "+CFUN: 1", "+CPIN: READY")
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("booted in %v", took)
		}
		h.command("E0;+CMEE=1")
		if got := h.command("+CMGL=4"); got != "+CMS ERROR: 314" {
			t.Errorf("SIM busy: %q", got)
		}
		h.expect("SMS DONE")
		if got := h.command("+CMGL=4"); got != "OK" {
			t.Errorf("SIM ready: %q", got)
		}
	})
}

func TestHistoryIsBounded(t *testing.T) {
	n := simulator.NewNetwork(simulator.History(3))
	m := n.Modem(simulator.SIM{})
	h := open(t, m)
	for range 10 {
		h.send(hello)
	}
	if got := []int{len(n.Submissions()), len(n.Subscriber(anna).Messages()), len(m.Commands())}; !cmp.Equal(got, []int{3, 3, 3}) {
		t.Errorf("remembered %v", got)
	}
}

func TestNextGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := simulator.NewNetwork().Subscriber(anna).Next(ctx); err == nil {
			t.Error("a message from nowhere")
		}
	})
}

func TestManyModemsAtOnce(t *testing.T) {
	const modems, messages = 8, 50
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork(
			simulator.LatencyFunc(func() time.Duration { return rand.N(3 * time.Second) }),
			simulator.ReportDelay(time.Second))
		observed := make(map[string]int) // observers run one at a time
		n.Observe(func(sms simulator.SMS) { observed[sms.From]++ })
		var senders sync.WaitGroup
		for range modems {
			m := n.Modem(simulator.SIM{})
			h := open(t, m)
			senders.Go(func() {
				for range messages {
					if got := h.send(helloReport); !strings.HasSuffix(got, "|OK") {
						t.Errorf("answer %q", got)
					}
					m.Signal(len(m.Commands()) % 32)
				}
			})
		}
		senders.Wait()
		if got := len(n.Subscriber(anna).Messages()); got != modems*messages {
			t.Errorf("%d messages arrived", got)
		}
		if len(observed) != modems {
			t.Errorf("observed %v", observed)
		}
	})
}
