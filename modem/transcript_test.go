package modem_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

// A modem that answers as one in testdata was recorded, as "simgate doctor --record"
// writes it, is understood, and taken for what the first line says. Those that are named
// for a family were recorded from that of the simulator; those named for a model are what
// public sources show of it; a recording of a real device may stand beside them.
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
				sim := simulator.NewNetwork().Modem(simulator.SIM{}, recorded(t, raw))
				cfg := modem.Config{Name: "recorded", Open: func(context.Context) (io.ReadWriteCloser, error) { return sim.Open() }}
				d, err := modem.Diagnose(t.Context(), cfg)
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

// Each of them starts, sends, and receives.
func TestRecordedModemsWork(t *testing.T) {
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
			simulate(t, setup{sim: card, modem: []simulator.ModemOption{recorded(t, raw)}}, sendsAndReceives)
		})
	}
}

func recorded(t *testing.T, transcript []byte) simulator.ModemOption {
	t.Helper()
	option, err := simulator.Recorded(bytes.NewReader(transcript))
	if err != nil {
		t.Fatal(err)
	}
	return option
}

// sendsAndReceives is the story of a modem that becomes ready, sends, and receives.
func sendsAndReceives(t *testing.T, s *rig) {
	t.Helper()
	time.Sleep(3 * time.Minute)
	if st := s.Status(); st.State != modem.Ready {
		t.Fatalf("%s: %s", st.State, st.Detail)
	}
	if _, err := s.Send(t.Context(), part(t, anna, "hello")); err != nil {
		t.Fatal(err)
	}
	s.bring(t, "and back")
	time.Sleep(time.Minute)
	if got := s.readable(); !slices.Equal(got, []string{"and back"}) {
		t.Errorf("received %q; %s", got, s.Status().Detail)
	}
	if st := s.Status(); st.State != modem.Ready {
		t.Errorf("at the end it is %s: %s", st.State, st.Detail)
	}
}
