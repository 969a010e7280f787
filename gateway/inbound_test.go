package gateway_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/conversation"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/modem/simulator"
)

// tpdu is a delivery from +4915112345678 as a network brings it: fo is the first
// octet, pid and dcs the next ones, at 10:00 and so many minutes of the first of
// January 2000, and ud the user data with its length, all in hexadecimal.
func tpdu(fo, pid, dcs string, minute int, ud string) string {
	return fmt.Sprintf("%s0D91945111325476F8%s%s00101001%d%d0000%s", fo, pid, dcs, minute%10, minute/10, ud)
}

// septets is user data in the default alphabet; piece and wide have a header of a
// concatenation, of 8 and of 16 bits.
func septets(text string) string {
	return fmt.Sprintf("%02X%X", len(text), pack(text, 0))
}

func piece(ref, total, seq int, text string) string {
	const header = 7 // septets
	return fmt.Sprintf("%02X050003%02X%02X%02X%X", header+len(text), ref, total, seq, pack(text, 1))
}

func wide(ref, total, seq int, text string) string {
	const header = 8
	return fmt.Sprintf("%02X060804%04X%02X%02X%X", header+len(text), ref, total, seq, pack(text, 0))
}

// pack packs letters behind so many fill bits.
func pack(text string, fill uint) []byte {
	var out []byte
	bits, n := uint(0), fill
	for _, c := range []byte(text) {
		bits |= uint(c) << n
		for n += 7; n >= 8; n -= 8 {
			out = append(out, byte(bits))
			bits >>= 8
		}
	}
	if n > 0 {
		out = append(out, byte(bits))
	}
	return out
}

// deliver has a TPDU come in.
func deliver(t *testing.T, w *gatewaytest.World, tpdu string) {
	t.Helper()
	raw, err := hex.DecodeString(tpdu)
	if err != nil {
		t.Fatalf("%s: %v", tpdu, err)
	}
	if err := w.Network.Deliver(gatewaytest.SIM(0).MSISDN, raw); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	synctest.Wait()
}

// received returns what came in, oldest first.
func received(t *testing.T, w *gatewaytest.World) []inbox.Message {
	t.Helper()
	list, err := w.Gateway.Inbox().List(t.Context(), inbox.Filter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

func texts(list []inbox.Message) []string {
	out := make([]string, len(list))
	for i, m := range list {
		out[i] = m.Text
	}
	return out
}

func empty(t *testing.T, w *gatewaytest.World) {
	t.Helper()
	for _, memory := range []string{"SM", "ME"} {
		if n := w.SIMs[0].Stored(memory); n != 0 {
			t.Errorf("%d messages are left in %s", n, memory)
		}
	}
}

// story starts a world in a bubble, with its modem ready.
func story(t *testing.T, run func(t *testing.T, w *gatewaytest.World), options ...gatewaytest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, options...)
		time.Sleep(10 * time.Second)
		run(t, w)
	})
}

