package simulator_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
)

// ramp is sound of which no two samples near each other are the same.
func ramp(d time.Duration) []int16 {
	pcm := make([]int16, d*8000/time.Second)
	for i := range pcm {
		pcm[i] = int16(i)
	}
	return pcm
}

// upload types a command that takes a file, and the file, in pieces.
func (h *host) upload(command, prompt string, file []byte) string {
	h.t.Helper()
	h.write("AT" + command + "\r")
	b := make([]byte, len(prompt))
	if _, err := io.ReadFull(h.in, b); err != nil || string(b) != prompt {
		h.t.Fatalf("prompt %q, %v", b, err)
	}
	for piece := range slices.Chunk(file, 20_000) {
		h.write(string(piece))
	}
	return h.answer()
}

const (
	asksSIMCom  = "\r\n> "
	asksQuectel = "\r\nCONNECT\r\n"
)

// A file goes to the module, with octets in it that mean something elsewhere, and
// the far end hears what was in it.
func TestAModulePlaysAFile(t *testing.T) {
	pcm := ramp(2 * time.Second)
	file := simulator.HeardCall{PCM: pcm}.WAV()
	amr := []byte("#!AMR\n" + strings.Repeat("\x04............", 100)) // two seconds of 4.75 kbit/s
	for _, tc := range []struct {
		name, family  string
		before        []string
		upload        string
		asks, has     string
		play          string
		over, stop    string
		file          []byte
		heard, halved int // samples
	}{
		{"SIM7600", "sim7600", nil, `+CFTRANRX="E:/a.wav",32044`, asksSIMCom, "OK",
			`+CCMXPLAYWAV="E:/a.wav",1`, "+WAVSTATE: wav play stop", "+CCMXSTOPWAV", file, 16000, 4000},
		{"A7670", "a7670", nil, `+CFTRANRX="C:/a.wav",32044`, asksSIMCom, "OK",
			`+CCMXPLAY="C:/a.wav",1,0`, "+AUDIOSTATE: audio play stop", "+CCMXSTOP", file, 16000, 4000},
		{"Quectel", "ec25", nil, `+QFUPL="a.wav",32044`, asksQuectel, "",
			`+QPSND=1,"a.wav",0,1,1`, "+QPSND: 0", "+QPSND=0", file, 16000, 4000},
		{"SIM800", "sim800", []string{`+FSCREATE=C:\User\a.amr`}, `+FSWRITE=C:\User\a.amr,0,1306,20`, asksSIMCom, "OK",
			`+CREC=4,"C:\User\a.amr",0,90`, "+CREC: 0", "+CREC=5", amr, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, _, s := calling(t, tc.family, simulator.Answering{})
				for _, command := range tc.before {
					h.command(command)
				}
				if got := h.upload(tc.upload, tc.asks, tc.file); tc.has != "" && got != tc.has || !strings.HasSuffix(got, "OK") {
					t.Fatalf("the upload was answered %q", got)
				}
				if got := h.command(tc.play); got != "ERROR" {
					t.Errorf("it plays without a call: %q", got)
				}
				h.command("D" + anna + ";")
				time.Sleep(6 * time.Second)
				began := time.Now()
				h.write("AT" + tc.play + "\r")
				h.skipTo("OK")
				if got := h.command(tc.play); got != "ERROR" {
					t.Errorf("it plays two things at once: %q", got)
				}
				h.expect(tc.over)
				if took := time.Since(began); took != 2*time.Second {
					t.Errorf("it took %v", took)
				}
				if got := h.command(tc.play); got != "OK" {
					t.Errorf("playing it again: %q", got)
				}
				time.Sleep(500 * time.Millisecond)
				h.write("AT" + tc.stop + "\r")
				h.expect("OK", tc.over)
				h.command("H")
				call := s.Calls()[0]
				if n := len(call.PCM); n != tc.heard+tc.halved || !slices.Equal(call.PCM[:tc.heard], pcm[:tc.heard]) {
					t.Errorf("%d samples were heard", n)
				}
				if len(call.Played) != 2 || !bytes.Equal(call.Played[0].Octets, tc.file) ||
					call.Played[0].For != 2*time.Second || call.Played[1].For != 500*time.Millisecond {
					t.Errorf("%d were played", len(call.Played))
				}
			})
		})
	}
}

