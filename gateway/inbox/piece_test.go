package inbox

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

func TestJoin(t *testing.T) {
	text := func(s string) *piece { return &piece{text: s} }
	wide := func(b ...byte) *piece { return &piece{utf16: b} }
	for _, tc := range []struct {
		name   string
		pieces []*piece
		want   string
	}{
		{"texts", []*piece{text("Hello, "), text("world")}, "Hello, world"},
		{"a gap", []*piece{text("Hello, "), nil, text("!")}, "Hello, […]!"},
		{"a character in two halves", []*piece{wide(0xd8, 0x3d), wide(0xde, 0x00, 0, 'a')}, "😀a"},
		{"a unit in two halves", []*piece{wide(0, 'a', 0), wide('b', 0, 'c')}, "abc"},
		{"half a character before a gap", []*piece{wide(0xd8, 0x3d), nil, wide(0, 'a')}, "\ufffd[…]a"},
		{"half a character before another alphabet", []*piece{wide(0xd8, 0x3d), text("a")}, "\ufffda"},
		{"data has no text", []*piece{text("a"), {data: []byte{1}}}, "a"},
		{"nothing", []*piece{nil, nil}, "[…][…]"},
	} {
		if got := join(tc.pieces, gapMark); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// Pieces are stored as they are, and those of an earlier release are decoded when their
// message is joined.
func TestPiecesAreStored(t *testing.T) {
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	path := filepath.Join(t.TempDir(), "simgate.db")
	storetest.Make(t, path)
	db, err := store.Open(t.Context(), path, log)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- db.Run(t.Context()) }()
	t.Cleanup(func() {
		<-done
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c := clock.New(clock.Source{Boot: "1", Wall: time.Now, Uptime: func() time.Duration { return time.Hour }})
	b := New(db, c, journal.New(c, log), log, 24*time.Hour, World{Decode: func(raw string) Part { return Part{Text: "decoded " + raw} }})
	all := []piece{{text: "hello"}, {utf16: []byte{0xd8, 0x3d}}, {data: []byte{1, 2, 3}}, {text: ""}}
	err = db.Recover(t.Context(), func(tx *store.Tx) error {
		m := row{Message: Message{Kind: Text, Total: len(all) + 2}}
		if err := insert(tx, &m); err != nil {
			return err
		}
		for i, p := range all {
			if err := insertPiece(tx, m.ID, Part{Seq: i + 1, Text: p.text, UTF16: p.utf16, Data: p.data}); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`INSERT INTO incoming_part (incoming_id, seq, pdu) VALUES (?, ?, '00')`, m.ID, len(all)+1); err != nil {
			return err
		}
		got, err := b.pieces(tx, m)
		if err != nil {
			return err
		}
		for i, want := range append(all, piece{text: "decoded 00"}) {
			if p := got[i]; p == nil || p.text != want.text || !slices.Equal(p.utf16, want.utf16) || !slices.Equal(p.data, want.data) {
				t.Errorf("piece %d is %+v, want %+v", i+1, p, want)
			}
		}
		if got[len(all)+1] != nil {
			t.Errorf("a piece that has not come is %+v", got[len(all)+1])
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
