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

func (s *Server) getModems(c echo.Context, _ gateway.Key) error {
	lines, err := s.gateway.Lines(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]Modem, len(lines))
	for i, l := range lines {
		out[i] = Modem{Line: l.ID, Name: l.Name, Port: l.Port, State: l.State, Detail: l.Detail, Since: l.Since.UTC(),
			Manufacturer: l.Manufacturer, Model: l.Model, Revision: l.Revision, IMEI: l.IMEI,
			ICCID: l.ICCID, IMSI: l.IMSI, Number: l.Number, SMSC: l.SMSC, Registration: l.Registration, SignalDBm: l.SignalDBm,
			Operator: l.Operator, Technology: l.Technology, Profile: l.Profile}
		if l.Storage.Name != "" {
			out[i].Storage = &Storage{l.Storage.Name, l.Storage.Used, l.Storage.Total}
		}
		out[i].SIMName, out[i].Hold = l.Label, l.Hold
		for _, u := range l.Usage {
			out[i].Usage = append(out[i].Usage, Usage(u))
		}
		if l.PINTries >= 0 {
			out[i].PINTries = &l.PINTries
		}
	}
	return c.JSON(http.StatusOK, out)
}
