package modem_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"simgate/modem"
	"simgate/modem/simulator/simulatortest"
)

// Each transcript of testdata, as "simgate doctor --record" writes them, is gone
// through again: the driver asks the same, understands the answers, and takes
// the modem for what the first line says. Those that came with the project were
// recorded from the simulated families; one of a real device may stand beside them.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(raw), "\n")
			synctest.Test(t, func(t *testing.T) {
				port := simulatortest.Playback(t, bytes.NewReader(raw))
				cfg := modem.Config{Name: "recorded", Open: func(context.Context) (io.ReadWriteCloser, error) { return port, nil }}
				d, err := modem.Diagnose(t.Context(), cfg, nil)
				if err != nil {
					t.Fatal(err)
				}
				if want := strings.TrimPrefix(first, "# profile: "); d.Profile != want {
					t.Errorf("it is taken for %q, not for %q", d.Profile, want)
				}
				if d.Model == "" || d.IMEI == "" || d.SIMState == "" || d.Registration == "" {
					t.Errorf("something was not understood: %+v", d)
				}
			})
		})
	}
}
