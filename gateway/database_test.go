package gateway_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
)

// What would be accepted into a file that nobody finds again is refused.
func TestDeletedDatabaseAcceptsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		path := filepath.Join(w.Folder, "simgate.db")
		send := func() error {
			_, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hello"})
			return err
		}
		if err := send(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := os.Rename(path, path+".aside"); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{"Ready": w.Gateway.Ready(t.Context()), "Send": send()} {
			if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(fault.MessageOf(err), "deleted or replaced") {
				t.Errorf("%s answers %v", name, err)
			}
		}
		if err := os.Rename(path+".aside", path); err != nil {
			t.Fatal(err)
		}
		if err := send(); err != nil {
			t.Errorf("with the file back: %v", err)
		}
	})
}
