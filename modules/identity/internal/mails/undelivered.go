package mails

import (
	"context"
	"fmt"
	"time"
)

// undeliveredWindow is how long a person is told that a mail did not reach an
// address: nobody learns that a later one did.
const undeliveredWindow = 7 * 24 * time.Hour

// UndeliveredReads is where refused mails are looked up.
type UndeliveredReads interface {
	MailFailedTo(ctx context.Context, addresses []string, since time.Time) (map[string]time.Time, error)
}

// Undelivered returns those of the addresses to which a mail was lately refused, and
// when.
func Undelivered(ctx context.Context, reads UndeliveredReads, now time.Time, addresses ...string) (map[string]time.Time, error) {
	failed, err := reads.MailFailedTo(ctx, addresses, now.Add(-undeliveredWindow))
	if err != nil {
		return nil, fmt.Errorf("mails: mails that were refused: %w", err)
	}
	return failed, nil
}
