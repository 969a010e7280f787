package simulator

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// longestLapse is the longest such wait that may be asked for, in seconds: what
	// +QFUPL=? announces.
	longestLapse = 65535
	fileLapse    = 5 * time.Second // how long a module waits for the next octet of a file; the default of +QFUPL
	largestFile  = 1 << 20         // octets that the flash has room for
	// largestWrite is how many octets +FSWRITE takes ("cannot be larger than 10240",
	// docs.openluat.com, command list of the Air780, whose file commands are those of the
	// SIM800).
	largestWrite = 10240
	// largestOnUSB is how many octets +CFTRANRX takes at once over USB (A76XX Series AT
	// Command Manual V1.09, 13.2.1: "it may just can set to 200Kb").
	largestOnUSB = 200 << 10
)

// Codes of Quectel's file commands (its FILE application note, chapter 4).
const (
	cmeNoFile     CMEError = 405
	cmeFileThere  CMEError = 407
	cmeFileLapsed CMEError = 421
)

// upload asks the host for size octets, and stores them in the file with this name from
// the given place on. What the file has behind them stays.
func (m *Modem) upload(name string, size, from int, e entry) answer {
	if name == "" || size <= 0 || from+size > largestFile || from > len(m.files[name]) {
		return fail(errPlain)
	}
	e.length = size
	e.taken = func(octets []byte) answer {
		old := m.files[name]
		file := append(slices.Clone(old[:min(from, len(old))]), octets...)
		if len(old) > len(file) {
			file = append(file, old[len(file):]...)
		}
		m.files[name] = file
		if e.asks != "" {
			return reply("+QFUPL: %d,%x", len(octets), checksum(octets))
		}
		return answer{}
	}
	return answer{entry: &e}
}

// simcomUpload is +CFTRANRX="E:/name",size. It refuses the name of a file that exists:
// "make sure that the file name does not exist under the path" (A76XX manual, 13.2.1; the
// projects that play files delete them before: iot.nanoframework Sim7672FileStorage and
// others). On some modules a reserved value, 100, and a place in the file may follow.
func (m *Modem) simcomUpload(c command) answer {
	fields := c.fields()
	size, ok := c.number(1, 0)
	from, okFrom := c.number(3, 0)
	if c.form == test {
		return reply("+CFTRANRX: [{non-ascii}]\"FILEPATH\"")
	}
	placed := len(fields) == 4 && fields[2] == "100" && okFrom && m.fileOffsets
	if c.form != set || !ok || len(fields) != 2 && !placed || m.fileOffsets && size > largestOnUSB {
		return fail(errPlain)
	}
	if _, there := m.files[fields[0]]; there != placed {
		return fail(errPlain)
	}
	return m.upload(fields[0], size, from, entry{lapse: fileLapse, lapsed: errPlain})
}

// simcomFolder is +FSCD=path, which selects the folder in which +FSDEL deletes.
func (m *Modem) simcomFolder(c command) answer {
	drive, _, _ := strings.Cut(c.fields()[0], ":")
	if c.form != set || !slices.Contains([]string{"C", "D", "E"}, drive) {
		return fail(errPlain)
	}
	m.folder = drive + ":/"
	return reply("+FSCD: %s", m.folder)
}

// simcomDelete is +FSDEL=name. On the SIM800 the name is a path without quotes; on the
// others it is that of a file in the folder of +FSCD (SIM7500_SIM7600 AT Command Manual,
// +FSDEL: "file name which is relative and already existing").
func (m *Modem) simcomDelete(c command) answer {
	name := m.folder + c.fields()[0]
	if slices.Contains(m.knows, "+FSCREATE") {
		name = c.args
	}
	if _, there := m.files[name]; !there || c.form != set {
		return fail(errPlain)
	}
	delete(m.files, name)
	return answer{}
}

// quectelUpload is +QFUPL="name",size[,seconds]. It does not overwrite a file.
func (m *Modem) quectelUpload(c command) answer {
	size, ok := c.number(1, 0)
	lapse, okLapse := c.number(2, int(fileLapse/time.Second))
	if c.form == test {
		return reply("+QFUPL: <filename>[,(1-%d)[,(1-%d)]]", largestFile, longestLapse)
	}
	if c.form != set || !ok || !okLapse || lapse == 0 || lapse > longestLapse {
		return fail(cmeBadParameter)
	}
	name := c.fields()[0]
	if _, there := m.files[name]; there {
		return fail(cmeFileThere)
	}
	return m.upload(name, size, 0, entry{asks: "CONNECT\r\n", lapse: time.Duration(lapse) * time.Second, lapsed: cmeFileLapsed})
}

