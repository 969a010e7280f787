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

// currency is that of the balance. Operators do not report theirs, so it is XXX: no
// currency (ISO 4217).
var currency = map[string]string{"id": "XXX", "htmlSymbol": "&curren;"}

// balance answers with the credit of all SIMs. The documentation of the service has
// this call only inside that of the user, so the shape is our choice.
func (t server) balance(r request) error {
	credit, err := t.Credit(r.Request().Context())
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, map[string]any{"balance": credit, "currency": currency})
}

// user answers with the app as an account, whose balance is the credit of all SIMs.
func (t server) user(r request) error {
	ctx := r.Request().Context()
	lines, err := t.Gateway.Lines().List(ctx)
	if err != nil {
		return err
	}
	balance, err := t.Credit(ctx)
	if err != nil {
		return err
	}
	phone, country := "", ""
	for _, l := range lines {
		if phone == "" && l.ID != 0 && l.Number != "" {
			phone, country = strings.TrimPrefix(l.Number, "+"), msisdn.Number(l.Number).Region()
		}
	}
	return r.JSON(http.StatusOK, map[string]any{"id": userID(r.key.App), "displayTimeFormat": "24h", "username": r.user, "firstName": r.key.App,
		"lastName": "", "email": "", "status": "A", "balance": balance, "phone": phone, "company": "",
		"currency": currency, "country": map[string]string{"id": country, "name": country},
		"timezone": map[string]any{"id": 1, "area": "UTC", "dst": "0", "offset": 0, "timezone": "UTC"}, "subaccountType": "P",
		"emailAccepted": true, "phoneAccepted": true, "avatar": nil})
}
