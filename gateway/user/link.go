package user

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// LinkLife is how long a link works.
const LinkLife = 15 * time.Minute

// Link lets somebody choose a password, once. It is kept in memory: none survives a restart.
type Link struct {
	Token string
	Name  string // of the user; "" for the first, who chooses one
	Until time.Time
}

type link struct {
	name  string
	until clock.Uptime
}

var errLink = &fault.Error{Code: fault.Expired, Message: "this link does not work any more: it works once, and for 15 minutes; ask for another"}

// Invite returns a link for a user, in the place of the last one. Without a name it is for
// the first owner, as long as there is none.
func (u *Users) Invite(ctx context.Context, by By, name string) (Link, error) {
	begun, err := u.Begun(ctx)
	switch {
	case err != nil:
		return Link{}, err
	case name == "" && begun:
		return Link{}, &fault.Error{Code: fault.Conflict, Message: "the pages are set up already: name the user who is to choose another password"}
	}
	if name != "" {
		one, err := store.Write(ctx, u.db, func(tx *store.Tx) (stored, error) {
			one, err := selectNamed(tx, name)
			if err == nil {
				err = u.note(tx, by, ActLink, one.Name)
			}
			return one, err
		})
		if err != nil {
			return Link{}, err
		}
		name = one.Name
	}
	token := rand.Text() // 130 bits
	now := u.clock.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	for hash, other := range u.links {
		if other.name == name || other.until < now.Up {
			delete(u.links, hash)
		}
	}
	u.links[hashOf(token)] = link{name: name, until: now.Up.Add(LinkLife)}
	return Link{Token: token, Name: name, Until: now.Wall.Add(LinkLife).Time()}, nil
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return string(sum[:])
}

// take returns the link with a token, which then works no more.
func (u *Users) take(token string) (link, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	hash := hashOf(token)
	l, ok := u.links[hash]
	delete(u.links, hash)
	if !ok || l.until < u.clock.Uptime() {
		return link{}, errLink
	}
	return l, nil
}

// Invited returns for whom a link is.
func (u *Users) Invited(token string) (name string, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	l, ok := u.links[hashOf(token)]
	if !ok || l.until < u.clock.Uptime() {
		return "", errLink
	}
	return l.name, nil
}

// Accept uses up a link: it sets the password of its user, ends all sessions of that user,
// and begins one. The first user has the name that is given, and is an owner.
func (u *Users) Accept(ctx context.Context, from Client, token, name, password string) (secret string, err error) {
	invited, err := u.Invited(token)
	if err != nil {
		return "", err
	}
	if invited != "" {
		name = invited
	}
	if name, err = readName(name); err != nil {
		return "", err
	}
	if err := CheckPassword(name, password); err != nil {
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
	l, err := u.take(token)
	if err != nil {
		return "", err
	}
	secret, err = store.Write(ctx, u.db, func(tx *store.Tx) (string, error) {
		if l.name == "" {
			return u.first(tx, from, name, hash)
		}
		one, err := selectNamed(tx, l.name)
		if err != nil {
			return "", err
		}
		return u.setPassword(tx, from, one, hash)
	})
	if err != nil {
		u.mu.Lock()
		u.links[hashOf(token)] = l // it has had no effect
		u.mu.Unlock()
		return "", err
	}
	u.begun.Store(true)
	return secret, nil
}

// first adds the first owner.
func (u *Users) first(tx *store.Tx, from Client, name, hash string) (secret string, err error) {
	n, err := countReady(tx)
	if err != nil {
		return "", err
	}
	if n > 0 {
		return "", errLink
	}
	one, err := selectNamed(tx, name)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		one.Name, one.Role = name, Owner
		one.ID, err = insertUser(tx, name, Owner, "", u.clock.Wall())
	case err == nil && one.Role != Owner: // was invited before anybody was there
		err = updateRole(tx, one.ID, Owner)
	}
	if err != nil {
		return "", err
	}
	return u.setPassword(tx, from, one, hash)
}

// setPassword sets the password of a user, and begins the only session of that.
func (u *Users) setPassword(tx *store.Tx, from Client, one stored, hash string) (secret string, err error) {
	if err := updatePassword(tx, one.ID, hash); err != nil {
		return "", err
	}
	if err := deleteSessionsOf(tx, one.ID, 0); err != nil {
		return "", err
	}
	if err := u.note(tx, By{one.Name, from.Address}, ActPassword, ""); err != nil {
		return "", err
	}
	return u.begin(tx, from, one.ID, false)
}
