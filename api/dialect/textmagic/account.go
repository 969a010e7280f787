package textmagic

import (
	"hash/crc32"
	"net/http"
	"strings"
	"time"

	"simgate/gateway/msisdn"
)

// numbers returns the numbers of the lines, without +.
func (t server) numbers(r request) (map[int64]string, error) {
	lines, err := t.Gateway.Lines().List(r.Request().Context())
	numbers := map[int64]string{}
	for _, l := range lines {
		numbers[l.ID] = strings.TrimPrefix(l.Number, "+")
	}
	return numbers, err
}

// userID returns a number for an app, which has no account here.
func userID(app string) int32 { return int32(crc32.ChecksumIEEE([]byte(app)) >> 1) } //nolint:gosec // 31 bits

func (server) ping(r request) error {
	return r.JSON(http.StatusOK, map[string]any{"userId": userID(r.key.App), "ping": "pong",
		"utcDateTime": time.Now().UTC().Format("2006-01-02T15:04:05.000Z")})
}

// user answers with the app as an account. Its balance is the credit of all SIMs as
// their operators last reported it. They do not report the currency, so it is XXX: no
// currency (ISO 4217).
func (t server) user(r request) error {
	ctx := r.Request().Context()
	lines, err := t.Gateway.Lines().List(ctx)
	if err != nil {
		return err
	}
	balance, phone, country := 0.0, "", ""
	for _, l := range lines {
		if l.ID == 0 {
			continue
		}
		if phone == "" && l.Number != "" {
			phone, country = strings.TrimPrefix(l.Number, "+"), msisdn.Number(l.Number).Region()
		}
		b, known, err := t.Gateway.Lines().Balance(ctx, l.ID)
		if err != nil {
			return err
		}
		if known && b.Known {
			balance += b.Amount
		}
	}
	return r.JSON(http.StatusOK, map[string]any{"id": userID(r.key.App), "displayTimeFormat": "24h", "username": r.user, "firstName": r.key.App,
		"lastName": "", "email": "", "status": "A", "balance": balance, "phone": phone, "company": "",
		"currency": map[string]string{"id": "XXX", "htmlSymbol": "&curren;"}, "country": map[string]string{"id": country, "name": country},
		"timezone": map[string]any{"id": 1, "area": "UTC", "dst": "0", "offset": 0, "timezone": "UTC"}, "subaccountType": "P",
		"emailAccepted": true, "phoneAccepted": true, "avatar": nil})
}
