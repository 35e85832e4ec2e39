// Package access answers what a role holds, and locks whoever acts so that what they do
// is decided by what holds now.
package access

import (
	"context"
	"errors"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// LockVerified locks somebody whose password was verified, which takes longer than a
// transaction may. Whatever ends all sign-ins of a person counts their LinksEpoch up
// under the same lock: it either sees the session that is opened now, or is seen here,
// and then the sign-in fails with ErrSignInEnded.
func LockVerified(ctx context.Context, users identity.Users, verified identity.User) (identity.User, error) {
	u, err := users.Lock(ctx, verified.ID)
	if err == nil && u.LinksEpoch != verified.LinksEpoch {
		err = identity.ErrSignInEnded
	}
	return u, err
}

// LockActor locks whoever acts and looks at their session again: what a request is
// known by is up to a minute old, and nothing lasting is made by a session that was
// ended meanwhile. It fails with ErrNotSignedIn.
func LockActor(ctx context.Context, users identity.Users, sessions identity.Sessions, actor identity.Actor, now time.Time) (identity.User, error) {
	u, err := users.Lock(ctx, actor.UserID)
	if errors.Is(err, identity.ErrUserNotFound) {
		return u, identity.ErrNotSignedIn
	}
	if err != nil {
		return u, err
	}
	session, err := sessions.ByID(ctx, actor.SessionID)
	if errors.Is(err, identity.ErrSessionNotFound) || err == nil && (session.User != u.ID || !session.ActiveAt(now)) {
		return u, identity.ErrNotSignedIn
	}
	return u, err
}
