// Package api serves a gateway over HTTP: the native API under /v1, the dialects of
// hosted services (packages below dialect), health, metrics and documentation.
//
// On the network every call needs an API key that has the scope of the call. On the
// Unix socket no key is needed: whoever can open it can do everything.
package api

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/sync/errgroup"

	"simgate/api/connection"
	"simgate/api/dialect"
	"simgate/api/repeat"
	"simgate/api/stream"
	v1 "simgate/api/v1"
	"simgate/api/web"
	"simgate/api/web/prefix"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/user"
)

// Config limits what callers can use of the machine. Zero fields have the values of
// [DefaultConfig].
type Config struct {
	Connections    int           // at the same time, at most 512; streams have their own limit
	BodyLimit      int64         // octets of a request body; 8 times as many of one that may name many numbers
	RequestTimeout time.Duration // of one request
	CodeLength     int           // digits of codes
	Country        string        // that dialects show where a number has none, ISO 3166-1 alpha-2; "" for US
	// Countries are those of local numbers by the name of a dialect, for services that
	// know the numbers of one country alone.
	Countries map[string]string
	// Hosts are the names under which apps reach the network listeners.
	Hosts connection.Hosts
	// PageHosts are those of Hosts under which the pages are reached.
	PageHosts connection.Hosts
	// Root returns the certificate for trust stores in PEM; nil, or no certificate: there is
	// none.
	Root func() []byte
	// Certificates returns how the certificates of the network listeners stand; nil: there
	// are none.
	Certificates func() []v1.Certificate
	// Reload reads the configuration of the daemon again; nil: it has none.
	Reload func(context.Context) (v1.Reloaded, error)
	// Settings returns the configuration in force. An error beside it is of the file as it is by
	// now.
	Settings func(context.Context) ([]v1.ConfigSetting, error)
	// Change changes what lies over the file of the configuration, all of it or nothing.
	Change  func(context.Context, user.By, v1.SettingsChange) error
	Streams stream.Config // who follow
	// Pages answers under [web.Root], and to the bare address, on listeners of the network
	// that serve the native API; nil: there are no pages.
	Pages http.Handler
	// Ancestors returns who may show the documentation in a frame, as the policy of a page says
	// it; nil: nobody.
	Ancestors func() string
	// Prefix is the path that the listeners of the network are below, of a reverse proxy.
	Prefix prefix.Config
}

// maxConnections keeps the network from using all file descriptors below 1024: at
// that number the serial library panics.
const maxConnections = 512

// DefaultConfig returns the settings that zero fields of a [Config] stand for.
func DefaultConfig() Config {
	return Config{Connections: maxConnections, BodyLimit: 64 << 10, RequestTimeout: 10 * time.Second,
		CodeLength: gateway.DefaultConfig().CodeLength}
}

// Server answers HTTP.
type Server struct {
	cfg      Config
	gateway  *gateway.Gateway
	log      *slog.Logger
	dialects []dialect.Dialect
	repeats  repeat.Requests
	streams  *stream.Hub
}

// New returns a server over g.
func New(cfg Config, g *gateway.Gateway, log *slog.Logger) *Server {
	d := DefaultConfig()
	cfg.Connections = min(cmp.Or(cfg.Connections, d.Connections), maxConnections)
	cfg.BodyLimit = cmp.Or(cfg.BodyLimit, d.BodyLimit)
	cfg.RequestTimeout = cmp.Or(cfg.RequestTimeout, d.RequestTimeout)
	cfg.CodeLength = cmp.Or(cfg.CodeLength, d.CodeLength)
	return &Server{cfg: cfg, gateway: g, log: log, streams: stream.New(cfg.Streams, changes{g}),
		dialects: newDialects(dialect.Env{Gateway: g, Known: connection.NoteKnown, CodeLength: cfg.CodeLength, Country: cfg.Country, Countries: cfg.Countries})}
}

// Handler returns the handler of a listener of the network that serves the dialects
// with these names, as [Listener] describes.
func (s *Server) Handler(dialects ...string) http.Handler {
	_, native := choose(s.dialects, dialects)
	people := func(r *http.Request) bool {
		return native && s.cfg.Pages != nil && (r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, web.Root))
	}
	own := func(r *http.Request) bool { return s.cfg.Hosts.Own(r) && (!people(r) || s.cfg.PageHosts.Own(r)) }
	programs := s.handler(dialect.Env{Gateway: s.gateway, Known: connection.NoteKnown}.Bearer, dialects, ownHost(own))
	return s.cfg.Prefix.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if people(r) && own(r) {
			s.cfg.Pages.ServeHTTP(w, r)
			return
		}
		programs.ServeHTTP(w, r)
	}))
}

// LocalHandler returns the handler of the Unix socket, where every caller is the
// operator.
func (s *Server) LocalHandler() http.Handler {
	return s.handler(func(r *http.Request) (key.Key, error) {
		connection.NoteKnown(r.Context())
		return key.Key{App: OperatorApp, Scopes: []key.Scope{key.Admin}}, nil
	}, nil)
}

