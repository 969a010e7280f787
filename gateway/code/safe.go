package code

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
	"log/slog"
	"os"
	"path/filepath"

	"simgate/gateway/store/durable"
)

// Safe seals codes. A stolen table of six-digit codes is searched in a
// second, hashed or not, so the key does not lie on the same disk: it lives in
// the runtime directory, which is memory and is gone with the power. Codes live
// for minutes; those of another key have expired.
type Safe struct {
	mac, tokens []byte
	seal        cipher.AEAD
	Fingerprint string
}

const keyLength = 32

// OpenSafe reads the key, or makes a new one where there is none or where it is
// damaged, as by a power cut. Codes sealed with another key have expired.
func OpenSafe(path string, log *slog.Logger) (*Safe, error) {
	key, err := os.ReadFile(path)
	damaged := err == nil && len(key) != keyLength
	if damaged {
		log.Warn("the key for codes is damaged and was replaced: codes that were on their way are void",
			"path", path, "bytes", len(key), "expected", keyLength)
	}
	if damaged || errors.Is(err, fs.ErrNotExist) {
		key, err = newKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("the key for codes: %w", err)
	}
	return newSafe(key)
}

func newKey(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	key := make([]byte, keyLength)
	_, _ = rand.Read(key) // never fails: it ends the program first
	return key, durable.WriteFile(path, key)
}

func newSafe(key []byte) (*Safe, error) {
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
	return &Safe{mac: mac, tokens: tokens, seal: aead, Fingerprint: hex.EncodeToString(print[:8])}, nil
}

// MAC binds a code to its verification and its recipient: a row's MAC copied
// to another row fits nothing.
func (s *Safe) MAC(verification, to, code string) []byte {
	h := hmac.New(sha256.New, s.mac)
	fmt.Fprintf(h, "otp\x00%s\x00%s\x00%s", verification, to, code)
	return h.Sum(nil)
}

// Seal encrypts a code, so that the same one can be sent again.
func (s *Safe) Seal(verification, code string) []byte {
	return s.seal.Seal(nil, nil, []byte(code), []byte(verification))
}

// Open returns a sealed code.
func (s *Safe) Open(verification string, sealed []byte) (string, error) {
	code, err := s.seal.Open(nil, nil, sealed, []byte(verification))
	if err != nil {
		return "", fmt.Errorf("the sealed code of verification %s does not open: %w", verification, err)
	}
	return string(code), nil
}

// Sign returns the MAC of the claims of an access token.
func (s *Safe) Sign(claim string) []byte {
	h := hmac.New(sha256.New, s.tokens)
	h.Write([]byte(claim))
	return h.Sum(nil)
}
