package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ModemManager is named where it has the port open, though the advice against it
// mentions the udev rules of simgate.
func TestDoctorNamesModemManager(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty")
	if err := os.WriteFile(port, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	holding(t, "ModemManager", port)
	var c checkup
	c.port("modem sim1", port)
	if !slices.ContainsFunc(c.findings, func(f finding) bool { return f.Level == fail && strings.Contains(f.Text, "ModemManager uses ") }) {
		t.Errorf("it finds %+v", c.findings)
	}
}
