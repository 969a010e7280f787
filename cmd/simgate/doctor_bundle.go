package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"

	"simgate/cmd/simgate/cli"
	"simgate/modem/simulator"
)

// writeBundle writes a report without secrets, which can be shared.
func writeBundle(path string, app *cli.App, e examination) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "simgate %s, %s %s/%s\n\n", e.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if err := cli.WriteJSON(&b, e); err != nil {
		return err
	}
	if raw, err := os.ReadFile(app.ConfigPath); err == nil {
		fmt.Fprintf(&b, "\nconfiguration\n\n%s", raw)
	}
	return os.WriteFile(path, []byte(maskSecrets(b.String())), 0o600)
}

var (
	// secretLine matches a configuration entry with a secret value.
	secretLine = regexp.MustCompile(`(?im)^(\s*-?\s*"?[a-z_]*(?:pin|key|secret|token|password)[a-z_]*"?\s*[:=]\s*).*$`)
	// secretInside matches one in a line with others.
	secretInside = regexp.MustCompile(`(?i)([{,]\s*"?[a-z_]*(?:pin|key|secret|token|password)[a-z_]*"?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^,}\n]*)`)
	apiToken     = regexp.MustCompile(`simgate_[0-9A-Za-z_]+`)
	// longDigits matches phone numbers, and the numbers of SIMs and devices.
	longDigits = regexp.MustCompile(`\+?[0-9]{7,}`)
	// shortDigits matches what could be a code or a PIN.
	shortDigits = regexp.MustCompile(`"[0-9]{4,6}"`)
	digit       = regexp.MustCompile(`[0-9]`)
)

// maskSecrets removes secrets from a text. Of long numbers the first five digits stay,
// which tell the country, network or type of device.
func maskSecrets(s string) string {
	s = secretLine.ReplaceAllString(s, "${1}…")
	s = secretInside.ReplaceAllString(s, "${1}…")
	s = apiToken.ReplaceAllString(s, "simgate_…")
	return maskNumbers(shortDigits.ReplaceAllString(s, `"…"`))
}

// maskNumbers removes long numbers but for their first five digits.
func maskNumbers(s string) string {
	return longDigits.ReplaceAllStringFunc(s, func(number string) string {
		const shown = 5
		return number[:shown] + strings.Repeat("0", len(number)-shown)
	})
}

// transcript records the dialogue with a modem.
type transcript struct{ raw bytes.Buffer }

func (t *transcript) wrap(port io.ReadWriteCloser) io.ReadWriteCloser {
	return simulator.Record(port, &t.raw)
}

var step = regexp.MustCompile(`^[0-9.]+ ([<>]) (.*)$`)

// maskAnswers removes secrets from the answers of a modem, and keeps their form: what was
// a digit is one.
func maskAnswers(s string) string {
	return maskNumbers(shortDigits.ReplaceAllStringFunc(s, func(number string) string { return digit.ReplaceAllString(number, "0") }))
}

// masked returns the transcript for a test, without secrets. Consecutive reads are
// joined first, because a number may be split between two.
func (t *transcript) masked(profile string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# profile: %s\n", profile)
	var direction, text string
	flush := func() {
		if text != "" {
			fmt.Fprintf(&out, "%s %s\n", direction, maskAnswers(text))
		}
		text = ""
	}
	for line := range strings.Lines(t.raw.String()) {
		m := step.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			continue
		}
		if m[1] != direction {
			flush()
			direction = m[1]
		}
		text += m[2]
	}
	flush()
	return out.String()
}