// OperatorApp is the app that messages of the command line belong to.
const OperatorApp = "cli"

func (s *Server) handler(authenticate authenticator, names []string, before ...echo.MiddlewareFunc) http.Handler {
	set, native := choose(s.dialects, names)
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { s.handleError(err, c, set.Of(c)) }
	e.Pre(append(before, set.Clean)...)
	e.Use(
		middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: s.logPanic}),
		noteCaller,
		s.bound,
	)
	if native {
		s.mount(e, authenticate)
	}
	set.Mount(e)
	return e
}

// logPanic logs the panic of a handler and returns the error that the caller is
// answered with.
func (s *Server) logPanic(c echo.Context, err error, stack []byte) error {
	s.log.Error("a handler panicked", "path", c.Path(), "err", err, "stack", string(stack))
	return &fault.Error{Code: fault.Internal, Message: "a handler panicked", Err: err}
}

// ownHost refuses requests for other hosts.
func ownHost(own func(*http.Request) bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if own(c.Request()) {
				return next(c)
			}
			return echo.NewHTTPError(http.StatusMisdirectedRequest)
		}
	}
}

// noteCaller notes where a request comes from, for the key that it will show.
func noteCaller(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		from, _ := netip.ParseAddrPort(c.Request().RemoteAddr) // none on a Unix socket
		c.SetRequest(c.Request().WithContext(key.WithCaller(c.Request().Context(), from.Addr())))
		return next(c)
	}
}

// patience holds the time limits of calls that wait for the mobile network, for an
// incoming message, for the server of a webhook, for those that tell the owner, or for
// the disk.
var patience = map[string]time.Duration{"/v1/ussd": 2 * time.Minute, "/v1/lines/:id/prove": 2 * time.Minute, "/v1/inbox": v1.LongestWait + 10*time.Second,
	"/v1/webhooks/:id/test": 20 * time.Second, "/v1/notify/test": 40 * time.Second,
	"/v1/backups": 10 * time.Minute, "/v1/backup": 10 * time.Minute,
	"/v1/numbers/export": time.Minute, "/v1/numbers/forget": 10 * time.Minute}

// bound limits the time and the body of a request.
func (s *Server) bound(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		limit := s.cfg.RequestTimeout
		if c.Path() == "/v1/events" && follows(r) {
			// The stream has a time limit for each write.
			if err := http.NewResponseController(c.Response()).SetReadDeadline(time.Time{}); err != nil {
				return err
			}
			return next(c)
		}
		long, ok := patience[c.Path()]
		if c.Path() == "/v1/messages" && c.QueryParam("wait") != "" {
			long, ok = limit+v1.LongestWait, true
		}
		if ok {
			limit = long
			// The limits of the connection are shorter.
			deadline := http.NewResponseController(c.Response())
			if err := errors.Join(deadline.SetReadDeadline(time.Now().Add(limit)), deadline.SetWriteDeadline(time.Now().Add(limit+readHeader))); err != nil {
				return err
			}
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		r = r.WithContext(ctx)
		size := s.cfg.BodyLimit
		if c.Path() == "/v1/messages" {
			size *= roomy
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, size)
		c.SetRequest(r)
		return next(c)
	}
}

const (
	maxHeader   = 16 << 10
	readHeader  = 5 * time.Second
	idle        = time.Minute
	stopWithin  = 5 * time.Second
	socketConns = 64
)

// Run serves the network and the socket until ctx ends, and then waits up to 5 seconds
// for requests to end. It closes all listeners. The connections are divided evenly
// among the listeners of the network, and there among client addresses; the socket has
// its own.
func (s *Server) Run(ctx context.Context, network []Listener, socket net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	s.serve(ctx, group, connection.Patient(socket, socketConns), nil, s.LocalHandler())
	for _, l := range network {
		share := max(1, s.cfg.Connections/len(network))
		s.serve(ctx, group, connection.Share(l, share), l.TLS, s.Handler(l.Dialects...))
	}
	return group.Wait()
}

// serve serves one listener until ctx ends; in the clear if there are no settings of
// TLS. A handshake has the time of a header, and until it is done the connection counts
// as one that waits for a request.
func (s *Server) serve(ctx context.Context, group *errgroup.Group, l net.Listener, secure *tls.Config, h http.Handler) {
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeader,
		ReadTimeout:       readHeader + s.cfg.RequestTimeout,
		WriteTimeout:      readHeader + 2*s.cfg.RequestTimeout,
		IdleTimeout:       idle,
		MaxHeaderBytes:    maxHeader,
		ConnState:         connection.NoteState,
		ConnContext:       connection.With,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		Protocols:         &http.Protocols{},
	}
	// One request at a time: the streams of HTTP/2 would escape the limits of connections.
	server.Protocols.SetHTTP1(true)
	group.Go(func() error {
		err := server.Serve(l)
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	})
	group.Go(func() error {
		<-ctx.Done()
		s.streams.Stop()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		if err := server.Shutdown(stopping); err != nil {
			return server.Close() // a caller reads its answer too slowly
		}
		return nil
	})
}
