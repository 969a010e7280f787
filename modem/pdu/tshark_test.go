package pdu_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simgate/modem/pdu"
)

// tshark returns what that program, a decoder that none of us wrote, says of
// TPDUs: "I" is from a phone, "O" to one.
func tshark(t *testing.T, direction string, tpdus ...[]byte) string {
	t.Helper()
	for _, program := range []string{"tshark", "text2pcap"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: apt-get install tshark", program)
		}
	}
	var in bytes.Buffer
	for _, b := range tpdus {
		fmt.Fprintf(&in, "%s\n000000 % x\n", direction, b)
	}
	capture := filepath.Join(t.TempDir(), "out.pcapng")
	pack := exec.CommandContext(t.Context(), "text2pcap", "-q", "-D", "-l", "147", "-", capture)
	pack.Stdin = &in
	if out, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("text2pcap: %v: %s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), "tshark", "-r", capture,
		"-o", `uat:user_dlts:"User 0 (DLT=147)","gsm_sms","0","","0",""`,
		"-o", "gsm_sms.reassemble:FALSE", "-O", "gsm_sms").Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	return string(out)
}

func TestTsharkReadsOurSubmissions(t *testing.T) {
	texts := []string{"hello from simgate", "Grüße [€]", "привет 😀", strings.Repeat("long ", 40)}
	var tpdus [][]byte
	var wants []string
	for _, text := range texts {
		for _, p := range encode(t, pdu.Submit{Text: text, Report: true, Validity: time.Hour}) {
			tpdus = append(tpdus, p.TPDU)
			wants = append(wants, "SMS text: "+strings.TrimRight(p.Text, " "))
		}
	}
	out := tshark(t, "I", tpdus...)
	for _, want := range append(wants, "4915112345678", "TP-SRR: A status report is requested", "1 hours 0 minutes") {
		if !strings.Contains(out, want) {
			t.Errorf("tshark does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(strings.ToLower(out), "malformed") {
		t.Errorf("tshark finds one malformed:\n%s", out)
	}
}

// What tshark reads of deliveries, we read.
func TestTsharkAgreesOnDeliveries(t *testing.T) {
	for name, raw := range map[string]string{
		"seven bits":   message(plain, "00", packed("", []byte("Hello \x1be")...)),
		"UCS-2":        message(plain, "08", "06044F D83DDE00"),
		"a name":       "00" + "24" + "0DD0E474D81C0EBB01" + "0000" + "11101131521400" + "0BE474D81C0EBB5DE3771B",
		"a part":       message(withHeader, "00", packed("0500034D0301", []byte("first of three")...)),
		"a part, wide": message(withHeader, "08", "0B"+"060804ABCD0202"+"044F0041"),
	} {
		t.Run(name, func(t *testing.T) {
			raw = strings.ReplaceAll(raw, " ", "")
			d := parse(t, raw)
			b, _ := behindCentre(raw)
			out := tshark(t, "O", b)
			wants := []string{"SMS text: " + d.Text, strings.TrimPrefix(d.Sender.Number, "+")}
			if d.Concat != nil {
				wants = append(wants, fmt.Sprintf("Message parts: %d", d.Concat.Total), fmt.Sprintf("Message part number: %d", d.Concat.Seq))
			}
			for _, want := range wants {
				if !strings.Contains(out, want) {
					t.Errorf("tshark does not say %q:\n%s", want, out)
				}
			}
		})
	}
}
