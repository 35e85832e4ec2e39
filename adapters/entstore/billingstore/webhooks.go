package billingstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent"
	"github.com/neoforge-dev/neoforge/ent/webhook"
	"github.com/neoforge-dev/neoforge/modules/billing"
)

type webhooks struct{ tx entstore.Tx }

// Receive implements billing.Webhooks.
func (s webhooks) Receive(ctx context.Context, w billing.Webhook) (bool, error) {
	err := s.tx.Ent.Webhook.Create().
		SetProvider(w.Provider).
		SetEventID(w.EventID).
		SetBody(w.Body).
		SetReceivedAt(w.ReceivedAt.UTC()).
		SetNillableProcessedAt(entstore.Null(w.ProcessedAt)).
		OnConflict(entsql.ConflictColumns(webhook.FieldProvider, webhook.FieldEventID), entsql.DoNothing()).
		Exec(ctx)
	if errors.Is(err, sql.ErrNoRows) { // how ent reports that nothing was inserted
		return false, nil
	}
	return err == nil, entstore.Failure(err, noRules, "billingstore: receive webhook %s of %s", w.EventID, w.Provider)
}

// Claim implements billing.Webhooks. The update is the decision: the event is
// unprocessed for exactly one of those who ask.
func (s webhooks) Claim(ctx context.Context, provider, eventID string, t time.Time) (billing.Webhook, bool, error) {
	n, err := s.tx.Ent.Webhook.Update().
		Where(webhook.Provider(provider), webhook.EventID(eventID), webhook.ProcessedAtIsNil()).
		SetProcessedAt(t.UTC()).
		Save(ctx)
	if err != nil {
		return billing.Webhook{}, false, entstore.Failure(err, noRules, "billingstore: claim webhook %s of %s", eventID, provider)
	}
	row, err := s.tx.Ent.Webhook.Query().Where(webhook.Provider(provider), webhook.EventID(eventID)).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return billing.Webhook{}, false, nil
	case err != nil:
		return billing.Webhook{}, false, entstore.Failure(err, noRules, "billingstore: claim webhook %s of %s", eventID, provider)
	}
	return billing.Webhook{
		Provider:    row.Provider,
		EventID:     row.EventID,
		Body:        row.Body,
		ReceivedAt:  row.ReceivedAt.UTC(),
		ProcessedAt: entstore.Time(row.ProcessedAt),
	}, n > 0, nil
}
