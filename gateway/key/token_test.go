package key_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

func TestAccessToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(0))
		_, secret, err := w.Gateway.Keys().Create(t.Context(), "shop", []key.Scope{key.SendCodes, key.CheckCodes})
		if err != nil {
			t.Fatal(err)
		}
		k, err := w.Gateway.Keys().Authenticate(t.Context(), secret)
		if err != nil {
			t.Fatal(err)
		}
		token := w.Gateway.Keys().AccessToken(k, []key.Scope{key.SendCodes, key.Admin}, time.Hour)
		opens := func() (key.Key, bool) {
			got, err := w.Gateway.Keys().Authenticate(t.Context(), token)
			if err != nil && fault.CodeOf(err) != fault.Unauthenticated {
				t.Errorf("Authenticate: %v", err)
			}
			return got, err == nil
		}
		got, ok := opens()
		if !ok || got.App != "shop" || got.ID != k.ID || len(got.Scopes) != 1 || !got.Allows(key.SendCodes) {
			t.Errorf("it opens %v: %+v", ok, got)
		}
		for name, bad := range map[string]string{
			"another claim": strings.Replace(token, "_at_", "_at_A", 1), "cut": token[:len(token)-1], "no signature": token[:strings.IndexByte(token, '.')],
			"nothing": "simgate_at_", "no claim": "simgate_at_" + token[strings.IndexByte(token, '.'):],
		} {
			if _, err := w.Gateway.Keys().Authenticate(t.Context(), bad); fault.CodeOf(err) != fault.Unauthenticated {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.Clock.Step(366 * 24 * time.Hour)
		if _, ok := opens(); !ok {
			t.Error("the clock was set, and the token has gone")
		}
		w.Restart()
		if _, ok := opens(); !ok {
			t.Error("the token does not survive a restart of the gateway")
		}
		time.Sleep(time.Hour)
		if _, ok := opens(); ok {
			t.Error("it opens after its time")
		}
		token = w.Gateway.Keys().AccessToken(k, k.Scopes, time.Hour)
		if _, err := w.Gateway.Keys().Revoke(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
		if _, ok := opens(); ok {
			t.Error("it opens though its key was revoked")
		}
	})
}
