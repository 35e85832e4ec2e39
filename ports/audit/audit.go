// Package audit records who did what to which resource, from where.
package audit

import (
	"context"
	"time"
)

// Entry is one act. Actor is a user id, or "system". Action is in the past tense
// and namespaced ("content.post_published"); Resource is "kind:id".
type Entry struct {
	ID       string
	Actor    string
	Action   string
	Resource string
	Address  string // network address of the request; empty for jobs and the command line
	// Impersonator is who acted in the actor's name; empty for the actor themselves.
	Impersonator string
	At           time.Time
}

// Trail is append-only; an entry is written in the transaction of its change.
type Trail interface {
	Append(ctx context.Context, entries ...Entry) error
}
