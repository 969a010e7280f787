package modem_test

import (
	"context"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

// exchange is the calls of a simulated modem: it answers the commands of calls in
// the place of the modem, and passes on all others.
type exchange struct {
	family  string
	answer  time.Duration            // after which the far end answers; 0: it does not
	refusal []string                 // what is said instead, after two seconds
	quiet   bool                     // the modem tells nothing by itself
	blocks  bool                     // the dial command is answered with the call
	hangUp  time.Duration            // after the answer, by the far end
	dial    string                   // the answer to the dial command; "": OK
	refuses []string                 // commands that are refused
	late    int                      // how often +CPCMREG=1 is refused
	keys    map[time.Duration]string // what the modem says, by the time since the answer
	tones   time.Duration            // between two pressings of key 1 that the sound holds; 0: none
	dieAt   int                      // octet of what is said, at which the port dies; 0: none

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
	playing  int // which of those played, 0 for none
	played   int
	wants    int
}

type dialect struct {
	alerting, connected, gone []string
}

var dialects = map[string]dialect{
	"sim7600": {alerting: []string{"MO RING"}, connected: []string{"VOICE CALL: BEGIN"}, gone: []string{"VOICE CALL: END: 000010", "NO CARRIER"}},
	"a7670":   {alerting: []string{"MO RING"}, connected: []string{"VOICE CALL: BEGIN"}, gone: []string{"VOICE CALL: END: 000010", "NO CARRIER"}},
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

func (x *exchange) isUp() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.up
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
	case name == "+FSWRITE":
		fields := strings.Split(strings.TrimPrefix(cmd, "+FSWRITE="), ",")
		x.file = fields[0]
		x.wants, _ = strconv.Atoi(fields[2])
		if x.files == nil || fields[1] == "0" {
			x.files = map[string][]byte{}
		}
		x.out = append(x.out, '>')
		x.cond.Broadcast()
	case strings.HasPrefix(cmd, "+CREC=4,"):
		x.heard = append(x.heard, x.files[strings.Split(cmd, `"`)[1]]...)
		x.say("OK")
		x.after(4*time.Second, func() { x.say("+CREC: 0") })
	case x.playing > 0 && (strings.HasPrefix(cmd, "+CCMXPLAYWAV=\"") || strings.HasPrefix(cmd, "+QPSND=1")):
		x.say("ERROR")
	case strings.HasPrefix(cmd, "+CCMXPLAYWAV=\"") || strings.HasPrefix(cmd, "+QPSND=1"):
		x.say("OK")
		file := x.files[strings.Split(cmd, `"`)[1]][44:]
		x.heard = append(x.heard, file...)
		x.played++
		playing := x.played
		x.playing = playing
		x.after(time.Duration(len(file))*time.Second/16000, func() {
			if x.playing == playing {
				x.playing = 0
				x.say("+AUDIOSTATE: audio play stop", "+QPSND: 0")
			}
		})
	case cmd == "+CCMXSTOPWAV" || cmd == "+QPSND=0":
		x.playing = 0
		x.say("OK")
		x.after(100*time.Millisecond, func() { x.say("+AUDIOSTATE: audio play stop", "+QPSND: 0") })
	case name == "+CTTS" && cmd != "+CTTS=?":
		x.heard = append(x.heard, cmd...)
		x.say("OK")
		x.after(6*time.Second, func() { x.say("+CTTS: 0") })
	case strings.HasSuffix(cmd, "=?") && slices.Contains([]string{"+CPCMREG", "+CCMXPLAYWAV", "+CREC", "+CTTS", "+QPCMV", "+QPSND"}, strings.TrimSuffix(cmd, "=?")), cmd == "^CVOICE?",
		slices.Contains([]string{"+CDTAM", "+CPCMFRM", "+MORING", "+DDET", "+QINDCFG", "^DSCI", "+QTONEDET", "^CURC", "^DDTMFCFG", "+CPCMREG", "+QFDEL", "+FSCREATE", "+QGPSCFG", "+QPCMV"}, name):
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

func (e *ear) Read(b []byte) (int, error) {
	if e.x.tones == 0 {
		<-e.closed
		return 0, fs.ErrClosed
	}
	select {
	case <-e.closed:
		return 0, fs.ErrClosed
	case <-time.After(e.x.tones):
	}
	pcm := make([]int16, 1600) // of which the second half is silence
	for i := range 800 {
		at := 2 * math.Pi * float64(i) / 8000
		pcm[i] = int16(6000*math.Sin(697*at) + 6000*math.Sin(1209*at))
	}
	return copy(b, bytesOf(pcm)), nil
}

func (e *ear) Close() error { e.once.Do(func() { close(e.closed) }); return nil }
func (e *ear) Write(b []byte) (int, error) {
	e.x.mu.Lock()
	defer e.x.mu.Unlock()
	if e.x.audio {
		e.x.heard = append(e.x.heard, b...)
	}
	return len(b), nil
}

// callStory plays a story of calls.
func callStory(t *testing.T, x *exchange, cfg modem.Config, story func(t *testing.T, s *rig)) {
	t.Helper()
	x.mu = &sync.Mutex{}
	cfg.OpenVoice = func(context.Context) (io.ReadWriteCloser, error) { return &ear{x: x, closed: make(chan struct{})}, nil }
	simulate(t, setup{modem: []simulator.ModemOption{simulator.Family(x.family)}, config: cfg, wrap: x.open}, func(t *testing.T, s *rig) {
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
