package mailer

import (
	"context"
	"errors"
	"net/textproto"

	gomail "github.com/wneessen/go-mail"

	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// Guard is how often a mail server is tried while it fails: each try may take as long as
// a mail may.
var Guard = breaker.Options{Failures: 3}

// Guarded leaves a mail server alone while it fails. A job that would mail then is
// postponed, which uses up no attempt.
type Guarded struct {
	sender  mail.Sender
	breaker *breaker.Breaker
}

var _ mail.Sender = (*Guarded)(nil)

// NewGuarded sends by s while b allows it.
func NewGuarded(s mail.Sender, b *breaker.Breaker) *Guarded { return &Guarded{s, b} }

// Send implements mail.Sender. It fails with a [jobs.Postponed] that holds a
// [breaker.OpenError], too.
func (g *Guarded) Send(ctx context.Context, m mail.Message) error {
	err := g.breaker.DoWhere(ctx, func(ctx context.Context) error { return g.sender.Send(ctx, m) }, serverAway)
	var open *breaker.OpenError
	if errors.As(err, &open) {
		return &jobs.Postponed{For: open.RetryAfter, Reason: err}
	}
	return err
}

// serverAway tells a server that is away, or closes, from one that answers, be it that
// it does not take this mail.
func serverAway(err error) bool {
	const closing = 421 // RFC 5321, 4.2.3
	if errors.Is(err, mail.ErrRefused) {
		return false
	}
	code := 0
	var failed *gomail.SendError
	var answer *textproto.Error
	switch {
	case errors.As(err, &answer):
		code = answer.Code
	case errors.As(err, &failed):
		code = failed.ErrorCode()
	}
	return code == 0 || code == closing
}
