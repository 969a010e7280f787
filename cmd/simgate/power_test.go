package main

import (
	"bufio"
	"encoding/hex"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "simgate/api/v1"
	"simgate/modem/simulator"
)

var cuts = flag.Int("cuts", 3, "how often TestPowerCuts cuts the power")

// TestPowerCuts records what a daemon that sends writes to its disk, and starts another
// one on the disk as a power cut leaves it: what was synced is there, and of the rest
// nothing, all, or any sectors. What was accepted before the cut must be there, and what
// had left the modem must not be about to leave it again.
func TestPowerCuts(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed, which records what is written")
	}
	if out, err := exec.Command("strace", "-f", "true").CombinedOutput(); err != nil {
		t.Skipf("strace cannot trace here: %s", out)
	}
	port := filepath.Join(t.TempDir(), "tty-sim")
	network, _ := simulated(t, port, simulator.Latency(20*time.Millisecond))
	h := newHome(t, port)
	key := strings.TrimSpace(h.simgate(t, "keys", "create", "shop").out)
	first := snapshot(t, h.folder)
	tracer := filepath.Join(h.folder, "traced")
	script := fmt.Sprintf("#!/bin/sh\nexec strace -ff -qq -ttt -T -y -xx -s 1000000 -o %s/trace -e trace=write,pwrite64,ftruncate,fsync,fdatasync,unlink,rename %s \"$@\"\n",
		h.folder, os.Args[0])
	if err := os.WriteFile(tracer, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	d := h.start(t, tracer)
	began := time.Now()
	accepted := map[string]time.Time{} // text of a message, or recipient of a code: when it was told
	for i := range 10 * *cuts {
		text, number := fmt.Sprint("message ", i), fmt.Sprintf("+49151%08d", i*100_003%100_000_000)
		call, fields := "send-sms", map[string]any{"phone_number": number, "text": text}
		if i%5 == 4 {
			call, fields, text = "send-code", map[string]any{"phone_number": number}, number
		}
		if answer, err := d.post(t.Context(), key, call, fields); err != nil || answer["ok"] != true {
			t.Fatalf("%s: %v, %v\n%s", call, answer, err, d.log)
		}
		accepted[text] = time.Now()
	}
	settled(t, h)
	ended := time.Now()
	killTraced(t, d)
	disk := recordedDisk(t, h.folder, first)

	random := rand.New(rand.NewPCG(2, uint64(*cuts)))
	told, left := 0, 0
	for i := range *cuts {
		at := began.Add(time.Duration(random.Int64N(int64(ended.Sub(began)))))
		after := home{folder: t.TempDir()}
		after.config = filepath.Join(after.folder, "simgate.yaml")
		after.write(t, "  - {name: stick, port: /dev/simgate-missing}\n")
		lost := disk.cut(t, at, i%3, random, after.folder)
		found := map[string]v1.Message{}
		d := after.serve(t)
		for _, m := range all(t, after) {
			found[m.Text] = m
			if m.Verification != "" {
				found[m.To] = m
			}
		}
		d.kill()
		for name, when := range accepted {
			if _, ok := found[name]; when.Before(at) && !ok {
				t.Errorf("cut %d, %v after the start, with %d writes that were not synced (%s): %q was accepted, and is gone", i, at.Sub(began), lost, kept[i%3], name)
			} else if ok {
				told++
			}
		}
		for _, s := range network.Submissions() {
			name := s.Text
			if _, code := accepted[s.To]; code {
				name = s.To
			}
			if m := found[name]; s.At.Before(at) && m.State == "queued" {
				t.Errorf("cut %d, %v after the start: %q had left the modem, and would leave it again", i, at.Sub(began), name)
			} else if s.At.Before(at) {
				left++
			}
		}
	}
	t.Logf("%d cuts, %d writes and %d syncs recorded: %d times an accepted message was found again, %d times one that had left the modem was known", *cuts, len(disk.writes), disk.syncs, told, left)
}

// killTraced kills the daemon that strace runs, which ends then, too.
func killTraced(t *testing.T, d *daemonProcess) {
	t.Helper()
	tracer := d.cmd.Process.Pid
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", tracer, tracer))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(int(integer(t, strings.TrimSpace(string(raw)))), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-d.ended
}

// kept says what a cut leaves of the writes that were not synced.
var kept = []string{"none are kept", "any sectors are kept", "all are kept"}

// diskWrite is a change of a file on the disk.
type diskWrite struct {
	file string
	from time.Time // its call began
	to   time.Time // and ended
	// From then on it is on the disk; zero for never. A file that is made anew takes the
	// place of a removed one when it is synced.
	synced   time.Time
	offset   int64
	data     []byte
	truncate bool // to offset
	remove   bool
}

// disk is what was written below a folder.
type disk struct {
	first  map[string][]byte // the content of the files before
	writes []diskWrite       // by the time of their ends
	syncs  int
}

