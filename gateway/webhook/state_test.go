package webhook

import (
	"testing"

	"simgate/gateway/store/storetest"
)

func TestAChangeOfStateIsOneOfTheMap(t *testing.T) {
	storetest.Walk(t, storetest.Open(t), deliveries, States, `INSERT INTO delivery (id, webhook_id, callback, app, kind, subject, at, state)
		VALUES (?, 0, '', '', '', 0, 0, ?)`, `id = ?`)
}
