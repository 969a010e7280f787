package smscx

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
)

// report is a message with its outcome.
type report struct {
	message
	Updated *string `json:"updatedAt"`
	Source  string  `json:"source"`
	Channel string  `json:"channel"`
}

// messageStates are the states of messages in reports. The numbers are ours.
var messageStates = map[gateway.State]struct {
	status      string
	code, cause int
}{
	gateway.Queued:      {"ACCEPTED", 1, 0},
	gateway.Sending:     {"ACCEPTED", 1, 0},
	gateway.Sent:        {"SENT", 2, 0},
	gateway.Unknown:     {"SENT", 2, 0},
	gateway.Delivered:   {"DELIVERED", 3, 0},
	gateway.Undelivered: {"FAILED", 4, 1},
	gateway.Failed:      {"FAILED", 4, 2},
	gateway.ExpiredOut:  {"FAILED", 4, 3},
	gateway.Cancelled:   {"REJECTED", 5, 0},
}

// causeOptOut is the cause of a message that was rejected since its recipient has opted out.
var causeOptOut = 4

// campaignOf returns the id of the request of a message. One that another dialect
// sent has the id that is derived from its own.
func campaignOf(m gateway.Message) string {
	if lowerUUID.MatchString(m.Origin.Request) {
		return m.Origin.Request
	}
	return idOf(campaign, m.ID)
}

// trackOf returns the id of the caller, which the service has only as a UUID, "" for
// none.
func trackOf(custom string) string {
	if lowerUUID.MatchString(custom) {
		return custom
	}
	return ""
}

// The service has UUIDs; ours are numbers, written as UUIDs of version 8 (RFC 9562 5.8)
// whose beginning says of what: the numbers of two kinds are not told apart otherwise.
const (
	outgoing = "736d7300-0000-8000-8"
	incoming = "736d7301-0000-8000-8"
	campaign = "736d7302-0000-8000-8"
)

func idOf(kind string, id int64) string {
	return fmt.Sprintf("%s%03x-%012x", kind, id>>48&0xfff, id&(1<<48-1))
}

// parseID returns the number in an id, and whether it is of the kind.
func parseID(kind, s string) (int64, bool) {
	rest, ok := strings.CutPrefix(s, kind)
	id, err := strconv.ParseInt(strings.Replace(rest, "-", "", 1), 16, 64)
	return id, ok && err == nil && idOf(kind, id) == s
}

// report answers with the outcome of a message. Those of OTPs are no messages of the
// service.
func (t server) report(r request) error {
	missing := fail(http.StatusNotFound, "not_found", 1160, "there is no message with this id")
	if !lowerUUID.MatchString(r.Param("id")) {
		return invalid(1165, "this is not the id of a message")
	}
	id, ok := parseID(outgoing, r.Param("id"))
	if !ok {
		return missing
	}
	m, err := t.Gateway.Message(r.Request().Context(), id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && (m.App != r.key.App || m.Verification != "") {
		return missing
	}
	if err != nil {
		return err
	}
	report := report{message: t.messageOf(m), Source: "api", Channel: "sms"}
	if !m.Ended.IsZero() {
		at := m.Ended.UTC().Format(time.DateTime)
		report.Updated = &at
	}
	return r.JSON(http.StatusOK, map[string]any{"data": report})
}