// quectelDelete is +QFDEL="name".
func (m *Modem) quectelDelete(c command) answer {
	name := c.fields()[0]
	if _, there := m.files[name]; !there || c.form != set {
		return fail(cmeNoFile)
	}
	delete(m.files, name)
	return answer{}
}

// createFile is +FSCREATE=name. It refuses the name of a file that exists.
func (m *Modem) createFile(c command) answer {
	if _, there := m.files[c.fields()[0]]; there || c.form != set || c.args == "" {
		return fail(errPlain)
	}
	m.files[c.fields()[0]] = nil
	return answer{}
}

// writeFile is +FSWRITE=name,mode,size,seconds. The file must exist. Mode 0 writes from its
// beginning and leaves the rest as it is, 1 at its end.
func (m *Modem) writeFile(c command) answer {
	mode, ok := c.number(1, 0)
	size, okSize := c.number(2, 0)
	lapse, okLapse := c.number(3, 0)
	if c.form != set || !ok || !okSize || !okLapse || mode > 1 || size > largestWrite || lapse == 0 || lapse > longestLapse {
		return fail(errPlain)
	}
	name := c.fields()[0]
	file, there := m.files[name]
	if !there {
		return fail(errPlain)
	}
	return m.upload(name, size, mode*len(file), entry{lapse: time.Duration(lapse) * time.Second, lapsed: errPlain})
}

// readFile processes octets of a file. It reports false if more must come.
func (m *Modem) readFile() bool {
	e := m.entry
	n := min(len(m.typed), e.length-len(e.got))
	e.got, m.typed = append(e.got, m.typed[:n]...), m.typed[n:]
	if len(e.got) < e.length {
		m.watchFile(e)
		return false
	}
	m.leaveEntry()
	m.conclude(e.plan, e.taken(e.got))
	return true
}

// watchFile gives the upload up if no further octet comes in time.
func (m *Modem) watchFile(e *entry) {
	got := len(e.got)
	m.after(e.lapse, func() {
		if m.entry == e && len(e.got) == got {
			m.leaveEntry()
			m.conclude(noFaults(), fail(e.lapsed))
		}
	})
}

// checksum returns the checksum in the answer of +QFUPL: the XOR of all pairs of octets.
func checksum(octets []byte) uint16 {
	var sum uint16
	for i, b := range octets {
		sum ^= uint16(b) << (8 * ((i + 1) % 2))
	}
	return sum
}

// soundOf returns the samples and the length of a WAV file of 8000 samples a second,
// 16 bits, one channel. Of an AMR-NB file (RFC 4867 5) it returns the length only.
func soundOf(file []byte) (pcm []int16, length time.Duration, err error) {
	if rest, ok := strings.CutPrefix(string(file), "#!AMR\n"); ok {
		frames, err := amrFrames(rest)
		return nil, time.Duration(frames) * frameTime, err
	}
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return nil, 0, fmt.Errorf("a file of %d octets is neither WAV nor AMR", len(file))
	}
	understood := false
	for rest := file[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		if size > len(rest) {
			return nil, 0, fmt.Errorf("chunk %q of a WAV file has %d octets of %d", name, len(rest), size)
		}
		chunk := rest[:size]
		rest = rest[min(size+size%2, len(rest)):]
		switch {
		case name == "fmt " && size >= 16:
			format, channels := binary.LittleEndian.Uint16(chunk), binary.LittleEndian.Uint16(chunk[2:])
			samples, bits := binary.LittleEndian.Uint32(chunk[4:]), binary.LittleEndian.Uint16(chunk[14:])
			understood = format == 1 && channels == 1 && samples == rate && bits == 16
		case name == "data" && understood:
			pcm := samplesOf(chunk)
			return pcm, time.Duration(len(pcm)) * time.Second / rate, nil
		}
	}
	return nil, 0, fmt.Errorf("a WAV file of %d octets has no sound of 8000 samples a second, 16 bits, one channel", len(file))
}

// samplesOf decodes samples of 16 bits. Half a sample at the end is ignored.
func samplesOf(octets []byte) []int16 {
	pcm := make([]int16, len(octets)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(octets[2*i:])) // the same bits
	}
	return pcm
}

// amrOctets are the octets of a frame after its first, by frame type (3GPP 26.101
// annex A).
var amrOctets = map[byte]int{0: 12, 1: 13, 2: 15, 3: 17, 4: 19, 5: 20, 6: 26, 7: 31, 8: 5, 15: 0}

func amrFrames(frames string) (n int, err error) {
	for ; len(frames) > 0; n++ {
		size, ok := amrOctets[frames[0]>>3&0xf]
		if !ok || len(frames) < 1+size {
			return n, fmt.Errorf("frame %d of an AMR file is invalid", n)
		}
		frames = frames[1+size:]
	}
	return n, nil
}