// snapshot reads the files of the state.
func snapshot(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	state := os.DirFS(folder)
	err := fs.WalkDir(state, "state", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files[path], err = fs.ReadFile(state, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// traced is a line of strace: the time, the call, what follows the path of the file that
// its first argument names, the result and the time that it took.
var traced = regexp.MustCompile(`^(\d+)\.(\d+) (\w+)\((?:\d+<([^>]*)>)?(.*)\) += (-?\d+)[^<]*.*<(\d+\.\d+)>$`)

// recordedDisk reads what strace has written: a file per thread.
func recordedDisk(t *testing.T, folder string, first map[string][]byte) disk {
	t.Helper()
	traces, err := filepath.Glob(filepath.Join(folder, "trace.*"))
	if err != nil || len(traces) == 0 {
		t.Fatal("strace has recorded nothing", err)
	}
	d := disk{first: first}
	var syncs []diskWrite
	for _, path := range traces {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			m := traced.FindStringSubmatch(lines.Text())
			if m == nil {
				continue // killed within the call, or no call
			}
			call, arguments, result := m[3], m[5], m[6]
			path := unescaped(t, m[4])
			if call == "unlink" {
				path = unescaped(t, strings.Trim(arguments, `"`))
			}
			name, err := filepath.Rel(folder, path)
			if err != nil || !strings.HasPrefix(name, "state/") || result == "-1" || strings.HasSuffix(name, "-shm") {
				continue
			}
			w := diskWrite{file: name, from: time.Unix(integer(t, m[1]), integer(t, m[2])*1000)}
			took, err := time.ParseDuration(m[7] + "s")
			if err != nil {
				t.Fatal(err)
			}
			w.to = w.from.Add(took)
			switch call {
			case "unlink":
				w.remove = true
				d.writes = append(d.writes, w)
			case "fsync", "fdatasync":
				syncs = append(syncs, w)
			case "ftruncate":
				w.truncate, w.offset = true, integer(t, strings.Trim(arguments, ", "))
				d.writes = append(d.writes, w)
			case "pwrite64":
				parts := strings.Split(arguments, ", ") // the data, its length, the offset
				w.data, w.offset = []byte(unescaped(t, strings.Trim(parts[len(parts)-3], `", `))), integer(t, parts[len(parts)-1])
				if int64(len(w.data)) != integer(t, result) {
					t.Fatalf("%d octets of %s were recorded", len(w.data), result)
				}
				d.writes = append(d.writes, w)
			default:
				t.Fatalf("this test does not replay %s of %s", call, name)
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	slices.SortFunc(d.writes, func(a, b diskWrite) int { return a.to.Compare(b.to) })
	slices.SortFunc(syncs, func(a, b diskWrite) int { return a.to.Compare(b.to) })
	for i := range d.writes {
		w := &d.writes[i]
		for _, s := range syncs {
			if s.file == w.file && !s.from.Before(w.to) {
				w.synced = s.to
				break
			}
		}
	}
	if d.syncs = len(syncs); d.syncs == 0 || len(d.writes) == 0 {
		t.Fatalf("%d writes and %d syncs were recorded", len(d.writes), d.syncs)
	}
	return d
}

// cut writes the files as a power cut leaves them. It returns how many writes were not
// yet synced.
func (d disk) cut(t *testing.T, at time.Time, keep int, random *rand.Rand, folder string) (unsynced int) {
	t.Helper()
	files := map[string][]byte{}
	for name, content := range d.first {
		files[name] = slices.Clone(content)
	}
	for _, w := range d.writes {
		if w.from.After(at) {
			continue
		}
		durable := !w.synced.IsZero() && !w.synced.After(at)
		if !durable {
			unsynced++
		}
		lost := func() bool { return !durable && (keep == 0 || keep == 1 && random.IntN(2) == 0) }
		content := files[w.file]
		if w.remove || w.truncate {
			if lost() {
				continue
			}
			if w.remove {
				delete(files, w.file)
				continue
			}
			if grown := w.offset - int64(len(content)); grown > 0 {
				content = append(content, make([]byte, grown)...)
			}
			files[w.file] = content[:w.offset]
			continue
		}
		const sector = 512
		for done := 0; done < len(w.data); done += sector {
			if lost() {
				continue
			}
			part := w.data[done:min(done+sector, len(w.data))]
			begin := int(w.offset) + done
			if grown := begin + len(part) - len(content); grown > 0 {
				content = append(content, make([]byte, grown)...)
			}
			copy(content[begin:], part)
		}
		files[w.file] = content
	}
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return unsynced
}

// unescaped reads a string in hexadecimal, as strace -xx writes it.
func unescaped(t *testing.T, s string) string {
	t.Helper()
	if !strings.HasPrefix(s, `\x`) {
		return s
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func integer(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
