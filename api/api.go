// Package api is HTTP over a gateway: the native API under /v1, the dialects of
// hosted services below package dialect, and the health of the daemon.
//
// On the network every call needs a key, and a key its scope. Over the Unix
// socket none is needed: who may open the socket may do everything.
package api

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"simgate/api/dialect"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/fault"
)

// Config bounds what callers can take from the machine. Zero fields take the
// values of [DefaultConfig].
type Config struct {
	Connections    int           // at once, at most 512
	BodyLimit      int64         // octets of a request body
	RequestTimeout time.Duration // for one request
	CodeLength     int           // digits of codes
	Country        string        // of local numbers in dialects that have none else, ISO 3166-1 alpha-2; "" their own
}

// maxConnections is a safety property: the serial library panics at a file
// descriptor of 1024, so the network must never use up those below.
const maxConnections = 512

// DefaultConfig returns the settings that the zero values of a [Config] stand for.
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
	running  sync.Map // requests with an idempotency key that are under way
}

// New returns a server over g.
func New(cfg Config, g *gateway.Gateway, log *slog.Logger) *Server {
	d := DefaultConfig()
	cfg.Connections = min(cmp.Or(cfg.Connections, d.Connections), maxConnections)
	cfg.BodyLimit = cmp.Or(cfg.BodyLimit, d.BodyLimit)
	cfg.RequestTimeout = cmp.Or(cfg.RequestTimeout, d.RequestTimeout)
	cfg.CodeLength = cmp.Or(cfg.CodeLength, d.CodeLength)
	return &Server{cfg: cfg, gateway: g, log: log,
		dialects: newDialects(dialect.Env{Gateway: g, CodeLength: cfg.CodeLength, Country: cfg.Country})}
}

// Connections returns how many are let in at once.
func (s *Server) Connections() int { return s.cfg.Connections }

// Handler serves the network: the dialects with these names as [Listener] has it.
func (s *Server) Handler(dialects ...string) http.Handler {
	return s.handler(dialect.Env{Gateway: s.gateway}.Bearer, dialects)
}

// LocalHandler serves the Unix socket, where the caller is the operator.
func (s *Server) LocalHandler() http.Handler {
	return s.handler(func(*http.Request) (gateway.Key, error) {
		return gateway.Key{App: OperatorApp, Scopes: []gateway.Scope{gateway.ScopeAdmin}}, nil
	}, nil)
}

// OperatorApp is the app whose messages those of the command line are.
const OperatorApp = "cli"

func (s *Server) handler(authenticate authenticator, names []string) http.Handler {
	set, native := choose(s.dialects, names)
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { s.handleError(err, c, set.Of(c)) }
	e.Use(
		middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: s.logPanic}),
		s.bound,
	)
	if native {
		s.mount(e, authenticate)
	}
	set.Mount(e)
	return e
}

// logPanic writes down where a handler panicked; the caller gets the answer to
// an internal error.
func (s *Server) logPanic(c echo.Context, err error, stack []byte) error {
	s.log.Error("a handler panicked", "path", c.Path(), "err", err, "stack", string(stack))
	return &fault.Error{Code: fault.Internal, Message: "a handler panicked", Err: err}
}

// patience is the time of calls that wait for the network behind a modem, for
// something to come in, or for somebody else's server.
var patience = map[string]time.Duration{"/v1/ussd": 2 * time.Minute, "/v1/inbox": v1.LongestWait + 10*time.Second,
	"/v1/webhooks/:id/test": 20 * time.Second}

// bound limits what one request may take.
func (s *Server) bound(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		limit := s.cfg.RequestTimeout
		if long, ok := patience[c.Path()]; ok {
			limit = long
			// The server's own limits are for calls that need no patience.
			deadline := http.NewResponseController(c.Response())
			if err := errors.Join(deadline.SetReadDeadline(time.Now().Add(limit)), deadline.SetWriteDeadline(time.Now().Add(limit+readHeader))); err != nil {
				return err
			}
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(c.Response(), r.Body, s.cfg.BodyLimit)
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

// Run serves the network and the socket until ctx ends, then lets the requests
// under way end. It closes all listeners. The listeners of the network have equal
// shares of the connections.
func (s *Server) Run(ctx context.Context, network []Listener, socket net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	s.serve(ctx, group, netutil.LimitListener(socket, socketConns), s.LocalHandler())
	for _, l := range network {
		share := max(1, s.cfg.Connections/len(network))
		s.serve(ctx, group, netutil.LimitListener(l, share), s.Handler(l.Dialects...))
	}
	return group.Wait()
}

// serve serves one listener until ctx ends.
func (s *Server) serve(ctx context.Context, group *errgroup.Group, l net.Listener, h http.Handler) {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeader,
		ReadTimeout:       readHeader + s.cfg.RequestTimeout,
		WriteTimeout:      readHeader + 2*s.cfg.RequestTimeout,
		IdleTimeout:       idle,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	group.Go(func() error {
		err := server.Serve(l)
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	})
	group.Go(func() error {
		<-ctx.Done()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		if err := server.Shutdown(stopping); err != nil {
			return server.Close() // somebody reads his answer too slowly
		}
		return nil
	})
}
