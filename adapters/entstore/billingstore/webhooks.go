package billingstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/billingent"
	"github.com/neoforge-dev/neoforge/ent/billingent/predicate"
	"github.com/neoforge-dev/neoforge/ent/billingent/subscription"
	"github.com/neoforge-dev/neoforge/ent/billingent/webhook"
	"github.com/neoforge-dev/neoforge/modules/billing"
)

type webhooks struct{ tx transaction }

// Receive implements billing.Webhooks.
func (s webhooks) Receive(ctx context.Context, w billing.Webhook) (bool, error) {
	err := s.tx.Ent.Webhook.Create().
		SetProvider(w.Provider).
		SetEventID(w.EventID).
		SetBody(w.Body).
		SetKind(string(w.Kind)).
		SetNillableCheckout(entstore.NullText(w.Checkout)).
		SetNillableSubscription(entstore.NullText(w.Subscription)).
		SetState(string(w.State)).
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
	case billingent.IsNotFound(err):
		return billing.Webhook{}, false, nil
	case err != nil:
		return billing.Webhook{}, false, entstore.Failure(err, noRules, "billingstore: claim webhook %s of %s", eventID, provider)
	}
	return webhookOf(row), n > 0, nil
}

// Describe implements billing.Webhooks.
func (s webhooks) Describe(ctx context.Context, w billing.Webhook) error {
	_, err := s.tx.Ent.Webhook.Update().
		Where(webhook.Provider(w.Provider), webhook.EventID(w.EventID)).
		SetKind(string(w.Kind)).
		SetNillableCheckout(entstore.NullText(w.Checkout)).
		SetNillableSubscription(entstore.NullText(w.Subscription)).
		Save(ctx)
	return entstore.Failure(err, noRules, "billingstore: describe webhook %s of %s", w.EventID, w.Provider)
}

// Mark implements billing.Webhooks.
func (s webhooks) Mark(ctx context.Context, provider, eventID string, state billing.WebhookState) error {
	_, err := s.tx.Ent.Webhook.Update().
		Where(webhook.Provider(provider), webhook.EventID(eventID)).
		SetState(string(state)).
		Save(ctx)
	return entstore.Failure(err, noRules, "billingstore: mark webhook %s of %s", eventID, provider)
}

// Of implements billing.Webhooks.
func (s webhooks) Of(ctx context.Context, provider, subscription string) ([]billing.Webhook, error) {
	rows, err := s.tx.Ent.Webhook.Query().
		Where(webhook.Provider(provider), webhook.Subscription(subscription)).
		Order(webhook.ByReceivedAt(), webhook.ByEventID()).
		All(ctx)
	return webhooksOf(rows), entstore.Failure(err, noRules, "billingstore: webhooks of %s of %s", subscription, provider)
}

// DeleteProcessed implements billing.Webhooks.
func (s webhooks) DeleteProcessed(ctx context.Context, t time.Time, limit int) (int, error) {
	keys, err := s.tx.Ent.Webhook.Query().Where(webhook.ProcessedAtNotNil(), webhook.ReceivedAtLT(t.UTC())).
		Order(webhook.ByReceivedAt()).Limit(limit).IDs(ctx)
	if err != nil || len(keys) == 0 {
		return 0, entstore.Failure(err, noRules, "billingstore: webhooks that were processed")
	}
	n, err := s.tx.Ent.Webhook.Delete().Where(webhook.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "billingstore: delete processed webhooks")
}

// received and waiting are written out as in the partial indexes.
func received() predicate.Webhook { return inState("received") }

func waiting() predicate.Webhook { return inState("waiting") }

func inState(state string) predicate.Webhook {
	return func(s *entsql.Selector) {
		s.Where(entsql.P(func(b *entsql.Builder) {
			b.Ident(s.C(webhook.FieldState)).WriteString(" = '" + state + "'")
		}))
	}
}

// WaitingWebhooks implements billing.Reads.
func (s *Store) WaitingWebhooks(ctx context.Context, limit int) ([]billing.Webhook, error) {
	rows, err := s.reads.Webhook.Query().Where(waiting()).
		Order(webhook.ByReceivedAt(), webhook.ByEventID()).Limit(limit).All(ctx)
	return webhooksOf(rows), entstore.Failure(err, noRules, "billingstore: webhooks that wait")
}

// ReadyWebhooks implements billing.Reads.
func (s *Store) ReadyWebhooks(ctx context.Context, limit int) ([]billing.Webhook, error) {
	known := func(s *entsql.Selector) {
		t := entsql.Table(subscription.Table)
		s.Where(entsql.Exists(entsql.Select(t.C(subscription.FieldID)).From(t).Where(entsql.And(
			entsql.ColumnsEQ(t.C(subscription.FieldProvider), s.C(webhook.FieldProvider)),
			entsql.ColumnsEQ(t.C(subscription.FieldProviderRef), s.C(webhook.FieldSubscription)),
		))))
	}
	rows, err := s.reads.Webhook.Query().Where(waiting(), known).
		Order(webhook.ByReceivedAt(), webhook.ByEventID()).Limit(limit).All(ctx)
	return webhooksOf(rows), entstore.Failure(err, noRules, "billingstore: webhooks whose subscription has appeared")
}

// UnappliedWebhooks implements billing.Reads. Each state has a partial index, which is all
// that is read.
func (s *Store) UnappliedWebhooks(ctx context.Context) (out billing.UnappliedWebhooks, err error) {
	if out.Received, err = s.reads.Webhook.Query().Where(received()).Count(ctx); err == nil {
		out.Waiting, err = s.reads.Webhook.Query().Where(waiting()).Count(ctx)
	}
	return out, entstore.Failure(err, noRules, "billingstore: count webhooks that are not applied")
}

func webhooksOf(rows []*billingent.Webhook) []billing.Webhook {
	out := make([]billing.Webhook, len(rows))
	for i, row := range rows {
		out[i] = webhookOf(row)
	}
	return out
}

func webhookOf(row *billingent.Webhook) billing.Webhook {
	return billing.Webhook{
		Provider:     row.Provider,
		EventID:      row.EventID,
		Body:         row.Body,
		Kind:         billing.GatewayEventKind(row.Kind),
		Checkout:     entstore.Text(row.Checkout),
		Subscription: entstore.Text(row.Subscription),
		State:        billing.WebhookState(row.State),
		ReceivedAt:   row.ReceivedAt.UTC(),
		ProcessedAt:  entstore.Time(row.ProcessedAt),
	}
}
