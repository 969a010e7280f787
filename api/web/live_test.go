package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/api/web"
	"simgate/gateway/user"
)

// opened is the stream of a page.
type opened struct {
	answer *httptest.ResponseRecorder
	close  context.CancelFunc
	over   chan bool
}

// ended returns what the stream has sent, once it is over; "" while it goes on.
func (o *opened) ended() string {
	synctest.Wait()
	select {
	case <-o.over:
		return fmt.Sprint(o.answer.Code, " ", o.answer.Body)
	default:
		return ""
	}
}

// opens opens the stream of a page, a second after all that were opened before.
func (v *visitor) opens(header ...string) *opened {
	v.Helper()
	ctx, cancel := context.WithCancel(v.Context())
	r := httptest.NewRequestWithContext(ctx, "GET", "/ui/live/today", nil)
	r.RemoteAddr, r.Host = v.from, "localhost:8080"
	for name, value := range v.header {
		r.Header.Set(name, value)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if secret := v.cookies["simgate"]; secret != "" {
		r.AddCookie(&http.Cookie{Name: "simgate", Value: secret})
	}
	o := &opened{httptest.NewRecorder(), cancel, make(chan bool)}
	go func() {
		v.pages.ServeHTTP(streamed{o.answer}, r)
		close(o.over)
	}()
	time.Sleep(time.Second)
	return o
}

// many opens streams of pages.
func (v *visitor) many(n int) (all []*opened) {
	v.Helper()
	for range n {
		all = append(all, v.opens())
	}
	return all
}

// on returns how many streams go on.
func on(all []*opened) (n int) {
	for _, one := range all {
		if one.ended() == "" {
			n++
		}
	}
	return n
}

// paused is how a stream ends that had to make room.
const paused = "event: paused\ndata:\n\n"

// Who opens a page more than a session may have live loses the oldest, which is told why. A
// page that lost its stream so and comes back by itself waits until there is room.
func TestStreamsOfASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		anna := o.begin()
		other := o.visitor()
		other.login("anna") // with another browser
		elsewhere := other.opens()
		all := anna.many(20)
		if n := on(all); n != 20 {
			t.Fatalf("of 20 pages %d are live", n)
		}
		all = append(all, anna.opens())
		if said := all[0].ended(); !strings.HasPrefix(said, "200 : here\n\n") || !strings.HasSuffix(said, paused) {
			t.Errorf("the oldest of 21 pages: %q", said)
		}
		if n := on(all[1:]); n != 20 || elsewhere.ended() != "" {
			t.Errorf("beside the oldest %d of 21 pages are live, and elsewhere: %q", n, elsewhere.ended())
		}
		if said := anna.opens("Simgate-Waits", "1").ended(); !strings.HasPrefix(said, "429 ") {
			t.Errorf("a page that waits for room: %q", said)
		}
		all[7].close()
		synctest.Wait()
		if said := anna.opens("Simgate-Waits", "1").ended(); said != "" {
			t.Errorf("a page that waits, and there is room: %q", said)
		}
		if n := on(all); n != 19 {
			t.Errorf("%d of the other pages are live", n)
		}
	})
}

// Nobody keeps others out: where all streams are used, one of who has the most is ended,
// however often that one has logged in.
func TestStreamsOfEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		anna := o.begin()
		wall := anna.opens() // the oldest
		greedy := o.let("greedy", user.Viewer)
		all := greedy.many(20)
		for range 4 {
			browser := o.visitor()
			browser.login("greedy")
			all = append(all, browser.many(20)...)
		}
		if n := on(all); n != 99 || wall.ended() != "" {
			t.Errorf("of 100 pages %d are live, and the page on the wall says %q", n, wall.ended())
		}
		mine := []*opened{wall}
		for n := range 10 {
			mine = append(mine, anna.opens())
			if said := all[n+1].ended(); !strings.HasSuffix(said, paused) {
				t.Errorf("page %d of who has the most: %q", n+1, said)
			}
		}
		if n := on(mine); n != 11 {
			t.Errorf("of 11 pages of another user %d are live", n)
		}
	})
}

// Where nobody logs in, addresses are told apart.
func TestStreamsOfAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{T: t, pages: web.New(t.Context(), "", slog.New(slog.DiscardHandler))}
		o.pages.Add(nil, &web.Page{Name: "today", Data: func(*http.Request) (any, error) { return nil, nil }, Regions: func(any) []web.Region { return nil }})
		first, second := o.visitor(), o.visitor()
		second.from = "127.0.0.2:4711"
		one, all := second.opens(), first.many(20)
		first.from = "127.0.0.1:4712" // by another connection
		last := first.opens()
		if said := all[0].ended(); !strings.HasSuffix(said, paused) || one.ended() != "" || last.ended() != "" || on(all) != 19 {
			t.Errorf("the oldest page: %q; of another address: %q; the newest: %q; %d others", said, one.ended(), last.ended(), on(all))
		}
	})
}
