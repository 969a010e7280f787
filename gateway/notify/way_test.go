package notify

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/journal"
	"simgate/gateway/notify/mailtest"
	"simgate/gateway/store/storetest"
)

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "notify")
	if err == nil {
		err = mailtest.Trust(folder)
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

func TestAChangeOfStateIsOneOfTheMap(t *testing.T) {
	storetest.Walk(t, storetest.Open(t), notifications, States, `INSERT INTO notification (id, way, trouble, kind, over, urgent, title, text, at, state, due)
		VALUES (?, '', hex(randomblob(8)), '', 0, 0, '', '', 0, ?, 0)`, `id = ?`)
}

// serveMail serves a mailbox, and returns the address.
func serveMail(t *testing.T, b *mailtest.Mailbox, encryption string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	b.Serve(t, listener, encryption)
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return "localhost:" + port
}

func aNotification() Notification {
	return Notification{ID: 7, Trouble: "modem stick", Kind: journal.ModemAbsent, Urgent: true, Title: "modem stick is not there",
		Text: "modem stick is not there; check that it is plugged in", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func TestMailIsSentEncryptedAndOnce(t *testing.T) {
	for _, test := range []struct {
		name, encryption, password, used, want string
	}{
		{"with STARTTLS and a password", StartTLS, "pass", "pass", ""},
		{"with TLS from the start", ImplicitTLS, "pass", "pass", ""},
		{"unencrypted, on this machine", NoTLS, "", "", ""},
		{"with a wrong password", StartTLS, "pass", "other", "the mail server did not take the mail"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := &mailtest.Mailbox{Password: test.password}
			e := Email{To: "owner@example.com", Server: serveMail(t, b, test.encryption), TLS: test.encryption}
			if test.used != "" {
				e.User, e.Password = "owner", test.used
			}
			p := aNotification()
			err := e.send(t.Context(), dial, Passed{p.key(), p.Title, p.Text, p.At})
			if test.want != "" {
				if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), test.used) {
					t.Errorf("the error is %v", err)
				}
				return
			}
			mails := b.Mails()
			if err != nil || len(mails) != 1 {
				t.Fatalf("%d mails, %v", len(mails), err)
			}
			for _, part := range []string{"Subject: simgate: modem stick is not there", "plugged in", "ntf_19ca9450a00_7@simgate", "To: <owner@example.com>"} {
				if !strings.Contains(mails[0].Raw, part) {
					t.Errorf("%q is not in the mail:\n%s", part, mails[0].Raw)
				}
			}
			if mails[0].Encrypted != (test.encryption != NoTLS) {
				t.Error("the mail is not encrypted as configured")
			}
		})
	}
}

func TestMailThatWasTakenIsNotSentAgain(t *testing.T) {
	b := &mailtest.Mailbox{HangsUp: true}
	e := Email{To: "owner@example.com", Server: serveMail(t, b, StartTLS), TLS: StartTLS}
	p := aNotification()
	if err := e.send(t.Context(), dial, Passed{p.key(), p.Title, p.Text, p.At}); err != nil || len(b.Mails()) != 1 {
		t.Errorf("the server has hung up when it had the mail: %d mails, %v", len(b.Mails()), err)
	}
}

func TestMailNeedsTheEncryptionThatIsConfigured(t *testing.T) {
	e := Email{To: "owner@example.com", Server: serveMail(t, &mailtest.Mailbox{}, NoTLS), TLS: StartTLS}
	p := aNotification()
	if err := e.send(t.Context(), dial, Passed{p.key(), p.Title, p.Text, p.At}); err == nil {
		t.Error("the mail went out unencrypted")
	}
}

func TestRequestsAreAsTheServicesWantThem(t *testing.T) {
	var got *http.Request
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got, body = r, string(raw)
	}))
	defer server.Close()
	c, p := newClient(dial), aNotification()
	if err := postWebhook(t.Context(), c, server.URL+"/api/webhook/x", p); err != nil {
		t.Fatal(err)
	}
	var e Event
	if err := json.Unmarshal([]byte(body), &e); err != nil || e.State != "begun" || e.Kind != "modem.absent" || e.ID != "ntf_19ca9450a00_7" || got.URL.Path != "/api/webhook/x" {
		t.Errorf("the webhook gets %s at %s, %v", body, got.URL, err)
	}
	if err := postNtfy(t.Context(), c, Server{server.URL + "/topic", "tk_x"}, p); err != nil {
		t.Fatal(err)
	}
	if body != p.Text || got.Header.Get("Title") != "simgate: modem stick is not there" || got.Header.Get("Priority") != "urgent" || got.Header.Get("Authorization") != "Bearer tk_x" {
		t.Errorf("ntfy gets %q with %v", body, got.Header)
	}
	p.Over = true
	if err := postGotify(t.Context(), c, Server{server.URL + "/", "AbC"}, p); err != nil {
		t.Fatal(err)
	}
	if got.URL.Path != "/message" || got.Header.Get("X-Gotify-Key") != "AbC" || !strings.Contains(body, `"priority":5`) {
		t.Errorf("gotify gets %s at %s", body, got.URL)
	}
}

