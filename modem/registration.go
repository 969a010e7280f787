package modem

import (
	"context"
	"time"
)

// searching is how long the modem has been looking for a network in vain.
type searching struct {
	since time.Time // zero: it is not
	tries int
}

// repairPauses are the times of a search after which the radio is switched off
// and on. A modem that lost its network in a bad moment, or was left with the
// choice of an operator that is not here, often finds it only then.
var repairPauses = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour}

// repairRegistration helps a modem that finds no network. One that the network
// denies is left alone: asking again and again is what gets a SIM blocked.
func (s *session) repairRegistration(ctx context.Context) error {
	switch {
	case s.net.canSend(), s.net.denied(), s.net.packet == 1, s.net.packet == 5:
		s.searching = searching{}
		return nil
	case s.searching.since.IsZero():
		s.searching.since = time.Now()
		return nil
	}
	pause := repairPauses[min(s.searching.tries, len(repairPauses)-1)]
	if time.Since(s.searching.since) < pause {
		return nil
	}
	s.searching = searching{since: time.Now(), tries: s.searching.tries + 1}
	s.m.notice(ctx, Notice{Kind: NoticeRecovery, Text: "the modem has found no network for " + pause.String() + "; its radio is switched off and on"})
	for _, cmd := range []string{"+CFUN=4", "+CFUN=1", "+COPS=0"} {
		if _, _, err := s.try(ctx, cmd, registering); err != nil {
			return err
		}
	}
	return nil
}

// registering is how long +COPS=0 may take, which waits for the network.
const registering = 3 * time.Minute

// denial asks why the network denies registration, "" where the modem does not
// tell (+CEER, TS 27.007 6.10).
func (s *session) denial(ctx context.Context) (string, error) {
	info, _, err := s.try(ctx, "+CEER", command)
	cause := behind(info, "+CEER:")
	if cause == "" {
		cause = bare(info)
	}
	return cause, err
}
