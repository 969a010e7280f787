package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/modem"
)

// ShowModem shows what a modem says of itself.
func ShowModem(st modem.Status) v1.Modem {
	m := v1.Modem{Name: st.Name, Port: st.Port, State: string(st.State), Detail: st.Detail, Since: st.Since.UTC(),
		Manufacturer: st.Manufacturer, Model: st.Model, Revision: st.Revision, IMEI: st.IMEI,
		ICCID: st.ICCID, IMSI: st.IMSI, SMSC: st.SMSC, Registration: st.Registration, SignalDBm: st.SignalDBm,
		Operator: st.Operator, Technology: st.Technology, Profile: st.Profile, Voice: string(st.Voice), VoLTE: st.VoLTE}
	if st.Storage.Name != "" {
		m.Storage = &v1.Storage{Name: st.Storage.Name, Used: st.Storage.Used, Total: st.Storage.Total}
	}
	if st.PINTries >= 0 {
		m.PINTries = &st.PINTries
	}
	return m
}

func (s *Server) getModems(c echo.Context, _ gateway.Key) error {
	lines, err := s.gateway.Lines(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]v1.Modem, len(lines))
	for i, l := range lines {
		out[i] = ShowModem(l.Status)
		out[i].Line, out[i].Number, out[i].SIMName, out[i].Hold = l.ID, l.Number, l.Label, l.Hold
		for _, u := range l.Usage {
			out[i].Usage = append(out[i].Usage, v1.Usage(u))
		}
	}
	return c.JSON(http.StatusOK, out)
}
