package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/gateway"
	"simgate/modem"
)

// Modem is a modem with its SIM, as the native API shows them.
type Modem struct {
	Line         int64       `json:"line,omitempty"` // the id of the SIM, once it has been read
	Name         string      `json:"name"`
	Port         string      `json:"port,omitempty"`
	State        modem.State `json:"state"`
	Detail       string      `json:"detail,omitempty"`
	Since        time.Time   `json:"since"`
	Manufacturer string      `json:"manufacturer,omitempty"`
	Model        string      `json:"model,omitempty"`
	Revision     string      `json:"revision,omitempty"`
	IMEI         string      `json:"imei,omitempty"`
	ICCID        string      `json:"iccid,omitempty"`
	IMSI         string      `json:"imsi,omitempty"`
	Number       string      `json:"number,omitempty"`
	SMSC         string      `json:"smsc,omitempty"`
	PINTries     *int        `json:"pin_tries,omitempty"`
	SIMName      string      `json:"sim_name,omitempty"`
	Hold         string      `json:"hold,omitempty"` // why the SIM sends nothing though the modem is ready
	Usage        []Usage     `json:"usage,omitempty"`
	Registration string      `json:"registration,omitempty"`
	Operator     string      `json:"operator,omitempty"`
	Technology   string      `json:"technology,omitempty"` // GSM, UMTS, LTE …
	SignalDBm    int         `json:"signal_dbm,omitempty"`
	Profile      string      `json:"profile,omitempty"` // the family that the driver takes the modem for
	Voice        modem.Voice `json:"voice,omitempty"`   // how it speaks in calls; none: it cannot
	VoLTE        string      `json:"volte,omitempty"`   // registered or off: whether LTE carries its calls
	Storage      *Storage    `json:"storage,omitempty"` // where messages come in
}

// Storage is a storage of a modem, and how full it is.
type Storage struct {
	Name  string `json:"name"` // ME the modem's own, SM that of the SIM
	Used  int    `json:"used"`
	Total int    `json:"total"`
}

// Usage is what a SIM has sent in a day or a month; a maximum that is missing is
// no limit.
type Usage struct {
	Period        string `json:"period"`
	Parts         int    `json:"parts"`
	MaxParts      int    `json:"max_parts,omitempty"`
	Recipients    int    `json:"recipients"`
	MaxRecipients int    `json:"max_recipients,omitempty"`
}

// ShowModem shows what a modem says of itself.
func ShowModem(st modem.Status) Modem {
	m := Modem{Name: st.Name, Port: st.Port, State: st.State, Detail: st.Detail, Since: st.Since.UTC(),
		Manufacturer: st.Manufacturer, Model: st.Model, Revision: st.Revision, IMEI: st.IMEI,
		ICCID: st.ICCID, IMSI: st.IMSI, SMSC: st.SMSC, Registration: st.Registration, SignalDBm: st.SignalDBm,
		Operator: st.Operator, Technology: st.Technology, Profile: st.Profile, Voice: st.Voice, VoLTE: st.VoLTE}
	if st.Storage.Name != "" {
		m.Storage = &Storage{st.Storage.Name, st.Storage.Used, st.Storage.Total}
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
	out := make([]Modem, len(lines))
	for i, l := range lines {
		out[i] = ShowModem(l.Status)
		out[i].Line, out[i].Number, out[i].SIMName, out[i].Hold = l.ID, l.Number, l.Label, l.Hold
		for _, u := range l.Usage {
			out[i].Usage = append(out[i].Usage, Usage(u))
		}
	}
	return c.JSON(http.StatusOK, out)
}
