package code

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Over a million codes every character is as frequent as any other, in every
// place: χ² with 9 degrees of freedom is above 50 once in ten million times.
func TestCodesAreEvenlySpread(t *testing.T) {
	t.Parallel()
	const n = 1_000_000
	var seen [6][10]int
	for range n {
		for place, c := range New(Digits, 6) {
			seen[place][c-'0']++
		}
	}
	for place, counts := range seen {
		chi := 0.0
		for _, c := range counts {
			d := float64(c) - n/10
			chi += d * d / (n / 10)
		}
		if chi > 50 {
			t.Errorf("place %d: χ² is %.1f: %v", place, chi, counts)
		}
	}
}

func TestAlphabets(t *testing.T) {
	for _, tc := range []struct {
		alphabet Alphabet
		never    string
	}{
		{Letters, "0123456789BILOSZAEU"}, {Alphanumeric, "01258BILOSZAEU6"}, {Digits, "ABC"},
	} {
		for length := MinLength; length <= MaxLength; length++ {
			for range 200 {
				if c := New(tc.alphabet, length); len(c) != length || strings.ContainsAny(c, tc.never) {
					t.Fatalf("%s: %s", tc.alphabet, c)
				}
			}
		}
	}
	zeros := 0
	for range 1000 {
		if New(Numbers, 4)[0] == '0' {
			t.Fatal("a number begins with 0")
		}
		if New(Digits, 4)[0] == '0' {
			zeros++
		}
	}
	if zeros == 0 {
		t.Error("of 1000 codes of digits none begins with 0")
	}
}

func TestTyped(t *testing.T) {
	for in, want := range map[string]string{"123456": "123456", "123 456": "123456", "12-34": "1234", "grnxq": "GRNXQ", "0012": "0012",
		"٠١٢٣٤٥": "012345", "۰۱۲۳۴۵": "012345", "०१२३४५": "012345", "０１２　３４５": "012345", "\u202b٠١٢٣٤٥\u202c": "012345",
		"\u200e123\u200b456\ufeff": "123456", "1️⃣2️⃣3️⃣4️⃣": "1234", "12\u201334": "1234", "ＧＲＮｘｑ": "GRNXQ", "①②": "①②"} {
		if got := Normalize(in); got != want {
			t.Errorf("%q is read as %q, want %q", in, got, want)
		}
	}
}

// A MAC fits the verification and the number that it was made for, and no other.
func TestMACsBind(t *testing.T) {
	safe, err := newSafe(bytes.Repeat([]byte{7}, keyLength))
	if err != nil {
		t.Fatal(err)
	}
	other, err := newSafe(bytes.Repeat([]byte{8}, keyLength))
	if err != nil {
		t.Fatal(err)
	}
	mac := safe.MAC("a", "+491", "123456")
	for name, m := range map[string][]byte{
		"another verification": safe.MAC("b", "+491", "123456"), "another number": safe.MAC("a", "+492", "123456"),
		"another code": safe.MAC("a", "+491", "123457"), "another key": other.MAC("a", "+491", "123456"),
		"the same octets, cut elsewhere": safe.MAC("a\x00+491", "", "123456"),
	} {
		if bytes.Equal(mac, m) {
			t.Errorf("%s has the same MAC", name)
		}
	}
	if !bytes.Equal(mac, safe.MAC("a", "+491", "123456")) {
		t.Error("the same has another MAC")
	}
	if code, err := safe.Open("b", safe.Seal("a", "123456")); err == nil {
		t.Errorf("a sealed code opens for another verification: %s", code)
	}
}

// A power cut may leave a file without its content. The daemon starts all the same,
// with a new key.
func TestDamagedKeyIsReplaced(t *testing.T) {
	for name, content := range map[string]string{
		"missing":   "-",
		"empty":     "",
		"too short": strings.Repeat("k", keyLength-1),
		"too long":  strings.Repeat("k", keyLength+1),
		"a newline": strings.Repeat("k", keyLength) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "run", "code.key")
			if content != "-" {
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var log bytes.Buffer
			first, err := OpenSafe(path, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if warned := strings.Contains(log.String(), "level=WARN"); warned != (content != "-") {
				t.Errorf("it logged %q", log.String())
			}
			again, err := OpenSafe(path, slog.New(slog.DiscardHandler))
			if err != nil || again.Fingerprint != first.Fingerprint {
				t.Errorf("the key was not kept: %v", err)
			}
			if info, err := os.Stat(path); err != nil || info.Size() != keyLength || info.Mode().Perm() != 0o600 {
				t.Errorf("the file is %v, %v", info, err)
			}
			if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
