package msisdn_test

import (
	"strings"
	"testing"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
)

func countries(list ...string) func(string) bool {
	return func(region string) bool {
		for _, c := range list {
			if c == region {
				return true
			}
		}
		return false
	}
}

func TestRead(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		r        msisdn.Reading
		want     string
	}{
		// What services document.
		{"international", "4915112345678", msisdn.International(), "+4915112345678"},
		{"international, 00", "004915112345678", msisdn.International(), "+4915112345678"},
		{"international, in a country where it is also a landline", "4915112345678", msisdn.International(), "+4915112345678"},
		{"national of the United States first", "6465550123", msisdn.NationalFirst("US"), "+16465550123"},
		{"national of the United States, abroad only", "447400123456", msisdn.NationalFirst("US"), "+447400123456"},
		{"national of Italy first", "3331234567", msisdn.NationalFirst("IT"), "+393331234567"},
		{"national of Israel first", "0521234567", msisdn.NationalFirst("IL"), "+972521234567"},
		{"as long as a mobile, in no range", "0501234567", msisdn.NationalFirst("IL"), "+972501234567"},
		{"national first, with the country's own code all the same", "4915112345678", msisdn.NationalFirst("DE"), "+4915112345678"},
		{"national first, a mobile, not one of the country whose code it begins like", "4791965079", msisdn.NationalFirst("MX"), "+524791965079"},
		{"national first, with plus", "+64 6 555 0123", msisdn.NationalFirst("US"), "+6465550123"},
		{"national first, with 011", "011 64 6 555 0123", msisdn.NationalFirst("US"), "+6465550123"},

		// Without a plus, read both ways.
		{"the mobile, not a landline at home", "4915112345678", msisdn.Open("DE", nil), "+4915112345678"},
		{"the mobile abroad, not a landline at home", "447400123456", msisdn.Open("DE", nil), "+447400123456"},
		{"even where no country is open", "447400123456", msisdn.Open("DE", countries()), "+447400123456"},
		{"the mobile at home, not a landline abroad", "6465550123", msisdn.Open("US", countries("US", "NZ")), "+16465550123"},
		{"of two mobiles the one in the open country, at home", "4791965079", msisdn.Open("MX", countries("MX")), "+524791965079"},
		{"of two mobiles the one in the open country, abroad", "4791965079", msisdn.Open("MX", countries("NO")), "+4791965079"},
		{"no trunk prefix behind a code without plus", "6870729044", msisdn.Open("GR", countries("GR", "NC")), "+306870729044"},
		{"one number both ways", "12025550143", msisdn.Open("US", countries("US")), "+12025550143"},

		// Prefixes for calls abroad.
		{"011 in the United States", "011 49 151 12345678", msisdn.Open("US", nil), "+4915112345678"},
		{"0011 in Australia", "0011 64 21 123 456", msisdn.Open("AU", nil), "+6421123456"},
		{"00 in Australia", "0049 151 12345678", msisdn.Open("AU", nil), "+4915112345678"},
		{"001 in Singapore", "001 65 9123 4567", msisdn.Open("SG", nil), "+6591234567"},
		{"00 in Singapore, where the metadata have 004", "0049 151 12345678", msisdn.Open("SG", nil), "+4915112345678"},
		{"002 in Korea", "002 1 202 555 0143", msisdn.Open("KR", nil), "+12025550143"},
		{"001 in Korea", "001-1-202-555-0143", msisdn.Open("KR", nil), "+12025550143"},
		{"8~10 in Russia", "8~10 49 151 12345678", msisdn.Open("RU", nil), "+4915112345678"},
		{"8 10 in Russia", "8 10 49 151 12345678", msisdn.Open("RU", nil), "+4915112345678"},
		{"010 in Japan", "010 1 202 555 0143", msisdn.Open("JP", nil), "+12025550143"},
		{"013 in Israel", "013 49 151 12345678", msisdn.Open("IL", nil), "+4915112345678"},
		{"0015 in Brazil", "0015 49 151 12345678", msisdn.Open("BR", nil), "+4915112345678"},
		{"000 in Kenya", "000 49 151 12345678", msisdn.Open("KE", nil), "+4915112345678"},
		{"990 in Finland", "990 49 151 12345678", msisdn.Open("FI", nil), "+4915112345678"},
		{"001 in Indonesia", "001 65 9123 4567", msisdn.Open("ID", nil), "+6591234567"},
		{"plus and 00", "+0049 151 12345678", msisdn.Open("DE", nil), "+4915112345678"},
		{"the usual 00 of Hong Kong before its 008", "0081 90 1234 5678", msisdn.Open("HK", nil), "+819012345678"},
		{"a prefix that can be two, where one country is open", "0081 90 1234 5678", msisdn.Open("KR", countries("KR", "JP")), "+819012345678"},

		// Zero, country code, number.
		{"0 and code in India", "0919876543210", msisdn.Open("IN", nil), "+919876543210"},
		{"0 and code in Pakistan", "092 300 1234567", msisdn.Open("PK", nil), "+923001234567"},
		{"0 and code in Indonesia", "062 812 3456 7890", msisdn.Open("ID", nil), "+6281234567890"},

		// One phone, one number.
		{"Mexico with its old 1", "+52 1 55 4163 7145", msisdn.International(), "+525541637145"},
		{"Mexico without", "+52 55 4163 7145", msisdn.International(), "+525541637145"},
		{"Mexico with 044", "044 55 4163 7145", msisdn.Open("MX", nil), "+525541637145"},
		{"Mexico with 01", "01 55 4163 7145", msisdn.Open("MX", nil), "+525541637145"},
		{"Argentina without its 9", "+54 11 2345 6789", msisdn.International(), "+5491123456789"},
		{"Argentina with it", "+54 9 11 2345 6789", msisdn.International(), "+5491123456789"},
		{"Argentina at home", "011 15 2345 6789", msisdn.Open("AR", nil), "+5491123456789"},
		{"Argentina abroad with 15", "+54 11 15 2345 6789", msisdn.International(), "+5491123456789"},
		{"a toll free number of Argentina has no 9", "+54 800 123 4567", msisdn.International(), "+548001234567"},
		{"a trunk zero behind a code", "+49 (0)151 12345678", msisdn.International(), "+4915112345678"},
		{"a trunk zero in a country without one", "+34 (0) 612 345 678", msisdn.International(), "+34612345678"},
		{"the zero of a landline in Italy stays", "+39 06 69812345", msisdn.International(), "+390669812345"},
		{"06 behind the code of Hungary", "+36 06 20 123 4567", msisdn.International(), "+36201234567"},
		{"San Marino without its 0549", "+378 886377", msisdn.International(), "+3780549886377"},

		// Service numbers.
		{"of Russia, with zeros", "000100", msisdn.Open("RU", nil), "000100"},
		{"of Russia, with one", "0890", msisdn.Open("RU", nil), "0890"},
		{"of Germany", "22000", msisdn.Open("DE", nil), "22000"},
		{"of Australia", "000", msisdn.Open("AU", nil), "000"},
		{"of India, with eight digits", "56161561", msisdn.Open("IN", nil), "56161561"},
		{"with the country's numbers first", "22000", msisdn.NationalFirst("DE"), "22000"},

		// What stands around digits.
		{"marks of direction", "\u2068\u202a+49 151 12345678\u202c\u2069\u200e", msisdn.International(), "+4915112345678"},
		{"byte order mark", "\ufeff+4915112345678", msisdn.International(), "+4915112345678"},
		{"zero width", "+49\u200b151\u200d\u2060\u00ad12345678", msisdn.International(), "+4915112345678"},
		{"emoji", "+4️⃣9️⃣15112345678", msisdn.International(), "+4915112345678"},
		{"dashes of every length", "+49\u2010151\u201112\u201234\u201356\u20147\u22128", msisdn.International(), "+4915112345678"},
		{"blanks of every width", "+49\u2009151\u202f123\u300045678\t", msisdn.International(), "+4915112345678"},
		{"brackets", "(+49) [151] <12345678>", msisdn.International(), "+4915112345678"},
		{"dots", "+49.151·12345678", msisdn.International(), "+4915112345678"},
		{"full width", "＋４９（１５１）１２３４５６７８", msisdn.International(), "+4915112345678"},
		{"Arabic", "+٤٩١٥١١٢٣٤٥٦٧٨", msisdn.International(), "+4915112345678"},
		{"Persian, written from the right", "\u202b۰۹۱۲۳۴۵۶۷۸۹\u202c", msisdn.Open("IR", nil), "+989123456789"},
		{"a spreadsheet's apostrophe", "'+4915112345678", msisdn.International(), "+4915112345678"},
		{"tel", "tel:+49-151-12345678", msisdn.International(), "+4915112345678"},
		{"tel with a context", "TEL:0151-12345678;phone-context=+49", msisdn.International(), "+4915112345678"},
		{"tel with another parameter", "tel:+4915112345678;isub=1", msisdn.International(), "+4915112345678"},
		{"sms with a body", "sms:+4915112345678?body=1234", msisdn.International(), "+4915112345678"},
		{"encoded", "tel:%2B49%20151%2012345678", msisdn.International(), "+4915112345678"},

		// With a plus, new ranges count, too.
		{"not in the tables", "+49 151 1234567", msisdn.International(), "+491511234567"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := msisdn.Read(tc.in, tc.r); err != nil || string(got) != tc.want {
				t.Errorf("Read(%q) = %q, %v; want %q", tc.in, got, err, tc.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		r        msisdn.Reading
		says     string
	}{
		{"two mobiles, both open", "4791965079", msisdn.Open("MX", countries("MX", "NO")), "+524791965079 or +4791965079"},
		{"two mobiles, none open", "4791965079", msisdn.Open("MX", countries()), "+524791965079 or +4791965079"},
		{"two landlines", "552144422590", msisdn.Open("AT", nil), "+43552144422590 or +552144422590"},
		{"the error names the setting", "552144422590", msisdn.Open("AT", nil), "set numbers to national or e164"},
		{"a prefix that can be two", "0081 90 1234 5678", msisdn.Open("KR", nil), "+19012345678 or +819012345678"},
		{"a landline of Leer, or a mobile with zero and code", "049 151 12345678", msisdn.Open("DE", nil), "+4915112345678"},
		{"possible, but in no range", "01511234567", msisdn.Open("DE", nil), "not a phone number of DE"},
		{"too long for a mobile, national first", "0151123456789", msisdn.NationalFirst("DE"), "not a phone number of DE"},
		{"a digit too few for a number, too many for a service", "4061234", msisdn.Open("NO", nil), "not a phone number of NO"},
		{"an area code nobody wrote", "15630049", msisdn.Open("GU", nil), "not a phone number of GU"},
		{"an area code nobody wrote, abroad", "+67212345", msisdn.International(), "follow the country code"},
		{"a premium number hidden behind a trunk prefix", "+780912345677", msisdn.International(), "follow the country code"},
		{"national without a country", "4915112345678", msisdn.Open("", nil), "no country code"},
		{"national in a service of international numbers", "015112345678", msisdn.International(), "no country"},
		{"a service number there", "22000", msisdn.International(), "few digits"},
		{"extension", "+49 30 123456 ext. 12", msisdn.International(), "extension"},
		{"extension with x", "+49 30 123456x12", msisdn.International(), "extension"},
		{"extension with #", "+49 30 123456 #12", msisdn.International(), "extension"},
		{"extension in a URI", "tel:+49-30-123456;ext=12", msisdn.International(), "extension"},
		{"pause", "+49 30 123456,,12", msisdn.International(), "extension"},
		{"two numbers", "+4915112345678\n+4915112345679", msisdn.International(), "digits only"},
		{"a plus in the middle", "49+15112345678", msisdn.International(), "digits only"},
		{"vanity", "1-800-FLOWERS", msisdn.Open("US", nil), "digits only"},
		{"USSD", "*100#", msisdn.Open("DE", nil), "digits only"},
		{"nothing but marks", "\u200e\u2068\u2069", msisdn.International(), "missing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := msisdn.Read(tc.in, tc.r)
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), tc.says) {
				t.Errorf("Read(%q) = %q, %v; want an invalid error that says %q", tc.in, got, err, tc.says)
			}
		})
	}
}

