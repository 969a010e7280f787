package notify

import (
	"errors"
	"strings"
	"time"
)

// Quiet are the hours of a day in which only what is urgent is told, from one time of day
// to another, perhaps over midnight. The zero value is none.
type Quiet struct{ from, to time.Duration }

// ParseQuiet reads hours such as 22:00-07:00, "" for none.
func ParseQuiet(s string) (Quiet, error) {
	if s == "" {
		return Quiet{}, nil
	}
	from, to, ok := strings.Cut(s, "-")
	a, err1 := time.Parse("15:04", strings.TrimSpace(from))
	b, err2 := time.Parse("15:04", strings.TrimSpace(to))
	if !ok || err1 != nil || err2 != nil || a.Equal(b) {
		return Quiet{}, errors.New("must be two times of day, such as 22:00-07:00")
	}
	midnight := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	return Quiet{a.Sub(midnight), b.Sub(midnight)}, nil
}

// left returns how long it is until the quiet hours end, 0 outside of them.
func (q Quiet) left(t time.Time) time.Duration {
	day := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
	switch {
	case q.from < q.to && day >= q.from && day < q.to, q.from > q.to && day < q.to:
		return q.to - day
	case q.from > q.to && day >= q.from:
		return q.to + 24*time.Hour - day
	}
	return 0
}
