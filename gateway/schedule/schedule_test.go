package schedule_test

import (
	"strings"
	"testing"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/schedule"
)

func TestTime(t *testing.T) {
	for _, tc := range []struct{ s, zone, want, wrong string }{
		{"2026-01-31T18:00:00+01:00", "", "2026-01-31T17:00:00Z", ""},
		{" 2026-01-31T18:00:00Z ", "Asia/Tokyo", "2026-01-31T18:00:00Z", ""},
		{"2026-01-31T18:00", "Asia/Kathmandu", "2026-01-31T12:15:00Z", ""},
		{"2026-07-01 09:30:15", "America/New_York", "2026-07-01T13:30:15Z", ""},
		{"2026-03-29T01:59:59", "Europe/Berlin", "2026-03-29T00:59:59Z", ""},
		{"2026-03-29T02:30", "Europe/Berlin", "", "2026-03-29T03:30"},
		{"2026-03-08T02:00", "America/New_York", "", "2026-03-08T03:00"},
		{"2026-10-04T02:15", "Australia/Lord_Howe", "", "2026-10-04T02:45"}, // by half an hour
		{"2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00Z", ""},
		{"2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z", ""}, // the first of two
		{"2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00:00Z", ""},
		{"2026-01-31T18:00", "", "", "time zone"},
		{"2026-01-31T18:00", "Europe/Atlantis", "", "no time zone"},
		{"2026-01-31T18:00", "Local", "", "no time zone"},
		{"2026-01-31T18:00", "../etc/passwd", "", "no time zone"},
		{"2026-02-30T18:00", "UTC", "", "such as"},
		{"tomorrow", "UTC", "", "such as"},
		{"1770000000", "UTC", "", "such as"},
	} {
		got, err := schedule.Time("not_before", tc.s, tc.zone)
		if tc.wrong != "" {
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), tc.wrong) {
				t.Errorf("%s in %q: %v", tc.s, tc.zone, err)
			}
		} else if err != nil || got.UTC().Format(time.RFC3339) != tc.want {
			t.Errorf("%s in %q is %v, %v; want %s", tc.s, tc.zone, got.UTC(), err, tc.want)
		}
	}
}

func TestQuietHours(t *testing.T) {
	for _, tc := range []struct{ hours, at, want string }{
		{"21:00-08:00 Europe/Berlin", "2026-01-31T20:30:00Z", "2026-02-01T07:00:00Z"},
		{"21:00-08:00 Europe/Berlin", "2026-01-31T19:59:59Z", "2026-01-31T19:59:59Z"},
		{"21:00-08:00 Europe/Berlin", "2026-02-01T06:59:00Z", "2026-02-01T07:00:00Z"},
		{"21:00-08:00 Europe/Berlin", "2026-02-01T07:00:00Z", "2026-02-01T07:00:00Z"},
		{"12:00-14:30 Asia/Tokyo", "2026-02-01T04:00:00Z", "2026-02-01T05:30:00Z"},
		{"21:00-02:30 Europe/Berlin", "2026-03-28T22:00:00Z", "2026-03-29T01:30:00Z"}, // 02:30 is not there, 03:30 is
		{"00:00-02:30 Europe/Berlin", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"},
		{"00:00-02:30 Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-25T01:10:00Z"}, // 02:10 for the second time
		{"", "2026-01-31T23:00:00Z", "2026-01-31T23:00:00Z"},
	} {
		q, err := schedule.ParseQuiet(tc.hours)
		at, _ := time.Parse(time.RFC3339, tc.at)
		if got := q.After(at).UTC().Format(time.RFC3339); err != nil || got != tc.want || q.String() != tc.hours {
			t.Errorf("after %s in %q it is %s, %v; want %s", tc.at, q, got, err, tc.want)
		}
	}
	for _, s := range []string{"21-8", "25:00-08:00", "08:00-08:00", "21:00", "night", "21:00-08:00 Mars/Base"} {
		if q, err := schedule.ParseQuiet(s); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q is %v, %v", s, q, err)
		}
	}
	if q, err := schedule.ParseQuiet("21:00-08:00"); err != nil || q.In("UTC").String() != "21:00-08:00 UTC" || q.In("UTC").In("Asia/Tokyo").Zone != "UTC" {
		t.Error(q, err)
	}
}
