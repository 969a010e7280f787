package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/cursor"
	"simgate/api/repeat"
	"simgate/api/timeline"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/schedule"
	"simgate/gateway/text"
)

func showMessage(m gateway.Message) v1.Message {
	out := v1.Message{ID: m.ID, App: m.App, To: string(m.To), Text: m.Text, CustomID: m.CustomID, Verification: m.Verification,
		Line: m.Line, Priority: m.Priority.String(), State: string(m.State), Cause: m.Cause.Text, CauseCode: string(m.Cause.Code), Waiting: m.Waiting.Text, Tries: m.Tries, PartsTotal: m.Total,
		NotBefore: m.NotBefore, QuietHours: m.Quiet.String(), Accepted: m.Accepted, Expires: m.Expires, Ended: m.Ended}
	if m.Flash {
		out.Class = new(int)
	}
	for _, p := range m.Parts {
		part := v1.Part{Seq: p.Seq, State: string(p.State), Line: p.Line, Modem: p.Modem, Cause: p.Cause.Text, CauseCode: string(p.Cause.Code), Passed: p.Passed, Submitted: p.Submitted, Sent: p.Sent, Ended: p.Ended}
		if p.MR >= 0 {
			part.Reference = &p.MR
		}
		out.Parts = append(out.Parts, part)
	}
	return out
}

func (s *Server) postMessage(c echo.Context, k key.Key) error {
	o, once, done, err := s.repeats.Read(c.Request(), c.Path(), k.App)
	if err != nil {
		return err
	}
	defer done()
	m := gateway.NewMessage{App: k.App, Once: once, Anywhere: k.Allows(key.Anywhere)}
	to := o.Raw("to")
	many := len(to) > 0 && to[0] == '['
	var numbers []string
	if many {
		numbers, err = o.Strings("to")
	} else {
		m.To, err = o.String("to")
	}
	if err != nil {
		return err
	}
	together, err := o.Bool("all_or_nothing")
	if err != nil {
		return err
	}
	if m.Text, err = o.String("text"); err != nil {
		return err
	}
	m.Callback.Format = FormatStandard
	if m.Callback.URL, err = o.String("callback"); err != nil {
		return err
	}
	if m.CustomID, err = o.String("custom_id"); err != nil {
		return err
	}
	if m.Line, _, err = o.Int("line"); err != nil {
		return err
	}
	if m.Lifetime, err = seconds(o, "lifetime"); err != nil {
		return err
	}
	if m.Priority, err = readPriority(o); err != nil {
		return err
	}
	if m.NotBefore, m.Expires, err = readTimes(o); err != nil {
		return err
	}
	if m.Lifetime != 0 && !m.Expires.IsZero() {
		return &body.Error{Field: "expires_at", Message: "and lifetime are two ways to say the same: omit one"}
	}
	if m.Quiet, err = readQuiet(o); err != nil {
		return err
	}
	if m.Text, err = readPlain(o, m.Text); err != nil {
		return err
	}
	if class, ok, err := o.Int("class"); err != nil {
		return err
	} else if m.Flash = ok; ok && class != 0 {
		return &body.Error{Field: "class", Message: "must be 0, which a phone shows at once, or absent"}
	}
	wait, err := readWait(c)
	if err != nil {
		return err
	}
	dry, err := o.Bool("dry_run")
	if err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	if wait > 0 && (many || dry) {
		return &body.Error{Field: "wait", Message: "is for a message to one number that is sent"}
	}
	if many {
		return s.sendMailing(c, gateway.Mailing{NewMessage: m, Numbers: numbers, Together: together}, dry)
	}
	if dry {
		r, err := s.gateway.RehearseMessage(c.Request().Context(), m)
		return s.answerRehearsal(c, r, m.Line, err)
	}
	sent, err := s.gateway.Send(c.Request().Context(), m)
	if err != nil {
		return err
	}
	repeat.Mark(c.Response().Header(), sent.Replayed)
	c.Response().Header().Set(echo.HeaderLocation, fmt.Sprintf("/v1/messages/%d", sent.ID))
	status := http.StatusAccepted
	if wait > 0 {
		if sent, err = s.await(c.Request().Context(), sent, wait); err != nil {
			return err
		}
		if !waits(sent) {
			status = http.StatusOK
		}
	}
	return c.JSON(status, showMessage(sent))
}

