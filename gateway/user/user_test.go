package user_test

import (
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/store/storetest"
	"simgate/gateway/user"
)

func TestMain(m *testing.M) {
	user.Cheap()
	os.Exit(gatewaytest.Main(m))
}

const good, other = "lamp-river-otter-nine", "nine-otters-in-a-river"

var desk, phone, stranger = user.Client{Address: "192.168.1.5", Agent: "Firefox"}, user.Client{Address: "2001:db8:1:2::3"}, user.Client{Address: "192.168.1.66"}

// owned is a gateway with the owner anna, who is logged in.
func owned(t *testing.T) (u *user.Users, w *gatewaytest.World, secret string) {
	t.Helper()
	w = gatewaytest.Start(t, gatewaytest.Modems(0))
	u = w.Gateway.Users()
	l, err := u.Invite(t.Context(), user.Socket, "")
	if err != nil {
		t.Fatal(err)
	}
	if secret, err = u.Accept(t.Context(), desk, l.Token, " Anna ", good); err != nil {
		t.Fatal(err)
	}
	return u, w, secret
}

func want(t *testing.T, name string, err error, code fault.Code) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Errorf("%s: %v, want %q", name, err, code)
	}
}

// The first link makes an owner, once, and only in its time.
func TestFirstLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(0))
		u, ctx := w.Gateway.Users(), t.Context()
		if begun, err := u.Begun(ctx); begun || err != nil {
			t.Fatal(begun, err)
		}
		late, err := u.Invite(ctx, user.Socket, "")
		want(t, "a link", err, "")
		time.Sleep(user.LinkLife + time.Second)
		_, err = u.Accept(ctx, desk, late.Token, "anna", good)
		want(t, "a link that is too old", err, fault.Expired)
		old, err := u.Invite(ctx, user.Socket, "")
		want(t, "a link", err, "")
		l, err := u.Invite(ctx, user.Socket, "")
		want(t, "another link", err, "")
		_, err = u.Accept(ctx, desk, old.Token, "anna", good)
		want(t, "a link that another has replaced", err, fault.Expired)
		for _, weak := range []string{"", "short", strings.Repeat("a", 30), "123456789012345678", "passwordpassword1", "anna-anna-anna-anna", "qwertyuiopasdfgh", "abcabcabcabcabcabc", "\xff" + good, strings.Repeat("lamp river ", 200)} {
			_, err = u.Accept(ctx, desk, l.Token, "anna", weak)
			want(t, "the password "+weak, err, fault.Invalid)
		}
		_, err = u.Accept(ctx, desk, l.Token, "a\nb", good)
		want(t, "a name with a line break", err, fault.Invalid)

		var group sync.WaitGroup // the race of many for one link
		var mu sync.Mutex
		won := 0
		for range 5 {
			group.Go(func() {
				if _, err := u.Accept(ctx, desk, l.Token, "anna", good); err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				}
			})
		}
		group.Wait()
		if won != 1 {
			t.Errorf("%d have used one link", won)
		}
		_, err = u.Invite(ctx, user.Socket, "")
		want(t, "a first link for pages that are set up", err, fault.Conflict)
		all, err := u.List(ctx)
		if err != nil || len(all) != 1 || all[0].Name != "anna" || all[0].Role != user.Owner || !all[0].Ready {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// bench is a database with a clock that the test sets: days of sessions pass in no time.
type bench struct {
	*testing.T
	*user.Users
	up   time.Duration
	wall time.Time
}

func newBench(t *testing.T) *bench {
	b := &bench{T: t, wall: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	db := storetest.Open(t)
	db.SkipRecovery()
	b.Users = user.New(db, clock.New(clock.Source{Boot: "a", Uptime: func() time.Duration { return b.up }, Wall: func() time.Time { return b.wall }}), slog.New(slog.DiscardHandler))
	return b
}

func (b *bench) pass(d time.Duration) { b.up, b.wall = b.up+d, b.wall.Add(d) }

// A session ends by time, by the time of day or by ticks, whichever is first.
func TestSessionsEndByTime(t *testing.T) {
	u := newBench(t)
	ctx := t.Context()
	l, err := u.Invite(ctx, user.Socket, "")
	want(t, "a link", err, "")
	first, err := u.Accept(ctx, desk, l.Token, "anna", good)
	want(t, "the first", err, "")
	open := func(name, secret string, is bool) user.Session {
		t.Helper()
		s, err := u.Session(ctx, secret)
		if (err == nil) != is || err != nil && fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		return s
	}
	login := func(stay bool) string {
		t.Helper()
		secret, err := u.Login(ctx, phone, "ANNA", good, stay)
		want(t, "login", err, "")
		return secret
	}
	s := open("the first", first, true)
	if s.User.Name != "anna" || s.Client.Address != "192.168.1.5" || !s.Proved {
		t.Errorf("%+v", s)
	}
	open("none", "", false)
	open("a wrong one", first[1:]+"A", false)
	u.pass(user.ProofLife)
	if open("the first", first, true).Proved {
		t.Error("the password of long ago still counts")
	}
	_, err = u.Prove(ctx, s, desk, other)
	want(t, "a wrong password again", err, fault.Unauthenticated)
	raised, err := u.Prove(ctx, s, desk, good)
	want(t, "the password again", err, "")
	open("the secret from before", first, false)
	if !open("the new secret", raised, true).Proved {
		t.Error("the password was just given")
	}
	for range 3 {
		u.pass(user.IdleLife - time.Minute)
		open("one that is used", raised, true)
	}
	idle, stays := login(false), login(true)
	u.pass(user.IdleLife)
	open("an idle one", idle, false)
	open("an idle one that stays", stays, true)
	u.pass(user.StayLife - user.IdleLife)
	open("one that has stayed", stays, false)
	long := login(false)
	for range int(user.Life / (7 * time.Hour)) {
		open("one that is used", long, true)
		u.pass(7 * time.Hour)
	}
	open("one that is used for ever", long, false)

	back, ahead := login(true), login(true)
	u.wall = u.wall.Add(-user.StayLife)
	open("after the clock was set back", back, true)
	u.up += user.StayLife
	open("when its ticks are over", back, false)
	u.wall = u.wall.Add(3 * user.StayLife)
	open("when its time of day is over", ahead, false)
}

// Sessions end by their user, with a new password and with their user; and what was done is
// written down.
func TestUsersChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u, w, _ := owned(t)
		ctx := t.Context()
		works := func(name, secret string, does bool) user.Session {
			t.Helper()
			s, err := u.Session(ctx, secret)
			if (err == nil) != does {
				t.Errorf("%s: %v", name, err)
			}
			return s
		}
		login := func() string {
			t.Helper()
			secret, err := u.Login(ctx, phone, "ANNA", good, false)
			want(t, "login", err, "")
			return secret
		}
		a, b := login(), login()
		w.Clock.Step(-30 * 24 * time.Hour)
		time.Sleep(2 * time.Minute)
		w.Restart()
		u = w.Gateway.Users()
		mine := works("after a restart", a, true)
		if list, err := u.Sessions(ctx, 0); err != nil || len(list) != 3 || list[0].Client.Address != "2001:db8:1:2::/64" || list[0].Begun.After(list[0].Used) {
			t.Errorf("%+v, %v", list, err)
		}
		want(t, "ending that of another", u.End(ctx, user.Socket, mine.User.ID+1, mine.ID), "")
		works("mine", a, true)
		want(t, "ending the others", u.EndOthers(ctx, user.Socket, mine), "")
		works("another", b, false)
		b = login()
		_, err := u.ChangePassword(ctx, mine, desk, other, good+other)
		want(t, "with a wrong old password", err, fault.Invalid)
		fresh, err := u.ChangePassword(ctx, mine, desk, good, other)
		want(t, "a new password", err, "")
		for _, secret := range []string{a, b} {
			works("from before the new password", secret, false)
		}
		works("the one that has changed it", fresh, true)
		_, err = u.Login(ctx, desk, "anna", good, false)
		want(t, "the old password", err, fault.Unauthenticated)
		_, err = u.Add(ctx, user.Socket, "Ben", user.Owner)
		want(t, "another owner", err, "")
		_, err = u.Add(ctx, user.Socket, "ben", user.Owner)
		want(t, "the same", err, fault.Conflict)
		_, err = u.Remove(ctx, user.Socket, "anna")
		want(t, "removing the only owner with a password", err, fault.Conflict)
		l, err := u.Invite(ctx, user.Socket, "ben")
		want(t, "an invitation", err, "")
		_, err = u.Accept(ctx, desk, l.Token, "carl", good)
		want(t, "accepting it", err, "")
		_, err = u.SetRole(ctx, user.Socket, "BEN", user.Viewer)
		want(t, "another role", err, "")
		_, err = u.SetRole(ctx, user.Socket, "anna", user.Viewer)
		want(t, "the last owner a viewer", err, fault.Conflict)
		_, err = u.SetRole(ctx, user.Socket, "ben", user.Owner)
		want(t, "an owner again", err, "")
		_, err = u.Remove(ctx, user.Socket, "anna")
		want(t, "removing one of two", err, "")
		works("of who was removed", fresh, false)

		audit, err := u.Audit(ctx, 0, 100)
		var acts []string
		for _, e := range audit {
			acts = append(acts, string(e.Action))
		}
		if said := strings.Join(acts, " "); err != nil || !strings.HasPrefix(said, "user.removed user.role user.role user.password user.link user.added user.password ") || !strings.HasSuffix(said, "login login user.password") {
			t.Errorf("%s, %v", said, err)
		}
		if older, err := u.Audit(ctx, audit[1].ID, 1); err != nil || len(older) != 1 || older[0].ID != audit[2].ID {
			t.Errorf("%+v, %v", older, err)
		}
	})
}

