package api

import (
	_ "embed" // of the pages
	"html"
	"net/http"
	"strings"

	"simgate/api/causes"
	"simgate/gateway/fault"

	"github.com/labstack/echo/v4"
)

//go:embed docs/home.html
var homePage string

// home answers whoever opens the address in a browser.
func (s *Server) home(c echo.Context) error {
	address := html.EscapeString(c.Scheme() + "://" + c.Request().Host)
	return htmlPage(c, []byte(strings.ReplaceAll(homePage, "{address}", address)))
}

// htmlPage answers with a page that loads nothing and cannot be framed.
func htmlPage(c echo.Context, page []byte) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	h.Set(echo.HeaderXContentTypeOptions, "nosniff")
	return c.HTMLBlob(http.StatusOK, page)
}

// OpenAPI is the OpenAPI document of the native API. The tests compare every request
// and answer with it.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Docs is the documentation of the native API: one page that loads nothing else.
//
//go:embed docs/index.html
var Docs []byte

func (s *Server) openapi(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml; charset=utf-8", OpenAPI)
}

func (s *Server) docs(c echo.Context) error { return htmlPage(c, Docs) }

func (s *Server) causes(c echo.Context) error {
	page, err := causes.Page()
	if err != nil {
		return err
	}
	return htmlPage(c, page)
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
