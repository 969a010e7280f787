package qr_test

import (
	"strings"
	"testing"

	"simgate/api/qr"
)

// A code has a quiet zone of two modules, the pattern that scanners look for in three
// corners, and as many columns as modules.
func TestBlocks(t *testing.T) {
	code, err := qr.Blocks("http://192.168.1.20:8080")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSuffix(code, "\n"), "\n")
	for _, row := range rows {
		if n := len([]rune(row)); n != 25+4 || len(rows) != (25+5)/2 {
			t.Fatalf("%d columns, %d rows:\n%s", n, len(rows), code)
		}
	}
	if rows[0] != strings.Repeat("█", 29) || !strings.HasPrefix(rows[1], "██ ▄▄▄▄▄ ") || !strings.HasSuffix(rows[1], " ▄▄▄▄▄ ██") {
		t.Errorf("\n%s", code)
	}
}
