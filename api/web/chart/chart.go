// Package chart has the shapes of the pictures on the pages, which templates draw as SVG.
package chart

import (
	"fmt"

	"golang.org/x/text/message"
)

// Bar is a bar of a chart.
type Bar struct {
	Tone         string
	X, Y, Height string
}

// The size of the chart of a day, in units of its own.
const (
	dayHeight = 62
	dayStep   = 10 // from one hour to the next
)

// Stack returns the bars of an hour, of which the busiest has most codes.
func Stack(hour, most, right, open, ended int) (bars []Bar) {
	y := float64(dayHeight + 1)
	for _, part := range []struct {
		tone string
		n    int
	}{{"good", right}, {"busy", open}, {"bad", ended}} {
		if part.n == 0 {
			continue
		}
		height := dayHeight * float64(part.n) / float64(max(1, most))
		y -= height
		bars = append(bars, Bar{part.tone, fmt.Sprint(hour*dayStep + 1), Coordinate(y), Coordinate(height)})
	}
	return bars
}

// Share returns n as a share of most, in hundreds.
func Share(n, most int) string { return fmt.Sprintf("%.1f", 100*float64(n)/float64(max(1, most))) }

// Coordinate writes a coordinate.
func Coordinate(x float64) string { return fmt.Sprintf("%.1f", x) }

// Used is how much of something is used.
type Used struct {
	Title, Used, Most string // Most is "" where there is no limit
	Tone, Width       string
}

// Use returns n of most, 0 for no limit, as a bar, with the numbers as the reader writes them.
func Use(p *message.Printer, title string, n, most any) Used {
	of := func(x any) (float64, string) {
		switch x := x.(type) {
		case int:
			return float64(x), p.Sprintf("%d", x)
		case float64:
			return x, p.Sprintf("%.2f", x)
		}
		return 0, ""
	}
	u := Used{Title: title, Tone: "good", Width: "0"}
	is, said := of(n)
	limit, bound := of(most)
	if u.Used = said; limit <= 0 {
		return u
	}
	u.Most = bound
	part := min(1, is/limit)
	u.Width = Coordinate(100 * part)
	if part >= 1 {
		u.Tone = "bad"
	} else if part >= 0.8 {
		u.Tone = "odd"
	}
	return u
}
