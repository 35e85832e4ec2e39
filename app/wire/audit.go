package wire

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/auditstream"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/adapters/signing"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/breaker"
)

// openAuditSeals opens the chain over the audit trail. Each seal is logged, so that the
// log, which is elsewhere, knows what the database should hold.
func (i *infra) openAuditSeals(cfg config.Config) error {
	signer, err := signing.New(cfg.Secrets.Keys)
	if err != nil {
		return err
	}
	var anchor audit.Anchor
	if cfg.Audit.Anchor != "" {
		anchor = auditstream.NewAnchor(cfg.Audit.Anchor)
	}
	i.audit = i.events.AuditSeals(signer, eventstore.AuditOptions{
		Anchor: anchor,
		Sealed: func(seal audit.KnownSeal, entries int) {
			i.log.Info("the audit trail was sealed", zap.Stringer("seal", seal), zap.Int("entries", entries))
		},
		Refused: func(_ context.Context, fault *eventstore.AuditFault) {
			i.log.Error("nothing of the audit trail is sealed or deleted: it is not as it was sealed", zap.String("fault", fault.Error()), zap.String("advice", fault.Kind.Advice()))
		},
		StreamMoved: func(context.Context) {
			i.log.Error("all of the audit trail is sent to AUDIT_STREAM again: how far it was sent was changed in the database, or noted by an older release")
		},
	})
	return i.metrics.WatchGroup([]observe.Gauge{
		{Name: "audit_unsealed_oldest_seconds", Help: "How long ago the entry of the audit trail happened that waits longest for its seal."},
		{Name: "audit_seal", Help: "The number of the newest seal of the audit trail: it never falls."},
		{Name: "audit_broken", Help: "1 when the last look at the audit trail found that something was removed, changed or added: `audit verify` says what."},
		{Name: "audit_verified_timestamp_seconds", Help: "When the whole audit trail was verified last; 0: not yet."},
	}, i.readAudit)
}

func (i *infra) readAudit() ([]observe.Sample, error) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	unsealed, err := i.audit.OldestUnsealed(ctx)
	last, failed := i.audit.LastSeal(ctx)
	check, unread := i.audit.LastCheck(ctx)
	if err := errors.Join(err, failed, unread); err != nil {
		return nil, err
	}
	age, broken, at := 0.0, 0.0, 0.0
	if !unsealed.IsZero() {
		age = max(i.clock.Now().Sub(unsealed).Seconds(), 0)
	}
	if check.Fault != "" {
		broken = 1
	}
	if !check.At.IsZero() {
		at = float64(check.At.Unix())
	}
	return []observe.Sample{{Value: age}, {Of: 1, Value: float64(last)}, {Of: 2, Value: broken}, {Of: 3, Value: at}}, nil
}

// openAuditStream opens what the trail is sent to besides; nil for nothing.
func (i *infra) openAuditStream(cfg config.Audit) (err error) {
	switch {
	case cfg.Stream == "":
		return nil
	case cfg.File != "":
		i.auditStream = auditstream.NewFile(cfg.File, func(was fs.FileMode) {
			i.log.Warn("the file of AUDIT_STREAM was open to others, and is no more", zap.String("file", cfg.File), zap.String("was", was.String()))
		})
		return i.watchAuditStream()
	}
	if i.auditStream, err = auditstream.NewWebhook(cfg.Stream, cfg.Key, i.clock, breaker.Transport(i.services.Breaker(serviceAuditStream, breaker.Options{}), nil)); err != nil {
		return err
	}
	return i.watchAuditStream()
}

func (i *infra) watchAuditStream() error {
	return i.metrics.WatchGroup([]observe.Gauge{
		{Name: "audit_stream_sent", Help: "The number of the seal that was sent to AUDIT_STREAM last."},
		{Name: "audit_stream_oldest_seconds", Help: "How long ago the seal was made that waits longest to be sent to AUDIT_STREAM; 0: none waits."},
	}, func() ([]observe.Sample, error) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
		defer cancel()
		sent, err := i.audit.Streamed(ctx)
		if err != nil {
			return nil, err
		}
		since, err := i.audit.OldestUnsent(ctx, sent)
		if err != nil {
			return nil, err
		}
		age := 0.0
		if !since.IsZero() {
			age = max(i.clock.Now().Sub(since).Seconds(), 0)
		}
		return []observe.Sample{{Value: float64(sent)}, {Of: 1, Value: age}}, nil
	})
}

// loggedAuditCheck logs what the daily look at the audit trail found.
func loggedAuditCheck(log *zap.Logger) func(ctx context.Context, found eventstore.AuditVerified, faults eventstore.AuditFaults) {
	return func(_ context.Context, found eventstore.AuditVerified, faults eventstore.AuditFaults) {
		for _, f := range faults {
			log.Error("the audit trail is not as it was sealed", zap.String("fault", f.Error()), zap.String("advice", f.Kind.Advice()))
		}
		if len(faults) == 0 {
			log.Info("the audit trail is as it was sealed", zap.Int64("entries", found.Entries), zap.Stringer("last_seal", audit.KnownSeal{Number: found.Last, Hash: found.Hash}))
		}
	}
}

// MaxUnsealed bounds the counts of entries without a seal in an [AuditReport].
const MaxUnsealed = eventstore.MaxUnsealed

// AuditReport is what [Application.VerifyAudit] found.
type AuditReport struct {
	eventstore.AuditVerified
	LastSeal string // as it is logged; empty: there is none
	// Key is the id of the key that signs new seals, and PublicKey its public half (Ed25519),
	// in hexadecimal.
	Key, PublicKey string
	// KnownPruned says that retention deleted the seal that was to be compared.
	KnownPruned bool
	// Anchored says that the chain was compared with what AUDIT_ANCHOR remembers.
	Anchored bool
	Faults   eventstore.AuditFaults
}

// VerifyAudit computes the chain over the audit trail again. known is a seal as it is
// logged; it may be empty.
func (a *Application) VerifyAudit(ctx context.Context, known string) (AuditReport, error) {
	signer, err := signing.New(a.cfg.Secrets.Keys)
	if err != nil {
		return AuditReport{}, err
	}
	var seals []audit.KnownSeal
	if known != "" {
		seal, err := audit.ParseKnownSeal(known)
		if err != nil {
			return AuditReport{}, err
		}
		seals = append(seals, seal)
	}
	found, err := a.infra.audit.Verify(ctx, seals...)
	report := AuditReport{AuditVerified: found, KnownPruned: len(seals) > 0 && seals[0].Number < found.PrunedThrough, Anchored: a.cfg.Audit.Anchor != ""}
	key, public := signer.Public()
	report.Key, report.PublicKey = key, hex.EncodeToString(public)
	if err != nil && !errors.As(err, &report.Faults) {
		return report, err
	}
	if found.Last > 0 && found.Hash != nil {
		report.LastSeal = audit.KnownSeal{Number: found.Last, Hash: found.Hash}.String()
	}
	return report, nil
}