// Each row of what networks bring.
func TestIncoming(t *testing.T) {
	for _, tc := range []struct {
		name, tpdu string
		want       inbox.Message // the fields that matter
		repaired   bool
	}{
		{"a text", tpdu("04", "00", "00", 0, septets("hello")), inbox.Message{Kind: "text", Text: "hello", Class: -1}, false},
		{"an emoji", tpdu("04", "00", "08", 0, "04D83DDE00"), inbox.Message{Kind: "text", Text: "😀", Class: -1}, false},
		{"a flash message", tpdu("04", "00", "10", 0, septets("look")), inbox.Message{Kind: "text", Text: "look", Class: 0}, false},
		{"8 bit data", tpdu("04", "00", "04", 0, "03010203"), inbox.Message{Kind: "data", Data: []byte{1, 2, 3}, Class: -1}, false},
		{"one for the SIM itself", tpdu("04", "00", "F6", 0, "03010203"), inbox.Message{Kind: "data", Data: []byte{1, 2, 3}, Class: 2}, false},
		{"an application's", tpdu("44", "00", "04", 0, "0A06050415B3000001020A"), inbox.Message{Kind: "data", Data: []byte{1, 2, 10}, Class: -1}, false},
		{"an announcement of an MMS", tpdu("44", "00", "04", 0, "090605040B8423F00102"), inbox.Message{Kind: "mms", Text: "an MMS waits, which this gateway cannot fetch", Data: []byte{1, 2}, Class: -1}, false},
		{"a missed call, with a text that may be discarded", tpdu("04", "00", "C0", 0, septets("Missed call from +4915112345678")), inbox.Message{Kind: "indication", Text: "Missed call from +4915112345678", Class: -1}, false},
		{"the last of those codings", tpdu("04", "00", "CF", 0, septets("1 fax")), inbox.Message{Kind: "indication", Text: "1 fax", Class: -1}, false},
		{"a missed call, in UCS-2", tpdu("04", "00", "E0", 0, "04043E043D"), inbox.Message{Kind: "indication", Text: "он", Class: -1}, false},
		{"voice mail, with a text that may be discarded", tpdu("04", "00", "C8", 0, septets("2 new")), inbox.Message{Kind: "indication", Text: "2 new", Class: -1}, false},
		{"voice mail, with a text", tpdu("04", "00", "D8", 0, septets("2 new")), inbox.Message{Kind: "indication", Text: "2 new", Class: -1}, false},
		{"compressed text", tpdu("04", "00", "20", 0, "03010203"), inbox.Message{Kind: "data", Data: []byte{1, 2, 3}, Class: -1}, false},
		{"a reserved coding", tpdu("04", "00", "80", 0, septets("hello")), inbox.Message{Kind: "text", Text: "hello", Class: -1}, false},
		{"a part that has no place", tpdu("44", "00", "00", 0, piece(7, 2, 3, "alone")), inbox.Message{Kind: "text", Text: "alone", Class: -1}, true},
		{"a message of one part that says so", tpdu("44", "00", "00", 0, piece(7, 1, 1, "alone")), inbox.Message{Kind: "text", Text: "alone", Class: -1}, false},
		{"one cut short", tpdu("04", "00", "00", 0, "0AE8329BFD"), inbox.Message{Kind: "text", Text: "hell", Class: -1}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			story(t, func(t *testing.T, w *gatewaytest.World) {
				deliver(t, w, tc.tpdu)
				list := received(t, w)
				if len(list) != 1 {
					t.Fatalf("%d messages came in", len(list))
				}
				m := list[0]
				if m.Kind != tc.want.Kind || m.Text != tc.want.Text || m.Class != tc.want.Class || m.Line != 1 ||
					tc.want.Data != nil && !slices.Equal(m.Data, tc.want.Data) {
					t.Errorf("%+v", m)
				}
				if (m.Repair != "") != tc.repaired || (m.PDU != "") != tc.repaired {
					t.Errorf("repair %q, PDU %q", m.Repair, m.PDU)
				}
				empty(t, w)
			})
		})
	}
}

func TestUndecodableIsKeptAndShown(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, "0403")
		list := received(t, w)
		if len(list) != 1 || list[0].Kind != inbox.Undecodable || !strings.HasSuffix(list[0].PDU, "0403") || list[0].Repair == "" {
			t.Errorf("%+v", list)
		}
		empty(t, w)
	})
}

func TestSilentMessageIsNotShown(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("04", "40", "00", 0, septets("ping")))
		if list := received(t, w); len(list) != 0 {
			t.Errorf("%+v", list)
		}
		empty(t, w)
	})
}

func TestReplacedMessagesAreBothKept(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("04", "41", "00", 0, septets("one")))
		deliver(t, w, tpdu("04", "42", "00", 1, septets("other")))
		deliver(t, w, tpdu("04", "41", "00", 2, septets("two")))
		list := received(t, w)
		if len(list) != 3 || list[2].Replaces != list[0].ID || list[1].Replaces != 0 {
			t.Errorf("%+v", list)
		}
	})
}

// Two messages are one only if they are the same PDU.
func TestNothingIsDeduplicatedByItsText(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("04", "00", "00", 0, septets("yes")))
		deliver(t, w, tpdu("04", "00", "00", 1, septets("yes")))
		deliver(t, w, tpdu("04", "00", "00", 1, septets("yes"))) // the network brings it again
		deliver(t, w, tpdu("00", "00", "00", 1, septets("yes"))) // and says that more follow
		if got := texts(received(t, w)); !slices.Equal(got, []string{"yes", "yes"}) {
			t.Errorf("%q", got)
		}
		empty(t, w)
	})
}

