package gateway_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"simgate/gateway/gatewaytest"
	"simgate/gateway/workflow"
	"simgate/modem/simulator"
)

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *logBuffer) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// Whatever becomes of a code, no log holds it, nor the number, at any level.
func TestCodesAreNotInTheLog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log logBuffer
		w := gatewaytest.Start(t, gatewaytest.LogTo(&log))
		time.Sleep(5 * time.Second)
		w.SIMs[0].On("+CMGS", simulator.Refuse(42)) // refused once
		first := start(t, w, anna)
		time.Sleep(10 * time.Second)
		check(t, w, anna, wrong(first.Code))
		start(t, w, anna)
		w.SIMs[0].On("+CMGS", simulator.LoseAnswer()) // and unknown once
		time.Sleep(5 * time.Minute)
		w.Restart()
		second := startWith(t, w, workflow.Numbered[2])
		time.Sleep(2 * time.Minute)
		check(t, w, anna, second.Code)
		w.Stop()
		log.mu.Lock()
		defer log.mu.Unlock()
		text := log.text.String()
		if !strings.Contains(text, "level=DEBUG") || !strings.Contains(text, "not sent") {
			t.Fatalf("the log does not tell of all this: %s", text)
		}
		for what, secret := range map[string]string{"a code": first.Code, "the code of another": second.Code, "a wrong code": wrong(first.Code), "the number": anna[3:]} {
			if strings.Contains(text, secret) {
				t.Errorf("the log contains %s", what)
			}
		}
	})
}
