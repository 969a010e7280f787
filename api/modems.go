package api

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/line"
)

// ShowModem returns a modem as the native API shows it, without its SIM.
func ShowModem(st line.Status) v1.Modem {
	m := v1.Modem{Name: st.Name, Kind: string(cmp.Or(st.Kind, line.Modem)), Port: st.Port, State: string(st.State), Detail: st.Detail, Remedy: st.Remedy(), Since: st.Since.UTC(),
		Manufacturer: st.Manufacturer, Model: st.Model, Revision: st.Revision, IMEI: st.IMEI,
		ICCID: st.ICCID, IMSI: st.IMSI, SMSC: st.SMSC, Registration: st.Registration, SignalDBm: st.SignalDBm,
		Operator: st.Operator, Technology: st.Technology, Profile: st.Profile, Voice: string(st.Voice), VoLTE: st.VoLTE}
	for _, a := range st.Advice {
		m.Advice = append(m.Advice, v1.Setting(a))
	}
	if st.Storage.Name != "" {
		m.Storage = &v1.Storage{Name: st.Storage.Name, Used: st.Storage.Used, Total: st.Storage.Total}
	}
	if st.Battery != nil {
		m.Battery = &v1.Battery{Percent: st.Battery.Percent, Charging: st.Battery.Charging}
	}
	if st.PINTries >= 0 {
		m.PINTries = &st.PINTries
	}
	return m
}

// The digits that a masked number keeps: of an IMEI those of the model (TAC, TS
// 23.003 6.2.1), of an IMSI those of country and network (at the least).
const (
	imeiShown = 8
	imsiShown = 5
)

// masked hides the digits of a number behind the first n.
func masked(number string, n int) string {
	n = min(n, len(number))
	return number[:n] + strings.Repeat("*", len(number)-n)
}

// getModems shows the modems. IMEI and IMSI are whole for the owner alone: an app
// has no use for what names a device or a subscriber.
func (s *Server) getModems(c echo.Context, k key.Key) error {
	lines, err := s.gateway.Lines().List(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]v1.Modem, len(lines))
	for i, l := range lines {
		out[i] = ShowModem(l.Status)
		if !k.Allows(key.Admin) {
			out[i].IMEI, out[i].IMSI = masked(l.IMEI, imeiShown), masked(l.IMSI, imsiShown)
		}
		out[i].Line, out[i].Certain, out[i].Number, out[i].SIMName, out[i].Hold = l.ID, l.Certain, l.Number, l.Label, l.Hold.Text
		for _, u := range l.Usage {
			out[i].Usage = append(out[i].Usage, v1.Usage(u))
		}
	}
	return c.JSON(http.StatusOK, out)
}

// postPhone takes a webhook of a phone that is a line. It needs no key: it is signed.
func (s *Server) postPhone(c echo.Context) error {
	r := c.Request()
	raw, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return body.ErrTooLarge
	} else if err != nil {
		return fault.NewInvalid("", "the body could not be read")
	}
	from, _, _ := net.SplitHostPort(r.RemoteAddr)
	err = s.gateway.Lines().Receive(r.Context(), c.Param("name"), line.Webhook{From: from, Body: raw,
		Signature: r.Header.Get("X-Signature"), Timestamp: r.Header.Get("X-Timestamp")})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"status": "ok"})
}

// restartModem restarts a modem.
func (s *Server) restartModem(c echo.Context, _ key.Key) error {
	name := c.Param("name")
	if err := s.gateway.Lines().Restart(name); err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, v1.Restarting{Modem: name})
}

func (s *Server) postUSSD(c echo.Context, _ key.Key) error {
	line, code, err := readUSSD(c)
	if err != nil {
		return err
	}
	answer, err := s.gateway.Lines().USSD(c.Request().Context(), line, code)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v1.USSD{Text: answer.Text, More: answer.More})
}

func readUSSD(c echo.Context) (line int64, code string, err error) {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return 0, "", err
	}
	if line, _, err = o.Int("line"); err != nil {
		return 0, "", err
	}
	if code, err = o.String("code"); err != nil {
		return 0, "", err
	}
	return line, code, o.Unknown()
}

func (s *Server) deleteUSSD(c echo.Context, _ key.Key) error {
	line, err := number(c.QueryParam("line"), "line")
	if err != nil {
		return err
	}
	if err := s.gateway.Lines().EndUSSD(c.Request().Context(), line); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v1.USSD{})
}