// What a module reads out is a text, in the alphabet that the command says; what
// goes to a loudspeaker is heard by nobody.
func TestAModuleReadsAText(t *testing.T) {
	for _, tc := range []struct {
		name, family, before, command, stop, over, want string
	}{
		{"ASCII at SIMCom", "a7670", "+CDTAM=1", `+CTTS=2,"code 12"`, "+CTTS=0", "+CTTS: 0", "code 12"},
		{"UCS2 at SIMCom", "sim7600", "+CDTAM=1", `+CTTS=1,"00E91234"`, "+CTTS=0", "+CTTS: 0", "éሴ"},
		{"a loudspeaker", "a7670", "+CDTAM=0", `+CTTS=2,"code 12"`, "+CTTS=0", "+CTTS: 0", ""},
		{"ASCII at Quectel", "ec200", "", `+QWTTS=1,1,2,"code 12"`, "+QWTTS=1,0,0", "+QWTTS: 0", "code 12"},
		{"UCS2 at Quectel", "m35", "", `+QWTTS=1,1,1,"00E9"`, "+QWTTS=1,0,0", "+QWTTS: 0", "é"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, _, s := calling(t, tc.family, simulator.Answering{})
				h.command(tc.before)
				h.command("D" + anna + ";")
				time.Sleep(6 * time.Second)
				h.write("AT" + tc.command + "\r")
				h.skipTo("OK")
				h.expect(tc.over)
				// The command that ends it is nothing that is read.
				h.command(tc.stop)
				if got := strings.Join(s.Calls()[0].Texts(), "|"); got != tc.want {
					t.Errorf("heard %q, want %q", got, tc.want)
				}
			})
		})
	}
}

// A file that does not come, or is none, is not played.
func TestFilesThatAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, s := calling(t, "ec25", simulator.Answering{})
		began := time.Now()
		if got := h.upload(`+QFUPL="a.wav",100`, asksQuectel, []byte("RIFF")); got != "+CME ERROR: 421" {
			t.Errorf("half a file: %q", got)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it was given up after %v", took)
		}
		if got := h.command(`+QFDEL="a.wav"`); got != "+CME ERROR: 405" {
			t.Errorf("deleting what is not there: %q", got)
		}
		if got := h.upload(`+QFUPL="a.wav",4`, asksQuectel, []byte{1, 2, 3, 4}); got != "+QFUPL: 4,206|OK" {
			t.Errorf("four octets: %q", got)
		}
		if got := h.command(`+QFUPL="a.wav",4`); got != "+CME ERROR: 407" {
			t.Errorf("over a file: %q", got)
		}
		h.command("D" + anna + ";")
		time.Sleep(6 * time.Second)
		for _, name := range []string{"a.wav", "b.wav"} {
			h.write(`AT+QPSND=1,"` + name + `",0,1,1` + "\r")
			h.skipTo("ERROR")
		}
		h.command("H")
		if call := s.Calls()[0]; len(call.Played) != 0 {
			t.Errorf("%+v was played", call.Played)
		}
	})
}

// A modem that is pulled out in the middle of a file has played the half of it.
func TestAFileIsCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m, s := calling(t, "a7670", simulator.Answering{})
		h.upload(`+CFTRANRX="C:/a.wav",32044`, asksSIMCom, simulator.HeardCall{PCM: ramp(2 * time.Second)}.WAV())
		h.command("D" + anna + ";")
		time.Sleep(6 * time.Second)
		h.write(`AT+CCMXPLAY="C:/a.wav",1,0` + "\r")
		h.skipTo("OK")
		time.Sleep(time.Second)
		m.Unplug()
		if call := s.Calls()[0]; len(call.PCM) != 8000 || call.Ended.IsZero() {
			t.Errorf("%d samples were heard", len(call.PCM))
		}
	})
}

