package api_test

import (
	"net/http"
	"strings"
	"testing"

	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

// An app that may read sees the vendor of a modem and the network of its SIM, but not
// the numbers that name the modem and the subscriber. The owner sees all.
func TestAppsSeeNoIMEIAndNoIMSI(t *testing.T) {
	w := start(t)
	ready(t, w)
	imsi := gatewaytest.SIM(0).IMSI
	for _, tc := range []struct {
		scope key.Scope
		full  bool
	}{{key.Read, false}, {key.Admin, true}} {
		own := w
		own.key = w.Key(t, "shop", tc.scope)
		_, _, raw := own.call(t, http.MethodGet, "/v1/modems", "")
		if strings.Contains(raw, imsi) != tc.full || strings.Contains(raw, `"imsi":"26201**********"`) == tc.full {
			t.Errorf("%s: %s", tc.scope, raw)
		}
		if masked := strings.Contains(raw, `*******","iccid"`); masked == tc.full {
			t.Errorf("%s: the IMEI: %s", tc.scope, raw)
		}
	}
}