func TestPartsInAnyOrder(t *testing.T) {
	for _, order := range [][]int{{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}} {
		for name, form := range map[string]func(int, int, int, string) string{"8": piece, "16": wide} {
			t.Run(fmt.Sprint(name, " bit reference, order ", order), func(t *testing.T) {
				story(t, func(t *testing.T, w *gatewaytest.World) {
					for i, seq := range order {
						deliver(t, w, tpdu("44", "00", "00", 0, form(200, 3, seq, []string{"one ", "two ", "three"}[seq-1])))
						if i == 1 {
							w.Restart()
							time.Sleep(10 * time.Second)
						}
						if n := len(received(t, w)); (n == 1) != (i == 2) {
							t.Fatalf("after %d parts %d messages are shown", i+1, n)
						}
					}
					if got := texts(received(t, w)); !slices.Equal(got, []string{"one two three"}) {
						t.Errorf("%q", got)
					}
					empty(t, w)
				})
			})
		}
	}
}

// A character that its sender cut in two becomes whole again.
func TestHalvesOfACharacterAreJoined(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("44", "00", "08", 0, "08050003070201D83D"))
		deliver(t, w, tpdu("44", "00", "08", 0, "08050003070202DE00"))
		if got := texts(received(t, w)); !slices.Equal(got, []string{"😀"}) {
			t.Errorf("%q", got)
		}
	})
}

// References repeat: the times keep messages apart.
func TestSameReferenceTwice(t *testing.T) {
	for _, tc := range []struct {
		name  string
		parts []string // in the order of their coming
		want  []string
	}{
		{"one after the other", []string{
			tpdu("44", "00", "00", 0, piece(7, 2, 1, "A1 ")), tpdu("44", "00", "00", 0, piece(7, 2, 2, "A2")),
			tpdu("44", "00", "00", 5, piece(7, 2, 1, "B1 ")), tpdu("44", "00", "00", 5, piece(7, 2, 2, "B2"))},
			[]string{"A1 A2", "B1 B2"}},
		{"mixed up, each to the nearer in time", []string{
			tpdu("44", "00", "00", 0, piece(7, 2, 1, "A1 ")), tpdu("44", "00", "00", 30, piece(7, 2, 1, "B1 ")),
			tpdu("44", "00", "00", 31, piece(7, 2, 2, "B2")), tpdu("44", "00", "00", 1, piece(7, 2, 2, "A2"))},
			[]string{"A1 A2", "B1 B2"}},
		{"the second part of the first is lost, and the parts of the second are swapped", []string{
			tpdu("44", "00", "00", 0, piece(7, 2, 1, "A1 ")), tpdu("44", "00", "00", 30, piece(7, 2, 2, "B2")),
			tpdu("44", "00", "00", 30, piece(7, 2, 1, "B1 "))}, []string{"B1 B2"}},
		{"the second part of the first is lost", []string{
			tpdu("44", "00", "00", 0, piece(7, 2, 1, "A1 ")), tpdu("44", "00", "00", 30, piece(7, 2, 1, "B1 ")),
			tpdu("44", "00", "00", 30, piece(7, 2, 2, "B2"))}, []string{"B1 B2"}},
		{"a part that comes again", []string{
			tpdu("44", "00", "00", 0, piece(7, 2, 1, "A1 ")), tpdu("44", "00", "00", 0, piece(7, 2, 1, "A1 ")),
			tpdu("44", "00", "00", 0, piece(7, 2, 2, "A2"))}, []string{"A1 A2"}},
		{"8 and 16 bits are two references", []string{
			tpdu("44", "00", "00", 0, piece(7, 2, 1, "A1 ")), tpdu("44", "00", "00", 0, wide(7, 2, 2, "B2")),
			tpdu("44", "00", "00", 0, piece(7, 2, 2, "A2"))}, []string{"A1 A2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			story(t, func(t *testing.T, w *gatewaytest.World) {
				for _, p := range tc.parts {
					deliver(t, w, p)
				}
				if got := texts(received(t, w)); !slices.Equal(slices.Sorted(slices.Values(got)), tc.want) {
					t.Errorf("%q, want %q", got, tc.want)
				}
				empty(t, w)
			})
		})
	}
}

// Parts that took their time on the way out are put together after a while.
func TestSlowSender(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		for i, text := range []string{"one ", "two ", "three"} {
			deliver(t, w, tpdu("44", "00", "00", 20*i, piece(9, 3, i+1, text)))
		}
		if n := len(received(t, w)); n != 0 {
			t.Fatalf("%d messages are shown", n)
		}
		time.Sleep(20 * time.Minute)
		if got := texts(received(t, w)); !slices.Equal(got, []string{"one two three"}) {
			t.Errorf("%q", got)
		}
	})
}

