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

// customPrefix separates the ids of this dialect from the ids that apps choose.
const customPrefix = "smscx:"

// customID returns the id that messages are stored with: the campaign, which is one
// request, and the id of the caller.
func customID(campaign, track string) string { return customPrefix + campaign + ":" + track }

func campaignOf(custom string) (campaign, track string) {
	rest, ok := strings.CutPrefix(custom, customPrefix)
	if !ok {
		return "", ""
	}
	campaign, track, _ = strings.Cut(rest, ":")
	return campaign, track
}

// messageUUID is the beginning of the ids of messages. The service has UUIDs; ours are
// numbers, written as UUIDs of version 8 (RFC 9562 5.8).
const messageUUID = "736d7300-0000-8000-8"

func messageID(id int64) string {
	return fmt.Sprintf("%s%03x-%012x", messageUUID, id>>48&0xfff, id&(1<<48-1))
}

// parseMessageID returns the number in the id of a message, and whether it is one.
func parseMessageID(s string) (int64, bool) {
	rest, ok := strings.CutPrefix(s, messageUUID)
	id, err := strconv.ParseInt(strings.Replace(rest, "-", "", 1), 16, 64)
	return id, ok && err == nil && messageID(id) == s
}

// report answers with the outcome of a message.
func (t server) report(r request) error {
	missing := fail(http.StatusNotFound, "not_found", 1160, "there is no message with this id")
	if !lowerUUID.MatchString(r.Param("id")) {
		return invalid(1165, "this is not the id of a message")
	}
	id, ok := parseMessageID(r.Param("id"))
	if !ok {
		return missing
	}
	m, err := t.Gateway.Message(r.Request().Context(), id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && m.App != r.key.App {
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
