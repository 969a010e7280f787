package user

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Role is what a user may do. Each role may do what those before it may.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"   // see how things are, without numbers and texts of people
	Operator Role = "operator" // send, and read what comes in
	Owner    Role = "owner"    // everything
)

// Roles lists all roles, the weakest first.
var Roles = []Role{Viewer, Operator, Owner}

// May reports whether the role may do what needs another. A role that does not exist may do
// nothing, and what needs one that does not exist is for owners.
func (r Role) May(need Role) bool {
	if !slices.Contains(Roles, need) {
		need = Owner
	}
	return slices.Index(Roles, r) >= slices.Index(Roles, need)
}

// ParseRole reads the name of a role.
func ParseRole(s string) (Role, error) {
	if slices.Contains(Roles, Role(s)) {
		return Role(s), nil
	}
	return "", fault.NewInvalid("role", "there is no role "+fault.Quote(s)+": use owner, operator or viewer")
}

// User is somebody who may open the pages.
type User struct {
	ID      int64
	Name    string
	Role    Role
	Ready   bool // has chosen a password
	Created time.Time
}

// By is who does something: a user, or whoever uses the socket.
type By struct {
	Name    string
	Address string // from where, "" on this machine
}

// Socket is who uses the Unix socket.
var Socket = By{Name: "command line"}

// Users are the users of a gateway. It is safe for concurrent use.
type Users struct {
	db    *store.DB
	clock *clock.Clock
	log   *slog.Logger
	begun atomic.Bool // somebody can log in

	hashing chan struct{} // holds one: who computes a hash
	waiting atomic.Int64  // for that
	decoy   func() string // a hash of no password

	mu                  sync.Mutex
	links               map[string]link // by the hash of their token
	byAddress, byPerson pauses
}

// New returns the users of a database.
func New(db *store.DB, c *clock.Clock, log *slog.Logger) *Users {
	return &Users{db: db, clock: c, log: log, hashing: make(chan struct{}, 1), decoy: sync.OnceValue(decoy),
		links: map[string]link{}, byAddress: pauses{}, byPerson: pauses{}}
}

// Begun reports whether somebody has set up the pages, so that one can log in.
func (u *Users) Begun(ctx context.Context) (bool, error) {
	if u.begun.Load() {
		return true, nil
	}
	n, err := store.Read(ctx, u.db, countReady)
	if err == nil && n > 0 {
		u.begun.Store(true)
	}
	return n > 0, err
}

// List returns all users, by name.
func (u *Users) List(ctx context.Context) ([]User, error) {
	return store.Read(ctx, u.db, selectUsers)
}

// maxUsers is how many users there may be.
const maxUsers = 100

// Named returns the user with a name; there is none with others.
func (u *Users) Named(ctx context.Context, name string) (User, error) {
	name, err := readName(name)
	if err != nil {
		return User{}, err
	}
	one, err := store.Read(ctx, u.db, func(tx *store.Tx) (stored, error) { return selectNamed(tx, name) })
	return one.User, err
}

// Add adds a user, who can log in once a password is chosen by an invitation.
func (u *Users) Add(ctx context.Context, by By, name string, role Role) (User, error) {
	name, err := readName(name)
	if err != nil {
		return User{}, err
	}
	if role, err = ParseRole(string(role)); err != nil {
		return User{}, err
	}
	return store.Write(ctx, u.db, func(tx *store.Tx) (User, error) {
		all, err := selectUsers(tx)
		switch {
		case err != nil:
			return User{}, err
		case slices.ContainsFunc(all, func(one User) bool { return one.Name == name }):
			return User{}, &fault.Error{Code: fault.Conflict, Field: "name", Message: "there is a user " + name + " already"}
		case len(all) >= maxUsers:
			return User{}, &fault.Error{Code: fault.Conflict, Message: "there are a hundred users, and no more may be added"}
		}
		id, err := insertUser(tx, name, role, "", u.clock.Wall())
		if err != nil {
			return User{}, err
		}
		if err := u.note(tx, by, ActUserAdded, name+": "+string(role)); err != nil {
			return User{}, err
		}
		return selectUser(tx, id)
	})
}

// SetRole gives a user another role, which holds at once.
func (u *Users) SetRole(ctx context.Context, by By, name string, role Role) (User, error) {
	role, err := ParseRole(string(role))
	if err != nil {
		return User{}, err
	}
	return store.Write(ctx, u.db, func(tx *store.Tx) (User, error) {
		one, err := selectNamed(tx, name)
		if err == nil && role != Owner {
			err = keepAnOwner(tx, one.User)
		}
		if err != nil || one.Role == role {
			return one.User, err
		}
		if err := updateRole(tx, one.ID, role); err != nil {
			return User{}, err
		}
		err = u.note(tx, by, ActUserRole, one.Name+": "+string(one.Role)+" → "+string(role))
		one.Role = role
		return one.User, err
	})
}

// Remove removes a user, whose sessions end at once.
func (u *Users) Remove(ctx context.Context, by By, name string) (User, error) {
	return store.Write(ctx, u.db, func(tx *store.Tx) (User, error) {
		one, err := selectNamed(tx, name)
		if err == nil {
			err = keepAnOwner(tx, one.User)
		}
		if err != nil {
			return one.User, err
		}
		if err := deleteUser(tx, one.ID); err != nil {
			return User{}, err
		}
		return one.User, u.note(tx, by, ActUserRemoved, one.Name+": "+string(one.Role))
	})
}

// keepAnOwner refuses to take the last owner away who can log in.
func keepAnOwner(tx *store.Tx, one User) error {
	if one.Role != Owner || !one.Ready {
		return nil
	}
	n, err := countOwners(tx)
	if err == nil && n < 2 {
		err = &fault.Error{Code: fault.Conflict, Message: one.Name + " is the last owner: make another user one first"}
	}
	return err
}

// readName reads the name of a new user.
func readName(name string) (string, error) {
	name = canonical(name)
	return name, fault.CheckName("name", name, 64)
}

// canonical returns a name as it is kept.
func canonical(name string) string { return strings.ToLower(strings.TrimSpace(name)) }