// What does not come is shown as a gap after a while, and put in when it comes
// after all; who follows sees both.
func TestGapIsShownAndAmended(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 3, 1, "one ")))
		time.Sleep(23 * time.Hour)
		deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 3, 3, "three")))
		if n := len(received(t, w)); n != 0 {
			t.Fatalf("%d messages are shown too early", n)
		}
		w.Restart()
		time.Sleep(2 * time.Hour)
		list := received(t, w)
		if got := texts(list); !slices.Equal(got, []string{"one […]three"}) || !slices.Equal(list[0].Missing, []int{2}) {
			t.Fatalf("%q, missing %v", got, list)
		}
		first := list[0].Change
		deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 3, 2, "two ")))
		list = received(t, w)
		if got := texts(list); !slices.Equal(got, []string{"one two three"}) || len(list[0].Missing) != 0 {
			t.Fatalf("%q", got)
		}
		news, err := w.Gateway.Inbox().Await(t.Context(), inbox.Filter{After: first}, time.Second)
		if err != nil || len(news) != 1 || news[0].ID != list[0].ID {
			t.Errorf("who follows sees %+v, %v", news, err)
		}
	})
}

// Random parts of random messages: all that are whole are shown once and right.
func TestRandomParts(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			story(t, func(t *testing.T, w *gatewaytest.World) {
				var pdus, want []string
				for m := range 6 {
					total := 1 + random.IntN(4)
					var whole strings.Builder
					lost := random.IntN(3) == 0
					for seq := 1; seq <= total; seq++ {
						text := fmt.Sprintf("m%dp%d ", m, seq)
						whole.WriteString(text)
						if lost && seq == total && total > 1 {
							continue
						}
						p := tpdu("44", "00", "00", m*9, piece(m%3, total, seq, text))
						pdus = append(pdus, p)
						if random.IntN(4) == 0 {
							pdus = append(pdus, p)
						}
					}
					if !lost || total == 1 {
						want = append(want, whole.String())
					}
				}
				random.Shuffle(len(pdus), func(i, j int) { pdus[i], pdus[j] = pdus[j], pdus[i] })
				for i, p := range pdus {
					deliver(t, w, p)
					if i%5 == 4 {
						w.Restart()
						time.Sleep(5 * time.Second)
					}
				}
				time.Sleep(time.Hour)
				got := texts(received(t, w))
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
				empty(t, w)
			})
		})
	}
}

func TestInboxIsForgotten(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("04", "00", "00", 0, septets("old")))
		before := received(t, w)[0].Change
		deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 3, 1, "one ")))
		time.Sleep(5 * 24 * time.Hour)
		if list := received(t, w); len(list) != 0 {
			t.Errorf("%+v", list)
		}
		deliver(t, w, tpdu("04", "00", "00", 3, septets("new")))
		if list := received(t, w); len(list) != 1 || list[0].Change <= before {
			t.Errorf("%+v after change %d", list, before)
		}
	}, gatewaytest.Configure(func(c *gateway.Config) { c.KeepInbox = 4 * 24 * time.Hour }))
}

// A person answers, and the answer is there.
func TestAnswerOfAPerson(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		anna := w.Network.Subscriber("+4915112345678")
		long := strings.Repeat("Ein langer Text mit Umlauten äöü und €. ", 10)
		for _, text := range []string{"ja", "grüße 🙂", long} {
			if err := anna.Send(gatewaytest.SIM(0).MSISDN, text); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
		}
		if got := texts(received(t, w)); !slices.Equal(got, []string{"ja", "grüße 🙂", long}) {
			t.Errorf("%q", got)
		}
		if m := received(t, w)[0]; m.Sender != anna.MSISDN() || m.Sent.IsZero() {
			t.Errorf("%+v", m)
		}
	}, gatewaytest.On(simulator.NewNetwork()))
}

