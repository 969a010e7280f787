package usb

import (
	"maps"
	"slices"
)

// Vendors returns the vendor ids of the table.
func Vendors() []uint16 { return slices.Sorted(maps.Keys(vendors)) }

// ConcernsModems is concernsModems.
var ConcernsModems = concernsModems

// ListenKernel is listenKernel.
var ListenKernel = listenKernel

// Next, Close and Descriptor give access to the socket.
func (k kernelSocket) Next() error     { return k.next() }
func (k kernelSocket) Close()          { k.close() }
func (k kernelSocket) Descriptor() int { return int(k.file.Fd()) }