// Whoever guesses passwords waits for longer and longer; who has been right from an address
// gets in from there all the while, and nothing of it lasts.
func TestGuessing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u, _, _ := owned(t)
		ctx := t.Context()
		tried, began := 0, time.Now()
		for time.Since(began) < 24*time.Hour {
			_, err := u.Login(ctx, stranger, "anna", other, false)
			switch fault.CodeOf(err) {
			case fault.Unauthenticated:
				tried++
			case fault.RateLimited:
				time.Sleep(time.Minute)
			default:
				t.Fatal(err)
			}
		}
		if tried < 20 || tried > 120 {
			t.Errorf("%d passwords were tried in a day", tried)
		}
		_, err := u.Login(ctx, stranger, "anna", good, false)
		want(t, "the right password from the address of who guesses", err, fault.RateLimited)
		_, err = u.Login(ctx, user.Client{Address: "192.168.1.67"}, "anna", good, false)
		want(t, "the user who was guessed, from elsewhere", err, fault.RateLimited)
		_, err = u.Login(ctx, desk, "anna", good, false)
		want(t, "the user who was guessed, from where she has been", err, "")
		l, err := u.Invite(ctx, user.Socket, "anna")
		want(t, "a link from the socket", err, "")
		_, err = u.Accept(ctx, phone, l.Token, "", other)
		want(t, "the link", err, "")
		time.Sleep(15 * time.Minute)
		_, err = u.Login(ctx, stranger, "anna", other, false)
		want(t, "after the wait", err, "")

		for i := range 8 {
			_, err = u.Login(ctx, phone, "nobody", other, false)
			if code := fault.CodeOf(err); code != fault.Unauthenticated && (i < 5 || code != fault.RateLimited) {
				t.Errorf("the %dth guess of nobody: %v", i, err)
			}
		}
	})
}
