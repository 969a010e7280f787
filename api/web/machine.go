package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"simgate/gateway/backup"
	"simgate/gateway/cause"
	"simgate/gateway/line"
	"simgate/gateway/notify"
	"simgate/gateway/user"
)

// Machine is what the program knows of the machine that the gateway runs on.
type Machine struct {
	Version string
	// Certificates returns how the certificates of HTTPS stand, and the fingerprint of the
	// root to compare, "" for none.
	Certificates func() (all []Certificate, fingerprint string)
	// Examine has the doctor look at the machine, which changes nothing; nil: there is none.
	Examine func(ctx context.Context) []Finding
}

// Certificate is how a certificate stands.
type Certificate struct {
	Of    string
	Until time.Time   // zero: there is none
	Fault cause.Cause // zero for none
}

// Finding is what the doctor says of something.
type Finding struct {
	Level            string // ok, warn or fail
	About, Text, Fix string // Fix says what to do, with the command to run; "" for nothing
	Path             string // of the page of the modem that it is about; "" for none
}

// command matches what is to be typed as it is.
var command = regexp.MustCompile(`^(?:sudo|journalctl|timedatectl|ls|simgate) [^,;]*$`)

// Command reports whether Fix is to be typed as it is.
func (f Finding) Command() bool { return command.MatchString(f.Fix) }

// Tone returns how it is marked.
func (f Finding) Tone() string {
	return map[string]string{"ok": "good", "warn": "odd", "fail": "bad"}[f.Level]
}

// MachineGateway is what the page uses of a [gateway.Gateway].
type MachineGateway interface {
	Backups() *backup.Maker
	Notifier() *notify.Notifier
	Lines() *line.Pool
}

type machinePage struct {
	*Pages
	page    *Page
	gateway MachineGateway
	machine Machine
	looking sync.Mutex // one look of the doctor at a time
}

// AddMachine adds the pages of the machine: what is wrong, backups, the ways to tell the owner
// and certificates; and what the doctor finds.
func AddMachine(p *Pages, g MachineGateway, m Machine) {
	s := &machinePage{Pages: p, gateway: g, machine: m}
	s.page = &Page{Name: "machine", Title: "Machine", Minor: true, Role: user.Owner, Data: func(r *http.Request) (any, error) { return s.look(r) }}
	p.Add(nil, s.page)
	if m.Examine != nil {
		p.Add(nil, &Page{Name: "doctor", Title: "Doctor", Minor: true, Role: user.Owner, Data: s.examine})
	}
	p.HandleFunc("POST "+Root+"machine/backup", s.backup)
	p.Dangerous(user.Owner, "POST "+Root+"machine/download", s.download)
	p.HandleFunc("POST "+Root+"machine/notify", s.test)
}

// onMachine is what the page shows.
type onMachine struct {
	Version      string
	Troubles     []notify.Trouble
	Backups      []backup.Backup
	Ways         []string // to tell the owner
	Told         []notify.Outcome
	Certificates []Certificate
	Fingerprint  string
	Doctor       bool   // there is one
	Phone        *phone // nil for none
}

func (s *machinePage) look(r *http.Request) (v onMachine, err error) {
	v = onMachine{Version: s.machine.Version, Ways: s.gateway.Notifier().Ways(), Doctor: s.machine.Examine != nil}
	v.Phone = s.forPhone(r, "")
	v.Certificates, v.Fingerprint = s.machine.Certificates()
	if v.Troubles, err = s.gateway.Notifier().Troubles(r.Context()); err != nil {
		return v, err
	}
	v.Backups, err = s.gateway.Backups().List()
	return v, err
}

// longest gives a form the time that copying a large database takes.
func longest(w http.ResponseWriter) {
	const limit = 10 * time.Minute
	rc := http.NewResponseController(w)
	_ = errors.Join(rc.SetReadDeadline(time.Now().Add(limit)), rc.SetWriteDeadline(time.Now().Add(limit+patience))) // else it has the time of others
}

func (s *machinePage) backup(w http.ResponseWriter, r *http.Request) {
	longest(w)
	_, err := s.gateway.Backups().Make(r.Context())
	s.Done(w, r, Root+"machine", err)
}

// download sends a backup that is made now.
func (s *machinePage) download(w http.ResponseWriter, r *http.Request) {
	longest(w)
	out := &begun{ResponseWriter: w}
	h := w.Header()
	h.Set("Content-Type", "application/vnd.sqlite3")
	h.Set("Content-Disposition", `attachment; filename="simgate-`+time.Now().UTC().Format("20060102-150405")+`.db"`)
	if err := s.gateway.Backups().Write(r.Context(), out); err != nil && !out.wrote {
		h.Del("Content-Disposition")
		s.Refuse(w, r, statusOf(err), sayError(r, err))
	} else if err != nil {
		s.log.Warn("a backup was not downloaded whole", "err", err)
		panic(http.ErrAbortHandler) // so that the browser does not take a part for the whole
	}
}

// begun is an answer of which it is known whether it has begun.
type begun struct {
	http.ResponseWriter
	wrote bool
}

// Write notes that the answer has begun.
func (b *begun) Write(octets []byte) (int, error) {
	b.wrote = true
	return b.ResponseWriter.Write(octets)
}

// test tells the owner something by every way, and shows what came of it.
func (s *machinePage) test(w http.ResponseWriter, r *http.Request) {
	longest(w)
	told, err := s.gateway.Notifier().Test(r.Context())
	if err != nil {
		s.Refuse(w, r, statusOf(err), sayError(r, err))
		return
	}
	v, err := s.look(r)
	if err != nil {
		s.fail(w, r, statusOf(err), sayError(r, err))
		return
	}
	v.Told = told
	s.Show(w, r, s.page, v)
}

// examined is what the page of the doctor shows.
type examined struct {
	Findings []Finding // what must be fixed first
	Bad, Odd int
	Copy     string // all of it as a text
}

func (s *machinePage) examine(r *http.Request) (any, error) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	s.looking.Lock()
	defer s.looking.Unlock()
	v := examined{Findings: s.machine.Examine(ctx)}
	levels := []string{"fail", "warn", "ok"}
	slices.SortStableFunc(v.Findings, func(a, b Finding) int { return slices.Index(levels, a.Level) - slices.Index(levels, b.Level) })
	lines, err := s.gateway.Lines().List(ctx)
	if err != nil {
		return nil, err
	}
	for i, f := range v.Findings {
		if at := slices.IndexFunc(lines, func(l line.Info) bool { return l.Device() == f.About }); at >= 0 && f.Level != "ok" {
			v.Findings[i].Path = Line{Info: lines[at]}.Path()
		}
		switch f.Level {
		case "fail":
			v.Bad++
		case "warn":
			v.Odd++
		}
		v.Copy += fmt.Sprintf("%-5s %s: %s\n", f.Level, f.About, f.Text)
		if f.Fix != "" {
			v.Copy += "      -> " + f.Fix + "\n"
		}
	}
	return v, nil
}
