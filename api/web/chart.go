package web

import (
	"fmt"
	"time"
)

// bar is a bar of a chart.
type bar struct {
	Tone         string
	X, Y, Height string
}

// The size of the chart of a day, in units of its own.
const (
	chartHeight = 62
	chartStep   = 10 // from one hour to the next
)

// stack returns the bars of an hour, of which the busiest has most codes.
func stack(hour, most, right, open, ended int) (bars []bar) {
	y := float64(chartHeight + 1)
	for _, part := range []struct {
		tone string
		n    int
	}{{"good", right}, {"busy", open}, {"bad", ended}} {
		if part.n == 0 {
			continue
		}
		height := chartHeight * float64(part.n) / float64(max(1, most))
		y -= height
		bars = append(bars, bar{part.tone, fmt.Sprint(hour*chartStep + 1), fmt.Sprintf("%.1f", y), fmt.Sprintf("%.1f", height)})
	}
	return bars
}

// share returns n as a share of most, in hundreds.
func share(n, most int) string { return fmt.Sprintf("%.1f", 100*float64(n)/float64(max(1, most))) }

// most returns how many the largest bucket has.
func most(all []bucket) (n int) {
	for _, b := range all {
		n = max(n, b.N)
	}
	return n
}

// seconds says how long something took, as people say it.
func seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second && d%time.Second != 0:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}
