package throttle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// failedWindow is how long failed sign-ins at one account from one network in one way
// count up one entry.
const failedWindow = time.Hour

// unknownAccount is the resource of a sign-in at an account that nobody has. It does
// not say which: somebody may have typed their password there.
const unknownAccount = "account:unknown"

// Failures keeps sign-ins that were refused.
type Failures struct {
	Trail trail.Writer
	Clock clock.Clock
	// Count counts an entry in a transaction of its own.
	Count func(ctx context.Context, e audit.Entry) error
}

// Note notes a sign-in that was refused and returns why it was. There is one
// entry for each account, site, way and hour, which counts, and for an account that
// nobody has one for each way and hour, wherever from: guesses at those are as many as
// there are networks to guess from. The address is that of the first one. An account
// that nobody has costs the same as one that somebody has.
func (f Failures) Note(ctx context.Context, id identity.UserID, how, address string, cause error) error {
	resource, from := unknownAccount, ""
	if id != "" && id != identity.Nobody {
		resource, from = trail.User(id), Site(address)
	}
	now := f.Clock.Now()
	e := f.Trail.Entry(trail.System, "identity.sign_in_failed", resource, address, now)
	e.Detail = how
	e.ID = trail.RecordID(e.Action, resource, from, how, now.Truncate(failedWindow).UTC().Format(time.RFC3339))
	ctx = context.WithoutCancel(ctx) // whoever guesses and leaves is noted, too
	if err := f.Count(ctx, e); err != nil {
		return errors.Join(cause, fmt.Errorf("throttle: note a failed sign-in: %w", err))
	}
	return cause
}

// Refused reports whether an error says that somebody was not let in, and not
// that something is broken.
func Refused(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Unauthenticated, fault.Forbidden:
		return true
	}
	return false
}
