package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/gateway"
)

// Verification is a verification as the native API shows it, without its code.
type Verification struct {
	ID       string                    `json:"id"`
	To       string                    `json:"to"`
	State    gateway.VerificationState `json:"state"`
	Tries    int                       `json:"tries"`
	MaxTries int                       `json:"max_tries"`
	Sends    int                       `json:"sends"`
	Created  time.Time                 `json:"created"`
	Expires  time.Time                 `json:"expires"`
	Resent   bool                      `json:"resent,omitempty"` // one was pending, and its code goes out again
}

// Checked is the answer to a check. That it failed is all that is told: why,
// would help whoever guesses.
type Checked struct {
	Verified bool `json:"verified"`
}

// purposeNative keeps the codes of the native API apart from those of dialects.
const purposeNative = "v1"

func (s *Server) postVerification(c echo.Context, key gateway.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	n := gateway.NewVerification{App: key.App, Purpose: purposeNative}
	if n.To, err = o.String("to"); err != nil {
		return err
	}
	if n.Brand, err = o.String("brand"); err != nil {
		return err
	}
	if n.Line, _, err = o.Int("line"); err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	started, err := s.gateway.StartVerification(c.Request().Context(), n)
	if err != nil {
		return err
	}
	v := started.Verification
	return c.JSON(http.StatusCreated, Verification{ID: v.ID, To: string(v.To), State: v.State, Tries: v.Tries, MaxTries: v.MaxTries,
		Sends: v.Sends, Created: v.Created, Expires: v.Expires, Resent: started.Resent})
}

func (s *Server) checkVerification(c echo.Context, key gateway.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	to, err := o.String("to")
	if err != nil {
		return err
	}
	code, err := o.String("code")
	if err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	_, verdict, err := s.gateway.CheckVerification(c.Request().Context(),
		gateway.Check{App: key.App, To: to, Purpose: purposeNative, Code: code})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Checked{Verified: verdict == gateway.Right})
}
