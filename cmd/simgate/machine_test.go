package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simgate/api/certificate"
)

func TestPowerOfAPi(t *testing.T) {
	for bits, want := range map[string]string{
		"0": "", "50005": "this machine has too little voltage", "50000": "this machine has had too little voltage",
		"4": "", "": "", // throttled for another reason, and no Pi
	} {
		sys := t.TempDir()
		file := filepath.Join(sys, "devices/platform/soc/soc:firmware/get_throttled")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if bits != "" {
			if err := os.WriteFile(file, []byte(bits+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got := ""
		for _, c := range (machine{sys: sys, state: "/"}).conditions() {
			if c.Name == "power" {
				got = c.Title
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", bits, got, want)
		}
	}
}

func TestCertificatesThatEnd(t *testing.T) {
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		days  int
		fault error
		want  string
	}{
		{15, nil, ""},
		{13, nil, "ends on 2026-12-03"},
		{0, nil, "has ended on 2026-11-20"},
		{-1, errors.New("no such file"), "has ended on"},
		{60, errors.New("no such file"), "cannot be replaced, and ends on 2027-01-19: no such file"},
	} {
		all := certificateConditions([]certificate.State{{Of: "the certificate x.pem", Until: now.Add(time.Duration(test.days) * 24 * time.Hour), Fault: test.fault}}, now)
		if got := len(all) > 0; got != (test.want != "") || got && (!strings.Contains(all[0].Text, test.want) || all[0].Urgent != (test.days <= 0)) {
			t.Errorf("%d days, %v: %+v", test.days, test.fault, all)
		}
	}
	for name, of := range map[string]struct {
		certificate.State
		want string
	}{
		"being obtained":         {certificate.State{}, ""},
		"not obtained":           {certificate.State{Fault: errors.New("no record"), Patience: time.Minute}, "cannot be obtained, and that of the own authority is shown: no record"},
		"of six days":            {certificate.State{Until: now.Add(6 * 24 * time.Hour)}, ""},
		"not replaced for a day": {certificate.State{Until: now.Add(6 * 24 * time.Hour), Fault: errors.New("no record"), Patience: time.Minute}, "cannot be replaced, and ends on 2026-11-26"},
		"never replaced":         {certificate.State{Until: now, Fault: errors.New("no record"), Patience: time.Minute}, "apps refuse to connect. It cannot be replaced: no record"},
	} {
		of.Of, of.Name = "the certificate of a.example.com", "a.example.com"
		all := certificateConditions([]certificate.State{of.State}, now)
		if got := len(all) > 0; got != (of.want != "") || got && (!strings.Contains(all[0].Text, of.want) || !all[0].Urgent && all[0].After != of.Patience) {
			t.Errorf("%s: %+v", name, all)
		}
	}
}
