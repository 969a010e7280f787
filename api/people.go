package api

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/key"
)

// postExport answers with all that is stored about a number.
func (s *Server) postExport(c echo.Context, _ key.Key) error {
	return aboutNumber(c, s.gateway.Export, func(e gateway.Export) any {
		out := v1.Export{Number: string(e.Number), At: e.At.UTC(), Records: map[string][]map[string]any{}}
		for name, rows := range e.Records {
			for _, r := range rows {
				out.Records[name] = append(out.Records[name], r)
			}
		}
		return out
	})
}

// postForget removes all that is stored about a number.
func (s *Server) postForget(c echo.Context, _ key.Key) error {
	forget := func(ctx context.Context, number string) (gateway.Forgotten, error) {
		defer s.streams.Forget()
		return s.gateway.Forget(ctx, number)
	}
	return aboutNumber(c, forget, func(f gateway.Forgotten) any {
		out := v1.Forgotten{Number: string(f.Number), Removed: []v1.RemovedRows{}, Messages: f.Messages, Calls: f.Calls, Verifications: f.Verifications,
			Backups: append([]string{}, f.Backups...)}
		for _, name := range slices.Sorted(maps.Keys(f.Removed)) {
			out.Removed = append(out.Removed, v1.RemovedRows{Of: name, Rows: f.Removed[name]})
		}
		return out
	})
}

// aboutNumber reads a request that names a number, and does something with that.
func aboutNumber[T any](c echo.Context, do func(context.Context, string) (T, error), show func(T) any) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	number, err := o.String("number")
	if err == nil {
		err = o.Unknown()
	}
	if err != nil {
		return err
	}
	done, err := do(c.Request().Context(), number)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, show(done))
}
