package key

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"hash/crc32"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Scope is something that a key allows.
type Scope string

// The scopes of keys.
const (
	SendMessages Scope = "sms.send"      // send messages
	SendCodes    Scope = "otp.send"      // start verifications
	Anywhere     Scope = "sms.anywhere"  // with sms.send: to all countries and kinds of numbers
	CheckCodes   Scope = "otp.check"     // check codes
	CustomCodes  Scope = "otp.custom"    // choose the codes that are sent
	Elsewhere    Scope = "otp.elsewhere" // with otp.send: codes that the app compares itself
	PlaceCalls   Scope = "calls"         // place calls
	ReadInbox    Scope = "inbox"         // read what comes in for the app
	AllInbox     Scope = "inbox.all"     // read all that comes in
	Read         Scope = "read"          // read messages, verifications and modems
	Admin        Scope = "admin"         // everything, keys included, but for sms.anywhere and otp.elsewhere
)

// Scopes lists all scopes.
var Scopes = []Scope{SendMessages, Anywhere, SendCodes, CheckCodes, CustomCodes, Elsewhere, PlaceCalls, ReadInbox, AllInbox, Read, Admin}

// ParseScope reads the name of a scope.
func ParseScope(s string) (Scope, error) {
	if slices.Contains(Scopes, Scope(s)) {
		return Scope(s), nil
	}
	return "", fault.NewInvalid("scopes", "there is no scope "+fault.Quote(s)+": use sms.send, sms.anywhere, otp.send, otp.check, otp.custom, otp.elsewhere, calls, inbox, inbox.all, read or admin")
}

// Ours begins the names of apps that are the gateway itself, such as "@owner". No key gets one.
const Ours = "@"

// checkApp checks the name of the app of a new key.
func checkApp(app string) error {
	if strings.HasPrefix(app, Ours) {
		return fault.NewInvalid("name", "names that begin with "+Ours+" are the gateway's own: choose another")
	}
	return fault.CheckName("name", app, 64)
}

// Key is an API key as it may be shown: without its secret.
type Key struct {
	ID     string
	App    string // who uses it; keys of one app share its verifications
	Scopes []Scope
	Settings
	Spent    Limits // of [Ring.List] alone: of its Limits, in the present minute, day and month
	Created  time.Time
	LastUsed time.Time // zero if never; written at most once a minute
	Revoked  time.Time // zero while it works
}

// Allows reports whether the key has the scope, or one that stands for it: [AllInbox]
// stands for [ReadInbox], and Admin for all but [Anywhere] and [Elsewhere]. What costs
// money by surprise, and what is not counted as answered, is allowed only where somebody
// has said so by name.
func (k Key) Allows(s Scope) bool {
	has := func(s Scope) bool { return slices.Contains(k.Scopes, s) }
	return has(s) || s == ReadInbox && has(AllInbox) || s != Anywhere && s != Elsewhere && has(Admin)
}

