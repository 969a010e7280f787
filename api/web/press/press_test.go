package press

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// maker is a handler that makes something each time.
type maker struct {
	made   int
	status int
	slow   time.Duration
}

func (m *maker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(m.slow)
	if r.Context().Err() != nil {
		http.Error(w, "gone", http.StatusInternalServerError)
		return
	}
	m.made++
	w.Header().Set("X-Made", fmt.Sprint(m.made))
	if m.status != 0 {
		w.WriteHeader(m.status)
	}
	fmt.Fprintf(w, "key %d", m.made)
}

func send(t *testing.T, a *Answers, m *maker, form string) string {
	t.Helper()
	w := httptest.NewRecorder()
	a.Once(w, httptest.NewRequestWithContext(t.Context(), "POST", "/", nil), m.ServeHTTP, form)
	return fmt.Sprintf("%d %s %s", w.Code, w.Body, w.Header().Get("X-Made"))
}

func TestOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		maker maker
		first string
		then  func(*Answers)
		form  string
		want  string
	}{
		"the same form":               {maker{}, "200 key 1 1", nil, "anna /ui/apps 1", "200 key 1 1"},
		"a form that leads elsewhere": {maker{status: 303}, "303 key 1 1", nil, "anna /ui/apps 1", "303 key 1 1"},
		"a form of another page":      {maker{}, "200 key 1 1", nil, "anna /ui/webhooks 1", "200 key 2 2"},
		"that of somebody else":       {maker{}, "200 key 1 1", nil, "ben /ui/apps 1", "200 key 2 2"},
		"one that was refused":        {maker{status: 409}, "409 key 1 1", nil, "anna /ui/apps 1", "409 key 2 2"},
		"much later":                  {maker{}, "200 key 1 1", func(*Answers) { time.Sleep(life + time.Second) }, "anna /ui/apps 1", "200 key 2 2"},
		"after many others": {maker{}, "200 key 1 1", func(a *Answers) {
			for i := range most {
				a.of([]string{fmt.Sprint(i)}, time.Now())
			}
		}, "anna /ui/apps 1", "200 key 2 2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var a Answers
				if got := send(t, &a, &tc.maker, "anna /ui/apps 1"); got != tc.first {
					t.Fatalf("the first is answered %q, want %q", got, tc.first)
				}
				if tc.then != nil {
					tc.then(&a)
				}
				if got := send(t, &a, &tc.maker, tc.form); got != tc.want {
					t.Errorf("the second is answered %q, want %q", got, tc.want)
				}
			})
		})
	}
}

// A browser leaves the first press alone when the second comes: what has begun is carried to
// its end, and the second waits for it.
func TestPressesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a Answers
		m := &maker{slow: time.Second}
		first, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			a.Once(httptest.NewRecorder(), httptest.NewRequestWithContext(first, "POST", "/", nil), m.ServeHTTP, "form")
		})
		synctest.Wait()
		leave()
		for range 5 {
			all.Go(func() {
				if got := send(t, &a, m, "form"); got != "200 key 1 1" {
					t.Errorf("it is answered %q", got)
				}
			})
		}
		all.Wait()
		if m.made != 1 {
			t.Errorf("%d were made", m.made)
		}
	})
}

func TestInput(t *testing.T) {
	if a, b := Input(), Input(); a == b || !strings.HasPrefix(string(a), `<input type="hidden" name="press" value="`) {
		t.Errorf("%s and %s", a, b)
	}
}

// deadlines is an answer whose deadline can be set.
type deadlines struct {
	*httptest.ResponseRecorder
	set int
}

func (d *deadlines) SetWriteDeadline(time.Time) error {
	d.set++
	return nil
}

// A form that waits for a network may take the time that it asks for.
func TestPatience(t *testing.T) {
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	(&Answers{}).Once(w, httptest.NewRequest("POST", "/", nil), func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now()); err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte("done"))
	}, "form")
	if w.set != 1 || w.Body.String() != "done" {
		t.Errorf("set %d times, %q", w.set, w.Body)
	}
}