// waits reports whether the network has not been given all of a message, and will be.
func waits(m gateway.Message) bool { return m.State == gateway.Queued || m.State == gateway.Sending }

// await returns a message as soon as it waits no more, or as it is after a time.
func (s *Server) await(ctx context.Context, m gateway.Message, wait time.Duration) (gateway.Message, error) {
	end := time.NewTimer(wait)
	defer end.Stop()
	for {
		changed := s.gateway.OnChange()
		now, err := s.gateway.Message(ctx, m.ID)
		if err != nil || !waits(now) {
			return now, err
		}
		select {
		case <-end.C:
			return now, nil
		case <-ctx.Done():
			return now, nil
		case <-changed:
		}
	}
}

// readWait reads how long an answer may wait for the outcome, 0 for not at all.
func readWait(c echo.Context) (time.Duration, error) {
	n, err := number(c.QueryParam("wait"), "wait")
	return time.Duration(min(n, int64(v1.LongestWait/time.Second))) * time.Second, err
}

// readPlain returns a text without what the caller wants to be left out or replaced.
func readPlain(o *body.Object, content string) (string, error) {
	strip, err := o.String("strip")
	if err != nil {
		return "", err
	}
	if strip != "" && strip != "emoji" {
		return "", &body.Error{Field: "strip", Message: "must be emoji, or absent"}
	}
	plain, err := o.Bool("transliterate")
	if err != nil {
		return "", err
	}
	if strip != "" {
		content = text.WithoutEmoji(content)
	}
	if plain {
		content = text.Plain(content)
	}
	return content, nil
}

// readPriority reads a priority, 0 for none.
func readPriority(o *body.Object) (line.Lane, error) {
	name, err := o.String("priority")
	if err != nil || name == "" {
		return 0, err
	}
	return line.ParseLane(name)
}

// readTimes reads between which times a message is to go, the zero time for none.
func readTimes(o *body.Object) (notBefore, expires time.Time, err error) {
	zone, err := o.String("time_zone")
	if err != nil {
		return notBefore, expires, err
	}
	for name, into := range map[string]*time.Time{"not_before": &notBefore, "expires_at": &expires} {
		s, err := o.String(name)
		if err == nil && s != "" {
			*into, err = schedule.Time(name, s, zone)
		}
		if err != nil {
			return notBefore, expires, err
		}
	}
	return notBefore, expires, nil
}

// readQuiet reads the hours in which a message is not to go.
func readQuiet(o *body.Object) (q schedule.Quiet, err error) {
	hours, err := o.String("quiet_hours")
	if err == nil {
		q, err = schedule.ParseQuiet(hours)
	}
	if err != nil || q.None() {
		return q, err
	}
	zone, err := o.String("time_zone")
	if err == nil && zone != "" {
		_, err = schedule.Zone(zone)
	}
	return q.In(zone), err
}

// patchMessage changes a message that waits.
func (s *Server) patchMessage(c echo.Context, k key.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	var e gateway.Edit
	if e.Text, err = o.String("text"); err != nil {
		return err
	}
	if o.Has("text") && e.Text == "" {
		return &body.Error{Field: "text", Message: "is empty: write what is to be sent"}
	}
	if e.Priority, err = readPriority(o); err != nil {
		return err
	}
	if e.NotBefore, e.Expires, err = readTimes(o); err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	if e == (gateway.Edit{}) {
		return &body.Error{Message: "nothing is to be changed: name text, priority, not_before or expires_at"}
	}
	m, err := s.gateway.EditMessage(c.Request().Context(), visible(k), id, e)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showMessage(m))
}

// deleteMessage cancels a message that waits.
func (s *Server) deleteMessage(c echo.Context, k key.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	m, err := s.gateway.CancelMessage(c.Request().Context(), visible(k), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showMessage(m))
}

// seconds reads a duration in seconds, 0 where there is none.
func seconds(o *body.Object, name string) (time.Duration, error) {
	n, ok, err := o.Int(name)
	if err != nil || !ok {
		return 0, err
	}
	const year = 366 * 24 * 60 * 60
	if n < 1 || n > year {
		return 0, &body.Error{Field: name, Message: "must be a number of seconds, at least 1"}
	}
	return time.Duration(n) * time.Second, nil
}

