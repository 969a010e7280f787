package key_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

func TestKey(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	ctx := t.Context()
	k, token, err := w.Gateway.Keys().Create(ctx, "shop", []key.Scope{key.SendCodes})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(token, "simgate_"+k.ID+"_") {
		t.Errorf("the token %d characters long does not begin with prefix and id", len(token))
	}

	t.Run("opens", func(t *testing.T) {
		got, err := w.Gateway.Keys().Authenticate(ctx, token)
		if err != nil || got.App != "shop" || !got.Allows(key.SendCodes) || got.Allows(key.Admin) {
			t.Errorf("Authenticate = %+v, %v", got, err)
		}
	})
	t.Run("its use is noted", func(t *testing.T) {
		keys, err := w.Gateway.Keys().List(ctx)
		if err != nil || len(keys) != 1 || keys[0].LastUsed.IsZero() {
			t.Errorf("Keys = %+v, %v", keys, err)
		}
	})
	t.Run("others do not", func(t *testing.T) {
		last := token[len(token)-1:]
		other := "A"
		if last == other {
			other = "B"
		}
		for name, bad := range map[string]string{
			"empty": "", "word": "secret", "checksum": token[:len(token)-1] + other, "cut": token[:len(token)-1],
			"longer": token + "x", "of nobody": "simgate_00000000_" + strings.Repeat("0", 38),
		} {
			if _, err := w.Gateway.Keys().Authenticate(ctx, bad); fault.CodeOf(err) != fault.Unauthenticated {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("is stored nowhere", func(t *testing.T) {
		files, err := filepath.Glob(filepath.Join(w.Folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		secret := []byte(token[len("simgate_")+9 : len(token)-6])
		for _, f := range files {
			if content, err := os.ReadFile(f); err == nil && bytes.Contains(content, secret) {
				t.Errorf("%s contains the secret", filepath.Base(f))
			}
		}
	})
	t.Run("revoked for good, from the first moment", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { _, _ = w.Gateway.Keys().Authenticate(ctx, token) })
		}
		if _, err := w.Gateway.Keys().Revoke(ctx, k.ID); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if _, err := w.Gateway.Keys().Authenticate(ctx, token); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("a revoked key: %v", err)
		}
		w.Restart()
		if _, err := w.Gateway.Keys().Authenticate(ctx, token); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("a revoked key after a restart: %v", err)
		}
	})
}

func TestCreateKeyRefuses(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	for name, app := range map[string]string{"no name": "", "blanks": "  ", "control character": "a\nb", "too long": strings.Repeat("x", 65),
		"the gateway itself": " @owner", "what may be the gateway itself one day": "@"} {
		if _, _, err := w.Gateway.Keys().Create(context.Background(), app, nil); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := w.Gateway.Keys().Create(context.Background(), "a", []key.Scope{"everything"}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("unknown scope: %v", err)
	}
	if _, err := w.Gateway.Keys().Revoke(context.Background(), "nobody"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("revoking what is not there: %v", err)
	}
}
