package web

import (
	"fmt"
	"time"

	"golang.org/x/text/message"
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
		bars = append(bars, bar{part.tone, fmt.Sprint(hour*chartStep + 1), number(y), number(height)})
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
func seconds(p *message.Printer, d time.Duration) string {
	switch {
	case d < 10*time.Second && d%time.Second != 0:
		return p.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return p.Sprintf("%.0f s", d.Seconds())
	}
	return p.Sprintf("%.0f min", d.Minutes())
}

// number writes a coordinate.
func number(x float64) string { return fmt.Sprintf("%.1f", x) }

// used is how much of something is used.
type used struct {
	Title, Used, Most string // Most is "" where there is no limit
	Tone, Width       string
}

// use returns n of most, 0 for no limit, as a bar.
func use(title string, n, most any) used {
	of := func(x any) (float64, string) {
		switch x := x.(type) {
		case int:
			return float64(x), fmt.Sprint(x)
		case float64:
			return x, fmt.Sprintf("%.2f", x)
		}
		return 0, ""
	}
	u := used{Title: title, Tone: "good", Width: "0"}
	is, said := of(n)
	limit, bound := of(most)
	if u.Used = said; limit <= 0 {
		return u
	}
	u.Most = bound
	part := min(1, is/limit)
	u.Width = number(100 * part)
	if part >= 1 {
		u.Tone = "bad"
	} else if part >= 0.8 {
		u.Tone = "odd"
	}
	return u
}
