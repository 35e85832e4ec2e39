package identityapp

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// failedWindow is how long failed sign-ins at one account from one network in one way
// count up one entry.
const failedWindow = time.Hour

// unknownAccount is the resource of a sign-in at an account that nobody has. It does
// not say which: somebody may have typed their password there.
const unknownAccount = "account:unknown"

// failedSignIn notes a sign-in that was refused and returns why it was. There is one
// entry for each account, site, way and hour, which counts, and for an account that
// nobody has one for each way and hour, wherever from: guesses at those are as many as
// there are networks to guess from. The address is that of the first one. An account
// that nobody has costs the same as one that somebody has.
func (a *App) failedSignIn(ctx context.Context, id identity.UserID, how, address string, cause error) error {
	resource, from := unknownAccount, ""
	if id != "" && id != nobody {
		resource, from = userResource(id), site(address)
	}
	now := a.deps.Clock.Now()
	e := a.entry(system, "identity.sign_in_failed", resource, address, now)
	e.Detail = how
	e.ID = idOf(e.Action, resource, from, how, now.Truncate(failedWindow).UTC().Format(time.RFC3339))
	ctx = context.WithoutCancel(ctx) // whoever guesses and leaves is noted, too
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error { return s.Audit.Count(ctx, e) })
	if err != nil {
		return errors.Join(cause, fmt.Errorf("identityapp: note a failed sign-in: %w", err))
	}
	return cause
}

// refusedSignIn reports whether an error says that somebody was not let in, and not
// that something is broken.
func refusedSignIn(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Unauthenticated, fault.Forbidden:
		return true
	}
	return false
}

// idOf makes an id (UUID, version 8) of what an entry is about.
func idOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	b := h.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
