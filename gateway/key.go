package gateway

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"hash/crc32"
	"slices"
	"strings"
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
	ScopeMessagesSend Scope = "sms.send"   // send messages
	ScopeCodesSend    Scope = "otp.send"   // start verifications
	ScopeCodesCheck   Scope = "otp.check"  // check codes
	ScopeCodesCustom  Scope = "otp.custom" // choose the codes that are sent
	ScopeCallsPlace   Scope = "calls"      // place calls
	ScopeInbox        Scope = "inbox"      // read what comes in
	ScopeRead         Scope = "read"       // read messages, verifications and modems
	ScopeAdmin        Scope = "admin"      // everything, keys included
)

// Scopes lists all scopes.
var Scopes = []Scope{ScopeMessagesSend, ScopeCodesSend, ScopeCodesCheck, ScopeCodesCustom, ScopeCallsPlace, ScopeInbox, ScopeRead, ScopeAdmin}

// ParseScope reads the name of a scope.
func ParseScope(s string) (Scope, error) {
	if slices.Contains(Scopes, Scope(s)) {
		return Scope(s), nil
	}
	return "", fault.NewInvalid("scopes", "there is no scope "+fault.Quote(s)+": use sms.send, otp.send, otp.check, otp.custom, calls, inbox, read or admin")
}

// Key is an API key as it may be shown: without its secret.
type Key struct {
	ID       string
	App      string // who uses it; keys of one app share its verifications
	Scopes   []Scope
	Created  time.Time
	LastUsed time.Time // zero if never; written at most once a minute
	Revoked  time.Time // zero while it works
}

// Allows reports whether the key has the scope.
func (k Key) Allows(s Scope) bool {
	return slices.Contains(k.Scopes, s) || slices.Contains(k.Scopes, ScopeAdmin)
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

// CreateKey makes a key for an app. The token is returned here and kept
// nowhere. Without scopes it may send messages, and send and check codes.
func (g *Gateway) CreateKey(ctx context.Context, app string, scopes []Scope) (Key, string, error) {
	return createKey(ctx, g.commit, app, scopes, g.clock.Wall())
}

// createKey makes a key in a transaction that write runs.
func createKey(ctx context.Context, write func(context.Context, func(*store.Tx) error) error,
	app string, scopes []Scope, now clock.Wall) (Key, string, error) {
	app = strings.TrimSpace(app)
	if err := fault.CheckName("name", app, 64); err != nil {
		return Key{}, "", err
	}
	if len(scopes) == 0 {
		scopes = []Scope{ScopeMessagesSend, ScopeCodesSend, ScopeCodesCheck}
	}
	for _, s := range scopes {
		if _, err := ParseScope(string(s)); err != nil {
			return Key{}, "", err
		}
	}
	id, token := newToken()
	k := Key{ID: id, App: app, Scopes: slices.Clone(scopes), Created: now.Time()}
	sum := sha256.Sum256([]byte(token))
	err := write(ctx, func(tx *store.Tx) error { return insertKey(tx, k, sum[:]) })
	if err != nil {
		return Key{}, "", store.Error(err)
	}
	return k, token, nil
}

// Keys returns all keys, oldest first.
func (g *Gateway) Keys(ctx context.Context) ([]Key, error) {
	return store.Read(ctx, g.db, selectKeys)
}

// RevokeKey ends a key at once and for good. Revoking twice is no error.
func (g *Gateway) RevokeKey(ctx context.Context, id string) (Key, error) {
	k, err := write(ctx, g, func(tx *store.Tx) (storedKey, error) { return revokeKey(tx, id, int64(g.clock.Wall())) })
	if err != nil {
		return Key{}, err
	}
	g.cacheKey(k).revoked.Store(true)
	return k.Key, nil
}

// Authenticate returns the key that the token belongs to, or that an access token
// stands for. Every failure is the same [Unauthenticated] error: what was wrong
// with a key is nobody's business.
func (g *Gateway) Authenticate(ctx context.Context, token string) (Key, error) {
	if strings.HasPrefix(token, accessPrefix) {
		return g.authenticateAccess(ctx, token)
	}
	id, ok := parseToken(token)
	if !ok {
		return Key{}, errKey
	}
	c, err := g.lookUpKey(ctx, id)
	if err != nil {
		return Key{}, err
	}
	sum := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(sum[:], c.hash) != 1 || c.revoked.Load() {
		return Key{}, errKey
	}
	g.touchKey(ctx, c)
	return c.Key, nil
}

// storedKey is a key with the SHA-256 of its token. A slow hash would protect
// nothing more: 190 random bits are not guessed.
type storedKey struct {
	Key
	hash []byte
}

// cachedKey is what the gateway remembers of a key that has been used. There
// is one for an id and it is never replaced, so that a revocation reaches
// everyone, whatever was read from the database at the same moment.
type cachedKey struct {
	storedKey
	revoked atomic.Bool
	used    atomic.Int64 // wall time in milliseconds
}

func (g *Gateway) cacheKey(k storedKey) *cachedKey {
	c := &cachedKey{storedKey: k}
	c.revoked.Store(!k.Revoked.IsZero())
	if !k.LastUsed.IsZero() {
		c.used.Store(k.LastUsed.UnixMilli())
	}
	kept, _ := g.keys.LoadOrStore(k.ID, c)
	return kept.(*cachedKey)
}

// lookUpKey reads a key from memory or the database. No other process has the
// database open, so memory is never behind.
func (g *Gateway) lookUpKey(ctx context.Context, id string) (*cachedKey, error) {
	if c, ok := g.keys.Load(id); ok {
		return c.(*cachedKey), nil
	}
	k, err := store.Read(ctx, g.db, func(tx *store.Tx) (storedKey, error) { return selectKey(tx, id) })
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return nil, errKey
	case err != nil:
		return nil, err
	}
	return g.cacheKey(k), nil
}

// touchKey notes the use of a key. It costs a write, so it waits for a minute
// to pass; and it is a courtesy, so a failure is only logged.
func (g *Gateway) touchKey(ctx context.Context, c *cachedKey) {
	now, last := int64(g.clock.Wall()), c.used.Load()
	if age := now - last; age >= 0 && age < lastUsedGrain.Milliseconds() || !c.used.CompareAndSwap(last, now) {
		return
	}
	err := g.commit(ctx, func(tx *store.Tx) error { return useKey(tx, c.ID, now) })
	if err != nil {
		g.log.Warn("could not note the use of a key", "key", c.ID, "err", err)
	}
}
