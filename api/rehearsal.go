package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/text"
)

// answerRehearsal answers a request with dry_run. A refusal is an answer here, and no
// error, so that whoever shows it has the number as it was read too.
func answerRehearsal(c echo.Context, r gateway.Rehearsal, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showRehearsal(r))
}

// answerRehearsal answers one of a message, which has a price: that of a SIM, 0 for the
// cheapest.
func (s *Server) answerRehearsal(c echo.Context, r gateway.Rehearsal, line int64, err error) error {
	if err != nil {
		return err
	}
	out := showRehearsal(r)
	out.Price = s.price(r, line)
	return c.JSON(http.StatusOK, out)
}

// price returns what a message would cost, 0 where that is not known.
func (s *Server) price(r gateway.Rehearsal, line int64) float64 {
	micros, _ := s.gateway.Lines().Price(r.To)
	if line != 0 {
		micros, _ = s.gateway.Lines().PriceBy(line, r.To)
	}
	return float64(micros*int64(r.Text.Parts)) / 1e6
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
	for _, wide := range r.Wide {
		if with, ok := text.Instead(wide); ok {
			if out.Replacements == nil {
				out.Replacements = map[string]string{}
			}
			out.Replacements[string(wide)] = with
		}
	}
	if e := r.Refusal; e != nil {
		out.Verdict, out.Reason, out.Wait = e.Message, e.Reason, int((e.RetryAfter+time.Second-1)/time.Second)
	}
	return out
}