func TestSettingOfTheKeyDecides(t *testing.T) {
	both := msisdn.Open("MX", countries("MX", "NO"))
	for setting, want := range map[string]string{"national": "+524791965079", "e164": "+4791965079"} {
		r, err := both.As(setting)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := msisdn.Read("4791965079", r); err != nil || string(got) != want {
			t.Errorf("numbers: %s: %q, %v; want %q", setting, got, err, want)
		}
		if got, err := msisdn.Read("44448", r); err != nil || got != "44448" {
			t.Errorf("numbers: %s: the service number is read as %q, %v", setting, got, err)
		}
	}
	if _, err := both.As("local"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a setting that does not exist: %v", err)
	}
}

func TestKind(t *testing.T) {
	for number, want := range map[msisdn.Number]msisdn.Kind{
		"+4915112345678": msisdn.Mobile, "+4930123456": msisdn.FixedLine, "+12015550123": msisdn.Mobile,
		"+499001234567": msisdn.Premium, "+4990012345670": msisdn.Premium, "+49900123456700": msisdn.Premium,
		"+49900123456": msisdn.Premium, "+49180512345": msisdn.SharedCost, "+4918051234567": msisdn.SharedCost,
		"+491511234567": msisdn.Invalid, "+8821612345": msisdn.Satellite, "+881612345678": msisdn.Satellite,
		"+870301234567": msisdn.Satellite, "+979123456789": msisdn.Premium, "+80012345678": msisdn.TollFree,
		"+442079460123": msisdn.FixedLine, "+449012345678": msisdn.Premium, "+447012345678": msisdn.Personal,
		"+25261234567": msisdn.Mobile, "22000": msisdn.Short, "110": msisdn.Emergency, "1101": msisdn.Emergency,
		"112": msisdn.Emergency, "911": msisdn.Emergency, "999": msisdn.Short,
		"+4911833": msisdn.Short, "+4922000": msisdn.Short, "+3381212": msisdn.Premium, "+39118500": msisdn.Short,
	} {
		if got := number.Kind("DE"); got != want {
			t.Errorf("%s is %s, want %s", number, got, want)
		}
	}
	if got := msisdn.Number("999").Kind("DE", "GB"); got != msisdn.Emergency {
		t.Errorf("999 with a SIM of the United Kingdom is %s", got)
	}
	for number, want := range map[msisdn.Number]bool{"": false, "+": false, "+49": false, "+999123456": false, "+4915112345678": true, "+491511234567": false, "+499001234567": true, "22000": true} {
		if got := number.Valid(); got != want {
			t.Errorf("%s valid: %v", number, got)
		}
	}
}

func TestServiceNumbersAtNoExtraCost(t *testing.T) {
	for number, want := range map[msisdn.Number]bool{"40404": true, "24280": false, "911": false, "22000": false, "+12015550123": false} {
		if got := number.CheapIn("US"); got != want {
			t.Errorf("%s is cheap in the United States: %v", number, got)
		}
	}
}
