// Package demo is the page of a demo: the form of a shop that asks this gateway for
// codes, as an app does, beside the phones of a simulated network and what the owner of
// the gateway sees.
//
// The shop is an app like others: it makes real requests to the address of the gateway,
// in a dialect, and shows them. The page keeps nothing of it: what the next step has to
// know is in the form.
package demo

import (
	"embed"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"simgate/api/web"
)

// Network is the simulated network, with phones that people operate on the page.
type Network interface {
	Phones() []Phone
	SIMs() []SIM
	// What follows fails, and says why, where the phone has no such call or the network no such SIM.
	PickUp(phone string) error
	HangUp(phone string) error
	Press(phone, keys string) error
	// Reply sends a message to the SIM that the phone heard from last, or the first.
	Reply(phone, text string) error
	Send(phone, to, text string) error
	SetMode(phone string, m Mode) error
	Upset(sim string, t Trouble) error
	// Sound returns what a phone has heard in a call, from a sample on, and whether that is
	// the end of it.
	Sound(phone string, begun time.Time, from int) (pcm []int16, over bool)
}

// Mode is what a phone does when it is called or written to.
type Mode string

// The modes of a phone.
const (
	On        Mode = "on"        // a person answers on the page
	Away      Mode = "away"      // it is out of reach
	Voicemail Mode = "voicemail" // a machine answers calls
)

// Phone is a phone of the network.
type Phone struct {
	Number, Name string
	Mode         Mode
	Log          []Entry // oldest first
	Call         *Call   // that it has now
}

// Entry is a message or call in the log of a phone.
type Entry struct {
	At   time.Time
	Peer string // the other number
	Sent bool   // by the phone
	Text string
	Call *Call // instead of a text
}

// Piece is a part of a text: one that is a code, or what is between.
type Piece struct {
	Text string
	Code bool
}

var codes = regexp.MustCompile(`\b\d{4,10}\b`)

// Pieces returns the pieces of the text.
func (e Entry) Pieces() (all []Piece) {
	rest := 0
	for _, at := range codes.FindAllStringIndex(e.Text, -1) {
		all = append(all, Piece{Text: e.Text[rest:at[0]]}, Piece{e.Text[at[0]:at[1]], !e.Sent})
		rest = at[1]
	}
	return append(all, Piece{Text: e.Text[rest:]})
}

// Call is a call to a phone.
type Call struct {
	From                   string
	Begun, Answered, Ended time.Time // zero: it is not
	Rings                  bool
	Keys                   string // that were pressed
}

// Sound returns the name under which the sound of the call is served.
func (c Call) Sound() string { return strconv.FormatInt(c.Begun.UnixNano(), 10) + ".wav" }

// Keypad returns the keys of a phone, row by row.
func (Call) Keypad() []string { return strings.Split("1 2 3 4 5 6 7 8 9 * 0 #", " ") }

// Heard returns how long the call was, in seconds.
func (c Call) Heard() int {
	if c.Answered.IsZero() {
		return 0
	}
	return int(c.Ended.Sub(c.Answered).Round(time.Second).Seconds())
}

// Trouble is what is wrong with a SIM.
type Trouble string

// What can be wrong with a SIM.
const (
	None    Trouble = ""
	Pulled  Trouble = "pulled"  // it is out of its modem
	Refused Trouble = "refused" // the network refuses what it sends
	Hangs   Trouble = "hangs"   // its modem hangs, until the gateway has recovered it
)

// SIM is a SIM of the gateway.
type SIM struct {
	Number  string
	Trouble Trouble
}

//go:embed templates
var files embed.FS

// page is the page of the demo.
type page struct {
	*web.Pages
	*web.Page
	gateway web.Gateway
	network Network
	shop    shop
}

// Add adds the page. The shop calls the gateway at an address, host and port, with a key.
// It returns what reports whether somebody has the page open.
func Add(pages *web.Pages, g web.Gateway, n Network, address, key string) (watched func() bool) {
	d := &page{Pages: pages, gateway: g, network: n, shop: shop{address: "http://" + address, key: key}}
	d.Page = &web.Page{Name: "demo", Title: "Demo", Regions: regions,
		Data: func(r *http.Request) (any, error) { return d.look(r, order{}) }}
	templates, _ := fs.Sub(files, "templates")
	pages.Add(templates, d.Page)
	pages.HandleFunc("POST /ui/demo/ask", d.ask)
	pages.HandleFunc("POST /ui/demo/check", d.check)
	pages.HandleFunc("GET /ui/demo/code/{id}", d.code)
	pages.HandleFunc("POST /ui/demo/phone", d.operate)
	pages.HandleFunc("POST /ui/demo/sim", d.upset)
	pages.HandleFunc("GET /ui/demo/sound/{phone}/{call}", d.sound)
	return func() bool { return pages.Watched(d.Page) }
}

// scene is what the page shows.
type scene struct {
	Order  order
	Phones []Phone
	SIMs   []SIM
	Owner  owner
}

// owner is what the owner of the gateway sees, with what goes wrong in the network.
type owner struct {
	web.Overview
	SIMs []SIM
}

// Trouble returns what is wrong with the SIM of a number.
func (o owner) Trouble(number string) Trouble {
	for _, s := range o.SIMs {
		if s.Number == number {
			return s.Trouble
		}
	}
	return None
}

func (d *page) look(r *http.Request, o order) (scene, error) {
	overview, err := web.Look(r.Context(), d.gateway)
	s := scene{Order: o.complete(d.network.Phones()), Phones: d.network.Phones(), SIMs: d.network.SIMs()}
	s.Owner = owner{overview, s.SIMs}
	return s, err
}

func regions(data any) []web.Region {
	s := data.(scene)
	all := []web.Region{{ID: "owner", Template: "owner", Data: s.Owner}}
	for i, p := range s.Phones {
		all = append(all, web.Region{ID: "screen-" + strconv.Itoa(i), Template: "screen", Data: p})
	}
	return all
}

// done answers a form whose effect the page shows by itself.
func (d *page) done(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case err != nil:
		d.Refuse(w, r, http.StatusConflict, err.Error())
	case web.Swaps(r):
		w.WriteHeader(http.StatusNoContent)
	default:
		http.Redirect(w, r, "/ui/demo", http.StatusSeeOther)
	}
}

// operate does what a person does with a phone.
func (d *page) operate(w http.ResponseWriter, r *http.Request) {
	phone, n := r.FormValue("phone"), d.network
	var err error
	switch r.FormValue("do") {
	case "answer":
		err = n.PickUp(phone)
	case "end":
		err = n.HangUp(phone)
	case "mode":
		err = n.SetMode(phone, Mode(r.FormValue("mode")))
	case "reply":
		err = n.Reply(phone, r.FormValue("text"))
	case "send":
		err = n.Send(phone, r.FormValue("to"), r.FormValue("text"))
	default:
		err = n.Press(phone, r.FormValue("key"))
	}
	d.done(w, r, err)
}

// upset lets something go wrong with a SIM, or right again.
func (d *page) upset(w http.ResponseWriter, r *http.Request) {
	d.done(w, r, d.network.Upset(r.FormValue("sim"), Trouble(r.FormValue("do"))))
}
