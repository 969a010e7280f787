package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ModemManager is named where it has the port open, though the advice against it
// mentions the udev rules of simgate.
func TestDoctorNamesModemManager(t *testing.T) {
	folder := t.TempDir()
	port, program := filepath.Join(folder, "tty"), filepath.Join(folder, "ModemManager")
	if err := os.WriteFile(port, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexec 9<\"$1\"\necho held\nread wait\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	holder := exec.CommandContext(t.Context(), program, port)
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { in.Close(); _ = holder.Wait() }()
	if _, err := out.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	var c checkup
	c.port("modem sim1", port)
	if !slices.ContainsFunc(c.findings, func(f finding) bool { return f.Level == fail && strings.Contains(f.Text, "ModemManager uses ") }) {
		t.Errorf("it finds %+v", c.findings)
	}
}
