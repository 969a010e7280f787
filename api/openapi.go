package api

import (
	_ "embed" // of the documents
	"net/http"

	"github.com/labstack/echo/v4"
)

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

func (s *Server) docs(c echo.Context) error { return htmlPage(c, string(Docs)) }
