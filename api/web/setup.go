package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"simgate/api/web/snippet"
	"simgate/gateway"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/notify"
	"simgate/gateway/user"
)

// setup is the page with the steps from a modem to an app that gets codes out.
type setup struct {
	*Pages
	*Page
	gateway SetupGateway
}

// SetupGateway is what the steps use of a [gateway.Gateway].
type SetupGateway interface {
	Gateway
	Send(ctx context.Context, m gateway.NewMessage) (gateway.Message, error)
	Keys() *key.Ring
}

// AddSetup adds the page with the steps of the first run. Each can be left out, and is done
// here again later.
func (p *Pages) AddSetup(g SetupGateway) {
	s := &setup{Pages: p, gateway: g}
	s.Page = &Page{Name: setupName, Title: "Set up", Minor: true, Role: user.Owner,
		Data: func(r *http.Request) (any, error) { return s.look(r) },
		Regions: func(data any) []Region {
			return []Region{{ID: "modems", Template: "setup-modems", Data: data}, {ID: "test", Template: "setup-test", Data: data}}
		}}
	p.Add(nil, s.Page)
	p.HandleFunc("POST "+Root+setupName+"/send", s.send)
	p.Dangerous(user.Owner, "POST "+Root+setupName+"/key", s.makeKey)
}

// steps is how far somebody is.
type steps struct {
	Lines    []Line
	Ready    bool             // a line can send
	To       string           // the number that was typed
	Once     string           // names the test message, so that it is sent once
	Message  *gateway.Message // the test message; nil: none was sent
	Keys     []key.Key        // that work
	App      string           // name of the app that was typed
	Token    string           // of the key that was just made
	Address  string           // of this gateway
	Secure   bool
	Phone    *phone // for the pages; nil for none
	Dialect  snippet.Dialect
	Dialects []snippet.Dialect
	Programs []program
	Troubles []notify.Trouble
	Problem  string // with the step of Field
	Field    string
}

// program is a request for a code in a language.
type program struct{ Language, Text string }

// Step returns what is to be done next: 1 to 4.
func (v steps) Step() int {
	switch {
	case !v.Ready:
		return 1
	case v.Message == nil && len(v.Keys) == 0:
		return 2
	case len(v.Keys) == 0:
		return 3
	}
	return 4
}

// placeholder stands for the key where none was just made.
const placeholder = "YOUR-KEY"

func (s *setup) look(r *http.Request) (v steps, err error) {
	ctx := r.Context()
	if v.Lines, err = lookLines(ctx, s.gateway); err != nil {
		return v, err
	}
	v.Ready = slices.ContainsFunc(v.Lines, func(l Line) bool { return l.State == line.Ready || l.State == line.InCall })
	if v.Message, err = s.sent(ctx, r.FormValue("message")); err != nil {
		return v, err
	}
	keys, err := s.gateway.Keys().List(ctx)
	if err != nil {
		return v, err
	}
	v.Keys = slices.DeleteFunc(keys, func(k key.Key) bool { return !k.Revoked.IsZero() })
	if v.Troubles, err = s.gateway.Notifier().Troubles(ctx); err != nil {
		return v, err
	}
	v.Once, v.Address = token(), s.address(r)
	v.Phone = s.forPhone(r, "")
	v.Secure = strings.HasPrefix(v.Address, "https://")
	v.point(r.FormValue("dialect"))
	return v, nil
}

// point writes how an app asks for a code in a dialect.
func (v *steps) point(dialect string) {
	v.Dialect, v.Dialects, v.Programs = snippet.Named(dialect), snippet.Dialects, nil
	token := v.Token
	if token == "" {
		token = placeholder
	}
	for _, l := range snippet.Languages {
		v.Programs = append(v.Programs, program{l.Title, snippet.Write(l.Name, v.Address, token, v.Dialect.Ask("+4915112345678"))})
	}
}

// sent returns the test message with an id, nil for "".
func (s *setup) sent(ctx context.Context, id string) (*gateway.Message, error) {
	if id == "" {
		return nil, nil //nolint:nilnil // none was sent
	}
	n, _ := strconv.ParseInt(id, 10, 64) // there is nothing with the id 0
	m, err := s.gateway.Message(ctx, n)
	return &m, err
}

// again shows the page with what was wrong.
func (s *setup) again(w http.ResponseWriter, r *http.Request, field string, failure error, change func(*steps)) {
	v, err := s.look(r)
	if err != nil {
		s.fail(w, r, statusOf(err), sayError(r, err))
		return
	}
	status := http.StatusOK
	if failure != nil {
		v.Problem, v.Field, status = sayError(r, failure), field, statusOf(failure)
	}
	change(&v)
	s.ShowAs(w, r, status, s.Page, v)
}

// send sends a test message.
func (s *setup) send(w http.ResponseWriter, r *http.Request) {
	to := strings.TrimSpace(r.FormValue("to"))
	text := Printer(r).Sprintf("simgate is set up: this message came from your own SIM.")
	m, err := s.gateway.Send(r.Context(), gateway.NewMessage{App: operatorApp, To: to, Text: text, Once: once("setup"+r.FormValue("once"), to, text)})
	if err != nil {
		s.again(w, r, "to", err, func(v *steps) { v.To = to })
		return
	}
	http.Redirect(w, r, Root+setupName+"?message="+strconv.FormatInt(m.ID, 10), http.StatusSeeOther)
}

// operatorApp is the app that messages belong to which people send by hand.
const operatorApp = "cli"

// makeKey makes a key for an app, and shows it once.
func (s *setup) makeKey(w http.ResponseWriter, r *http.Request) {
	app := strings.TrimSpace(r.FormValue("app"))
	k, token, err := s.gateway.Keys().Create(r.Context(), app, nil)
	if err == nil {
		Note(r, "key "+k.ID+" for "+k.App)
	}
	s.again(w, r, "app", err, func(v *steps) {
		v.App, v.Token = app, token
		v.point(r.FormValue("dialect"))
	})
}