// A sender has one spelling, whatever that of the network.
func TestSenderHasTheFormOfNumbersThatAreSentTo(t *testing.T) {
	w := gatewaytest.Start(t)
	for as, want := range map[string]string{"+5215541637145": "+525541637145", "+541123456789": "+5491123456789", anna: anna} {
		if err := w.Network.Subscriber(as).Send(gatewaytest.SIM(0).MSISDN, "hello"); err != nil {
			t.Fatal(err)
		}
		for _, filter := range []string{as, want} {
			list, err := w.Gateway.Inbox().Await(t.Context(), inbox.Filter{Sender: filter, After: -1}, time.Minute)
			if err != nil || len(list) != 1 || list[0].Sender != want {
				t.Errorf("%s, looked for as %s: %v, %v", as, filter, list, err)
			}
		}
	}
}

// A sender is stored with its country code, as everywhere, and as the network wrote it; and
// what came is kept as it came.
func TestSendersAsTheNetworkWritesThem(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		for i, tc := range []struct{ address, sender, written string }{
			{"0D91945111325476F8", "+4915112345678", "+4915112345678"},
			{"0C81101521436587", "+4915112345678", "015112345678"},
			{"0D81945111325476F8", "+4915112345678", "4915112345678"},
			{"0581214365", "12345", "12345"},       // a short code
			{"0781214365F7", "1234567", "1234567"}, // no number that there is
			{"07D0" + fmt.Sprintf("%X", pack("Bank", 0)), "Bank", "Bank"},
		} {
			deliver(t, w, fmt.Sprintf("04%s000000101001%d%d0000%s", tc.address, i, 0, septets("hello")))
			list := received(t, w)
			if m := list[len(list)-1]; len(list) != i+1 || m.Sender != tc.sender || m.Written != tc.written || !m.Unread {
				t.Errorf("%+v: %+v", tc, m)
			}
		}
		for seq := range 2 {
			deliver(t, w, "440C811015214365870000"+"00101001900000"+piece(9, 2, seq+1, strings.Repeat("x", 100)))
		}
		list := received(t, w)
		whole := list[len(list)-1]
		if whole.Sender != anna || whole.Written != "015112345678" || len(whole.Missing) != 0 || whole.Total != 2 {
			t.Fatalf("%+v", whole)
		}
		m, err := w.Gateway.Inbox().Get(t.Context(), whole.ID)
		if err != nil || len(m.Raw) != 2 || !strings.Contains(m.Raw[1].PDU, piece(9, 2, 2, strings.Repeat("x", 100))) {
			t.Errorf("%+v, %v", m.Raw, err)
		}
		if m, err := w.Gateway.Inbox().Get(t.Context(), list[0].ID); err != nil || len(m.Raw) != 1 || !strings.HasSuffix(m.Raw[0].PDU, septets("hello")) {
			t.Errorf("%+v, %v", m.Raw, err)
		}
		if by, err := w.Gateway.Inbox().List(t.Context(), inbox.Filter{Sender: anna}); err != nil || len(by) != 4 {
			t.Errorf("%d messages came from her, %v", len(by), err)
		}
	})
}

