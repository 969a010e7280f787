package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"simgate/modem/simulator"
)

var (
	attackFor  = flag.Duration("attack.for", 10*time.Second, "how long TestAttack attacks")
	attackRate = flag.Int("attack.rate", 100, "requests of the strangers in a second")
)

// TestAttack lets strangers flood the web form of one app of a running daemon: they ask
// for codes to many numbers from many addresses, to ranges of numbers and to people who
// have verified themselves before, type wrong codes, and hold connections open.
// Meanwhile people verify themselves: anybody in another app, and in the app that is
// attacked those it knows. Each of them must get a code and have it accepted.
//
// The strangers guess at codes of their own only: who knows a verification that is
// pending may spend its tries, and its owner asks again.
func TestAttack(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	network, _ := simulated(t, port, simulator.Latency(50*time.Millisecond), simulator.ReportDelay(100*time.Millisecond), simulator.History(100))
	h := newHome(t, port)
	h.add(t, "guard: {conversion: throttle}\n")
	shop, bank := formOf(t, h, "shop"), formOf(t, h, "bank")
	d := h.serve(t)
	shop.address, bank.address = d.address, d.address
	phones := &phones{last: map[string]string{}}
	network.Observe(phones.receive)

	people := int(*attackFor/interval()) + 1
	for i := range people { // they are known from now on
		if err := phones.verify(t.Context(), shop, phoneOf(i), home4(i)); err != nil {
			t.Fatalf("before the attack: %v\n%s", err, d.log)
		}
	}
	before := phones.came
	ctx, end := context.WithTimeout(t.Context(), *attackFor)
	defer end()
	strangers := newStrangers(shop, people)
	var attack, honest sync.WaitGroup
	strangers.start(ctx, &attack)
	type outcome struct {
		name  string
		times []time.Duration // from the request until the code is accepted
	}
	scripts := []*outcome{{name: "known people, in the app that is attacked"}, {name: "anybody, in another app"}}
	for s, o := range scripts {
		honest.Go(func() {
			pace := time.NewTicker(interval())
			defer pace.Stop()
			for i := range people - 1 {
				if i > 0 {
					<-pace.C
				}
				began := time.Now()
				form, number := shop, phoneOf(i)
				if s == 1 {
					form, number = bank, fmt.Sprintf("+49171%07d", i*10_007)
				}
				if err := phones.verify(t.Context(), form, number, home4(i)); err != nil {
					t.Errorf("%s, %v after its begin: %v", o.name, time.Since(began).Round(time.Millisecond), err)
					continue
				}
				o.times = append(o.times, time.Since(began))
			}
		})
	}
	honest.Wait()
	end()
	attack.Wait()
	fmt.Printf("attack of %v: %s; %d messages left\n", *attackFor, strangers, phones.came-before)
	for _, o := range scripts {
		slices.Sort(o.times)
		fmt.Printf("%s: %d of %d verified, p50 %v, p95 %v\n", o.name, len(o.times), people-1, quantile(o.times, 0.5), quantile(o.times, 0.95))
	}
	if strangers.refused.Load() == 0 || strangers.codes.Load() == 0 {
		t.Error("the attack is none")
	}
	d.stop(t)
}

// interval is the time between two verifications of a script.
func interval() time.Duration { return max(*attackFor/60, 500*time.Millisecond) }

func phoneOf(i int) string { return fmt.Sprintf("+49160%07d", i*10_007) }

// home4 is the address of a person, as the app passes it on.
func home4(i int) string { return fmt.Sprintf("198.51.100.%d", i%250) }

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(q*float64(len(sorted)-1))].Round(time.Millisecond)
}

// form is the server of an app, whose web form anybody may use.
type form struct {
	key, address string
	http         http.Client
}

// forms counts the servers of apps: each has an address of its own. That of the bank needs
// a new connection for each request.
var forms atomic.Int64

// from returns a dialer of an address of this machine.
func from(last int64) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(last))}, Timeout: 10 * time.Second}
}

func formOf(t *testing.T, h home, app string) *form {
	t.Helper()
	f := &form{key: strings.TrimSpace(h.simgate(t, "keys", "create", app).out)}
	f.http = http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: from(forms.Add(1)).DialContext, MaxIdleConnsPerHost: 16, DisableKeepAlives: app == "bank"}}
	t.Cleanup(f.http.CloseIdleConnections)
	return f
}

// answer is what the gateway says to a form.
type answer struct {
	ID, Reason, Detail string
	Verified           bool
}

// post calls the native API.
func (f *form) post(ctx context.Context, path string, fields map[string]string) (int, answer, error) {
	var a answer
	content, err := json.Marshal(fields)
	if err != nil {
		return 0, a, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+f.address+path, bytes.NewReader(content))
	if err != nil {
		return 0, a, err
	}
	r.Header.Set("Authorization", "Bearer "+f.key)
	r.Header.Set("Content-Type", "application/json")
	got, err := f.http.Do(r)
	if err != nil {
		return 0, a, err
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	if err == nil {
		err = json.Unmarshal(raw, &a)
	}
	return got.StatusCode, a, err
}

// phones are the handsets of people.
type phones struct {
	mu   sync.Mutex
	last map[string]string // code, by number
	came int               // messages
}

var sixOrMore = regexp.MustCompile(`\d{6,10}`)

func (p *phones) receive(sms simulator.SMS) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.came++
	p.last[sms.To] = sixOrMore.FindString(sms.Text)
}

