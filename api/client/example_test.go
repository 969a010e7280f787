package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"simgate/api"
	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

// An app sends a message, and says by which of its orders it is: however often it does so, one
// message goes out.
func ExampleClient_Once() {
	address, token := demonstration()
	ctx := context.Background()
	sms := client.New(address, token)
	for range 2 {
		m, err := sms.Once("order-17-ready").Send(ctx, "+4915112345678", "Your order is ready")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(m.To, m.State == "queued" || m.State == "sending" || m.State == "sent" || m.State == "delivered")
	}
	list, err := sms.Messages(ctx, client.Filter{To: "+4915112345678", Limit: 10})
	fmt.Println(len(list), err)
	// Output:
	// +4915112345678 true
	// +4915112345678 true
	// 1 <nil>
}

// An app verifies the number of a person.
func ExampleClient_CheckVerification() {
	address, token := demonstration()
	ctx := context.Background()
	sms := client.New(address, token)
	v, err := sms.StartVerification(ctx, client.NewVerification{To: "+4915112345679", Brand: "My shop"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.State)
	checked, err := sms.CheckVerification(ctx, "+4915112345679", "000000") // what the person types
	fmt.Println(checked.Verified, err)
	// Output:
	// pending
	// false <nil>
}

// What the gateway refuses is a problem, with a reason for programs.
func ExampleClient_OptOut() {
	address, token := demonstration()
	ctx := context.Background()
	sms := client.New(address, token)
	if _, err := sms.OptOut(ctx, v1.NewOptOut{Number: "+4915112345670"}); err != nil {
		fmt.Println(err)
	}
	_, err := sms.Send(ctx, "+4915112345670", "News!")
	if p, ok := errors.AsType[*v1.Problem](err); ok && p.Reason == fault.OptedOut {
		fmt.Println("do not write to", "+4915112345670", "again")
	}
	// Output: do not write to +4915112345670 again
}

// An app follows what becomes of its messages.
func ExampleClient_Follow() {
	address, token := demonstration()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sms := client.New(address, token)
	changes, err := sms.Follow(ctx, client.Follow{Kinds: []string{"message"}, To: "+4915112345671"}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer changes.Close()
	if _, err := sms.Send(ctx, "+4915112345671", "Your order is ready"); err != nil {
		fmt.Println(err)
	}
	change, err := changes.Next()
	fmt.Println(change.Kind, change.Message.To, err)
	// Output: message.queued +4915112345671 <nil>
}

// demonstration returns the address of the gateway of all examples, and a key.
func demonstration() (address, token string) {
	shown.once.Do(func() {
		w := gatewaytest.Start(shown)
		server := httptest.NewServer(api.New(api.Config{}, w.Gateway, slog.New(slog.DiscardHandler)).Handler())
		shown.Cleanup(server.Close)
		shown.address, shown.key = server.URL, w.Key(shown, "shop", key.SendMessages, key.SendCodes, key.CheckCodes, key.Read)
	})
	return shown.address, shown.key
}

var shown = &stage{}

func TestMain(m *testing.M) {
	m.Run() // examples too
	shown.end()
}

// stage is what a gateway needs of a test, for examples, which have none.
type stage struct {
	testing.TB
	once         sync.Once
	address, key string
	ends         []func()
}

func (*stage) Helper()                   {}
func (*stage) Output() io.Writer         { return io.Discard }
func (*stage) Context() context.Context  { return context.Background() }
func (*stage) Errorf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (*stage) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (*stage) Fatal(a ...any)            { panic(fmt.Sprint(a...)) }
func (s *stage) Cleanup(end func())      { s.ends = append(s.ends, end) }

func (s *stage) TempDir() string {
	folder, err := os.MkdirTemp("", "simgate-example")
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

func (s *stage) end() {
	for _, end := range slices.Backward(s.ends) {
		end()
	}
}
