package call

import (
	"testing"

	"simgate/gateway/store/storetest"
)

func TestAChangeOfStateIsOneOfTheMap(t *testing.T) {
	storetest.Walk(t, storetest.Open(t), noun, States, `INSERT INTO call (id, app, recipient, body, file, locale, custom_id, callback, pinned, line,
		due, deadline, accepted_at, state) VALUES (?, '', '', '', '', '', '', '', 0, 0, 0, 0, 0, ?)`, `id = ?`)
}

// A call that is over stays as it is.
func TestFinalStatesNeverMove(t *testing.T) {
	for _, s := range States {
		if open := s == Queued || s == Calling; s.Ended() == open {
			t.Errorf("a call that is %s is over: %v", s, s.Ended())
		}
		if s.Unheard() && !s.Ended() {
			t.Errorf("a call that is %s may still be heard", s)
		}
	}
}
