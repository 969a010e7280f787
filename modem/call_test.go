package modem_test

import (
	"context"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/modemtest"
)

// exchange is the calls of a simulated modem: it answers the commands of calls in
// the place of the modem, and passes on all others.
type exchange struct {
	family  string
	answer  time.Duration // after which the far end answers; 0: it does not
	refusal []string      // what is said instead, after two seconds
	quiet   bool          // the modem tells nothing by itself
	blocks  bool          // the dial command is answered with the call
	hangUp  time.Duration // after the answer, by the far end
	dial    string        // the answer to the dial command; "": OK
	refuses []string      // commands that are refused
	late    int           // how often +CPCMREG=1 is refused
	keys    map[time.Duration]string
	dieAt   int // octet of what is said, at which the port dies; 0: none

	mu       *sync.Mutex
	cond     *sync.Cond
	port     io.ReadWriteCloser
	out      []byte
	dead     bool
	partial  string
	commands []string
	said     int // octets
	up       bool
	stat     string
	heard    []byte // what the far end hears
	audio    bool
	files    map[string][]byte
	file     string
	wants    int
}

type dialect struct {
	alerting, connected, gone, hungUp []string
}

var dialects = map[string]dialect{
	"sim7600": {connected: []string{"VOICE CALL: BEGIN"}, gone: []string{"VOICE CALL: END: 000010", "NO CARRIER"}},
	"a7670":   {connected: []string{"VOICE CALL: BEGIN"}, gone: []string{"VOICE CALL: END: 000010", "NO CARRIER"}},
	"sim800":  {alerting: []string{"MO RING"}, connected: []string{"MO CONNECTED"}, gone: []string{"NO CARRIER"}},
	"ec25":    {alerting: []string{`+QIND: "ccinfo",1,0,3,0,0,"+4915112345678",145`, "^DSCI: 1,0,7,0,+4915112345678,145"}, connected: []string{`+QIND: "ccinfo",1,0,0,0,0,"+4915112345678",145`}, gone: []string{`+QIND: "ccinfo",1,0,-1,0,0,"+4915112345678",145`, "NO CARRIER"}},
	"huawei":  {alerting: []string{"^ORIG:1,0", "^CONF:1"}, connected: []string{"^CONN:1,0"}, gone: []string{"^CEND:1,10,104,16", "NO CARRIER"}},
}

func (x *exchange) open(port io.ReadWriteCloser) io.ReadWriteCloser {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.cond = sync.NewCond(x.mu)
	x.port, x.dead, x.out, x.up, x.partial, x.wants = port, false, nil, false, "", 0
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := port.Read(b)
			x.mu.Lock()
			x.out = append(x.out, b[:n]...)
			if err != nil && x.port == port {
				x.dead = true
			}
			x.cond.Broadcast()
			x.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return x
}

func (x *exchange) Read(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for len(x.out) == 0 {
		if x.dead {
			return 0, fs.ErrClosed
		}
		x.cond.Wait()
	}
	n := copy(b, x.out)
	x.out = x.out[n:]
	return n, nil
}

func (x *exchange) Close() error { return x.port.Close() }

func (x *exchange) Write(b []byte) (int, error) {
	x.mu.Lock()
	if x.wants > 0 {
		n := min(len(b), x.wants)
		x.files[x.file] = append(x.files[x.file], b[:n]...)
		if x.wants -= n; x.wants == 0 {
			x.say("OK")
		}
		x.mu.Unlock()
		return len(b), nil
	}
	cmd := strings.TrimRight(strings.TrimLeft(string(b), "\x1b\r"), "\r\n")
	cmd, isCommand := strings.CutPrefix(cmd, "AT")
	if isCommand && x.command(cmd) {
		x.commands = append(x.commands, cmd)
		x.mu.Unlock()
		return len(b), nil
	}
	x.mu.Unlock()
	return x.port.Write(b)
}

// say lets the modem say something. The caller holds mu.
func (x *exchange) say(lines ...string) {
	for _, line := range lines {
		for _, octet := range []byte("\r\n" + line + "\r\n") {
			if x.dead {
				return
			}
			x.out = append(x.out, octet)
			if x.said++; x.said == x.dieAt {
				x.dead = true
				go x.port.Close()
			}
		}
	}
	x.cond.Broadcast()
}

func (x *exchange) after(d time.Duration, fn func()) {
	port := x.port
	time.AfterFunc(d, func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		if x.port == port && !x.dead {
			fn()
		}
	})
}

func (x *exchange) tell(lines []string) {
	if !x.quiet {
		x.say(lines...)
	}
}

