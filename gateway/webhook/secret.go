package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"simgate/gateway/fault"
)

// The form of the secrets of signed formats, whose keys have so many octets (Standard
// Webhooks), and the longest secret of others, in characters.
const (
	secretPrefix                 = "whsec_"
	minSigningKey, maxSigningKey = 24, 64
	maxSecret                    = 128
)

// checkSecret refuses a secret of the owner's own that a format cannot use; "" is none.
func (f Format) checkSecret(s string) error {
	if s == "" {
		return nil
	}
	if f.Signed {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, secretPrefix))
		if err != nil || !strings.HasPrefix(s, secretPrefix) || len(raw) < minSigningKey || len(raw) > maxSigningKey {
			return fault.NewInvalid("secret", fmt.Sprintf("a secret of this format is %s and the base64 of %d to %d octets", secretPrefix, minSigningKey, maxSigningKey))
		}
		return nil
	}
	return fault.CheckName("secret", s, maxSecret)
}

func newSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: it ends the program first
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}
