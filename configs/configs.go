// Package configs holds the annotated default configuration, and what it says of each key.
package configs

import _ "embed"

// Default is simgate.yaml: every key with its default and what it means.
//
//go:embed simgate.yaml
var Default []byte
