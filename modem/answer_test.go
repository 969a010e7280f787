package modem_test

import (
	"testing"

	"simgate/modem"
)

func TestPINTries(t *testing.T) {
	for _, tc := range []struct {
		answer string
		tries  int
		ok     bool
	}{
		{"+SPIC: 3,10,3,10", 3, true},
		{"^CPIN: SIM PIN,3,10,3,10,3", 3, true},
		{`+QPINC: "SC",2,10`, 2, true},
		{"#PCT: 1", 1, true},
		{"+UPINCNT: 3,3,10,10", 3, true},
		{"+SPIC: 99", 99, false},
		{"OK", 0, false},
		{"+SPIC:", 0, false},
	} {
		t.Run(tc.answer, func(t *testing.T) {
			if n, ok := modem.ParseTries(tc.answer); ok != tc.ok || ok && n != tc.tries {
				t.Errorf("%d, %t", n, ok)
			}
		})
	}
}
