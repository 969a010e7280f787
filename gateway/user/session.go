package user

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// The ends of sessions.
const (
	IdleLife  = 8 * time.Hour       // after the last use
	Life      = 7 * 24 * time.Hour  // after the begin
	StayLife  = 30 * 24 * time.Hour // after the begin, for who asked to stay; idle or not
	ProofLife = 10 * time.Minute    // for which the password is not asked for again
	useGrain  = time.Minute         // how exactly the last use is noted: flash wears out
	mostOpen  = 20                  // sessions of a user
)

// Client is from where somebody uses a page.
type Client struct {
	Address string
	Agent   string // what the browser calls itself
}

// block returns what clients are told apart by: an IPv4 address, or a /64 of IPv6.
func (c Client) block() string {
	ip, err := netip.ParseAddr(c.Address)
	if err != nil {
		return c.Address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// Session is a browser in which somebody is logged in.
type Session struct {
	ID      int64
	User    User
	Client  Client // that logged in
	Stay    bool
	Begun   time.Time
	Used    time.Time // to a minute
	Proved  bool      // the password was given within [ProofLife]
	Expires time.Time // at the latest

	hash string // of the secret by which it was found
}

var (
	errLogin   = &fault.Error{Code: fault.Unauthenticated, Message: "that is not the name and password of a user"}
	errSession = &fault.Error{Code: fault.Unauthenticated, Message: "you are not logged in any more"}
)

// Login begins a session, if the password is that of the user. Failures do not say which of
// the two was wrong.
func (u *Users) Login(ctx context.Context, from Client, name, password string, stay bool) (secret string, err error) {
	name, err = readName(name)
	if err != nil {
		return "", errLogin
	}
	err = u.compare(ctx, from, name, password)
	if err != nil {
		return "", err
	}
	return store.Write(ctx, u.db, func(tx *store.Tx) (string, error) {
		one, err := selectNamed(tx, name)
		if err != nil {
			return "", errLogin // removed meanwhile
		}
		if err := u.note(tx, By{name, from.Address}, ActLogin, from.Agent); err != nil {
			return "", err
		}
		return u.begin(tx, from, one.ID, stay)
	})
}

// compare returns nil if the password is that of the user.
func (u *Users) compare(ctx context.Context, from Client, name, password string) error {
	one, err := store.Read(ctx, u.db, func(tx *store.Tx) (stored, error) { return selectNamed(tx, name) })
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	familiar := false // somebody has been right from there
	if one.ID != 0 {
		if familiar, err = store.Read(ctx, u.db, func(tx *store.Tx) (bool, error) { return hasSessionFrom(tx, one.ID, from.block()) }); err != nil {
			return err
		}
	}
	if err := u.mayTry(from, name, familiar); err != nil {
		return err
	}
	return u.alone(ctx, func() error {
		if err := u.mayTry(from, name, familiar); err != nil { // others have tried meanwhile
			return err
		}
		hash := one.hash
		if hash == "" {
			hash = u.decoy()
		}
		right := len(password) <= 4*maxPassword && matches(hash, password) && one.hash != ""
		wait := u.tried(from, name, familiar, right)
		if right {
			return nil
		}
		if wait > 0 {
			u.log.Warn("wrong passwords for the pages", "address", from.Address, "wait", wait.String())
			if err := u.Note(ctx, By{"", from.Address}, ActWait, wait.String()); err != nil {
				u.log.Warn("could not note wrong passwords", "err", err)
			}
		}
		return errLogin
	})
}

// tried notes how a password was, and returns how long the wait is that it begins.
func (u *Users) tried(from Client, name string, familiar, right bool) (wait time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.clock.Uptime()
	if right {
		u.byAddress.right(from.block())
		u.byPerson.right(name)
		return 0
	}
	wait = u.byAddress.wrong(from.block(), now)
	if !familiar {
		wait = max(wait, u.byPerson.wrong(name, now))
	}
	return wait
}

// mayTry refuses whoever has to wait after wrong passwords.
func (u *Users) mayTry(from Client, name string, familiar bool) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.clock.Uptime()
	wait := u.byAddress.left(from.block(), now)
	if !familiar {
		wait = max(wait, u.byPerson.left(name, now))
	}
	if wait <= 0 {
		return nil
	}
	wait = wait.Truncate(time.Second) + time.Second
	return &fault.Error{Code: fault.RateLimited, RetryAfter: wait, Message: "too many wrong passwords: try again in " + wait.String()}
}

// begin begins a session, and ends the oldest of a user who has too many.
func (u *Users) begin(tx *store.Tx, from Client, account int64, stay bool) (secret string, err error) {
	secret = newSecret()
	if err := insertSession(tx, hashOf(secret), account, Client{from.block(), cut(from.Agent, 200)}, stay, u.clock.Now()); err != nil {
		return "", err
	}
	return secret, deleteSessionsOf(tx, account, mostOpen)
}

func newSecret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // it never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// Session returns the session with a secret, and notes its use.
func (u *Users) Session(ctx context.Context, secret string) (Session, error) {
	if secret == "" {
		return Session{}, errSession
	}
	now := u.clock.Now()
	row, err := store.Read(ctx, u.db, func(tx *store.Tx) (sessionRow, error) { return selectSession(tx, hashOf(secret)) })
	if err != nil {
		return Session{}, err
	}
	if row.over(now) {
		return Session{}, errSession
	}
	if now.Tick.Sub(row.used) >= useGrain {
		if err := u.db.Commit(ctx, func(tx *store.Tx) error { return touchSession(tx, row.ID, now) }); err != nil {
			u.log.Warn("could not note the use of a session", "err", err)
		}
	}
	row.hash = hashOf(secret)
	return row.show(now), nil
}

// Prove notes that the user of a session has given the password again. The session then has
// another secret. Of two at once the second is refused: the browser has one secret.
func (u *Users) Prove(ctx context.Context, s Session, from Client, password string) (secret string, err error) {
	if err := u.compare(ctx, from, s.User.Name, password); err != nil {
		return "", err
	}
	secret = newSecret()
	return secret, store.Error(u.db.Commit(ctx, func(tx *store.Tx) error { return proveSession(tx, s, hashOf(secret), u.clock.Tick()) }))
}

// ChangePassword gives the user of a session another password. All other sessions of the
// user end, and this one has another secret.
func (u *Users) ChangePassword(ctx context.Context, s Session, from Client, old, password string) (secret string, err error) {
	if err := CheckPassword(s.User.Name, password); err != nil {
		return "", err
	}
	if err := u.compare(ctx, from, s.User.Name, old); err != nil {
		if fault.CodeOf(err) == fault.Unauthenticated {
			err = fault.NewInvalid("old", "the present password is another")
		}
		return "", err
	}
	var hash string
	err = u.alone(ctx, func() error {
		hash = usual.hash(password)
		return nil
	})
	if err != nil {
		return "", err
	}
	return store.Write(ctx, u.db, func(tx *store.Tx) (string, error) {
		one, err := selectNamed(tx, s.User.Name)
		if err != nil {
			return "", err
		}
		return u.setPassword(tx, from, one, hash)
	})
}

// Sessions returns the sessions of a user, or of all for 0, the newest first.
func (u *Users) Sessions(ctx context.Context, account int64) ([]Session, error) {
	now := u.clock.Now()
	rows, err := store.Read(ctx, u.db, func(tx *store.Tx) ([]sessionRow, error) { return selectSessions(tx, account) })
	open := make([]Session, 0, len(rows))
	for _, row := range rows {
		if !row.over(now) {
			open = append(open, row.show(now))
		}
	}
	return open, err
}

// End ends a session of a user, or of anybody for 0. One that has ended is no error.
func (u *Users) End(ctx context.Context, by By, account, id int64) error {
	return store.Error(u.db.Commit(ctx, func(tx *store.Tx) error {
		of, err := deleteSession(tx, account, id)
		if err != nil || of == "" {
			return err
		}
		return u.note(tx, by, ActSessionEnded, of)
	}))
}

// EndOthers ends all sessions of the user of one, but for that.
func (u *Users) EndOthers(ctx context.Context, by By, s Session) error {
	return store.Error(u.db.Commit(ctx, func(tx *store.Tx) error {
		if err := deleteOtherSessions(tx, s.User.ID, s.ID); err != nil {
			return err
		}
		return u.note(tx, by, ActSessionEnded, s.User.Name)
	}))
}