// A token is "simgate_" + 8 characters of key id + "_" + 32 characters of
// secret (190 bits) + 6 characters of CRC-32 over all that precedes. The prefix
// and the checksum let a scanner find a leaked key, and drop a look-alike,
// without asking the gateway. All characters are base62, so that a double click
// selects the whole of a part.
const (
	tokenPrefix  = "simgate_"
	keyIDLength  = 8
	secretLength = 32
	sumLength    = 6
	tokenLength  = len(tokenPrefix) + keyIDLength + 1 + secretLength + sumLength

	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// lastUsedGrain limits how often the use of a key is written: flash wears out.
const lastUsedGrain = time.Minute

var errKey = &fault.Error{Code: fault.Unauthenticated, Message: "API key not found"}

func newToken() (id, token string) {
	id = code.Random(base62, keyIDLength)
	token = tokenPrefix + id + "_" + code.Random(base62, secretLength)
	return id, token + checksum(token)
}

func checksum(s string) string {
	n := crc32.ChecksumIEEE([]byte(s))
	var out [sumLength]byte
	for i := range out {
		out[sumLength-1-i] = base62[n%62]
		n /= 62
	}
	return string(out[:])
}

// parseToken returns the key id of a well-formed token.
func parseToken(token string) (id string, ok bool) {
	if len(token) != tokenLength || !strings.HasPrefix(token, tokenPrefix) {
		return "", false
	}
	body := token[:tokenLength-sumLength]
	if checksum(body) != token[tokenLength-sumLength:] {
		return "", false
	}
	return token[len(tokenPrefix) : len(tokenPrefix)+keyIDLength], true
}

// Ring is the API keys of a gateway. It is safe for concurrent use.
type Ring struct {
	db    *store.DB
	clock *clock.Clock
	log   *slog.Logger
	sign  func(claim string) []byte
	used  sync.Map // key id -> *cachedKey
}

// New returns the keys of a database. Access tokens are signed with sign; they
// end with its key.
func New(db *store.DB, c *clock.Clock, log *slog.Logger, sign func(claim string) []byte) *Ring {
	return &Ring{db: db, clock: c, log: log, sign: sign}
}

// Create makes a key for an app. The token is returned here and kept
// nowhere. Without scopes it may send messages, and send and check codes.
func (r *Ring) Create(ctx context.Context, app string, scopes []Scope) (Key, string, error) {
	return r.CreateWith(ctx, app, scopes, Settings{})
}

// CreateWith is Create with settings.
func (r *Ring) CreateWith(ctx context.Context, app string, scopes []Scope, settings Settings) (Key, string, error) {
	app = strings.TrimSpace(app)
	if err := checkApp(app); err != nil {
		return Key{}, "", err
	}
	if len(scopes) == 0 {
		scopes = []Scope{SendMessages, SendCodes, CheckCodes}
	}
	for _, s := range scopes {
		if _, err := ParseScope(string(s)); err != nil {
			return Key{}, "", err
		}
	}
	if err := settings.check(r.clock.Wall().Time()); err != nil {
		return Key{}, "", err
	}
	id, token := newToken()
	k := Key{ID: id, App: app, Scopes: slices.Clone(scopes), Settings: settings, Created: r.clock.Wall().Time()}
	err := r.db.Commit(ctx, func(tx *store.Tx) error { return insert(tx, k, hashOf(token)) })
	if err != nil {
		return Key{}, "", store.Error(err)
	}
	return k, token, nil
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// List returns all keys, oldest first.
func (r *Ring) List(ctx context.Context) ([]Key, error) {
	return store.Read(ctx, r.db, func(tx *store.Tx) ([]Key, error) {
		keys, err := selectAll(tx)
		for i, k := range keys {
			if err == nil {
				keys[i].Spent, err = r.spent(tx, k)
			}
		}
		return keys, err
	})
}

// Revoke ends a key at once and for good. Revoking twice is no error.
func (r *Ring) Revoke(ctx context.Context, id string) (Key, error) {
	k, err := store.Write(ctx, r.db, func(tx *store.Tx) (stored, error) { return revoke(tx, id, r.clock.Wall()) })
	if err != nil {
		return Key{}, err
	}
	r.cache(k).revoked.Store(true)
	return k.Key, nil
}

// Authenticate returns the key that the token belongs to, or that an access token
// stands for. Every failure is the same [Unauthenticated] error: what was wrong
// with a key is not said.
func (r *Ring) Authenticate(ctx context.Context, token string) (Key, error) {
	if strings.HasPrefix(token, accessPrefix) {
		return r.authenticateAccess(ctx, token)
	}
	id, ok := parseToken(token)
	if !ok {
		return Key{}, errKey
	}
	c, err := r.lookUp(ctx, id)
	if err != nil {
		return Key{}, err
	}
	if subtle.ConstantTimeCompare(hashOf(token), c.hash) != 1 {
		return Key{}, errKey
	}
	return r.use(ctx, c)
}

// use returns the key of a request, or an error where it works no more, or not from where the
// request comes.
func (r *Ring) use(ctx context.Context, c *cached) (Key, error) {
	k := c.key()
	if c.revoked.Load() || !k.works(r.clock.Wall()) || !k.admits(ctx) {
		return Key{}, errKey
	}
	r.touch(ctx, c)
	return k, nil
}

// stored is a key with the SHA-256 of its token. A slow hash would protect
// nothing more: 190 random bits are not guessed.
type stored struct {
	Key
	hash []byte
}

// cached is what the gateway remembers of a key that has been used. There
// is one for an id and it is never replaced, so that a revocation reaches
// everyone, whatever was read from the database at the same moment.
type cached struct {
	stored
	revoked atomic.Bool
	used    atomic.Int64 // [clock.Wall]
	now     atomic.Pointer[Key]
}

// key returns the key with the scopes and settings that it has now.
func (c *cached) key() Key { return *c.now.Load() }

func (r *Ring) cache(k stored) *cached {
	c := &cached{stored: k}
	c.revoked.Store(!k.Revoked.IsZero())
	c.now.Store(&k.Key)
	if !k.LastUsed.IsZero() {
		c.used.Store(k.LastUsed.UnixMilli())
	}
	kept, _ := r.used.LoadOrStore(k.ID, c)
	return kept.(*cached)
}

// lookUp reads a key from memory or the database. No other process has the
// database open, so memory is never behind.
func (r *Ring) lookUp(ctx context.Context, id string) (*cached, error) {
	if c, ok := r.used.Load(id); ok {
		return c.(*cached), nil
	}
	k, err := store.Read(ctx, r.db, func(tx *store.Tx) (stored, error) { return selectOne(tx, id) })
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return nil, errKey
	case err != nil:
		return nil, err
	}
	return r.cache(k), nil
}

// touch notes the use of a key. It costs a write, so it waits for a minute
// to pass; and it is a courtesy, so a failure is only logged.
func (r *Ring) touch(ctx context.Context, c *cached) {
	now, last := r.clock.Wall(), clock.Wall(c.used.Load())
	if age := now.Sub(last); age >= 0 && age < lastUsedGrain || !c.used.CompareAndSwap(int64(last), int64(now)) {
		return
	}
	err := r.db.Commit(ctx, func(tx *store.Tx) error { return touch(tx, c.ID, now) })
	if err != nil {
		r.log.Warn("could not note the use of a key", "key", c.ID, "err", err)
	}
}
