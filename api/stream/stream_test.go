package stream

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// What is sent arrives whole and in its order, however long it is.
func TestSending(t *testing.T) {
	var want []byte
	var all [][]byte
	for i, size := range []int{1, 700, pieceSize - 701, pieceSize, 1, pieceSize + 1, 5, 10 * pieceSize, 0, 700, pieceSize - 700, 1} {
		all = append(all, bytes.Repeat([]byte{'a' + byte(i)}, size))
		want = append(want, all[i]...)
	}
	for _, atOnce := range []int{1, 3, len(all)} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			s := sending{w: w, control: http.NewResponseController(w), stall: time.Minute}
			for i, what := range all {
				if s.add(what); i%atOnce == atOnce-1 {
					if err := s.flush(); err != nil || s.piece != nil {
						t.Error(err)
					}
				}
			}
			if err := s.flush(); err != nil {
				t.Error(err)
			}
		}))
		answer, err := http.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(answer.Body)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d at once: %d octets of %d, %v", atOnce, len(got), len(want), err)
		}
		_ = answer.Body.Close()
		server.Close()
		for range 3 {
			if p := pieces.Get().(*[]byte); len(*p) > 0 || cap(*p) != pieceSize {
				t.Errorf("a piece of %d octets has %d in it", cap(*p), len(*p))
			}
		}
	}
}
