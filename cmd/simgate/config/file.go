package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// File is a configuration file that a program changes for its owner. What is not
// changed, comments among it, stays as it is written.
type File struct {
	path string
	raw  []byte
	cfg  Config // what raw must mean
}

// Open reads the file at path, which must be without mistakes. Where there is none, or
// an empty one, it begins with text.
func Open(path string, text []byte) (*File, error) {
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = text
	}
	cfg, mistakes := parse(raw)
	if len(mistakes) > 0 {
		return nil, &Invalid{Path: path, Mistakes: mistakes}
	}
	return &File{path: path, raw: raw, cfg: cfg}, nil
}

// Config returns what the file says, with the changes.
func (f *File) Config() Config { return f.cfg }

// ByHand is a change that has to be made with an editor, since the file is written in a
// way that the program does not change.
type ByHand struct{ Path, Entry string }

func (e *ByHand) Error() string {
	return fmt.Sprintf("%s is written in a form that only you can change: add %q with an editor", e.Path, e.Entry)
}

// SetCountry sets the home country.
func (f *File) SetCountry(country string) error {
	return f.change("country: "+country, f.scalar("country", country), func(c *Config) { c.Country = country })
}

// SetListen sets the one address of HTTP. One that other machines reach gets HTTPS, beside
// the address that this machine uses.
func (f *File) SetListen(address Address) error {
	listen, value := Listeners{{Address: address}}, plain(string(address))
	if listen[0].Exposed() {
		listen[0].TLS, value = On, fmt.Sprintf("[{address: %q, tls: on}]", string(address))
		if old := f.cfg.Listen[0]; len(f.cfg.Listen) == 1 && !old.Exposed() {
			listen, value = Listeners{old, listen[0]}, fmt.Sprintf("[%q, %s", string(old.Address), value[1:])
		}
	}
	return f.change("listen: "+value, f.scalarAs("listen", value), func(c *Config) { c.Listen = listen })
}

// SetModems sets the modems of a file that has none. Of each the name, the port, the
// PIN and the IMEI are written.
func (f *File) SetModems(modems []Modem) error {
	entry := "modems:\n"
	for _, m := range modems {
		entry += "  - name: " + plain(m.Name) + "\n    port: " + plain(m.Port) + "\n"
		if m.IMEI != "" {
			entry += "    imei: " + strconv.Quote(m.IMEI) + "\n"
		}
		if m.PIN != "" {
			entry += "    pin: " + strconv.Quote(string(m.PIN)) + "\n"
		}
	}
	lines := f.lines()
	pair, value := f.find("modems")
	if pair != nil {
		last := value.GetToken().Position.Line - 1
		if sequence, ok := value.(*ast.SequenceNode); ok && len(sequence.Values) == 0 {
			last = sequence.End.Position.Line - 1
		} else if _, null := value.(*ast.NullNode); !null {
			return &ByHand{f.path, entry}
		}
		first := pair.GetToken().Position.Line - 1
		lines = slices.Replace(lines, first, max(first, last)+1, entry)
	} else {
		lines = append(lines, entry)
	}
	return f.change(entry, strings.Join(lines, ""), func(c *Config) { c.Modems = slices.Clone(modems) })
}

// SetPIN sets the PIN of the modem with an index.
func (f *File) SetPIN(i int, pin PIN) error {
	entry := "pin: " + strconv.Quote(string(pin))
	changed := ""
	if _, list := f.find("modems"); list != nil {
		if sequence, ok := list.(*ast.SequenceNode); ok && i < len(sequence.Values) {
			changed = f.inModem(sequence.Values[i], string(pin), entry)
		}
	}
	return f.change("pin", changed, func(c *Config) {
		c.Modems = slices.Clone(c.Modems)
		c.Modems[i].PIN = pin
	})
}

// inModem returns the text with a PIN in the entry of a modem.
func (f *File) inModem(modem ast.Node, pin, entry string) string {
	mapping, ok := modem.(ast.MapNode)
	if !ok {
		return ""
	}
	first := ast.Node(nil)
	for pairs := mapping.MapRange(); pairs.Next(); {
		if first == nil {
			first = pairs.Key()
		}
		if pairs.Key().GetToken().Value == "pin" {
			return f.replace(pairs.Value(), strconv.Quote(pin))
		}
	}
	lines := f.lines()
	if flow, ok := modem.(*ast.MappingNode); ok && flow.IsFlowStyle && flow.End != nil {
		line, column := flow.End.Position.Line-1, flow.End.Position.Column-1
		written := []rune(lines[line])
		lines[line] = string(written[:column]) + ", " + entry + string(written[column:])
	} else {
		at := first.GetToken().Position
		lines = slices.Insert(lines, at.Line, strings.Repeat(" ", at.Column-1)+entry+"\n")
	}
	return strings.Join(lines, "")
}

