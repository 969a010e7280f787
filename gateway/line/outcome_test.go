package line

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/store"
	"simgate/gateway/store/storetest"
)

// open returns the lines of an empty database, in a transaction of which fn runs.
func open(t *testing.T, cfg Config, fn func(tx *store.Tx, p *Pool) error) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	path := filepath.Join(t.TempDir(), "simgate.db")
	storetest.Make(t, path)
	db, err := store.Open(t.Context(), path, log)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- db.Run(t.Context()) }()
	c := clock.New(clock.Source{Boot: "1", Wall: time.Now, Uptime: func() time.Duration { return time.Hour }})
	p := New(cfg, db, c, journal.New(c, log), log, nil, nil)
	if err := db.Recover(t.Context(), func(tx *store.Tx) error { return fn(tx, p) }); err != nil {
		t.Error(err)
	}
	t.Cleanup(func() {
		<-done
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What counts as sent and as reported, in whichever order it is heard of.
func TestOutcomes(t *testing.T) {
	unanswered, refused := &Error{Class: Unknown}, &Error{Class: Retry, Code: 42}
	type step func(*Pool, *store.Tx, Token) error
	outcome := func(err error) step {
		return func(p *Pool, tx *store.Tx, of Token) error {
			return p.RecordOutcome(tx, Outcome{Line: 1, Of: of, To: "+4915112345678", Err: err})
		}
	}
	late := func(p *Pool, tx *store.Tx, of Token) error { return p.RecordLate(tx, of) }
	report := func(p *Pool, tx *store.Tx, of Token) error { return p.RecordReport(tx, 1, of, true) }
	for _, tc := range []struct {
		name           string
		steps          []step
		sent, reported bool
	}{
		{"sent", []step{outcome(nil)}, true, false},
		{"sent and reported", []step{outcome(nil), report}, true, true},
		{"unknown", []step{outcome(unanswered)}, false, false},
		{"unknown, and the reference came late", []step{outcome(unanswered), late}, true, false},
		{"unknown, and reported", []step{outcome(unanswered), report}, true, true},
		{"unknown, reported, and the reference came late", []step{outcome(unanswered), report, late}, true, true},
		{"refused", []step{outcome(refused)}, false, false},
		{"refused, and sent later", []step{outcome(refused), outcome(nil)}, true, false},
		{"a report on what nobody knows", []step{report}, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			open(t, Config{}.WithDefaults(), func(tx *store.Tx, p *Pool) error {
				for _, do := range tc.steps {
					if err := do(p, tx, Token{Message: 7, Seq: 1}); err != nil {
						return err
					}
				}
				parts, err := recentParts(tx)
				if sent := len(parts) == 1; sent != tc.sent || sent && parts[0].reported != tc.reported {
					t.Errorf("the parts that were sent are %+v", parts)
				}
				return err
			})
		})
	}
}

// The last messages are looked at, and what is older is deleted. A released line is
// forgiven what it has sent until then.
func TestRecentParts(t *testing.T) {
	open(t, Config{}.WithDefaults(), func(tx *store.Tx, p *Pool) error {
		id, err := upsertSIM(tx, SIM{ICCID: "8949020000000000001"}, 1)
		if err != nil {
			return err
		}
		record := func(message int64) error {
			return p.RecordOutcome(tx, Outcome{Line: id, Of: Token{Message: message, Seq: 1}, To: "+4915112345678"})
		}
		for _, message := range []int64{1, 2, silenceDepth + 1} {
			if err := record(message); err != nil {
				return err
			}
		}
		if err := p.quarantine(tx, id, forSilence, "nothing arrives"); err != nil {
			return err
		}
		if err := p.release(tx, id, forSilence, "somebody has released it"); err != nil {
			return err
		}
		if err := record(silenceDepth + 2); err != nil {
			return err
		}
		parts, err := recentParts(tx)
		forgiven := make([]bool, len(parts))
		for i, part := range parts {
			forgiven[i] = part.forgiven
		}
		if want := []bool{false, true}; !slices.Equal(forgiven, want) {
			t.Errorf("parts, the newest first, are forgiven: %v, want %v", forgiven, want)
		}
		if err != nil {
			return err
		}
		if err := DeleteOutcomes(tx, silenceDepth+2); err != nil {
			return err
		}
		if parts, err = recentParts(tx); len(parts) != 1 {
			t.Errorf("after the newest message was deleted: %+v", parts)
		}
		return err
	})
}
