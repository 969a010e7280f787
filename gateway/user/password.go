package user

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"simgate/gateway/code"
	"simgate/gateway/fault"
)

// The bounds of passwords, in characters. Whoever types a long one shall not be refused;
// the bound keeps somebody from letting the machine hash megabytes.
const (
	MinPassword = 15
	maxPassword = 1000
)

// cost is what a hash costs: memory in KiB, and how often that is gone over. It is what OWASP
// names as the least for argon2id on machines with little memory.
type cost struct{ memory, times uint32 }

var usual = cost{memory: 19 << 10, times: 2}

const (
	saltLength = 16
	hashLength = 32
)

// hash returns the hash of a password in the form that all programs with argon2 use.
func (c cost) hash(password string) string {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // it never fails
	sum := argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.times, c.memory, 1, hashLength)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, c.memory, c.times, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// matches reports whether a password has the hash.
func matches(hash, password string) bool {
	var version int
	var c cost
	fields := strings.Split(hash, "$") // "", argon2id, version, cost, salt, hash
	if len(fields) != 6 {
		return false
	}
	if n, err := fmt.Sscanf(fields[2]+" "+fields[3], "v=%d m=%d,t=%d,p=1", &version, &c.memory, &c.times); n != 3 || err != nil || version != argon2.Version {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(fields[4])
	want, err2 := base64.RawStdEncoding.DecodeString(fields[5])
	if err != nil || err2 != nil {
		return false
	}
	sum := argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.times, c.memory, 1, hashLength)
	return subtle.ConstantTimeCompare(sum, want) == 1
}

// decoy returns the hash that the password of a user is compared with who does not exist:
// an answer shall not come sooner for those.
func decoy() string { return usual.hash(rand.Text()) }

// most is how many may wait until a hash is computed.
const most = 8

// alone calls fn while nobody else computes a hash.
func (u *Users) alone(ctx context.Context, fn func() error) error {
	if u.waiting.Add(1) > most {
		u.waiting.Add(-1)
		return &fault.Error{Code: fault.RateLimited, Message: "too many log in at once: try again in a few seconds", RetryAfter: 5 * time.Second}
	}
	defer u.waiting.Add(-1)
	select {
	case u.hashing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-u.hashing }()
	return fn()
}

// ProposePassword returns a random password that can be typed: five groups of four letters
// and digits, 88 bits.
func ProposePassword() string {
	groups := make([]string, 5)
	for i := range groups {
		groups[i] = code.Random("bcdfghjkmnpqrtvwxyz2346789", 4)
	}
	return strings.Join(groups, "-")
}

// CheckPassword returns an [fault.Invalid] error for a password that may not be chosen. No
// kinds of characters are asked for: length is what counts.
func CheckPassword(name, password string) error {
	n := utf8.RuneCountInString(norm.NFC.String(password))
	switch {
	case !utf8.ValidString(password):
		return fault.NewInvalid("password", "the password is not valid UTF-8")
	case n < MinPassword:
		return fault.NewInvalid("password", fmt.Sprintf("the password has %d characters: take at least %d, such as four or five words", n, MinPassword))
	case n > maxPassword:
		return fault.NewInvalid("password", fmt.Sprintf("the password is longer than %d characters", maxPassword))
	case guessable(name, password):
		return fault.NewInvalid("password", "the password is easily guessed: it repeats itself, counts up, or is made of the words that everybody tries first")
	}
	return nil
}

// first are the words that are tried first, the longest that contains another before it.
var first = []string{"administrator", "changeme", "password", "passwort", "passwd", "welcome", "iloveyou", "letmein", "football", "baseball", "sunshine",
	"princess", "raspberry", "simgate", "gateway", "default", "qwertyuiop", "qwerty", "azerty", "qwertz", "asdfghjkl", "asdf", "zxcvbnm", "monkey", "dragon",
	"master", "secret", "admin", "login", "hello", "abc", "1234567890", "12345", "1q2w3e4r"}

// guessable reports whether hardly anything of a password is left without its repetitions,
// sequences, and the words that are tried first.
func guessable(name, password string) bool {
	rest := strings.ToLower(password)
	for _, word := range append([]string{name}, first...) {
		if utf8.RuneCountInString(word) >= 3 {
			rest = strings.ReplaceAll(rest, word, "")
		}
	}
	seen := map[string]bool{}
	news, runes := 0, []rune(rest)
	for i, r := range runes {
		pair := string(runes[max(0, i-1) : i+1])
		follows := i > 0 && (r == runes[i-1] || r == runes[i-1]+1 || r == runes[i-1]-1)
		if !follows && !seen[pair] {
			news++
		}
		seen[pair] = true
	}
	return news < 6
}
