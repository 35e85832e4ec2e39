// Package mailer sends letters: by SMTP, or into a mailbox in memory where
// development and tests read them.
package mailer

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// Letter is one that was sent into the mailbox.
type Letter struct {
	ID      string
	To      string
	Subject string
	Text    string
	HTML    string
	SentAt  time.Time
}

// Mailbox keeps the newest letters in memory. It accepts and refuses what SMTP
// accepts and refuses, so that development finds a bad letter.
type Mailbox struct {
	clock clock.Clock
	ids   idgen.Generator
	limit int

	mu      sync.RWMutex
	letters []Letter // oldest first
}

var _ mail.Sender = (*Mailbox)(nil)

// NewMailbox makes an empty mailbox for the newest limit letters, at least one.
func NewMailbox(c clock.Clock, ids idgen.Generator, limit int) *Mailbox {
	return &Mailbox{clock: c, ids: ids, limit: max(limit, 1)}
}

// Send implements mail.Sender.
func (b *Mailbox) Send(ctx context.Context, m mail.Message) error {
	if err := ctx.Err(); err != nil {
		return errors.Join(errors.New("mailer: not sent"), err)
	}
	if _, err := compose("Mailbox <mailbox@localhost>", m); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters = append(b.letters, Letter{
		ID: b.ids.New(), To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML, SentAt: b.clock.Now(),
	})
	if surplus := len(b.letters) - b.limit; surplus > 0 {
		b.letters = append([]Letter(nil), b.letters[surplus:]...)
	}
	return nil
}

// List returns the letters to an address, or all for an empty one, newest first.
func (b *Mailbox) List(to string) []Letter {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]Letter, 0, len(b.letters))
	for i := len(b.letters) - 1; i >= 0; i-- {
		if to == "" || strings.EqualFold(b.letters[i].To, to) {
			out = append(out, b.letters[i])
		}
	}
	return out
}
