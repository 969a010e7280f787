package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/qr"
	"simgate/api/repeat"
	v1 "simgate/api/v1"
	"simgate/api/web"
	"simgate/gateway"
	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/key"
	"simgate/gateway/mo"
	"simgate/gateway/msisdn"
	"simgate/gateway/webhook"
	"simgate/gateway/workflow"
)

// purposeNative separates the codes of the native API from those of dialects. The
// purpose of a caller is appended to it.
const purposeNative = "v1"

// maxNativeAge is the longest life of a code of the native API, resends included.
const maxNativeAge = 10 * time.Minute

// maxElsewhere is that of one that is checked elsewhere.
const maxElsewhere = 24 * time.Hour

func nativePurpose(p string) string {
	if p == "" {
		return purposeNative
	}
	return purposeNative + ":" + p
}

func showVerification(v gateway.Verification) v1.Verification {
	out := v1.Verification{ID: v.ID, App: v.App, To: string(v.To), Purpose: v.Purpose, State: string(v.State), Tries: v.Tries, MaxTries: v.MaxTries,
		Sends: v.Sends, CustomID: v.CustomID, Created: v.Created, Expires: v.Expires, Ended: v.Ended, NextResend: v.NextResend}
	if v.Elsewhere {
		out.Checked = string(guard.Elsewhere)
	}
	for _, a := range v.Attempts {
		out.Attempts = append(out.Attempts, v1.Attempt{N: a.N, Step: a.Step, Channel: string(a.Channel), Message: a.Message, Call: a.Call, State: string(a.State),
			Reason: a.Reason, Cause: a.Cause.Text, CauseCode: string(a.Cause.Code), Passed: a.Passed, Waiting: a.Waiting, At: a.At})
	}
	return out
}

// showOwn shows a verification to a caller. What the person is to send is for the app alone
// whose verification it is, and that may start one.
func showOwn(v gateway.Verification, k key.Key) v1.Verification {
	out := showVerification(v)
	if a := v.Asked; a != nil && v.App == k.App && k.Allows(key.SendCodes) {
		path := "/v1/verifications/" + v.ID + "/mo"
		out.MO = &v1.MO{Number: string(a.Number), Text: a.Text, Link: a.Link, QR: path + ".svg", HTML: path + ".html"}
	}
	return out
}

func (s *Server) postVerification(c echo.Context, k key.Key) error {
	o, once, done, err := s.repeats.Read(c.Request(), c.Path(), k.App)
	if err != nil {
		return err
	}
	defer done()
	n, dry, err := readVerification(o, k)
	if err != nil {
		return err
	}
	n.App, n.Once = k.App, once
	if dry {
		r, err := s.gateway.RehearseVerification(c.Request().Context(), n)
		return answerRehearsal(c, r, err)
	}
	started, err := s.gateway.StartVerification(c.Request().Context(), n)
	if err != nil {
		return err
	}
	v := showOwn(started.Verification, k)
	v.Resent = started.Resent
	repeat.Mark(c.Response().Header(), started.Replayed)
	c.Response().Header().Set(echo.HeaderLocation, "/v1/verifications/"+v.ID)
	return c.JSON(http.StatusCreated, v)
}

