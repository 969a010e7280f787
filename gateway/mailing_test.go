package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/idempotency"
	"simgate/gateway/webhook"
)

// mail sends a mailing of the shop and returns what came of each number: "new", "same N"
// for the message of the number at N, or the code of the error.
func mail(t testing.TB, w *gatewaytest.World, m gateway.Mailing) (got []string, recipients []gateway.Recipient) {
	t.Helper()
	m.App, m.Text = "shop", "hello"
	recipients, _, err := w.Gateway.SendMailing(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes(recipients), recipients
}

func outcomes(recipients []gateway.Recipient) (got []string) {
	first := map[int64]int{}
	for i, r := range recipients {
		at, twice := first[r.Message]
		switch {
		case r.Err != nil:
			got = append(got, string(fault.CodeOf(r.Err)))
		case twice:
			got = append(got, fmt.Sprint("same ", at))
		default:
			first[r.Message] = i
			got = append(got, "new")
		}
	}
	return got
}

func queued(t testing.TB, w *gatewaytest.World) int {
	t.Helper()
	list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestMailing(t *testing.T) {
	const premium, blocked = "+499001234567", "+4915112345999"
	for _, tc := range []struct {
		name     string
		numbers  []string
		together bool
		want     []string
	}{
		{"two", []string{anna, "+4915112340002"}, false, []string{"new", "new"}},
		{"one twice, in other spellings", []string{anna, "+4915112340002", "00 " + anna[1:], anna[:3] + " " + anna[3:]}, false, []string{"new", "new", "same 0", "same 0"}},
		{"one that is no number", []string{"x", anna, ""}, false, []string{"invalid", "new", "invalid"}},
		{"some that may not be written to", []string{premium, anna, blocked}, false, []string{"forbidden", "new", "forbidden"}},
		{"a service number that is free", []string{"116117", anna}, false, []string{"new", "new"}},
		{"none", []string{premium, "x"}, false, []string{"forbidden", "invalid"}},
		{"all or none: all", []string{anna, "+4915112340002", anna}, true, []string{"new", "new", "same 0"}},
		{"all or none: one is no number", []string{anna, "x"}, true, []string{"conflict", "invalid"}},
		{"all or none: one is blocked", []string{anna, blocked, "x"}, true, []string{"conflict", "forbidden", "invalid"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := gatewaytest.Start(t, gatewaytest.Modems(0))
			if _, err := w.Gateway.Guard().SetRule(t.Context(), guard.NewRule{Kind: guard.Block, Key: blocked}); err != nil {
				t.Fatal(err)
			}
			rehearsed, err := w.Gateway.RehearseMailing(t.Context(), gateway.Mailing{NewMessage: gateway.NewMessage{App: "shop", Text: "hello"}, Numbers: tc.numbers, Together: tc.together})
			if err != nil || queued(t, w) != 0 {
				t.Fatalf("rehearsing made %d messages: %v", queued(t, w), err)
			}
			got, list := mail(t, w, gateway.Mailing{Numbers: tc.numbers, Together: tc.together})
			if !slices.Equal(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
			made := 0
			for i, r := range list {
				if got[i] == "new" {
					made++
				}
				if r.Number != tc.numbers[i] || (r.Err == nil) != (r.State == gateway.Queued) {
					t.Errorf("number %d is %+v", i, r)
				}
				if q := rehearsed[i]; q.Err != nil || q.Rehearsal.Refusal != nil {
					if allowed := got[i] == "new" || strings.HasPrefix(got[i], "same"); allowed {
						t.Errorf("number %d was refused in the rehearsal: %+v", i, q)
					}
				} else if got[i] != "conflict" && r.Err != nil {
					t.Errorf("number %d was allowed in the rehearsal: %v", i, r.Err)
				}
			}
			if n := queued(t, w); n != made {
				t.Errorf("%d messages are queued, %d were answered", n, made)
			}
		})
	}
}

// Each number gets its own text, once, whatever is asked again; one that cannot be sent is
// refused alone.
func TestMailingOfTexts(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	const bob, eve = "+4915112340002", "+4915112340003"
	m := gateway.Mailing{NewMessage: gateway.NewMessage{App: "shop", Once: idempotency.Request{Key: "k", Route: "r", Fingerprint: []byte("f")}},
		Numbers: []string{anna, bob, eve, "x", bob}, Texts: []string{"Hello Anna", "Hello Bob ☕ " + strings.Repeat("and so on ", 8), "", "Hello nobody", "Hello again"}}
	rehearsed, err := w.Gateway.RehearseMailing(t.Context(), m)
	if err != nil || queued(t, w) != 0 {
		t.Fatalf("rehearsing made %d messages: %v", queued(t, w), err)
	}
	if a, b := rehearsed[0].Rehearsal.Text, rehearsed[1].Rehearsal; a.Parts != 1 || a.Unicode || b.Text.Parts != 2 || !b.Text.Unicode || b.Wide != "☕" || fault.CodeOf(rehearsed[2].Err) != fault.Invalid {
		t.Errorf("the rehearsal says %+v", rehearsed)
	}
	for range 2 {
		got, _, err := w.Gateway.SendMailing(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"new", "new", "invalid", "invalid", "same 1"}; !slices.Equal(outcomes(got), want) {
			t.Errorf("%q, want %q", outcomes(got), want)
		}
	}
	list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{})
	if err != nil || len(list) != 2 || list[1].Text != m.Texts[0] || list[0].Text != m.Texts[1] || list[0].Total != 2 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestWrongMailing(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	many := slices.Repeat([]string{anna}, gateway.MaxMailing+1)
	for _, tc := range []struct {
		name, field string
		m           gateway.Mailing
	}{
		{"no number", "to", gateway.Mailing{}},
		{"a text too few", "text", gateway.Mailing{Numbers: []string{anna, "+4915112340002"}, Texts: []string{"hello"}}},
		{"too many", "to", gateway.Mailing{Numbers: many}},
		{"too many of which all or none", "to", gateway.Mailing{Numbers: many[:gateway.MaxTogether+1], Together: true}},
		{"no text", "text", gateway.Mailing{Numbers: many[:1], NewMessage: gateway.NewMessage{Text: " "}}},
		{"too long a text", "text", gateway.Mailing{Numbers: many[:1], NewMessage: gateway.NewMessage{Text: strings.Repeat("я", 40_000)}}},
		{"no such line", "line", gateway.Mailing{Numbers: many[:1], NewMessage: gateway.NewMessage{Line: 9}}},
		{"a callback that nobody has allowed", "callback", gateway.Mailing{Numbers: many[:1], NewMessage: gateway.NewMessage{Callback: webhook.Callback{URL: "https://example.com/", Format: "standard"}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.m.App = "shop"
			if tc.m.Text == "" {
				tc.m.Text = "hello"
			}
			_, _, err := w.Gateway.SendMailing(t.Context(), tc.m)
			if e, ok := errors.AsType[*fault.Error](err); !ok || e.Code != fault.Invalid || e.Field != tc.field {
				t.Errorf("%v", err)
			}
			if _, again := w.Gateway.RehearseMailing(t.Context(), tc.m); fault.MessageOf(again) != fault.MessageOf(err) {
				t.Errorf("rehearsed: %v", again)
			}
			if queued(t, w) != 0 {
				t.Error("something was accepted")
			}
		})
	}
}

// A thousand numbers of which one is bad are a thousand answers and 999 messages.
func TestMailingWithOneBadNumber(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	numbers := manyNumbers(1000)
	numbers[617] = "+49"
	got, list := mail(t, w, gateway.Mailing{Numbers: numbers})
	for i, o := range got {
		if want := map[bool]string{true: "invalid", false: "new"}[i == 617]; o != want {
			t.Errorf("number %d: %s, %v", i, o, list[i].Err)
		}
	}
	if _, n, err := w.Gateway.Queue(t.Context()); n != 999 || err != nil {
		t.Errorf("%d are queued, %v", n, err)
	}
}

func manyNumbers(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("+4915112%06d", i)
	}
	return list
}

// A mailing whose caller goes away in the middle, as one whose process ends, has some of
// its messages. The same request again makes the others, and no message twice, with the
// answers of the first time; a third only repeats them.
func TestMailingGoesOn(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	numbers := manyNumbers(3000)
	numbers[3], numbers[2999], numbers[1000], numbers[2000] = "x", numbers[0], numbers[1], "+499001234567"
	m := gateway.Mailing{Numbers: numbers}
	m.Once = idempotency.Request{Key: "k", Route: "POST /v1/messages", Fingerprint: []byte("body")}
	m.App, m.Text = "shop", "hello"

	ctx, cancel := context.WithCancel(t.Context())
	var cut []gateway.Recipient
	var err error
	var sending sync.WaitGroup
	sending.Go(func() { cut, _, err = w.Gateway.SendMailing(ctx, m) })
	for {
		if _, n, e := w.Gateway.Queue(t.Context()); n > 0 || e != nil {
			break
		}
	}
	cancel()
	sending.Wait()
	if err != nil || cut[0].Err != nil || fault.CodeOf(cut[2998].Err) != fault.Unavailable || fault.CodeOf(cut[3].Err) != fault.Invalid {
		t.Fatalf("the first request was not cut off: %v, %+v", err, cut[2998])
	}
	w.Restart()
	whole, replayed, err := w.Gateway.SendMailing(t.Context(), m)
	if err != nil || replayed {
		t.Fatalf("replayed %v: %v", replayed, err)
	}
	for i, r := range whole {
		switch {
		case i == 3 || i == 2000:
			if r.Err == nil {
				t.Errorf("number %d was accepted", i)
			}
		case r.Err != nil || cut[i].Err == nil && cut[i].Message != r.Message:
			t.Errorf("number %d: %+v, after %+v", i, r, cut[i])
		}
	}
	if whole[2999].Message != whole[0].Message || whole[1000].Message != whole[1].Message {
		t.Error("a number that is named twice has two messages")
	}
	again, replayed, err := w.Gateway.SendMailing(t.Context(), m)
	if err != nil || !replayed || fmt.Sprint(outcomes(again)) != fmt.Sprint(outcomes(whole)) || again[2998].Message != whole[2998].Message || again[2999].State != gateway.Queued {
		t.Errorf("replayed %v, %v", replayed, err)
	}
	if _, n, err := w.Gateway.Queue(t.Context()); n != 2996 || err != nil {
		t.Errorf("%d are queued, %v", n, err)
	}
	m.Once.Fingerprint = []byte("another body")
	if _, _, err := w.Gateway.SendMailing(t.Context(), m); !errors.Is(err, idempotency.ErrOtherRequest) {
		t.Errorf("with another body: %v", err)
	}
}

// BenchmarkMailing: ten thousand numbers in one call, until the caller is answered; and the
// longest that another caller waits meanwhile.
func BenchmarkMailing(b *testing.B) {
	w := gatewaytest.Start(b, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) { c.MaxQueue = 1 << 30 }))
	m := gateway.Mailing{Numbers: manyNumbers(gateway.MaxMailing)}
	m.App, m.Text = "shop", "a message of the usual length, more or less"
	var longest time.Duration
	var took []time.Duration
	for b.Loop() {
		done := make(chan struct{})
		var other sync.WaitGroup
		other.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				began := time.Now()
				if _, err := w.Gateway.Send(b.Context(), gateway.NewMessage{App: "bank", To: anna, Text: "hello"}); err != nil {
					b.Error(err)
					return
				}
				longest = max(longest, time.Since(began))
			}
		})
		began := time.Now()
		list, _, err := w.Gateway.SendMailing(b.Context(), m)
		took = append(took, time.Since(began))
		close(done)
		other.Wait()
		if err != nil || list[len(list)-1].Err != nil {
			b.Fatal(err, list[len(list)-1].Err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms/10000")
	b.ReportMetric(float64(longest.Milliseconds()), "others-max-ms")
}
