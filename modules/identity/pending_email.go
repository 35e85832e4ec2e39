package identity

import (
	"context"
	"time"
)

// PendingEmail is the address that a person asked to use instead of theirs, until
// the link that was sent there is taken. There is one at a time: another wish, a
// new password, and signing out everywhere end it.
type PendingEmail struct {
	ID        string
	User      UserID
	Email     Email
	CreatedAt time.Time
	ExpiresAt time.Time
}

// PendingEmails keeps them, one a person.
type PendingEmails interface {
	// Put replaces what the person had pending.
	Put(ctx context.Context, p PendingEmail) error
	// Take removes what the person has pending; ErrInvalidLink unless it is that
	// address and has not ended. Of many at once one succeeds.
	Take(ctx context.Context, user UserID, email Email, now time.Time) error
	// DeleteOf is idempotent.
	DeleteOf(ctx context.Context, user UserID) error
	// DeleteExpired deletes up to limit that ended before t.
	DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error)
}

// PendingEmailReads looks at them.
type PendingEmailReads interface {
	// PendingEmailOf answers false when nothing is pending at now.
	PendingEmailOf(ctx context.Context, user UserID, now time.Time) (PendingEmail, bool, error)
}