// command carries out a command of calls, and reports whether it is one.
func (x *exchange) command(cmd string) bool {
	d := dialects[x.family]
	name, _, _ := strings.Cut(cmd, "=")
	switch {
	case slices.Contains(x.refuses, cmd) || slices.Contains(x.refuses, name):
		x.say("ERROR")
	case strings.HasPrefix(cmd, "D+"):
		if x.dial != "" {
			x.say(x.dial)
			return true
		}
		x.up, x.stat = true, "2"
		if !x.blocks {
			x.say("OK")
		}
		x.after(time.Second, func() {
			if x.up {
				x.stat = "3"
				x.tell(d.alerting)
			}
		})
		if x.refusal != nil {
			x.after(2*time.Second, func() { x.up = false; x.say(x.refusal...) })
		}
		if x.answer > 0 {
			x.after(x.answer, func() {
				if !x.up {
					return
				}
				x.stat = "0"
				if x.blocks {
					x.say("OK")
				}
				x.tell(d.connected)
				for at, line := range x.keys {
					x.after(at, func() { x.say(line) })
				}
				if x.hangUp > 0 {
					x.after(x.hangUp, func() { x.up = false; x.tell(d.gone) })
				}
			})
		}
	case cmd == "+CHUP" || cmd == "H":
		x.up, x.audio = false, false
		x.say("OK")
	case cmd == "+CLCC":
		x.say(`+CLCC: 2,0,0,1,0,"",128`) // a data connection
		if x.up {
			x.say("+CLCC: 1,0," + x.stat + `,0,0,"+4915112345678",145`)
		}
		x.say("OK")
	case cmd == "+CPCMREG=1" && x.late > 0:
		x.late--
		x.say("ERROR")
	case cmd == "+CPCMREG=1" || cmd == "^DDSETEX=2" || cmd == "+QPCMV=1,0":
		x.audio = true
		x.say("OK")
	case strings.HasPrefix(cmd, "+CFTRANRX=") || strings.HasPrefix(cmd, "+QFUPL="):
		_, rest, _ := strings.Cut(cmd, `="`)
		x.file, rest, _ = strings.Cut(rest, `",`)
		for _, digit := range rest {
			x.wants = x.wants*10 + int(digit-'0')
		}
		if x.files == nil {
			x.files = map[string][]byte{}
		}
		x.files[x.file] = nil
		if name == "+QFUPL" {
			x.say("CONNECT")
		} else {
			x.out = append(x.out, '>')
			x.cond.Broadcast()
		}
	case strings.HasPrefix(cmd, "+CCMXPLAYWAV=\"") || strings.HasPrefix(cmd, "+QPSND=1"):
		x.say("OK")
		path := strings.Split(cmd, `"`)[1]
		x.heard = append(x.heard, x.files[path][44:]...)
		x.after(2*time.Second, func() { x.say("+AUDIOSTATE: audio play stop", "+QPSND: 0") })
	case name == "+CTTS" && cmd != "+CTTS=?":
		x.heard = append(x.heard, cmd...)
		x.say("OK")
		x.after(6*time.Second, func() { x.say("+CTTS: 0") })
	case strings.HasSuffix(cmd, "=?") && slices.Contains([]string{"+CPCMREG", "+CCMXPLAYWAV", "+CTTS", "+QPCMV", "+QPSND"}, strings.TrimSuffix(cmd, "=?")), cmd == "^CVOICE?",
		slices.Contains([]string{"+CDTAM", "+CPCMFRM", "+MORING", "+DDET", "+QINDCFG", "^DSCI", "+QTONEDET", "^CURC", "^DDTMFCFG", "+CPCMREG", "+QFDEL", "+QGPSCFG", "+QPCMV"}, name):
		x.say("OK")
	case cmd == "+CEER":
		x.say("+CEER: User alerting, no answer", "OK")
	default:
		return false
	}
	return true
}

// ear is the sound port: what is written to it while audio is on is heard.
type ear struct {
	x      *exchange
	closed chan struct{}
	once   sync.Once
}

func (e *ear) Read([]byte) (int, error) { <-e.closed; return 0, fs.ErrClosed }
func (e *ear) Close() error             { e.once.Do(func() { close(e.closed) }); return nil }
func (e *ear) Write(b []byte) (int, error) {
	e.x.mu.Lock()
	defer e.x.mu.Unlock()
	if e.x.audio {
		e.x.heard = append(e.x.heard, b...)
	}
	return len(b), nil
}