// readVerification reads a request for a verification, and whether it is one with dry_run.
func readVerification(o *body.Object, k key.Key) (n gateway.NewVerification, dry bool, err error) {
	n = gateway.NewVerification{MaxAge: maxNativeAge, Callback: webhook.Callback{Format: FormatStandard}}
	var country, purpose, alphabet, channel, steps string
	if err := read(o, field{"to", &n.To}, field{"country", &country}, field{"purpose", &purpose}, field{"brand", &n.Brand},
		field{"locale", &n.Locale}, field{"template", &n.Template}, field{"code", &n.Code}, field{"alphabet", &alphabet},
		field{"channel", &channel}, field{"workflow", &steps}, field{"source_country", &n.SourceCountry}, field{"custom_id", &n.CustomID}, field{"callback", &n.Callback.URL},
		field{"client_ip", &n.ClientIP}, field{"origin_domain", &n.OriginDomain}, field{"android_hash", &n.AndroidHash}); err != nil {
		return n, dry, err
	}
	if err := readChecked(o, k, &n); err != nil {
		return n, dry, err
	}
	if n.Code != "" && !n.Elsewhere && !k.Allows(key.CustomCodes) {
		return n, dry, &fault.Error{Code: fault.Forbidden, Field: "code",
			Message: "this API key does not have the scope otp.custom, which is needed to choose the code"}
	}
	if len(purpose) > 64 {
		return n, dry, &body.Error{Field: "purpose", Message: "must have at most 64 characters"}
	}
	n.Purpose, n.Alphabet = nativePurpose(purpose), code.Alphabet(alphabet)
	if n.Reading, err = msisdn.ReadingOf(country); err != nil {
		return n, dry, err
	}
	if channel != "" {
		if steps != "" {
			return n, dry, &body.Error{Field: "channel", Message: "is a workflow of one step: give channel or workflow, not both"}
		}
		if strings.ContainsAny(channel, ",0123456789") {
			return n, dry, &body.Error{Field: "channel", Message: "must be sms, voice, mo or mo:reply; steps with times are a workflow"}
		}
		steps = channel
	}
	if steps != "" {
		if n.Workflow, err = workflow.Parse(steps); err != nil {
			return n, dry, err
		}
	}
	if n.Line, _, err = o.Int("line"); err != nil {
		return n, dry, err
	}
	if n.Lifetime, err = seconds(o, "lifetime"); err != nil {
		return n, dry, err
	}
	longest := maxNativeAge
	if n.Elsewhere {
		longest = maxElsewhere
	}
	if n.Lifetime > longest {
		return n, dry, &body.Error{Field: "lifetime", Message: fmt.Sprintf("must be at most %d seconds", longest/time.Second)}
	}
	if n.Length, err = small(o, "length"); err != nil {
		return n, dry, err
	}
	if n.MaxTries, err = small(o, "max_tries"); err != nil {
		return n, dry, err
	}
	if dry, err = o.Bool("dry_run"); err != nil {
		return n, dry, err
	}
	return n, dry, o.Unknown()
}

// readChecked reads who compares the code. One that the app compares itself is the
// app's own, lives as long as the app says, and is one of its own beside those that are
// pending.
func readChecked(o *body.Object, k key.Key, n *gateway.NewVerification) error {
	checked, err := o.String("checked")
	switch {
	case err != nil || checked == "" || checked == string(guard.Here):
		return err
	case checked != string(guard.Elsewhere):
		return &body.Error{Field: "checked", Message: "must be here or elsewhere"}
	case !k.Allows(key.Elsewhere):
		return &fault.Error{Code: fault.Forbidden, Field: "checked",
			Message: "this API key does not have the scope otp.elsewhere, which is needed for codes that are checked elsewhere"}
	case n.Code == "":
		return &body.Error{Field: "code", Message: "is missing: a code that is checked elsewhere is your own"}
	}
	n.Elsewhere, n.Fresh, n.Patient, n.MaxAge = true, true, true, 0
	return nil
}

// postOutcome takes what an app says of a code that it has compared itself.
func (s *Server) postOutcome(c echo.Context, k key.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	outcome, err := o.String("outcome")
	if err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	v, err := s.gateway.ReportOutcome(c.Request().Context(), k.App, c.Param("id"), gateway.Outcome(outcome))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showVerification(v))
}

// small reads a number from 1 to 10, or 0 where there is none.
func small(o *body.Object, name string) (int, error) {
	n, ok, err := o.Int(name)
	if err == nil && ok && (n < 1 || n > 10) {
		err = &body.Error{Field: name, Message: "must be a number from 1 to 10"}
	}
	return int(n), err
}

