package smscx

import (
	"net/http"

	"simgate/gateway"
	"simgate/gateway/fault"
)

// deleteScheduled cancels a message that waits for its time.
func (t server) deleteScheduled(r request) error {
	if !lowerUUID.MatchString(r.Param("id")) {
		return invalid(1115, "this is not the id of a message")
	}
	missing := fail(http.StatusNotFound, "not_found", 1100, "there is no scheduled message with this id")
	id, ok := parseID(outgoing, r.Param("id"))
	if !ok {
		return missing
	}
	m, err := t.Gateway.Message(r.Request().Context(), id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && (m.App != r.key.App || m.Verification != "") {
		return missing
	}
	if err == nil && (m.NotBefore.IsZero() || m.State != gateway.Queued) {
		err = errNotScheduled
	}
	if err == nil {
		m, err = t.Gateway.CancelMessage(r.Request().Context(), r.key.App, id)
	}
	if fault.CodeOf(err) == fault.Conflict {
		err = errNotScheduled
	}
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, map[string]any{"info": map[string]any{"msgId": r.Param("id"), "parts": m.Total, "creditReturned": 0, "channel": "sms"}})
}

var errNotScheduled = fail(http.StatusForbidden, "access_denied", 1118, "only scheduled messages can be deleted")

// deleteCampaign cancels the messages of a request that wait for their time.
func (t server) deleteCampaign(r request) error {
	if !lowerUUID.MatchString(r.Param("id")) {
		return invalid(1155, "this is not the id of a campaign")
	}
	all, err := t.Gateway.Messages(r.Request().Context(), gateway.MessageFilter{App: r.key.App, Request: r.Param("id"), NoCodes: true, Limit: 1000})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fail(http.StatusNotFound, "not_found", 1150, "there is no scheduled campaign with this id")
	}
	total, numbers, parts := 0, 0, 0
	for _, m := range all {
		total += m.Total
		if m.NotBefore.IsZero() || m.State != gateway.Queued {
			continue
		}
		_, err := t.Gateway.CancelMessage(r.Request().Context(), r.key.App, m.ID)
		switch {
		case fault.CodeOf(err) == fault.Conflict: // it has left meanwhile
		case err != nil:
			return err
		default:
			numbers, parts = numbers+1, parts+m.Total
		}
	}
	if numbers == 0 {
		return errNotScheduled
	}
	return r.JSON(http.StatusOK, map[string]any{"info": map[string]any{"campaignId": r.Param("id"), "totalPhoneNumbers": len(all), "totalParts": total,
		"phoneNumbersDeleted": numbers, "partsDeleted": parts, "creditReturned": 0, "channel": "sms"}})
}
