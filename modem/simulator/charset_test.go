package simulator_test

import (
	"testing"

	"simgate/modem/simulator"
)

// A modem takes the character sets that it announces and no others, and writes in them.
func TestCharacterSets(t *testing.T) {
	for name, test := range map[string]struct {
		options []simulator.ModemOption
		steps   [][2]string
	}{
		"the usual ones": {nil, [][2]string{
			{"+CSCS=?", `+CSCS: ("GSM","IRA","UCS2")|OK`}, {"+CSCS?", `+CSCS: "GSM"|OK`}, {`+CSCS="HEX"`, "+CME ERROR: 50"},
		}},
		"those of a Huawei stick": {[]simulator.ModemOption{simulator.Family("huawei")}, [][2]string{
			{"+CSCS=?", `+CSCS: ("IRA","UCS2","GSM")|OK`}, {"+CSCS?", `+CSCS: "IRA"|OK`}, {`+CSCS="8859-1"`, "+CME ERROR: 50"},
		}},
		"those of a Wavecom": {[]simulator.ModemOption{simulator.Family("wavecom")}, [][2]string{
			{`+CSCS="UCS2"`, "+CME ERROR: 50"}, {`+CSCS="HEX";+CSCA?`, `+CSCA: "2B3439",145|OK`},
		}},
		"UTF-8 alone": {[]simulator.ModemOption{simulator.CharacterSets("UTF-8")}, [][2]string{
			{`+CSCS="GSM"`, "+CME ERROR: 50"}, {"+CSCA?", `+CSCA: "+49",145|OK`},
		}},
		"UCS2 alone": {[]simulator.ModemOption{simulator.CharacterSets("UCS2")}, [][2]string{
			{"+CSCA?", `+CSCA: "002B00340039",145|OK`}, {`+CSCA="002B0031",145`, "OK"}, {"+CSCA?", `+CSCA: "002B0031",145|OK`},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, simulator.NewNetwork().Modem(simulator.SIM{SMSC: "+49"}, test.options...))
			h.command("E0")
			for _, step := range test.steps {
				if got := h.command(step[0]); got != step[1] {
					t.Errorf("%s: %q, want %q", step[0], got, step[1])
				}
			}
		})
	}
}

// Modems put differently that they do not know a command.
func TestUnknownCommandInTheWordsOfTheVendor(t *testing.T) {
	for family, want := range map[string]string{
		"sim800": "ERROR", "ec25": "ERROR", "huawei": "COMMAND NOT SUPPORT", "cinterion": "+CME ERROR: 100", "air780": "+CME ERROR: 58", "ublox": "+CME ERROR: 4",
	} {
		h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}, simulator.Family(family)))
		h.command("E0;+CMEE=1")
		if got := h.command("+NOSUCH=1"); got != want {
			t.Errorf("%s: %q, want %q", family, got, want)
		}
	}
}