// All pages of the inbox together are what the filter selects.
func TestPagesOfTheInbox(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	const n = 25_000
	if _, err := w.Gateway.Store(t.Context(), manyIncoming, n); err != nil {
		t.Fatal(err)
	}
	at := func(i int) time.Time { return time.UnixMilli(1_700_000_000_000 + int64(i)*1000) }
	for _, tc := range []struct {
		name string
		f    inbox.Filter
		want func(i int) bool
	}{
		{"all", inbox.Filter{}, func(int) bool { return true }},
		{"nothing that there is", inbox.Filter{Text: "letter"}, func(int) bool { return false }},
		{"a text", inbox.Filter{Text: "parcel no. 77"}, func(i int) bool { return strings.HasPrefix(fmt.Sprint(i), "77") }},
		{"a sender", inbox.Filter{Sender: "+491600000012"}, func(i int) bool { return i%5 == 2 }},
		{"a sender and an app", inbox.Filter{Sender: "+491600000012", App: "taxi"}, func(i int) bool { return i%5 == 2 && i%3 == 2 }},
		{"an app that has none of the newest", inbox.Filter{App: "bank", Line: 2}, func(i int) bool { return i%3 == 1 && i%4 == 1 }},
		{"unread", inbox.Filter{Unread: true}, func(i int) bool { return i%100 == 0 }},
		{"unread of a sender", inbox.Filter{Unread: true, Sender: "+491600000010"}, func(i int) bool { return i%100 == 0 }},
		{"calls", inbox.Filter{Kind: inbox.Call, Since: at(100)}, func(i int) bool { return i%1000 == 0 }},
		{"an hour", inbox.Filter{Since: at(10_000), Until: at(13_600)}, func(i int) bool { return i >= 10_000 && i < 13_600 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var want, got []int64
			for i := n; i > 0; i-- {
				if tc.want(i) {
					want = append(want, int64(i))
				}
			}
			for f := tc.f; ; {
				f.Limit = 500
				p, err := w.Gateway.Inbox().Page(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range p.Messages {
					got = append(got, m.ID)
				}
				if f.Before = p.Next; p.Next == 0 {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d messages, want %d", len(got), len(want))
			}
		})
	}
	for _, f := range []inbox.Filter{{Limit: 501}, {Limit: -1}, {Text: "\xff"}, {Text: strings.Repeat("x", 1001)}, {Kind: "letter"}} {
		if _, err := w.Gateway.Inbox().Page(t.Context(), f); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

// manyIncoming makes rows for as much that came in as the argument says, a second apart, for
// three apps, by four lines and from five senders; every hundredth is unread, every
// thousandth a call.
const manyIncoming = `WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?)
	INSERT INTO incoming (abroad, app, line, sender, sender_raw, named, kind, unread, body, class, pid, reference, wide, parts, have,
		replaces, pdu, repair, sent_at, sent_offset, received_at, last_at, gap_due, gap_end, change, tick)
	SELECT 0, CASE i % 3 WHEN 0 THEN 'shop' WHEN 1 THEN 'bank' ELSE 'taxi' END, 1 + i % 4, '+4916000000' || (10 + i % 5), '', 0,
		CASE WHEN i % 1000 = 0 THEN 'call' ELSE 'text' END, i % 100 = 0, 'Parcel No. ' || i || ' is 100% yours', -1, 0, 0, 0, 1, 1,
		0, '07919471016700000', '', 0, 0, 1700000000000 + i * 1000, 1700000000000 + i * 1000, 0, 0, i, 0 FROM number`

// BenchmarkInbox: pages of the inbox and of conversations with 1,000,000 messages that came in
// and as many that went out, at places all over them.
func BenchmarkInbox(b *testing.B) {
	const n = 1_000_000
	w := gatewaytest.Start(b, gatewaytest.Modems(0))
	for _, fill := range []string{manyIncoming, manyMessages} {
		if _, err := w.Gateway.Store(b.Context(), fill, n); err != nil {
			b.Fatal(err)
		}
	}
	ctx, g := b.Context(), w.Gateway
	filters := map[string]inbox.Filter{
		"all":       {},
		"from":      {Sender: "+491600000012"},
		"app":       {App: "taxi"},
		"unread":    {Unread: true},
		"app+text":  {App: "taxi", Text: "No. 5"},
		"line":      {Line: 4},
		"calls":     {Kind: inbox.Call},
		"rare":      {Text: "No. 500000 "},
		"unread of": {Unread: true, Sender: "+491600000010", App: "bank"},
		"day":       {Since: time.UnixMilli(1_700_300_000_000), Until: time.UnixMilli(1_700_400_000_000), Text: "no such text"},
	}
	all := conversation.View{Sent: true}
	var times, talks []time.Duration
	for b.Loop() {
		place := 1 + int64(len(times))*7919%n
		for name, f := range filters {
			f.Before, f.Limit = place, 50
			began := time.Now()
			if _, err := g.Inbox().Page(ctx, f); err != nil {
				b.Fatal(name, err)
			}
			times = append(times, time.Since(began))
		}
		for _, view := range []conversation.View{all, {}, {Sent: true, SentApp: "shop", CameApp: "shop"}} {
			for _, unread := range []bool{false, true} {
				began := time.Now()
				if _, _, err := g.Conversations().List(ctx, view, unread, conversation.Place{Out: place, In: place}, 50); err != nil {
					b.Fatal(err)
				}
				talks = append(talks, time.Since(began))
			}
			began := time.Now()
			if c, err := g.Conversations().With(ctx, view, "+491600000012", conversation.Place{Out: place, In: place}, 50); err != nil || place > 1000 && len(c.Entries) != 50 {
				b.Fatal(len(c.Entries), err)
			}
			talks = append(talks, time.Since(began))
		}
	}
	b.ReportMetric(0, "ns/op")
	for what, all := range map[string][]time.Duration{"page": times, "conversation": talks} {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms/"+what)
	}
}
