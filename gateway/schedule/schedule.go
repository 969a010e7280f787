// Package schedule reads when something is to happen: times in any time zone, as people and
// programs write them, and the hours in which nobody wants to be disturbed. It holds the
// database of time zones, which small machines lack.
package schedule

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // where the machine has none

	"simgate/gateway/fault"
)

// Zone returns a time zone of the IANA database, such as Europe/Berlin.
func Zone(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fault.NewInvalid("time_zone", "there is no time zone "+fault.Quote(name)+": use a name such as Europe/Berlin or UTC")
	}
	zones.Store(name, z)
	return z, nil
}

// zones are those that were asked for: the database is a file. There are some hundred.
var zones sync.Map

// layouts are those of times without a zone.
var layouts = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"}

// Time reads a time that a field holds: with its offset as RFC 3339 has it, or else as a
// clock in a time zone shows it, "" for none. A time that no clock shows, since it is set
// ahead then, is invalid; of one that it shows twice the first is meant.
func Time(field, s, zone string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, layout := range layouts {
		shown, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if zone == "" {
			return time.Time{}, fault.NewInvalid(field, "it does not say in which time zone: write 2026-01-31T18:00:00+01:00, or set time_zone")
		}
		z, err := Zone(zone)
		if err != nil {
			return time.Time{}, err
		}
		t, gap := at(shown, z)
		if gap > 0 {
			return t, fault.NewInvalid(field, fmt.Sprintf("there is no such time in %s: the clocks are set ahead then; %s is meant?", zone, t.Format("2006-01-02T15:04")))
		}
		return t, nil
	}
	return time.Time{}, fault.NewInvalid(field, "it must be a time such as 2026-01-31T18:00:00+01:00, or 2026-01-31T18:00 with time_zone")
}

// at returns when clocks in a zone show what shown shows in UTC, the first time that they
// do. Where they never do gap is by how much they are set ahead, and the time is that
// later.
func at(shown time.Time, z *time.Location) (t time.Time, gap time.Duration) {
	shows := func(t time.Time) time.Time {
		t = t.In(z)
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	}
	t = time.Date(shown.Year(), shown.Month(), shown.Day(), shown.Hour(), shown.Minute(), shown.Second(), shown.Nanosecond(), z)
	if d := shows(t).Sub(shown); d != 0 {
		// Which of the offsets around the gap the library has taken is not said.
		if d < 0 {
			t, d = t.Add(-d), -d
		}
		return t, d
	}
	for _, back := range []time.Duration{2 * time.Hour, time.Hour, 30 * time.Minute} {
		if first := t.Add(-back); shows(first).Equal(shown) {
			return first, 0
		}
	}
	return t, 0
}

// Quiet is the hours of each day in which nobody is to be disturbed, in a time zone.
type Quiet struct {
	from, to int // minutes after midnight
	Zone     string
}

// None reports whether there are no such hours.
func (q Quiet) None() bool { return q.from == q.to }

// ParseQuiet reads hours such as 21:00-08:00, "" for none, and a zone after a blank, if
// there is one.
func ParseQuiet(s string) (Quiet, error) {
	wrong := fault.NewInvalid("quiet_hours", "they must be written as 21:00-08:00")
	hours, zone, _ := strings.Cut(strings.TrimSpace(s), " ")
	if hours == "" {
		return Quiet{}, nil
	}
	from, to, _ := strings.Cut(hours, "-")
	var at [2]int
	for i, part := range []string{from, to} {
		t, err := time.Parse("15:04", strings.TrimSpace(part))
		if err != nil {
			return Quiet{}, wrong
		}
		at[i] = 60*t.Hour() + t.Minute()
	}
	if at[0] == at[1] {
		return Quiet{}, wrong
	}
	if zone != "" {
		if _, err := Zone(zone); err != nil {
			return Quiet{}, err
		}
	}
	return Quiet{at[0], at[1], zone}, nil
}

// In returns the hours in a zone, where they have none.
func (q Quiet) In(zone string) Quiet {
	q.Zone = cmp.Or(q.Zone, zone)
	return q
}

// String returns the hours as [ParseQuiet] reads them, "" for none.
func (q Quiet) String() string {
	if q.None() {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%02d:%02d-%02d:%02d %s", q.from/60, q.from%60, q.to/60, q.to%60, q.Zone))
}

// After returns the first moment from t on that is not in the quiet hours.
func (q Quiet) After(t time.Time) time.Time {
	z, err := Zone(q.Zone)
	if q.None() || err != nil {
		return t
	}
	local := t.In(z)
	minute := 60*local.Hour() + local.Minute()
	quiet := minute >= q.from && minute < q.to
	days := 0
	if q.from > q.to { // over midnight
		quiet = minute >= q.from || minute < q.to
		if minute >= q.from {
			days = 1
		}
	}
	if !quiet {
		return t
	}
	end, _ := at(time.Date(local.Year(), local.Month(), local.Day()+days, q.to/60, q.to%60, 0, 0, time.UTC), z)
	if !end.After(t) { // the hour that clocks show twice
		return t
	}
	return end
}
