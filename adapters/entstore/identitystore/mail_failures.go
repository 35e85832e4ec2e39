package identitystore

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// MailFailures implements mail.FailureReads.
func (s *Store) MailFailures(ctx context.Context, after cursor.Position, limit int) ([]mail.Failure, error) {
	return s.box.MailFailures(ctx, after, limit)
}

// MailFailedTo implements mail.FailureReads.
func (s *Store) MailFailedTo(ctx context.Context, addresses []string, since time.Time) (map[string]time.Time, error) {
	return s.box.MailFailedTo(ctx, addresses, since)
}
