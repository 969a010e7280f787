package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"simgate/gateway/backup"
	"simgate/gateway/notify"
	"simgate/gateway/user"
)

// Machine is what the program knows of the machine that the gateway runs on.
type Machine struct {
	Version string
	// Certificates returns how the certificates of HTTPS stand, and the fingerprint of the
	// root to compare, "" for none.
	Certificates func() (all []Certificate, fingerprint string)
	// Settings returns the settings that are not the default.
	Settings func() []Setting
	// Reload reads the configuration again; nil: there is none.
	Reload func(ctx context.Context) error
}

// Certificate is how a certificate stands.
type Certificate struct {
	Of    string
	Until time.Time // zero: there is none
	Fault string    // "" for none
}

// Setting is a key of the configuration, with its value.
type Setting struct {
	Key, Value string
	Restart    bool // a change takes effect with a restart
}

// MachineGateway is what the page uses of a [gateway.Gateway].
type MachineGateway interface {
	Backups() *backup.Maker
	Notifier() *notify.Notifier
}

type machinePage struct {
	*Pages
	page    *Page
	gateway MachineGateway
	machine Machine
}

// AddMachine adds the page with what is wrong, backups, the ways to tell the owner,
// certificates and settings.
func AddMachine(p *Pages, g MachineGateway, m Machine) {
	s := &machinePage{Pages: p, gateway: g, machine: m}
	s.page = &Page{Name: "machine", Title: "Machine", Minor: true, Role: user.Owner, Data: func(r *http.Request) (any, error) { return s.look(r) }}
	p.Add(nil, s.page)
	p.HandleFunc("POST "+Root+"machine/backup", s.backup)
	p.Dangerous(user.Owner, "POST "+Root+"machine/download", s.download)
	p.HandleFunc("POST "+Root+"machine/notify", s.test)
	p.HandleFunc("POST "+Root+"machine/reload", s.reload)
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
	Settings     []Setting
	Reloads      bool
}

func (s *machinePage) look(r *http.Request) (v onMachine, err error) {
	v = onMachine{Version: s.machine.Version, Ways: s.gateway.Notifier().Ways(), Settings: s.machine.Settings(), Reloads: s.machine.Reload != nil}
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

func (s *machinePage) reload(w http.ResponseWriter, r *http.Request) {
	if s.machine.Reload == nil {
		s.Refuse(w, r, http.StatusConflict, Printer(r).Sprintf("This gateway has no configuration file."))
		return
	}
	s.Done(w, r, Root+"machine", s.machine.Reload(r.Context()))
}
