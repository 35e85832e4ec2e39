package wire

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/mailer"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/adapters/zaplog"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

// openMails reads the mails of all modules, as the product words them.
func (p Product) openMails(baseURL string) (*mailtemplate.Catalogs, error) {
	all := make([]mailtemplate.Module, len(p.Modules))
	for i, m := range p.Modules {
		all[i] = mailtemplate.Module{Name: m.Name, Source: m.Mails}
	}
	return mailtemplate.Open(mailtemplate.Site{Name: p.Name, BaseURL: baseURL}, p.Mails, all...)
}

// sentOnce ends a job whose mail was handed over in a run before, without writing the
// mail again: a job of the mail queue sends one. While the mail server is left alone
// none is written at all.
func sentOnce(server *breaker.Breaker, h jobs.Handler) jobs.Handler {
	if h.Queue != jobs.MailQueue {
		return h
	}
	run := h.Run
	h.Run = func(ctx context.Context, payload []byte) error {
		if done, err := mailer.HandedOver(ctx); done || err != nil {
			return err
		}
		if wait := server.Wait(); wait > 0 {
			return &jobs.Postponed{For: wait, Reason: &breaker.OpenError{Service: serviceMail, RetryAfter: wait}}
		}
		return run(ctx, payload)
	}
	return h
}

// postponed has a job wait that was refused because a service is left alone: it uses up
// no attempt, so that a long outage of a provider makes no dead letters.
func postponed(h jobs.Handler) jobs.Handler {
	run := h.Run
	h.Run = func(ctx context.Context, payload []byte) error {
		err := run(ctx, payload)
		var later *jobs.Postponed
		var open *breaker.OpenError
		if errors.As(err, &later) || !errors.As(err, &open) {
			return err
		}
		return &jobs.Postponed{For: open.RetryAfter, Reason: err}
	}
	return h
}

// keepRefused has a job whose mail was refused for good end there, and the mail kept
// for an administrator: logged, counted, and listed with a way to send it again. One
// whose payload nobody should keep is logged and counted only.
func keepRefused(keep mail.FailureRecorder, m *observe.Metrics, log *zap.Logger, h jobs.Handler) jobs.Handler {
	run := h.Run
	h.Run = func(ctx context.Context, payload []byte) error {
		err := run(ctx, payload)
		var refused *mail.Refusal
		if !errors.As(err, &refused) {
			return err
		}
		if h.PayloadTTL > 0 {
			m.MailRefused(h.Kind)
			zaplog.From(ctx, log).Warn("a mail was refused, and is not kept because its recipient is nobody's any more", zap.String("kind", h.Kind))
			return nil
		}
		failure := mail.Failure{Kind: h.Kind, Payload: payload, To: refused.To, Reason: refused.Reason}
		if err := keep.RecordFailure(ctx, failure); err != nil {
			return err
		}
		m.MailRefused(h.Kind)
		zaplog.From(ctx, log).Warn("a mail was refused and is kept at /admin/mail", zap.String("kind", h.Kind), zap.String("reason", refused.Reason))
		return nil
	}
	return h
}
