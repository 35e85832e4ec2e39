package billingapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// refundPayload is the payload of the job that makes a refund good at the provider.
type refundPayload struct {
	ID string `json:"id"`
}

// refund has subscriptions ended at their provider, and their payments returned, by
// jobs that are queued with the rows. Asking again for one subscription changes
// nothing.
func (a *App) refund(ctx context.Context, s billing.Stores, now time.Time, owed ...billing.Refund) error {
	for i := range owed {
		owed[i].ID, owed[i].State, owed[i].CreatedAt, owed[i].UpdatedAt = a.ids.New(), billing.RefundPending, now, now
	}
	begun, err := s.Refunds.Insert(ctx, owed...)
	if err != nil || len(begun) == 0 {
		return err
	}
	entries, queued := make([]audit.Entry, len(begun)), make([]jobs.Job, len(begun))
	for i, r := range begun {
		entries[i] = a.entry(system, "billing.refund_begun", "refund:"+r.ID, "", now)
		if queued[i], err = newRefundJob(r.ID); err != nil {
			return err
		}
	}
	if err := s.Audit.Append(ctx, entries...); err != nil {
		return err
	}
	return s.Jobs.Enqueue(ctx, queued...)
}

func newRefundJob(id string) (jobs.Job, error) {
	payload, err := json.Marshal(refundPayload{ID: id})
	return jobs.Job{Kind: refundJob, Payload: payload, Unique: id}, err
}

// runRefund asks the provider, outside any transaction, and records its answer.
// Both calls carry the refund's id, so that a run that was killed between them and
// the record does nothing twice.
func (a *App) runRefund(ctx context.Context, payload []byte) error {
	var job refundPayload
	if err := json.Unmarshal(payload, &job); err != nil {
		return fmt.Errorf("refund: decode %q: %w", payload, err)
	}
	refund, err := a.reads.Refund(ctx, job.ID)
	if err != nil || refund.State == billing.Refunded {
		return err
	}
	if a.gateway == nil || a.gateway.Name() != refund.Provider {
		return fmt.Errorf("refund %s at %s: %w", refund.ID, refund.Provider, billing.ErrNoProvider)
	}
	asked := a.gateway.CancelSubscription(ctx, billing.CancelRequest{Key: refund.ID + ":cancel", Subscription: refund.Subscription})
	if asked == nil && refund.Money.Amount > 0 {
		asked = a.gateway.RefundPayment(ctx, billing.RefundRequest{
			Key: refund.ID, Checkout: refund.Checkout, Subscription: refund.Subscription, Money: refund.Money,
		})
	}
	err = a.work.Do(context.WithoutCancel(ctx), func(ctx context.Context, s billing.Stores) error {
		now := a.clock.Now()
		current, err := s.Refunds.BySubscription(ctx, refund.Provider, refund.Subscription)
		if err != nil {
			return err
		}
		if asked == nil {
			return a.refunded(ctx, s, current, now)
		}
		current.Failed(asked.Error(), now)
		return s.Refunds.Update(ctx, current)
	})
	if err := errors.Join(asked, err); err != nil {
		return fmt.Errorf("refund %s at %s: %w", refund.ID, refund.Provider, err)
	}
	return nil
}

// refunded records that the provider has made a refund good.
func (a *App) refunded(ctx context.Context, s billing.Stores, r billing.Refund, now time.Time) error {
	if !r.Done(now) {
		return nil
	}
	if err := s.Refunds.Update(ctx, r); err != nil {
		return err
	}
	return s.Audit.Append(ctx, a.entry(system, "billing.refund_done", "refund:"+r.ID, "", now))
}

// pendingBatch is how many refunds are queued again in one go.
const pendingBatch = 500

// retryRefunds queues the refunds that are still owed: a job gives up after some
// hours, a debt does not.
func (a *App) retryRefunds(ctx context.Context, _ []byte) error {
	pending, err := a.reads.PendingRefunds(ctx, pendingBatch)
	if err != nil || len(pending) == 0 {
		return err
	}
	again := make([]jobs.Job, len(pending))
	for i, r := range pending {
		if again[i], err = newRefundJob(r.ID); err != nil {
			return err
		}
	}
	err = a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error { return s.Jobs.Enqueue(ctx, again...) })
	if err != nil {
		return fmt.Errorf("queue refunds again: %w", err)
	}
	return nil
}

// PendingRefunds lists what is still owed, oldest first, for operators.
func (a *App) PendingRefunds(ctx context.Context, limit int) ([]billing.Refund, error) {
	return a.reads.PendingRefunds(ctx, limit)
}

// WaitingWebhooks lists the events that wait for what they are about, oldest
// first, for operators.
func (a *App) WaitingWebhooks(ctx context.Context, limit int) ([]billing.Webhook, error) {
	return a.reads.WaitingWebhooks(ctx, limit)
}
