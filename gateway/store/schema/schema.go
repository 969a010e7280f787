// Package schema holds the migrations of the gateway's database. A migration
// that has been released is never changed: what follows it is a new file.
package schema

import "embed"

// FS holds the files NNNN_name.sql, applied in the order of their names.
//
//go:embed *.sql
var FS embed.FS
