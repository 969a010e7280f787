package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// valueError is a value that cannot be read, with its line: the library forgets
// that for types of our own.
type valueError struct {
	error
	line int
}

// atLine reads the text of a node.
func atLine(node ast.Node, read func(string) error) error {
	if err := read(node.GetToken().Value); err != nil {
		return valueError{err, node.GetToken().Position.Line}
	}
	return nil
}

// Duration is a length of time that may be written in days: 30d, 12h, 1m30s.
type Duration time.Duration

const day = 24 * time.Hour

// UnmarshalYAML reads it.
func (d *Duration) UnmarshalYAML(node ast.Node) error { return atLine(node, d.read) }

func (d *Duration) read(s string) error {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 100_000 {
			return fmt.Errorf("%q is not a length of time: write it as 30d, 12h, 5m or 10s", s)
		}
		*d = Duration(time.Duration(n) * day)
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is not a length of time: write it as 30d, 12h, 5m or 10s", s)
	}
	*d = Duration(v)
	return nil
}

// duration reads one that is written in this program.
func duration(s string) Duration {
	var d Duration
	if err := d.read(s); err != nil {
		panic(err)
	}
	return d
}

// Size is a number of octets that may be written as 64KB or 1MB.
type Size int64

// UnmarshalYAML reads it.
func (s *Size) UnmarshalYAML(node ast.Node) error { return atLine(node, s.read) }

func (s *Size) read(text string) error {
	number, unit := text, int64(1)
	for suffix, factor := range map[string]int64{"KB": 1 << 10, "MB": 1 << 20} {
		if rest, ok := strings.CutSuffix(number, suffix); ok {
			number, unit = rest, factor
		}
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is not a size: write it as 512, 64KB or 1MB", text)
	}
	*s = Size(n * unit)
	return nil
}

// PIN is a PIN of a SIM, which no print shows.
type PIN string

func (p PIN) String() string {
	if p == "" {
		return ""
	}
	return "…"
}

// GoString is String: %#v must not show it either.
func (p PIN) GoString() string { return p.String() }