func (s *Server) checkVerification(c echo.Context, k key.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	check := gateway.Check{App: k.App, ID: c.Param("id")}
	var country, purpose string
	fields := []field{{"code", &check.Code}, {"client_ip", &check.ClientIP}}
	if check.ID == "" {
		fields = append(fields, field{"to", &check.To}, field{"country", &country}, field{"purpose", &purpose})
		check.Purpose = nativePurpose("")
	}
	if err := read(o, fields...); err != nil {
		return err
	}
	if check.Reading, err = msisdn.ReadingOf(country); err != nil {
		return err
	}
	if purpose != "" {
		check.Purpose = nativePurpose(purpose)
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	_, verdict, err := s.gateway.CheckVerification(c.Request().Context(), check)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v1.Checked{Verified: verdict == gateway.Right})
}

func (s *Server) getVerification(c echo.Context, k key.Key) error {
	v, err := s.gateway.Verification(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if app := visible(k); app != "" && v.App != app {
		return &fault.Error{Code: fault.NotFound, Message: "there is no verification with this id"}
	}
	return c.JSON(http.StatusOK, showOwn(v, k))
}

func (s *Server) getVerifications(c echo.Context, k key.Key) error {
	f := gateway.VerificationFilter{State: gateway.VerificationState(c.QueryParam("state")),
		To: c.QueryParam("to"), Before: c.QueryParam("before")}
	if f.State != "" && !slices.Contains(gateway.VerificationStates, f.State) {
		return &body.Error{Field: "state", Message: "is not a state of a verification"}
	}
	var err error
	if f.App, err = appOf(c, visible(k)); err != nil {
		return err
	}
	limit, err := number(c.QueryParam("limit"), "limit")
	if err != nil {
		return err
	}
	f.Limit = int(min(limit, 1<<30))
	list, err := s.gateway.Verifications(c.Request().Context(), f)
	if err != nil {
		return err
	}
	out := make([]v1.Verification, len(list))
	for i, v := range list {
		out[i] = showVerification(v)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) deleteVerification(c echo.Context, k key.Key) error {
	app := k.App
	if visible(k) == "" { // the operator can cancel those of every app
		v, err := s.gateway.Verification(c.Request().Context(), c.Param("id"))
		if err != nil {
			return err
		}
		app = v.App
	}
	v, err := s.gateway.CancelVerification(c.Request().Context(), app, c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showVerification(v))
}

// shown is a text that a person is to send, as something to look at.
type shown struct {
	contentType string
	of          func(mo.Asked) ([]byte, error)
}

var (
	showSVG  = shown{"image/svg+xml", func(a mo.Asked) ([]byte, error) { return qr.SVG(a.Link) }}
	showPNG  = shown{"image/png", func(a mo.Asked) ([]byte, error) { return qr.PNG(a.Link) }}
	showHTML = shown{"text/html; charset=utf-8", func(a mo.Asked) ([]byte, error) { return qr.Snippet(a.Link, string(a.Number), a.Text) }}
)

// getText answers with what the person of a verification is to send. Only the app that has
// started the verification gets it.
func (s *Server) getText(as shown) handlerFunc {
	return func(c echo.Context, k key.Key) error {
		v, err := s.gateway.Verification(c.Request().Context(), c.Param("id"))
		if err != nil {
			return err
		}
		switch {
		case v.App != k.App:
			return &fault.Error{Code: fault.NotFound, Message: "there is no verification with this id"}
		case v.Asked == nil:
			return notAwaited(v)
		}
		raw, err := as.of(*v.Asked)
		if err != nil {
			return err
		}
		web.Headers(c.Response().Header(), "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		return c.Blob(http.StatusOK, as.contentType, raw)
	}
}

func notAwaited(v gateway.Verification) error {
	why := "it waits for no text of the person: ask for the channel mo"
	if v.State != gateway.Pending {
		why = "it is " + string(v.State) + " already"
	}
	return &fault.Error{Code: fault.Conflict, Reason: fault.NotPending, Message: "there is nothing to send for this verification: " + why}
}