// Write writes the file in one step: after a power cut it is the old one or the new one.
// Owner, group and mode are those of the old file, or of its folder and 0640.
func (f *File) Write() error {
	folder := filepath.Dir(f.path)
	if target, err := filepath.EvalSymlinks(f.path); err == nil {
		folder, f.path = filepath.Dir(target), target // not the link is replaced
	}
	mode, like := fs.FileMode(0o640), f.path
	info, err := os.Stat(like)
	if err == nil {
		mode = info.Mode().Perm()
	} else if info, err = os.Stat(folder); err != nil {
		return err
	}
	out, err := os.CreateTemp(folder, ".simgate-*.yaml")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	if st, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		err = out.Chown(int(st.Uid), int(st.Gid))
	}
	if err == nil {
		err = out.Chmod(mode)
	}
	if err == nil {
		_, err = out.Write(f.raw)
	}
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), f.path)
}

// change takes a changed text if it means what set makes of the configuration, and
// nothing else.
func (f *File) change(entry, text string, set func(*Config)) error {
	want := f.cfg
	set(&want)
	got, mistakes := parse([]byte(text))
	if invalid := want.validate(); text != "" && len(invalid) > 0 {
		return &Invalid{Path: f.path, Mistakes: invalid}
	}
	if text == "" || len(mistakes) > 0 || !reflect.DeepEqual(got, want) {
		return &ByHand{f.path, strings.TrimSpace(entry)}
	}
	f.raw, f.cfg = []byte(text), want
	return nil
}

// lines returns the lines of the text, each with its end.
func (f *File) lines() []string {
	lines := slices.Collect(strings.Lines(string(f.raw)))
	if n := len(lines); n > 0 && !strings.HasSuffix(lines[n-1], "\n") {
		lines[n-1] += "\n"
	}
	return lines
}

// find returns a key of the file and its value, nil if it is not there.
func (f *File) find(key string) (pair, value ast.Node) {
	file, err := parser.ParseBytes(f.raw, 0)
	if err != nil || len(file.Docs) == 0 {
		return nil, nil
	}
	mapping, ok := file.Docs[0].Body.(ast.MapNode)
	if !ok {
		return nil, nil
	}
	for pairs := mapping.MapRange(); pairs.Next(); {
		if pairs.Key().GetToken().Value == key {
			return pairs.Key(), pairs.Value()
		}
	}
	return nil, nil
}

// scalar returns the text with a value of a key, "" where it is not a single value.
func (f *File) scalar(key, value string) string { return f.scalarAs(key, plain(value)) }

// scalarAs is scalar with a value in YAML.
func (f *File) scalarAs(key, value string) string {
	pair, node := f.find(key)
	if pair == nil {
		return strings.Join(append(f.lines(), key+": "+value+"\n"), "")
	}
	return f.replace(node, value)
}

// replace returns the text with another value for a node, "" where that is not written
// as a single value on one line.
func (f *File) replace(node ast.Node, value string) string {
	if _, single := textOf(node); !single {
		return ""
	}
	t := node.GetToken()
	lines := f.lines()
	written := []rune(lines[t.Position.Line-1])
	old := []rune(strings.TrimSpace(t.Origin))
	start := t.Position.Column - 1
	end := start + len(old)
	if end > len(written) || string(written[start:end]) != string(old) {
		return ""
	}
	lines[t.Position.Line-1] = string(written[:start]) + value + string(written[end:])
	return strings.Join(lines, "")
}

// plain returns a value as YAML, in quotes where it could be read as something else.
func plain(value string) string {
	bare := value != "" && strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-:") == ""
	if !bare || strings.HasSuffix(value, ":") || strings.Trim(value[:1], "-:.0123456789") == "" && !strings.Contains(value, ":") {
		return strconv.Quote(value)
	}
	return value
}