// A file that exists is refused, or not truncated, and larger ones come in pieces.
func TestAFileIsThereAlready(t *testing.T) {
	const full = "+CFTRANRX=\"C:/a.wav\","
	for _, tc := range []struct {
		name, family string
		story        []string // pairs of a command, with what is uploaded after a blank, and its result
	}{
		{"SIM7600", "sim7600", []string{
			"+CFTRANRX=\"E:/a.wav\",4 abcd", "OK", "+CFTRANRX=\"E:/a.wav\",4", "ERROR",
			"+FSDEL=a.wav", "ERROR", "+FSDEL=\"E:/a.wav\"", "ERROR", "+FSCD=E:", "+FSCD: E:/|OK", "+FSDEL=a.wav", "OK", "+FSDEL=a.wav", "ERROR",
			"+CFTRANRX=\"E:/a.wav\",2 ab", "OK", "+CFTRANRX=\"E:/a.wav\",2,100,2", "ERROR"}},
		{"A7670", "a7670", []string{
			full + "4 abcd", "OK", full + "4", "ERROR", full + "2,100,4 ef", "OK", full + "2,100,7", "ERROR", full + "2,0,6", "ERROR",
			"+FSDEL=\"a.wav\"", "OK", full + "2,100,0", "ERROR", full + "204801", "ERROR", full + "1 a", "OK"}},
		{"SIM800", "sim800", []string{
			"+FSCREATE=C:\\User\\a.amr", "OK", "+FSCREATE=C:\\User\\a.amr", "ERROR",
			"+FSWRITE=C:\\User\\a.amr,0,10241,9", "ERROR", "+FSWRITE=C:\\User\\a.amr,2,1,9", "ERROR",
			"+FSWRITE=C:\\User\\a.amr,0,4,9 abcd", "OK", "+FSWRITE=C:\\User\\a.amr,1,2,9 ef", "OK",
			"+FSDEL=C:\\User\\a.amr", "OK", "+FSDEL=C:\\User\\a.amr", "ERROR", "+FSWRITE=C:\\User\\a.amr,0,4,9", "ERROR"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, _, _ := calling(t, tc.family, simulator.Answering{})
				for pair := range slices.Chunk(tc.story, 2) {
					command, file, uploads := strings.Cut(pair[0], " ")
					got := ""
					if uploads {
						got = h.upload(command, asksSIMCom, []byte(file))
					} else {
						got = h.command(command)
					}
					if got != pair[1] {
						t.Errorf("%s: %q, want %q", pair[0], got, pair[1])
					}
				}
			})
		})
	}
}

// What is repeated is heard so much longer.
func TestAModuleRepeatsAFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, s := calling(t, "a7670", simulator.Answering{})
		h.upload(`+CFTRANRX="C:/a.wav",16044`, asksSIMCom, simulator.HeardCall{PCM: ramp(time.Second)}.WAV())
		h.command("D" + anna + ";")
		time.Sleep(6 * time.Second)
		began := time.Now()
		h.write(`AT+CCMXPLAY="C:/a.wav",1,2` + "\r")
		h.skipTo("+AUDIOSTATE: audio play stop")
		h.command("H")
		if took, heard := time.Since(began).Round(time.Second), len(s.Calls()[0].PCM); took != 3*time.Second || heard != 24000 {
			t.Errorf("%d samples were heard in %v", heard, took)
		}
	})
}

// Speech is refused with the codes of the vendor.
func TestAModuleRefusesToRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, _ := calling(t, "ec200", simulator.Answering{})
		if got := h.command(`+QWTTS=1,1,2,"a"`); got != "+CME ERROR: 903" {
			t.Errorf("without a call: %q", got)
		}
		h.command("D" + anna + ";")
		time.Sleep(6 * time.Second)
		for _, tc := range [][2]string{{`+QWTTS=1,1,2,""`, "+CME ERROR: 902"}, {"+QWTTS=0", "+CME ERROR: 902"}, {`+QWTTS=1,1,2,"abc"`, "OK"},
			{`+QWTTS=1,1,2,"d"`, "+CME ERROR: 904"}, {"+QWTTS=1,0,0", "OK"}} {
			h.write("AT" + tc[0] + "\r")
			h.skipTo(tc[1])
		}
		h.skipTo("+QWTTS: 0")
	})
}
