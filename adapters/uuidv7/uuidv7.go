// Package uuidv7 makes identifiers: UUIDs of version 7 (RFC 9562), which begin
// with the time, so that rows written together lie together in an index. Those of
// one process sort in the order in which they were made.
package uuidv7

import (
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// Generator implements idgen.Generator. The zero value is ready.
type Generator struct{}

var _ idgen.Generator = Generator{}

// New implements idgen.Generator. It panics only when the operating system has no
// randomness to give, which it does not survive either.
func (Generator) New() string { return uuid.Must(uuid.NewV7()).String() }
