package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway/key"
)

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
