package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"simgate/gateway/fault"
)

// ownHost refuses requests for other hosts. A page of the internet whose name resolves to
// the address of this machine (DNS rebinding) is so kept from reading what only callers
// in this network may see: its browser sends the name of that page. Addresses
// resolve to themselves, so all of them are accepted.
func (s *Server) ownHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.owns(c.Request()) {
			return next(c)
		}
		return echo.NewHTTPError(http.StatusMisdirectedRequest)
	}
}

// owns reports whether a request is for this host.
func (s *Server) owns(r *http.Request) bool {
	return s.cfg.Hosts == nil || isAddress(r.Host) || s.cfg.Hosts(hostOf(r.Host))
}

// hostOf returns the name in a Host header, in small letters, without port and final dot.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		header = host
	}
	return strings.ToLower(strings.TrimSuffix(header, "."))
}

// isAddress reports whether a Host header holds an address. So it does if it is missing,
// as in HTTP/1.0, which no browser speaks.
func isAddress(header string) bool {
	host := strings.Trim(hostOf(header), "[]")
	_, err := netip.ParseAddr(host)
	return host == "" || err == nil
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
