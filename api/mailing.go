package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/repeat"
	v1 "simgate/api/v1"
	"simgate/gateway"
)

// roomy is how much larger than those of other calls the body of a call may be that
// takes many numbers: [gateway.MaxMailing] of them and a text.
const roomy = 8

// sendMailing sends one text to many numbers, or says what would come of that.
func (s *Server) sendMailing(c echo.Context, m gateway.Mailing, dry bool) error {
	ctx := c.Request().Context()
	if dry {
		list, err := s.gateway.RehearseMailing(ctx, m)
		if err != nil {
			return err
		}
		out := showMailing(list, true)
		for i, shown := range out.Messages {
			if shown.Rehearsal != nil {
				shown.Rehearsal.Price = s.price(list[i].Rehearsal, m.Line)
			}
		}
		return c.JSON(http.StatusOK, out)
	}
	list, again, err := s.gateway.SendMailing(ctx, m)
	if err != nil {
		return err
	}
	repeat.Mark(c.Response().Header(), again)
	return c.JSON(mailingStatus(list), showMailing(list, false))
}

// mailingStatus tells whether all numbers, some or none were accepted.
func mailingStatus(list []gateway.Recipient) int {
	accepted := 0
	for _, r := range list {
		if r.Err == nil {
			accepted++
		}
	}
	switch accepted {
	case len(list):
		return http.StatusAccepted
	case 0:
		return http.StatusUnprocessableEntity
	}
	return http.StatusMultiStatus
}

func showMailing(list []gateway.Recipient, dry bool) v1.Mailing {
	out := v1.Mailing{DryRun: dry, Messages: make([]v1.Recipient, len(list))}
	for i, r := range list {
		shown := &out.Messages[i]
		shown.To, shown.ID, shown.State = r.Number, r.Message, string(r.State)
		switch {
		case r.Err != nil:
			shown.Error = newProblem(r.Err)
		case dry:
			rehearsal := showRehearsal(r.Rehearsal)
			shown.Rehearsal = &rehearsal
		}
	}
	return out
}