// callStory plays a story of calls.
func callStory(t *testing.T, x *exchange, cfg modem.Config, story func(t *testing.T, s *stage)) {
	t.Helper()
	x.mu = &sync.Mutex{}
	cfg.OpenVoice = func(context.Context) (io.ReadWriteCloser, error) { return &ear{x: x, closed: make(chan struct{})}, nil }
	play(t, cast{modem: []modemtest.ModemOption{modemtest.Family(x.family)}, config: cfg, wrap: x.open}, func(t *testing.T, s *stage) {
		time.Sleep(30 * time.Second)
		s.expect(t, modem.Ready)
		story(t, s)
		time.Sleep(time.Minute)
	})
}

// tone is a second of sound that is no silence anywhere.
func tone(seconds int) []int16 {
	pcm := make([]int16, 8000*seconds)
	for i := range pcm {
		pcm[i] = int16(9000*math.Sin(float64(i)/9)) | 1
	}
	return pcm
}

func bytesOf(pcm []int16) string {
	b := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		b = append(b, byte(v), byte(uint16(v)>>8))
	}
	return string(b)
}

// Each family tells of calls in its own words, or in none, and the outcome is the
// same: what the list of calls says.
func TestCallOutcomes(t *testing.T) {
	cases := []struct {
		name     string
		exchange exchange
		want     modem.CallOutcome
	}{
		{"it is answered and all is said", exchange{answer: 5 * time.Second}, modem.CallCompleted},
		{"the modem tells nothing by itself", exchange{answer: 5 * time.Second, quiet: true}, modem.CallCompleted},
		{"the dial command is answered with the call", exchange{answer: 5 * time.Second, blocks: true}, modem.CallCompleted},
		{"it is busy", exchange{refusal: []string{"BUSY"}}, modem.CallBusy},
		{"nobody is there, as the network says", exchange{refusal: []string{"NO ANSWER"}}, modem.CallNoAnswer},
		{"nobody is there, as the cause says", exchange{refusal: []string{"NO CARRIER"}}, modem.CallNoAnswer},
		{"the call vanishes from the list", exchange{refusal: []string{}}, modem.CallNoAnswer},
		{"nobody answers", exchange{}, modem.CallNoAnswer},
		{"nobody answers and the dial command has no answer", exchange{blocks: true}, modem.CallNoAnswer},
		{"the far end hangs up in the middle", exchange{answer: 5 * time.Second, hangUp: 2 * time.Second}, modem.CallHungUp},
		{"it hangs up and the modem does not tell", exchange{answer: 5 * time.Second, hangUp: 2 * time.Second, quiet: true}, modem.CallHungUp},
		{"the dial command says that it is busy", exchange{dial: "BUSY"}, modem.CallBusy},
	}
	for family := range dialects {
		for _, c := range cases {
			t.Run(family+" "+c.name, func(t *testing.T) {
				x := c.exchange
				x.family = family
				callStory(t, &x, modem.Config{}, func(t *testing.T, s *stage) {
					began := time.Now()
					r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(4), Text: "your code is 1 2 3 4", Locale: "en-us"})
					if family == "sim800" && slices.Contains([]string{"alsa"}, string(r.Strategy)) {
						t.Error("it has no sound card")
					}
					if err != nil || r.Outcome != c.want {
						t.Errorf("the call was %+v, %v; want %s; commands %q", r, err, c.want, x.commands)
					}
					if took := time.Since(began); took > 60*time.Second {
						t.Errorf("it took %s", took)
					}
					if x.up {
						t.Error("a call is up still")
					}
					s.expect(t, modem.Ready)
				})
			})
		}
	}
}

// What the far end hears over a port is what was to be said, sample for sample.
func TestCallIsHeard(t *testing.T) {
	for _, c := range []struct {
		family   string
		refuses  []string
		strategy modem.Voice
	}{
		{"sim7600", nil, modem.VoiceTTY},
		{"ec25", nil, modem.VoiceTTY},
		{"huawei", nil, modem.VoiceTTY},
		{"sim7600", []string{"+CPCMREG"}, modem.VoiceFile},
		{"ec25", []string{"+QPCMV"}, modem.VoiceFile},
	} {
		t.Run(c.family+" "+string(c.strategy), func(t *testing.T) {
			x := &exchange{family: c.family, answer: 3 * time.Second, refuses: c.refuses}
			for _, name := range c.refuses {
				x.refuses = append(x.refuses, name+"=?")
			}
			callStory(t, x, modem.Config{}, func(t *testing.T, s *stage) {
				if v := s.Status().Voice; v != c.strategy {
					t.Errorf("it says that it speaks by %q", v)
				}
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(4)})
				if err != nil || r.Outcome != modem.CallCompleted || r.Strategy != c.strategy || !r.Answered {
					t.Errorf("%+v, %v", r, err)
				}
				if !strings.Contains(string(x.heard), bytesOf(tone(4))) {
					t.Errorf("%d octets were heard, and not what was said", len(x.heard))
				}
			})
		})
	}
}

