// Package idgen makes the identifiers of entities.
package idgen

// Generator makes identifiers: UUIDs of version 7 (RFC 9562), in the canonical
// lower-case form, so that ids sort by the time they were made.
type Generator interface {
	New() string
}

// Func adapts a function to [Generator].
type Func func() string

// New implements [Generator].
func (f Func) New() string { return f() }
