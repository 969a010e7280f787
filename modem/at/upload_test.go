package at_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"simgate/modem/at"
)

// A file goes out as it is, whatever octets it holds, however it is asked for.
func TestUpload(t *testing.T) {
	const file = "\x00\r\n\x1a\x1b>OK\r\nERROR\r\n\xff\x1a"
	takes := func(ask string) func(*modem, string) {
		return func(m *modem, heard string) {
			switch {
			case strings.HasPrefix(heard, "AT+CFTRANRX"):
				m.say(ask)
			case strings.HasSuffix(m.all(), file):
				m.say("\r\n+QFUPL: 17,2a\r\n\r\nOK\r\n")
			case strings.HasPrefix(heard, "AT"):
				usual(m, heard)
			}
		}
	}
	cme := func(err error) bool { _, ok := errors.AsType[at.CMEError](err); return ok }
	for _, tc := range []struct {
		name   string
		answer func(*modem, string)
		wants  func(error) bool
	}{
		{"asked for with a prompt", takes("\r\n>"), func(err error) bool { return err == nil }},
		{"asked for with CONNECT", takes("\r\nCONNECT\r\n"), func(err error) bool { return err == nil }},
		{"refused", takes("\r\n+CME ERROR: 423\r\n"), cme},
		{"never asked for", takes("\r\nOK\r\n"), func(err error) bool { return err != nil }},
		{"no answer", takes(""), func(err error) bool { return errors.Is(err, at.ErrTimeout) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			talk(t, tc.answer, func(t *testing.T, l *line, m *modem) {
				err := l.Upload(t.Context(), `+CFTRANRX="E:/x.wav",17`, []byte(file), 10*time.Second)
				if !tc.wants(err) {
					t.Errorf("Upload: %v", err)
				}
				l.ask("+CSQ", "+CSQ: 20,99")
			})
		})
	}
}