// Modules that speak by themselves are given texts, if they know the language.
func TestCallReadsText(t *testing.T) {
	for _, c := range []struct{ locale, text, want string }{
		{"en-us", `say "1 2"`, `+CTTS=2,"say  1 2 "`},
		{"zh-cn", "一二", `+CTTS=1,"4E004E8C"`},
		{"de-de", "eins zwei", ""},
	} {
		t.Run(c.locale, func(t *testing.T) {
			x := &exchange{family: "a7670", answer: 3 * time.Second}
			callStory(t, x, modem.Config{}, func(t *testing.T, s *stage) {
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(1), Text: c.text, Locale: c.locale})
				if c.want == "" {
					if modem.ClassOf(err) != modem.OtherSIM || r.Outcome != modem.CallFailed || len(x.heard) > 0 {
						t.Errorf("%+v, %v", r, err)
					}
					return
				}
				if err != nil || r.Outcome != modem.CallCompleted || string(x.heard) != c.want {
					t.Errorf("%+v, %v; %q", r, err, x.heard)
				}
			})
		})
	}
}

// The keys of every dialect are understood.
func TestCallKeys(t *testing.T) {
	for family, line := range map[string]string{"sim7600": "+DTMF: 1", "a7670": "+RXDTMF: 1", "sim800": "+DTMF: 1,160", "ec25": "+QTONEDET: 49", "huawei": "^DDTMF: 1"} {
		if family == "a7670" || family == "sim800" {
			continue // a text cannot be preceded by a prompt of sounds
		}
		t.Run(family, func(t *testing.T) {
			x := &exchange{family: family, answer: 3 * time.Second, keys: map[time.Duration]string{4 * time.Second: line, 11 * time.Second: line}}
			callStory(t, x, modem.Config{}, func(t *testing.T, s *stage) {
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(3), Prompt: tone(2), Again: true})
				if err != nil || r.Outcome != modem.CallCompleted || r.Keys != "11" {
					t.Errorf("%+v, %v", r, err)
				}
				if n := strings.Count(string(x.heard), bytesOf(tone(3))); n != 2 {
					t.Errorf("it was said %d times", n)
				}
			})
		})
		t.Run(family+" nobody presses one", func(t *testing.T) {
			x := &exchange{family: family, answer: 3 * time.Second}
			callStory(t, x, modem.Config{}, func(t *testing.T, s *stage) {
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(3), Prompt: tone(2)})
				if err != nil || r.Outcome != modem.CallNotHeard || strings.Contains(string(x.heard), bytesOf(tone(3))) {
					t.Errorf("%+v, %v", r, err)
				}
			})
		})
	}
}

// One call at a time; messages wait for its end, and a cancelled call is hung up.
func TestCallHasTheLine(t *testing.T) {
	x := &exchange{family: "sim7600", answer: 3 * time.Second}
	callStory(t, x, modem.Config{}, func(t *testing.T, s *stage) {
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan modem.CallResult)
		go func() {
			r, err := s.Call(ctx, modem.Call{To: anna, Speech: tone(60)})
			if err != nil {
				t.Error(err)
			}
			over <- r
		}()
		time.Sleep(10 * time.Second)
		s.expect(t, modem.InCall)
		if _, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(1)}); modem.ClassOf(err) != modem.Retry {
			t.Errorf("a second call: %v", err)
		}
		sent := make(chan time.Time)
		go func() {
			if _, err := s.submit(t, "hello"); err != nil {
				t.Error(err)
			}
			sent <- time.Now()
		}()
		time.Sleep(10 * time.Second)
		cancelled := time.Now()
		cancel()
		if r := <-over; r.Outcome != modem.CallHungUp || x.up {
			t.Errorf("%+v", r)
		}
		if at := <-sent; at.Before(cancelled) {
			t.Error("a message went out during the call")
		} else if at.Sub(cancelled) > 20*time.Second {
			t.Errorf("the call took %s to end", at.Sub(cancelled))
		}
	})
}

