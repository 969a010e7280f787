package pdu_test

import (
	"strings"
	"testing"
	"time"

	"simgate/modem/pdu"
)

// The parts of a status report: centre, first octet, reference, recipient,
// time of the centre, time of discharge, status.
const (
	centre    = "0791947101670000"
	beginning = "062A0D91945111325476F8"
	submitted = "62112022304580" // 2026-11-02 22:03:54 +02:00
	done      = "62112022304580"
)

func TestParseStatusReport(t *testing.T) {
	r, err := pdu.ParseStatusReport(centre + beginning + submitted + done + "00")
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 11, 2, 22, 3, 54, 0, time.FixedZone("", 2*60*60))
	if r.MR != 42 || r.Recipient.Number != anna || !r.Status.Delivered() || !r.Submitted.Equal(want) || !r.Discharged.Equal(want) {
		t.Errorf("the report is %+v", r)
	}
	if _, offset := r.Submitted.Zone(); offset != 2*60*60 {
		t.Errorf("the offset is %d s", offset)
	}
}

// S04j and its like: networks end reports in many ways.
func TestS04j_OddStatusReports(t *testing.T) {
	for name, raw := range map[string]string{
		"no centre":            "00" + beginning + submitted + done + "00",
		"discharge all FF":     centre + beginning + submitted + "FFFFFFFFFFFFFF" + "00",
		"both times zero":      centre + beginning + "00000000000000" + "00000000000000" + "00",
		"FF behind":            centre + beginning + submitted + done + "00FF",
		"FF FF FF behind":      centre + beginning + submitted + done + "00FFFFFF",
		"00 behind":            centre + beginning + submitted + done + "0000",
		"a header behind":      centre + beginning + submitted + done + "00070105000312",
		"lower case":           strings.ToLower(centre + beginning + submitted + done + "00"),
		"a blank behind":       centre + beginning + submitted + done + "00 ",
		"negative offset":      centre + beginning + "6211202230450A" + done + "00",
		"no filler in address": centre + "062A0D9194511132547698" + submitted + done + "00",
	} {
		t.Run(name, func(t *testing.T) {
			r, err := pdu.ParseStatusReport(raw)
			if err != nil || r.MR != 42 || !r.Status.Delivered() || !strings.HasPrefix(r.Recipient.Number, "+4915112345678"[:13]) {
				t.Errorf("the report is %+v, %v", r, err)
			}
		})
	}
}

// E16 and worse: what is no report is an error, not a panic.
func TestE16_NoStatusReports(t *testing.T) {
	whole := centre + beginning + submitted + done + "00"
	for i := range len(whole) {
		if _, err := pdu.ParseStatusReport(whole[:i]); err == nil {
			t.Errorf("the first %d digits were taken for a report", i)
		}
	}
	for _, raw := range []string{"+CDS: 25", "zz", "00040B914607281553F80000", strings.Repeat("FF", 40)} {
		if _, err := pdu.ParseStatusReport(raw); err == nil {
			t.Errorf("%q was taken for a report", raw)
		}
	}
}

func TestStatus(t *testing.T) {
	for status, want := range map[pdu.Status]struct{ delivered, final bool }{
		0x00: {true, true}, 0x01: {true, true}, 0x02: {true, true}, 0x20: {false, false}, 0x30: {false, false},
		0x40: {false, true}, 0x46: {false, true}, 0x60: {false, true}, 0x65: {false, true},
	} {
		if status.Delivered() != want.delivered || status.Final() != want.final || status.String() == "" {
			t.Errorf("%02X: delivered %v, final %v, %s", uint8(status), status.Delivered(), status.Final(), status)
		}
	}
}

// S05b: an alphanumeric address whose length was rounded up has no @ behind.
func TestS05b_AlphanumericRecipient(t *testing.T) {
	raw := "00" + "062A" + "0ED0" + "C1E1513A3D" + "9E03" // seven septets in a length of 14
	_ = unhex(t, raw)
	r, err := pdu.ParseStatusReport(raw + submitted + done + "00")
	if err != nil || !r.Recipient.Alphanumeric || strings.HasSuffix(r.Recipient.Number, "@") {
		t.Errorf("the recipient is %+v, %v", r.Recipient, err)
	}
}

func FuzzParseStatusReport(f *testing.F) {
	f.Add(centre + beginning + submitted + done + "00")
	f.Add("00" + "062A" + "0ED0" + "C1E1513A3D9E03" + submitted + done + "00")
	f.Add("0006")
	f.Fuzz(func(t *testing.T, raw string) {
		r, err := pdu.ParseStatusReport(raw)
		if err == nil && r.Status.String() == "" {
			t.Error("a status without words")
		}
	})
}
