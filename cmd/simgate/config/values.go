package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that can also be written in days: 30d, 12h, 1m30s.
type Duration time.Duration

const (
	day     = 24 * time.Hour
	maxDays = 100_000 // 273 years; a time.Duration ends at 292
)

var errDuration = errors.New("must be a length of time, such as 30d, 12h, 5m or 10s")

// UnmarshalText parses a duration of at most 100,000 days.
func (d *Duration) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.ParseUint(days, 10, 32)
		if err != nil || n > maxDays {
			return errDuration
		}
		*d = Duration(time.Duration(n) * day)
		return nil
	}
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return errDuration
	}
	*d = Duration(v)
	return nil
}

// MarshalText is String, for flags.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String omits zero units: 10m, not 10m0s.
func (d Duration) String() string {
	if d >= Duration(day) && d%Duration(day) == 0 {
		return fmt.Sprintf("%dd", d/Duration(day))
	}
	s := time.Duration(d).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// Size is a number of octets, written as 512, 64KB or 1MB.
type Size int64

var errSize = errors.New("must be a size, such as 512, 64KB or 1MB")

// UnmarshalText parses a size.
func (s *Size) UnmarshalText(text []byte) error {
	number, unit := string(text), Size(1)
	for suffix, factor := range map[string]Size{"KB": 1 << 10, "MB": 1 << 20} {
		if rest, ok := strings.CutSuffix(number, suffix); ok {
			number, unit = rest, factor
		}
	}
	n, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return errSize
	}
	*s = Size(n) * unit
	return nil
}

// String is the size in the largest unit that it is a whole number of.
func (s Size) String() string {
	switch {
	case s >= 1<<20 && s%(1<<20) == 0:
		return fmt.Sprintf("%dMB", int64(s>>20))
	case s >= 1<<10 && s%(1<<10) == 0:
		return fmt.Sprintf("%dKB", int64(s>>10))
	}
	return strconv.FormatInt(int64(s), 10)
}

// Share is a fraction between 0 and 1, written as 30% or 0.3.
type Share float64

var errShare = errors.New("must be a share between 0% and 100%, such as 30%")

// UnmarshalText parses a share.
func (s *Share) UnmarshalText(text []byte) error {
	number, percent := strings.CutSuffix(string(text), "%")
	n, err := strconv.ParseFloat(number, 64)
	if percent {
		n /= 100
	}
	if err != nil || !(n >= 0 && n <= 1) {
		return errShare
	}
	*s = Share(n)
	return nil
}

// String is the share in percent.
func (s Share) String() string {
	return strconv.FormatFloat(math.Round(float64(s)*1e8)/1e6, 'f', -1, 64) + "%"
}

// Amount is an amount of money in millionths, written as 0.075.
type Amount int64

var errAmount = errors.New("must be an amount such as 0.075, with at most six decimals")

// UnmarshalText parses an amount.
func (a *Amount) UnmarshalText(text []byte) error {
	whole, part, _ := strings.Cut(string(text), ".")
	if len(part) > 6 {
		return errAmount
	}
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", 6-len(part)), 10, 50)
	if err != nil {
		return errAmount
	}
	*a = Amount(n)
	return nil
}

// String is the amount with at least two decimals.
func (a Amount) String() string {
	written := strings.TrimRight(fmt.Sprintf("%d.%06d", int64(a)/1e6, int64(a)%1e6), "0")
	if whole, part, _ := strings.Cut(written, "."); len(part) < 2 {
		return whole + "." + (part + "00")[:2]
	}
	return written
}

// PIN is the PIN of a SIM. It is masked when it is printed, logged or marshalled.
type PIN string

func (p PIN) String() string {
	if p == "" {
		return ""
	}
	return "…"
}

// GoString is String, so that %#v masks it too.
func (p PIN) GoString() string { return p.String() }

// MarshalText is String, so that JSON masks it too.
func (p PIN) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Secret is a password, a token, or a URL that is as good as one. It is masked when it is
// printed, logged or marshalled.
type Secret string

func (s Secret) String() string { return PIN(s).String() }

// GoString is String, so that %#v masks it too.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String, so that JSON masks it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
