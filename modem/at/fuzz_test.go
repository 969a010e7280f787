package at_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/at"
)

// Whatever a modem says, and at whatever moment: nothing panics or hangs, no
// reply holds a line that is known as unsolicited, and what is told as
// unsolicited was said, once and in this order.
func FuzzSorter(f *testing.F) {
	for i, s := range []string{
		"\r\n+CSQ: 20,99\r\n\r\nOK\r\n", "\r\n+CMTI: \"SM\",3\r\n", "\r\n> ", "> \r\n+CMS ERROR: 38\r\n",
		"+CUSD: 1,\"a\r\nb\r\n", "+CMT: ,24\r\n", "+CDS: 3\r\n00AABBCC\r\nOK\r\n", "\r\r\nOK\r\r\n",
		"\x00\xff>", "+CMGS: 7\r\n", "AT+CSQ\rERROR\r\n", "^SYSSTART\r\nRDY\r\n",
	} {
		f.Add([]byte(s), byte(i))
	}
	moments := []string{"AT+CSQ", "AT+CMGS=5", pdu + "\x1a", "AT+CMEE?"}
	f.Fuzz(func(t *testing.T, noise []byte, moment byte) {
		const first, last = `+CMTI: "SM",471101`, `+CMTI: "SM",471102`
		said := "\r\n" + first + "\r\n" + string(noise) + "\r\n" + last + "\r\n"
		if strings.Contains(string(noise), "471") {
			t.Skip("the noise contains a message of the test")
		}
		synctest.Test(t, func(t *testing.T) {
			here, there := pipe()
			when := moments[int(moment)%len(moments)]
			m := &modem{net: there, answer: once(when, func(m *modem) { m.say(said) })}
			var urcs []string
			c := at.New(here, at.Config{URC: func(u at.URC) { urcs = append(append(urcs, u.Line), u.Body...) }})
			var wg sync.WaitGroup
			wg.Go(m.listen)
			wg.Go(func() { _ = c.Run(t.Context()) })
			info, _ := c.Command(t.Context(), "+CSQ", time.Second)
			sent, _ := c.Submit(t.Context(), "+CMGS=5", pdu, times)
			_, _ = c.Command(t.Context(), "+CIMI", time.Second)
			_ = there.Close()
			wg.Wait()

			for _, line := range slices.Concat(info, sent) {
				if strings.HasPrefix(line, "+CMTI:") || strings.HasPrefix(line, "+CREG:") || strings.HasPrefix(line, "^RSSI:") || line == "RING" {
					t.Errorf("the reply holds %q", line)
				}
			}
			from, to := slices.Index(urcs, first), slices.Index(urcs, last)
			if from < 0 || to < from {
				t.Fatalf("%q and %q are not told in this order: %q", first, last, urcs)
			}
			left := strings.FieldsFunc(string(noise), func(r rune) bool { return r == '\r' || r == '\n' })
			for _, u := range urcs[from+1 : to] {
				if u == "" {
					continue // the text of a USSD has as many as it likes
				}
				i := slices.IndexFunc(left, func(s string) bool { return strings.Contains(s, u) })
				if i < 0 {
					t.Fatalf("%q is told, and was not said, not yet or once only: %q", u, noise)
				}
				left = left[i+1:]
			}
		})
	})
}
