package gateway

import (
	"context"
	"fmt"

	"simgate/gateway/sqlite"
)

// LimitPages lets the database grow to so many pages and no further, as a full
// disk does; never below what it has already.
func (g *Gateway) LimitPages(ctx context.Context, pages int) error {
	return g.commit(ctx, func(tx *sqlite.Tx) error {
		_, err := tx.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		return err
	})
}
