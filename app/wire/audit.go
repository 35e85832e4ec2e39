package wire

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/auditstream"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/adapters/signing"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/ports/breaker"
)

// openAuditSeals opens the chain over the audit trail. Each seal is logged, so that the
// log, which is elsewhere, knows what the database should hold.
func (i *infra) openAuditSeals(secrets [][]byte) error {
	signer, err := signing.New(secrets)
	if err != nil {
		return err
	}
	i.audit = i.events.AuditSeals(signer, func(number int64, hash []byte, entries int) {
		i.log.Info("the audit trail was sealed", zap.String("seal", sealName(number, hash)), zap.Int("entries", entries))
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
	unsealed, err := i.audit.Unsealed(ctx)
	last, failed := i.audit.LastSeal(ctx)
	check, unread := i.audit.LastCheck(ctx)
	if err := errors.Join(err, failed, unread); err != nil {
		return nil, err
	}
	age, broken, at := 0.0, 0.0, 0.0
	if !unsealed.Since.IsZero() {
		age = max(i.clock.Now().Sub(unsealed.Since).Seconds(), 0)
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
		i.auditStream = auditstream.NewFile(cfg.File)
		return nil
	}
	i.auditStream, err = auditstream.NewWebhook(cfg.Stream, cfg.Key, i.clock, breaker.Transport(i.services.Breaker(serviceAuditStream, breaker.Options{}), nil))
	return err
}

// loggedAuditCheck logs what the daily look at the audit trail found.
func loggedAuditCheck(log *zap.Logger) func(ctx context.Context, found eventstore.AuditVerified, fault *eventstore.AuditFault) {
	return func(_ context.Context, found eventstore.AuditVerified, fault *eventstore.AuditFault) {
		if fault != nil {
			log.Error("the audit trail is not as it was sealed", zap.String("fault", fault.Error()))
			return
		}
		log.Info("the audit trail is as it was sealed", zap.Int64("entries", found.Entries), zap.String("last_seal", sealName(found.Last, found.Hash)))
	}
}

func sealName(number int64, hash []byte) string {
	return fmt.Sprintf("%d:%s", number, hex.EncodeToString(hash))
}

// AuditReport is what [Application.VerifyAudit] found.
type AuditReport struct {
	eventstore.AuditVerified
	LastSeal string // as it is logged; empty: there is none
	// KnownPruned says that retention deleted the seal that was to be compared.
	KnownPruned bool
}

// VerifyAudit computes the chain over the audit trail again. Its error is the first thing
// that is not as it was sealed. known is a seal as it is logged; it may be empty.
func (a *Application) VerifyAudit(ctx context.Context, known string) (AuditReport, error) {
	var seal *eventstore.KnownSeal
	if known != "" {
		var err error
		if seal, err = eventstore.ParseKnownSeal(known); err != nil {
			return AuditReport{}, err
		}
	}
	found, err := a.infra.audit.Verify(ctx, seal)
	report := AuditReport{AuditVerified: found, KnownPruned: seal != nil && seal.Number <= found.PrunedThrough}
	if found.Last > 0 && found.Hash != nil {
		report.LastSeal = sealName(found.Last, found.Hash)
	}
	return report, err
}