// A modem whose sound had to be asked for more than once is started anew, and one
// that gives none has the next call go another way.
func TestCallSoundIsLate(t *testing.T) {
	x := &exchange{family: "sim7600", answer: 3 * time.Second, late: 4}
	callStory(t, x, modem.Config{}, func(t *testing.T, s *stage) {
		r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(3)})
		if err != nil || r.Outcome != modem.CallCompleted {
			t.Errorf("%+v, %v", r, err)
		}
		time.Sleep(2 * time.Minute)
		s.expect(t, modem.Ready)
		if n := s.sim.Resets()["reset"]; n != 1 {
			t.Errorf("it was started anew %d times", n)
		}
		x.late = 1000
		if r, err = s.Call(t.Context(), modem.Call{To: anna, Speech: tone(3)}); err != nil || r.Outcome != modem.CallFailed || !r.Answered {
			t.Errorf("%+v, %v", r, err)
		}
		time.Sleep(2 * time.Minute)
		s.expect(t, modem.Ready)
		if r, err = s.Call(t.Context(), modem.Call{To: anna, Speech: tone(3)}); err != nil || r.Outcome != modem.CallCompleted || r.Strategy != modem.VoiceFile {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// Calls that were not dialled say why.
func TestCallIsNotDialled(t *testing.T) {
	for _, c := range []struct {
		name string
		to   string
		x    exchange
		want modem.Class
	}{
		{"no number", "12", exchange{}, modem.GiveUp},
		{"a command in the number", "+49151;+CHUP", exchange{}, modem.GiveUp},
		{"the modem refuses", anna, exchange{dial: "ERROR"}, modem.Retry},
		{"the network carries no calls", anna, exchange{dial: "NO DIALTONE"}, modem.OtherSIM},
		{"there is no SIM", anna, exchange{dial: "+CME ERROR: 10"}, modem.ClassOf(nil)},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.x.family = "huawei"
			callStory(t, &c.x, modem.Config{}, func(t *testing.T, s *stage) {
				r, err := s.Call(t.Context(), modem.Call{To: c.to, Speech: tone(1)})
				if err == nil || r.Outcome != modem.CallFailed || c.want != "" && modem.ClassOf(err) != c.want {
					t.Errorf("%+v, %v (%s)", r, err, modem.ClassOf(err))
				}
			})
		})
	}
}

// The port dies at every octet of a call. What was dialled is unknown then, unless
// all was said before; what was not is known not to be. The modem comes back.
func TestCallLosesThePort(t *testing.T) {
	for family := range dialects {
		t.Run(family, func(t *testing.T) {
			died := true
			for k := 1; died && !t.Failed(); k += 3 {
				x := &exchange{family: family, answer: 3 * time.Second}
				callStory(t, x, modem.Config{}, func(t *testing.T, s *stage) {
					x.mu.Lock()
					x.said, x.dieAt, x.commands = 0, k, nil
					x.mu.Unlock()
					r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(2), Text: "one", Locale: "en-us"})
					x.mu.Lock()
					died = x.said >= k
					dialled := slices.Contains(x.commands, "D"+anna+";")
					x.mu.Unlock()
					want := modem.CallCompleted
					switch {
					case !dialled:
						want = modem.CallFailed
					case died && r.Outcome != modem.CallCompleted:
						want = modem.CallUnknown
					}
					if r.Outcome != want || (err == nil) != dialled {
						t.Errorf("octet %d: %+v, %v; dialled: %v", k, r, err, dialled)
					}
					time.Sleep(3 * time.Minute)
					s.expect(t, modem.Ready)
				})
			}
		})
	}
}

// Calls that come in are told of once, with the number, and refused.
func TestIncomingCall(t *testing.T) {
	for _, c := range []struct {
		name    string
		policy  modem.IncomingCalls
		clip    string
		from    string
		refused bool
	}{
		{"with a number", "", `+CLIP: "+491701111111",145,"",,"",0`, "+491701111111", true},
		{"without one", modem.RefuseCalls, "", "", true},
		{"withheld", modem.RefuseCalls, `+CLIP: "",128,"",,"",1`, "", true},
		{"ignored", modem.IgnoreCalls, `+CLIP: "+491701111111",145,"",,"",0`, "+491701111111", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := &exchange{family: "sim800"}
			callStory(t, x, modem.Config{IncomingCalls: c.policy}, func(t *testing.T, s *stage) {
				for range 3 {
					x.mu.Lock()
					x.say("RING")
					if c.clip != "" {
						x.say(c.clip)
					}
					x.mu.Unlock()
					time.Sleep(5 * time.Second)
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				calls := slices.DeleteFunc(slices.Clone(s.notices), func(n modem.Notice) bool { return n.Kind != modem.NoticeCall })
				if len(calls) != 1 || calls[0].From != c.from || strings.Contains(calls[0].Text, "170") {
					t.Errorf("the owner was told %+v", calls)
				}
				if got := slices.Contains(x.commands, "+CHUP"); got != c.refused {
					t.Errorf("it was refused: %v", got)
				}
			})
		})
	}
}
