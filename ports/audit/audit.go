// Package audit records who did what to which resource, from where.
package audit

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cursor"
)

// Entry is one act. Actor is a user id, or "system". Action is in the past tense
// and namespaced ("content.post_published"); Resource is "kind:id".
type Entry struct {
	ID       string
	Actor    string
	Action   string
	Resource string
	IP       string // network address of the request; empty for jobs and the command line
	// Impersonator is who acted in the actor's name; empty for the actor themselves.
	Impersonator string
	// Detail says in words what the rest does not: the reason of a suspension. It is
	// kept for as long as the entry, so it should name nobody; usually empty.
	Detail string
	// Times is how often it happened since At; 0 and 1 say once.
	Times int
	At    time.Time
}

// Trail is append-only; an entry is written in the transaction of its change. An
// entry without an impersonator takes the context's, unless that is its actor.
type Trail interface {
	Append(ctx context.Context, entries ...Entry) error
	// Count appends an entry under the id that it has, or counts it once more where it
	// stands: for what others can make happen as often as they like. An entry is counted
	// for two hours after its time; then it stays as it is, and another is appended.
	Count(ctx context.Context, e Entry) error
}

type impersonatorKey struct{}

// WithImpersonator returns a context in which every entry names who acts in the
// actor's name, whichever module writes it. The edge sets it for a request of an
// impersonated session.
func WithImpersonator(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, impersonatorKey{}, id)
}

// ImpersonatorFrom returns who acts in the actor's name; empty for nobody.
func ImpersonatorFrom(ctx context.Context) string {
	id, _ := ctx.Value(impersonatorKey{}).(string)
	return id
}

// Filter narrows the trail; what is empty narrows nothing.
type Filter struct {
	// Actor finds what somebody did, also in another person's name.
	Actor string
	// Action is one action, or with a dot at its end all that begin with it:
	// "content.post_published", "identity.".
	Action   string
	Resource string
	From     time.Time // the first moment
	To       time.Time // the first moment after
}

// Log is the trail as it is read: newest first.
type Log interface {
	// AuditEntries returns up to limit entries after a position.
	AuditEntries(ctx context.Context, f Filter, after cursor.Position, limit int) ([]Entry, error)
}
