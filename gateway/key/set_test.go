package key_test

import (
	"testing"

	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

// What is set holds at once for all keys of an app that work, and after a restart; a
// key may be named by its id.
func TestSet(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	ctx := t.Context()
	allows := func(token string) bool {
		t.Helper()
		k, err := w.Gateway.Keys().Authenticate(ctx, token)
		if err != nil {
			t.Fatal(err)
		}
		return k.Allows(key.Elsewhere)
	}
	_, first, err := w.Gateway.Keys().Create(ctx, "shop", nil)
	if err != nil {
		t.Fatal(err)
	}
	second, token, err := w.Gateway.Keys().Create(ctx, "shop", []key.Scope{key.Admin})
	if err != nil {
		t.Fatal(err)
	}
	if allows(first) || allows(token) {
		t.Error("a key allows it from the start")
	}
	if keys, err := w.Gateway.Keys().Set(ctx, "shop", key.Elsewhere, true); err != nil || len(keys) != 2 || !allows(first) || !allows(token) {
		t.Errorf("%+v, %v", keys, err)
	}
	if keys, err := w.Gateway.Keys().Set(ctx, second.ID, key.Elsewhere, false); err != nil || len(keys) != 1 || !allows(first) || allows(token) {
		t.Errorf("by id: %+v, %v", keys, err)
	}
	w.Restart()
	if !allows(first) || allows(token) {
		t.Error("a restart changes it")
	}
	if _, err := w.Gateway.Keys().Set(ctx, "nobody", key.Elsewhere, true); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a name of no key: %v", err)
	}
}