func (p *phones) codeOn(number string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[number]
}

// verify does what a person does: asks for a code, types the one that is on the phone,
// and the next one that comes if that was an older one. It takes at most a minute.
func (p *phones) verify(ctx context.Context, f *form, number, client string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	status, a, err := f.post(ctx, "/v1/verifications", map[string]string{"to": number, "client_ip": client})
	if err != nil {
		return err
	}
	if status != http.StatusCreated && a.Reason != "too_soon" { // then one that somebody has asked for is on its way
		return fmt.Errorf("no code: %d %s %s", status, a.Reason, a.Detail)
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for typed := ""; ; {
		code := p.codeOn(number)
		if code != "" && code != typed {
			typed = code
			status, a, err := f.post(ctx, "/v1/verifications/check", map[string]string{"to": number, "code": code, "client_ip": client})
			if err != nil {
				return err
			}
			if status != http.StatusOK {
				return fmt.Errorf("the check: %d %s %s", status, a.Reason, a.Detail)
			}
			if a.Verified {
				return nil
			}
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("no code that is accepted came in a minute; the last was %t", typed != "")
		}
	}
}

// strangers attack a form.
type strangers struct {
	form                        *form
	people                      int
	asked, codes, refused, lost atomic.Int64
	guesses, held               atomic.Int64
}

func newStrangers(f *form, people int) *strangers { return &strangers{form: f, people: people} }

func (s *strangers) String() string {
	return fmt.Sprintf("%d codes asked for, %d refused, %d answered with a code or the one that has arrived; %d wrong codes; %d connections held; %d requests without an answer",
		s.asked.Load(), s.refused.Load(), s.codes.Load(), s.guesses.Load(), s.held.Load(), s.lost.Load())
}

// beginnings of requests: an octet, and all but the content of one whose key is in it.
var beginnings = []string{"P", "POST /sms/verifySMS HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na"}

// start begins all attacks at once.
func (s *strangers) start(ctx context.Context, group *sync.WaitGroup) {
	random := func() int { return rand.IntN(1_000_000) }
	address := func() string { return fmt.Sprintf("203.%d.%d.%d", rand.IntN(256), rand.IntN(256), rand.IntN(256)) }
	attacks := []func(i int){
		func(int) { s.ask(ctx, fmt.Sprintf("+49152%07d", random()), address()) },                        // anybody
		func(i int) { s.ask(ctx, fmt.Sprintf("+4915755%06d", i%1_000_000), address()) },                 // a range
		func(i int) { s.ask(ctx, fmt.Sprintf("+49176%03d%04d", i%50, rand.IntN(10_000)), "192.0.2.1") }, // from one address
		func(int) { s.ask(ctx, phoneOf(rand.IntN(s.people)), address()) },                               // people who are known
		func(int) { s.guess(ctx, fmt.Sprintf("+49152%07d", random()), address()) },
	}
	for n, attack := range attacks {
		work := make(chan int)
		group.Go(func() {
			defer close(work)
			pace := time.NewTicker(time.Second * time.Duration(len(attacks)) / time.Duration(*attackRate))
			defer pace.Stop()
			for i := n; ; i++ {
				select {
				case work <- i:
				case <-ctx.Done():
					return
				}
				select {
				case <-pace.C:
				case <-ctx.Done():
					return
				}
			}
		})
		for range 8 {
			group.Go(func() {
				for i := range work {
					attack(i)
				}
			})
		}
	}
	for place := range int64(8) {
		group.Go(func() { s.hold(ctx, from(100+place), beginnings[place%2]) })
	}
}

// ask asks for a code.
func (s *strangers) ask(ctx context.Context, number, client string) {
	s.asked.Add(1)
	status, a, err := s.form.post(ctx, "/v1/verifications", map[string]string{"to": number, "client_ip": client})
	switch {
	case err != nil:
		s.lost.Add(1)
	case status == http.StatusCreated:
		s.codes.Add(1)
		if !strings.HasPrefix(number, "+49160") { // a code of their own
			s.guess(ctx, number, client)
		}
	case a.Reason != "":
		s.refused.Add(1)
	}
}

// guess types a code that nobody has sent.
func (s *strangers) guess(ctx context.Context, number, client string) {
	s.guesses.Add(1)
	if _, _, err := s.form.post(ctx, "/v1/verifications/check", map[string]string{"to": number, "code": "000000", "client_ip": client}); err != nil {
		s.lost.Add(1)
	}
}

// hold opens as many connections as it gets, and sends the beginning of a request on each.
func (s *strangers) hold(ctx context.Context, d *net.Dialer, beginning string) {
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
		}
		c, err := d.DialContext(ctx, "tcp", s.form.address)
		if err != nil {
			continue
		}
		_, _ = c.Write([]byte(beginning))
		s.held.Add(1)
		if open = append(open, c); len(open) > 300 {
			_ = open[0].Close()
			open = open[1:]
		}
	}
}
