// Package bookmark keeps the searches that people have named, so that they find them on
// each of their devices.
package bookmark
