package modem

import (
	"maps"
	"slices"
)

// Makers returns the vendor ids of the table.
func Makers() []uint16 { return slices.Sorted(maps.Keys(vendors)) }

// ConcernsModems is concernsModems.
var ConcernsModems = concernsModems