// getMessages lists messages, newest first. The header Link names the next page.
func (s *Server) getMessages(c echo.Context, k key.Key) error {
	f := gateway.MessageFilter{State: gateway.State(c.QueryParam("state")), To: c.QueryParam("to"), Text: c.QueryParam("text")}
	if f.State != "" && !f.State.Valid() {
		return &body.Error{Field: "state", Message: "is not a state of a message"}
	}
	var err error
	if f.App, err = appOf(c, visible(k)); err != nil {
		return err
	}
	if f.Line, err = number(c.QueryParam("line"), "line"); err != nil {
		return err
	}
	if f.Since, err = moment(c, "since"); err != nil {
		return err
	}
	if f.Until, err = moment(c, "until"); err != nil {
		return err
	}
	if f.Before, f.Limit, err = page(c); err != nil {
		return err
	}
	query := cursor.Of("messages", visible(k), c.QueryParams())
	if at := c.QueryParam(cursor.Param); at != "" {
		if f.Before != 0 {
			return &body.Error{Field: cursor.Param, Message: "and before are two ways to say the same: omit one"}
		}
		if f.Before, err = query.Read(at); err != nil {
			return err
		}
	}
	p, err := s.gateway.MessagePage(c.Request().Context(), f)
	if err != nil {
		return err
	}
	if p.Next != 0 {
		values := c.QueryParams()
		values.Del("before")
		c.Response().Header().Set("Link", query.Link(c.Path(), values, p.Next))
	}
	out := make([]v1.Message, len(p.Messages))
	for i, m := range p.Messages {
		out[i] = showMessage(m)
	}
	return c.JSON(http.StatusOK, out)
}

// moment reads a time of a query, the zero time for none.
func moment(c echo.Context, name string) (time.Time, error) {
	s := c.QueryParam(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, &body.Error{Field: name, Message: "must be a time such as 2026-01-31T12:00:00Z"}
	}
	return t, nil
}

// visible returns the app whose data a key can see, "" for all apps.
func visible(k key.Key) string {
	if k.Allows(key.Admin) {
		return ""
	}
	return k.App
}

// appOf returns the app whose data a list shows, "" for all apps: the one that the
// request names, which must be the only one that its key can see, "" for all.
func appOf(c echo.Context, own string) (string, error) {
	named := c.QueryParam("app")
	if own != "" && named != "" && named != own {
		return "", &fault.Error{Code: fault.Forbidden, Field: "app", Message: "this key sees the app " + own + " only"}
	}
	return cmp.Or(own, named), nil
}

// number reads a whole number of a query or a path. "" stands for 0.
func number(s, field string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, &body.Error{Field: field, Message: "must be a whole number, 0 or more"}
	}
	return n, nil
}

func (s *Server) getMessage(c echo.Context, k key.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	m, err := s.gateway.Message(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if app := visible(k); app != "" && m.App != app {
		return &fault.Error{Code: fault.NotFound, Message: "there is no message with this id"}
	}
	steps, err := timeline.OfMessage(c.Request().Context(), s.gateway, m)
	if err != nil {
		return err
	}
	out := showMessage(m)
	out.Timeline = showSteps(steps)
	return c.JSON(http.StatusOK, out)
}

func showSteps(steps []timeline.Step) []v1.Step {
	out := make([]v1.Step, len(steps))
	for i, s := range steps {
		out[i] = v1.Step{At: s.At, What: string(s.What), Part: s.Part, Line: s.Line, Modem: s.Modem, Until: s.Until, Cause: s.Cause.Text, CauseCode: string(s.Cause.Code)}
		if s.Times > 1 {
			out[i].Times = s.Times
		}
		if s.What == timeline.Sent && s.Reference >= 0 {
			out[i].Reference = &s.Reference
		}
		if d := s.Delivery; d != nil {
			out[i].Webhook = &v1.StepWebhook{Delivery: d.ID, ID: d.Webhook, Kind: d.Kind, State: string(d.State)}
		}
	}
	return out
}