func TestWhatAServerAnswers(t *testing.T) {
	away := httptest.NewServer(http.NotFoundHandler())
	defer away.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, away.URL, http.StatusFound)
			return
		}
		http.Error(w, "no", http.StatusForbidden)
	}))
	closed := server.URL
	for path, want := range map[string]cause.Code{"/": "http_403", "/moved": "http_302"} {
		if err := post(t.Context(), newClient(dial), server.URL+path, http.Header{}, nil); cause.Of(err).Code != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	server.Close()
	for url, want := range map[string]cause.Code{closed + "/secret": cause.Unreachable, "http://\x7fsecret": cause.InvalidURL} {
		if err := post(t.Context(), newClient(dial), url, http.Header{}, nil); cause.Of(err).Code != want || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v (%s)", url, err, cause.Of(err).Code)
		}
	}
}

func TestWhyAMailWasNotTaken(t *testing.T) {
	for _, test := range []struct {
		name    string
		mailbox *mailtest.Mailbox
		change  func(*Email)
		want    cause.Code
	}{
		{"a wrong password", &mailtest.Mailbox{Password: "pass"}, func(e *Email) { e.User, e.Password = "owner", "other" }, "smtp_535"},
		{"no password", &mailtest.Mailbox{Password: "pass"}, func(*Email) {}, "smtp_530"},
		{"a mailbox that is not there", &mailtest.Mailbox{Refuses: 550}, func(*Email) {}, "smtp_550"},
		{"no server", &mailtest.Mailbox{}, func(e *Email) { e.Server = "localhost:1" }, cause.Unreachable},
		{"a certificate for another name", &mailtest.Mailbox{}, func(e *Email) { e.Server = strings.Replace(e.Server, "localhost", "127.0.0.1", 1) }, cause.MailNotSent},
		{"what is no address", &mailtest.Mailbox{}, func(e *Email) { e.To = "owner" }, cause.Mailbox},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := Email{To: "owner@example.com", Server: serveMail(t, test.mailbox, StartTLS), TLS: StartTLS}
			test.change(&e)
			p := aNotification()
			if err := e.send(t.Context(), dial, Passed{p.key(), p.Title, p.Text, p.At}); cause.Of(err).Code != test.want {
				t.Errorf("%v (%s), want %s", err, cause.Of(err).Code, test.want)
			}
		})
	}
}

func TestAddressesThatNamesMayLeadTo(t *testing.T) {
	for _, test := range []struct {
		found string
		own   bool
		ok    bool
	}{
		{"192.168.1.5:80", false, true},
		{"[fd00::5]:80", false, true},
		{"203.0.113.5:443", false, true},
		{"127.0.0.1:80", false, false},
		{"127.0.0.1:80", true, true},
		{"[::1]:80", false, false},
		{"[::ffff:127.0.0.1]:80", false, false},
		{"169.254.169.254:80", false, false},
		{"[fe80::1]:80", false, false},
		{"0.0.0.0:80", false, false},
		{"224.0.0.1:80", false, false},
	} {
		if err := checkFound(test.found, test.own); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.found, err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	if conn, err := dial(context.Background(), "tcp", strings.TrimPrefix(server.URL, "http://")); err != nil {
		t.Errorf("an address that is written as one: %v", err)
	} else {
		_ = conn.Close()
	}
}

func TestQuietHours(t *testing.T) {
	at := func(s string) time.Time {
		clock, err := time.Parse("15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return clock
	}
	for _, test := range []struct {
		hours, now string
		left       time.Duration
	}{
		{"", "03:00", 0},
		{"22:00-07:00", "21:59", 0},
		{"22:00-07:00", "22:00", 9 * time.Hour},
		{"22:00-07:00", "06:30", 30 * time.Minute},
		{"22:00-07:00", "07:00", 0},
		{"13:00-15:00", "14:00", time.Hour},
		{"13:00-15:00", "15:00", 0},
	} {
		q, err := ParseQuiet(test.hours)
		if err != nil || q.left(at(test.now)) != test.left {
			t.Errorf("%s at %s: %v left, %v", test.hours, test.now, q.left(at(test.now)), err)
		}
	}
	for _, wrong := range []string{"22", "22:00", "22:00-22:00", "25:00-07:00", "22:00-07:00-08:00", "x-y"} {
		if _, err := ParseQuiet(wrong); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

func TestMessagesToAPhoneAreShort(t *testing.T) {
	long := "simgate: " + strings.Repeat("Änderung ", 60)
	if s := shorten(long); len([]rune(s)) > maxText || !strings.HasSuffix(s, "Änderung ...") {
		t.Errorf("%q", s)
	}
	if s := shorten("simgate: short"); s != "simgate: short" {
		t.Errorf("%q", s)
	}
}
