package web

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"simgate/api/web/translation"
	"simgate/gateway"
	"simgate/gateway/line"
)

// StatusGateway is what the page for everybody uses of a [gateway.Gateway].
type StatusGateway interface {
	Lines() *line.Pool
	Waiting(ctx context.Context) (map[string]int64, error)
	MessagePage(ctx context.Context, f gateway.MessageFilter) (gateway.MessagePage, error)
}

// statusPath is the path of the page for everybody.
const statusPath = Root + "status"

// AddStatus adds a page for a screen on a wall: whether SIMs can send, how much waits, and
// when a message arrived last. It needs no login and reads no cookie, shows no number, text
// or name, and is there while on says so, for the local network alone.
func AddStatus(p *Pages, g StatusGateway, on func() bool) {
	p.HandleFor(Anybody, "GET "+statusPath, func(w http.ResponseWriter, r *http.Request) {
		if !on() || !p.local(r) {
			http.NotFound(w, r)
			return
		}
		v, err := lookStatus(r.Context(), g)
		if err != nil {
			http.Error(w, sayError(r, err), statusOf(err))
			return
		}
		lang := languageOf(r)
		v.Lang, v.Dir = lang.String(), translation.Direction(lang)
		w.Header().Set("Refresh", "30") // there is no script that could
		p.write(w, r, http.StatusOK, "status", v)
	})
}

// local reports whether a request comes from the local network.
func (p *Pages) local(r *http.Request) bool {
	address := r.RemoteAddr
	if p.door != nil {
		address = p.door.Client(r).Address
	} else if at, err := netip.ParseAddrPort(address); err == nil {
		address = at.Addr().String()
	}
	ip, err := netip.ParseAddr(address)
	return err == nil && (ip.Unmap().IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast())
}

// onWall is what the page for everybody shows.
type onWall struct {
	Lang, Dir    string
	Tone, Answer string
	Ready, Lines int
	Waiting      int64
	Last         time.Time // when a phone confirmed a message; zero: never
}

func lookStatus(ctx context.Context, g StatusGateway) (v onWall, err error) {
	lines, err := g.Lines().List(ctx)
	if err != nil {
		return v, err
	}
	v.Lines = len(lines)
	for _, l := range lines {
		if (l.State == line.Ready || l.State == line.InCall) && !l.Held() {
			v.Ready++
		}
	}
	switch {
	case v.Ready == 0:
		v.Tone, v.Answer = "bad", "No code can go out now."
	case v.Ready < v.Lines:
		v.Tone, v.Answer = "odd", "Codes go out, but not by every SIM."
	default:
		v.Tone, v.Answer = "good", "Codes go out."
	}
	waiting, err := g.Waiting(ctx)
	if err != nil {
		return v, err
	}
	for _, n := range waiting {
		v.Waiting += n
	}
	page, err := g.MessagePage(ctx, gateway.MessageFilter{State: gateway.Delivered, Limit: 1})
	if err == nil && len(page.Messages) > 0 {
		v.Last = page.Messages[0].Ended
	}
	return v, err
}
