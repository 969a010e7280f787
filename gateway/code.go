package gateway

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
)

// codeSafe seals codes. A stolen table of six-digit codes is searched in a
// second, hashed or not, so the key does not lie on the same disk: it lives in
// the runtime directory, which is memory and is gone with the power. Codes live
// for minutes; those of another key have expired.
type codeSafe struct {
	mac, tokens []byte
	seal        cipher.AEAD
	fingerprint string
}

const codeKeyLength = 32

// openCodeSafe reads the key, or makes one where there is none.
func openCodeSafe(path string) (*codeSafe, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = newCodeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("the key for codes: %w", err)
	}
	if len(key) != codeKeyLength {
		return nil, fmt.Errorf("the key for codes, %s, is damaged: remove it and start again; codes that are under way will be void", path)
	}
	return newCodeSafe(key)
}

func newCodeKey(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	key := make([]byte, codeKeyLength)
	_, _ = rand.Read(key) // never fails: it ends the program first
	// Written aside and renamed, so that a crash leaves no half of a key.
	next := path + ".new"
	if err := os.WriteFile(next, key, 0o600); err != nil {
		return nil, err
	}
	return key, os.Rename(next, path)
}

func newCodeSafe(key []byte) (*codeSafe, error) {
	derive := func(use string) ([]byte, error) { return hkdf.Key(sha256.New, key, nil, "simgate "+use, 32) }
	mac, err := derive("code mac")
	if err != nil {
		return nil, err
	}
	tokens, err := derive("access token")
	if err != nil {
		return nil, err
	}
	enc, err := derive("code seal")
	if err != nil {
		return nil, err
	}
	print, err := derive("fingerprint")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(enc)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &codeSafe{mac: mac, tokens: tokens, seal: aead, fingerprint: hex.EncodeToString(print[:8])}, nil
}

// MAC binds a code to its verification and its recipient: a row's MAC copied
// to another row fits nothing.
func (s *codeSafe) MAC(verification string, to msisdn.Number, code string) []byte {
	h := hmac.New(sha256.New, s.mac)
	fmt.Fprintf(h, "otp\x00%s\x00%s\x00%s", verification, to, code)
	return h.Sum(nil)
}

// Seal encrypts a code, so that the same one can be sent again.
func (s *codeSafe) Seal(verification, code string) []byte {
	return s.seal.Seal(nil, nil, []byte(code), []byte(verification))
}

// Open returns a sealed code.
func (s *codeSafe) Open(verification string, sealed []byte) (string, error) {
	code, err := s.seal.Open(nil, nil, sealed, []byte(verification))
	if err != nil {
		return "", fmt.Errorf("the sealed code of verification %s does not open: %w", verification, err)
	}
	return string(code), nil
}

// Alphabet is what codes are made of.
type Alphabet string

// The alphabets. Characters that are easily taken for others are left out, and
// so are vowels: codes spell no words.
const (
	Digits       Alphabet = "digits"
	Numbers      Alphabet = "numbers" // digits, the first of them not 0: for clients that read codes as numbers
	Letters      Alphabet = "letters"
	Alphanumeric Alphabet = "alphanumeric"
)

const (
	digits     = "0123456789"
	plain      = "CDFGHJKMNPQRTVWXY" // no B, I, L, O, S, Z, which look like 8, 1, 0, 5, 2
	plainMixed = plain + "3479"
)

// The length of codes, ours and custom ones.
const minCode, maxCode = 4, 10

// newCode returns a random code of n characters, each equally likely, leading
// zeros kept.
func newCode(a Alphabet, n int) string {
	switch a {
	case Numbers:
		return random(digits[1:], 1) + random(digits, n-1)
	case Letters:
		return random(plain, n)
	case Alphanumeric:
		return random(plainMixed, n)
	}
	return random(digits, n)
}

// check refuses an alphabet that there is not.
func (a Alphabet) check() error {
	switch a {
	case "", Digits, Numbers, Letters, Alphanumeric:
		return nil
	}
	return fault.NewInvalid("alphabet", "there is no alphabet "+fault.Quote(string(a))+": use digits, letters or alphanumeric")
}

// checkCustomCode refuses what people could not type, or what more than one
// could mean.
func checkCustomCode(code string) error {
	if len(code) < minCode || len(code) > maxCode {
		return fault.NewInvalid("code", fmt.Sprintf("a code of your own has %d to %d characters", minCode, maxCode))
	}
	if strings.ContainsFunc(code, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return fault.NewInvalid("code", "a code of your own consists of digits and the letters A to Z")
	}
	return nil
}

// typed is a code as it is compared: people type small letters for capital
// ones, and put blanks or dashes between groups.
func typed(code string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, code))
}

// RandomText returns n characters of an alphabet, for texts that want such.
func RandomText(a Alphabet, n int) string { return newCode(a, n) }
