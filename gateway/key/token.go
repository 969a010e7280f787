package key

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/gateway/clock"
)

// An access token is a key for a while, as OAuth 2.0 clients want one (RFC 6749
// 4.4). It is "simgate_at_", the id of the key, the time of its end in
// milliseconds since the boot and its scopes, and a MAC over all of this. It is
// kept nowhere; the MAC's key lives as long as the machine is on, and so do
// tokens at most.
const accessPrefix = "simgate_at_"

// IsAccessToken reports whether a token looks like one of [Ring.AccessToken].
func IsAccessToken(token string) bool { return strings.HasPrefix(token, accessPrefix) }

// AccessToken returns a token that does for a time what the key does, in the
// scopes that are given and that the key has.
func (r *Ring) AccessToken(k Key, scopes []Scope, life time.Duration) string {
	fields := []string{k.ID, strconv.FormatInt(int64(r.clock.Uptime().Add(life)), 10)}
	for _, s := range scopes {
		if k.Allows(s) {
			fields = append(fields, string(s))
		}
	}
	claim := base64.RawURLEncoding.EncodeToString([]byte(strings.Join(fields, " ")))
	return accessPrefix + claim + "." + base64.RawURLEncoding.EncodeToString(r.sign(claim))
}

// authenticateAccess returns the key behind an access token, with the scopes of
// the token.
func (r *Ring) authenticateAccess(ctx context.Context, token string) (Key, error) {
	claim, mac, _ := strings.Cut(strings.TrimPrefix(token, accessPrefix), ".")
	sum, err := base64.RawURLEncoding.Strict().DecodeString(mac)
	if err != nil || !hmac.Equal(sum, r.sign(claim)) {
		return Key{}, errKey
	}
	text, err := base64.RawURLEncoding.DecodeString(claim)
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 { // nobody but us could have signed it
		return Key{}, errKey
	}
	end, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil || r.clock.Uptime() >= clock.Uptime(end) {
		return Key{}, errKey
	}
	c, err := r.lookUp(ctx, fields[0])
	if err != nil {
		return Key{}, err
	}
	k, err := r.use(ctx, c)
	if err != nil {
		return Key{}, err
	}
	allowed := k
	k.Scopes = nil
	for _, s := range fields[2:] {
		if scope := Scope(s); allowed.Allows(scope) && !slices.Contains(k.Scopes, scope) {
			k.Scopes = append(k.Scopes, scope)
		}
	}
	return k, nil
}
