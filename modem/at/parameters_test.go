package at

import "testing"

// Commas inside quotes belong to the value, and so does what stands behind a
// quote that is never closed.
func TestFields(t *testing.T) {
	for _, tc := range []struct {
		name, line, prefix string
		n                  int
		want               string
	}{
		{"a number", "+CSQ: 20,99", "+CSQ:", 1, "99"},
		{"a text", `+CSCA: "+491710760000",145`, "+CSCA:", 0, "+491710760000"},
		{"an operator with a comma", `+COPS: 0,0,"Tele, Phone",7`, "+COPS:", 2, "Tele, Phone"},
		{"what follows it", `+COPS: 0,0,"Tele, Phone",7`, "+COPS:", 3, "7"},
		{"a name with a comma in a number of one's own", `+CNUM: "Line 1, private","+4915112345678",145`, "+CNUM:", 1, "+4915112345678"},
		{"a name with a comma in the list of calls", `+CLCC: 1,1,4,0,0,"+4915112345678",145,"Doe, Jane"`, "+CLCC:", 7, "Doe, Jane"},
		{"a text that is empty", `+CSCA: "",129`, "+CSCA:", 0, ""},
		{"a field that is empty", "+CLIP: ,,", "+CLIP:", 1, ""},
		{"spaces", `+COPS: 0 , 0 , " A " ,7`, "+COPS:", 2, " A "},
		{"a quote that is never closed", `+COPS: 0,0,"Tele,7`, "+COPS:", 2, "Tele,7"},
		{"a field that is not there", "+CSQ: 20,99", "+CSQ:", 2, ""},
		{"another line", "+CREG: 0,1", "+CSQ:", 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Field([]string{tc.line}, tc.prefix, tc.n); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
