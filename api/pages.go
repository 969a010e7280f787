package api

import (
	_ "embed" // of the pages
	"html"
	"html/template"
	"net/http"
	"strings"

	"simgate/api/web"
	"simgate/gateway/fault"

	"github.com/labstack/echo/v4"
)

//go:embed docs/home.html
var homePage string

// home answers whoever opens the address in a browser, where there are no pages.
func (s *Server) home(c echo.Context) error {
	address := html.EscapeString(c.Scheme() + "://" + c.Request().Host)
	return s.document(c, "", strings.ReplaceAll(homePage, "{address}", address))
}

// document answers with a page that loads nothing.
func (s *Server) document(c echo.Context, title, body string) error {
	web.Document{Ancestors: s.ancestors(), Title: title, Body: template.HTML(body)}.ServeHTTP(c.Response(), c.Request()) //nolint:gosec // it is of the program
	return nil
}

// ancestors returns who may show documents in a frame.
func (s *Server) ancestors() string {
	if s.cfg.Ancestors == nil {
		return "'none'"
	}
	return s.cfg.Ancestors()
}

// OpenAPI is the OpenAPI document of the native API. The tests compare every request
// and answer with it.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Docs is the documentation of the native API, within its frame.
//
//go:embed docs/index.html
var Docs []byte

func (s *Server) openapi(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml; charset=utf-8", OpenAPI)
}

func (s *Server) docs(c echo.Context) error { return s.document(c, "The API", string(Docs)) }

func (s *Server) causes(c echo.Context) error {
	web.ServeCauses(c.Response(), c.Request(), s.ancestors())
	return nil
}

// root answers with the root certificate. It is public; what has to be compared is its
// fingerprint, on another way.
func (s *Server) root(c echo.Context) error {
	var root []byte
	if s.cfg.Root != nil {
		root = s.cfg.Root()
	}
	if root == nil {
		return &fault.Error{Code: fault.NotFound, Message: "simgate has no certificate authority of its own here"}
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="simgate-ca.crt"`)
	return c.Blob(http.StatusOK, "application/x-x509-ca-cert", root)
}
