package clock_test

import (
	"testing"
	"time"

	"simgate/gateway/clock"
)

func TestMoment(t *testing.T) {
	up, wall := 5*time.Second, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := clock.New(clock.Source{Boot: "a", Uptime: func() time.Duration { return up }, Wall: func() time.Time { return wall }})
	if now := c.Now(); now.Up != 5000 || now.Tick != 5000 || !now.Wall.Time().Equal(wall) {
		t.Fatalf("a new clock shows %+v", now)
	}
	c.SetTick(90_000, c.Uptime())
	up += time.Second
	wall = wall.AddDate(1, 0, 0) // somebody sets the clock
	now := c.Now()
	if now.Tick != 91_000 || c.Tick() != 91_000 {
		t.Errorf("ticks are moved by setting the clock: %d", now.Tick)
	}
	if got := now.AtUptime(7000); got != now.Wall.Add(time.Second) {
		t.Errorf("a second ahead is %v", got.Time())
	}
	if got := now.AtTick(90_000); got != now.Wall.Add(-time.Second) {
		t.Errorf("a second ago is %v", got.Time())
	}
}

func TestNoTime(t *testing.T) {
	if !clock.Wall(0).Time().IsZero() || clock.WallOf(time.Time{}) != 0 {
		t.Error("0 is not the zero time")
	}
	if now := time.UnixMilli(1234567).UTC(); clock.WallOf(now).Time() != now {
		t.Error("a time does not survive")
	}
}
