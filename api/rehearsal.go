package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	v1 "simgate/api/v1"
	"simgate/gateway"
)

// answerRehearsal answers a request with dry_run. A refusal is an answer here, and no
// error, so that whoever shows it has the number as it was read too.
func answerRehearsal(c echo.Context, r gateway.Rehearsal, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showRehearsal(r))
}

func showRehearsal(r gateway.Rehearsal) v1.Rehearsal {
	out := v1.Rehearsal{DryRun: true, To: string(r.To), Country: r.Country, Kind: strings.ReplaceAll(string(r.Kind), " ", "_"), Allowed: r.Refusal == nil,
		PartsTotal: r.Text.Parts, UCS2For: r.Wide}
	if r.Text.Parts > 0 {
		out.Alphabet = "gsm7"
		if r.Text.Unicode {
			out.Alphabet = "ucs2"
		}
	}
	if e := r.Refusal; e != nil {
		out.Verdict, out.Reason, out.Wait = e.Message, e.Reason, int((e.RetryAfter+time.Second-1)/time.Second)
	}
	return out
}
