// Package mailer sends mails: by SMTP, or into a mailbox in memory where
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

// Mail is one that was sent into the mailbox.
type Mail struct {
	ID      string
	To      string
	Subject string
	Text    string
	HTML    string
	SentAt  time.Time
}

// Mailbox keeps the newest mails in memory. It accepts and refuses what SMTP
// accepts and refuses, so that development finds a bad mail.
type Mailbox struct {
	clock clock.Clock
	ids   idgen.Generator
	limit int

	mu    sync.RWMutex
	mails []Mail // oldest first
}

var _ mail.Sender = (*Mailbox)(nil)

// NewMailbox makes an empty mailbox for the newest limit mails, at least one.
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
	b.mails = append(b.mails, Mail{
		ID: b.ids.New(), To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML, SentAt: b.clock.Now(),
	})
	if surplus := len(b.mails) - b.limit; surplus > 0 {
		b.mails = append([]Mail(nil), b.mails[surplus:]...)
	}
	return nil
}

// List returns the mails to an address, or all for an empty one, newest first.
func (b *Mailbox) List(to string) []Mail {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]Mail, 0, len(b.mails))
	for i := len(b.mails) - 1; i >= 0; i-- {
		if to == "" || strings.EqualFold(b.mails[i].To, to) {
			out = append(out, b.mails[i])
		}
	}
	return out
}
