package pdu_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"

	"simgate/modem/pdu"
)

// The parts of a status report: address of the SMSC, first octet, reference, recipient,
// time of the SMSC, time of discharge, status.
const (
	smsc      = "0791947101670000"
	beginning = "062A0D91945111325476F8"
	submitted = "62112022304580" // 2026-11-02 22:03:54 +02:00
	done      = "62112022304580"
)

func TestParseStatusReport(t *testing.T) {
	r, err := pdu.ParseStatusReport(smsc + beginning + submitted + done + "00")
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
		"no SMSC":              "00" + beginning + submitted + done + "00",
		"discharge all FF":     smsc + beginning + submitted + "FFFFFFFFFFFFFF" + "00",
		"both times zero":      smsc + beginning + "00000000000000" + "00000000000000" + "00",
		"FF behind":            smsc + beginning + submitted + done + "00FF",
		"FF FF FF behind":      smsc + beginning + submitted + done + "00FFFFFF",
		"00 behind":            smsc + beginning + submitted + done + "0000",
		"a header behind":      smsc + beginning + submitted + done + "00070105000312",
		"lower case":           strings.ToLower(smsc + beginning + submitted + done + "00"),
		"a blank behind":       smsc + beginning + submitted + done + "00 ",
		"negative offset":      smsc + beginning + "6211202230450A" + done + "00",
		"no filler in address": smsc + "062A0D9194511132547698" + submitted + done + "00",
	} {
		t.Run(name, func(t *testing.T) {
			r, err := pdu.ParseStatusReport(raw)
			if err != nil || r.MR != 42 || !r.Status.Delivered() || r.Recipient.Number != anna {
				t.Errorf("the report is %+v, %v", r, err)
			}
		})
	}
}

// E16 and worse: what is no report is an error, not a panic.
func TestE16_NoStatusReports(t *testing.T) {
	whole := smsc + beginning + submitted + done + "00"
	for i := range len(whole) {
		if _, err := pdu.ParseStatusReport(whole[:i]); err == nil {
			t.Errorf("the first %d digits were taken for a report", i)
		}
	}
	for _, raw := range []string{"+CDS: 25", "zz", strings.Repeat("FF", 40)} {
		if _, err := pdu.ParseStatusReport(raw); err == nil {
			t.Errorf("%q was taken for a report", raw)
		}
	}
	if _, err := pdu.ParseStatusReport(message(plain, "00", "0141")); !errors.Is(err, pdu.ErrOtherType) {
		t.Errorf("a delivery: %v", err)
	}
}

func TestStatus(t *testing.T) {
	for status, want := range map[pdu.Status]struct {
		delivered, final bool
		words            string
	}{
		0x00: {true, true, "delivered"},
		0x01: {true, true, "not confirmed"},
		0x02: {true, true, "replaced"},
		0x20: {false, false, "still trying: the network is congested"},
		0x30: {false, false, "still trying (status 30)"},
		0x40: {false, true, "not deliverable"},
		0x46: {false, true, "validity"},
		0x49: {false, true, "does not know"},
		0x60: {false, true, "gave up: the network is congested"},
		0x65: {false, true, "gave up"},
		0xa0: {false, true, "gave up (status A0)"},
	} {
		if status.Delivered() != want.delivered || status.Final() != want.final || !strings.Contains(status.String(), want.words) {
			t.Errorf("%02X: delivered %v, final %v, %s", uint8(status), status.Delivered(), status.Final(), status)
		}
		if status.Failed() != (want.final && !want.delivered) {
			t.Errorf("%02X: failed %v", uint8(status), status.Failed())
		}
	}
}

func FuzzParseStatusReport(f *testing.F) {
	f.Add(smsc + beginning + submitted + done + "00")
	f.Add("00" + "062A" + "0ED0" + "C1E1513A3D9E03" + submitted + done + "00FFFFFF")
	f.Add("0006")
	f.Fuzz(func(t *testing.T, raw string) {
		r, err := pdu.ParseStatusReport(raw)
		strict, ok := strictly(raw, tpdu.MtCommand)
		if ok && (err != nil || r.MR != strict.MR || uint8(r.Status) != strict.ST) {
			t.Errorf("the library reads %+v, we %+v, %v", strict, r, err)
		}
	})
}

// behindCentre returns the TPDU of a PDU.
func behindCentre(raw string) ([]byte, bool) {
	b, err := hex.DecodeString(strings.TrimSpace(raw))
	if err != nil || len(b) == 0 || len(b) <= int(b[0]) {
		return nil, false
	}
	return b[1+int(b[0]):], true
}
