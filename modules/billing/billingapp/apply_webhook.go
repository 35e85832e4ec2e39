package billingapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

// applyWebhook gives an event its effect: claim and effect are one transaction, so
// that of many deliveries one has it. An event about something that billing does
// not know waits for it.
func (a *App) applyWebhook(ctx context.Context, payload []byte) error {
	var job webhookJob
	if err := json.Unmarshal(payload, &job); err != nil {
		return fmt.Errorf("apply webhook: decode %q: %w", payload, err)
	}
	if a.gateway == nil || a.gateway.Name() != job.Provider {
		return fmt.Errorf("apply webhook %s of %s: %w", job.EventID, job.Provider, billing.ErrNoProvider)
	}
	err := a.inTransaction(ctx, func(ctx context.Context, t *transaction) error {
		hook, first, err := t.Webhooks.Claim(ctx, job.Provider, job.EventID, t.now)
		if err != nil || !first {
			return err
		}
		event, err := a.gateway.Parse(hook.Body)
		if err != nil {
			return err
		}
		if hook.Kind == "" { // received by an older release: without this it would wait for nothing, for ever
			hook.Kind, hook.Checkout, hook.Subscription = event.Kind, event.Checkout, event.Subscription
			if err := t.Webhooks.Describe(ctx, hook); err != nil {
				return err
			}
		}
		t.hook = hook
		state, err := t.apply(ctx, event)
		if err != nil {
			return err
		}
		return t.mark(ctx, hook, state)
	})
	if err != nil {
		return fmt.Errorf("apply webhook %s of %s: %w", job.EventID, job.Provider, err)
	}
	return nil
}

// waitingBatch is how many events that waited are applied in one go.
const waitingBatch = 100

// applyWaiting applies the events whose subscription has appeared beside them: the
// payment was being applied while they were.
func (a *App) applyWaiting(ctx context.Context, _ []byte) error {
	if a.gateway == nil {
		return nil
	}
	for {
		ready, err := a.reads.ReadyWebhooks(ctx, waitingBatch)
		if err != nil {
			return fmt.Errorf("read webhooks that wait: %w", err)
		}
		for _, hook := range ready {
			err := a.inTransaction(ctx, func(ctx context.Context, t *transaction) error {
				t.hook = hook
				event, err := a.gateway.Parse(hook.Body)
				if err != nil {
					return err
				}
				state, err := t.apply(ctx, event)
				if err != nil {
					return err
				}
				return t.mark(ctx, hook, state)
			})
			if err != nil {
				return fmt.Errorf("apply webhook %s of %s, which waited: %w", hook.EventID, hook.Provider, err)
			}
		}
		if len(ready) < waitingBatch {
			return nil
		}
	}
}

// inTransaction runs one transaction, and makes cached answers stale once it is
// committed.
func (a *App) inTransaction(ctx context.Context, do func(ctx context.Context, t *transaction) error) error {
	var done transaction
	err := a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		done = transaction{App: a, Stores: s, now: a.clock.Now()}
		return do(ctx, &done)
	})
	if err != nil {
		return err
	}
	a.invalidate(ctx, done.stale...)
	for _, state := range done.ended {
		a.webhookEnded(state)
	}
	return nil
}

// transaction is one event being applied.
type transaction struct {
	*App
	billing.Stores
	hook  billing.Webhook
	now   time.Time
	stale []string                        // cache tags, once it is committed
	ended map[string]billing.WebhookState // what became of events, by their ids, once it is committed
}

// mark records what has become of an event.
func (t *transaction) mark(ctx context.Context, hook billing.Webhook, state billing.WebhookState) error {
	if t.ended == nil {
		t.ended = map[string]billing.WebhookState{}
	}
	t.ended[hook.EventID] = state
	return t.Webhooks.Mark(ctx, hook.Provider, hook.EventID, state)
}

func (t *transaction) apply(ctx context.Context, e billing.GatewayEvent) (billing.WebhookState, error) {
	switch e.Kind {
	case billing.CheckoutPaid:
		return t.settle(ctx, e, billing.Completed)
	case billing.CheckoutDeclined:
		return t.settle(ctx, e, billing.Declined)
	case billing.CheckoutAbandoned:
		return t.settle(ctx, e, billing.Abandoned)
	case billing.SubscriptionRenewed, billing.SubscriptionUnpaid, billing.SubscriptionCanceled, billing.PaymentRefunded:
		return t.follow(ctx, e)
	default:
		return t.record(ctx, billing.WebhookIgnored)
	}
}

// record leaves a trace of an event that has no effect, or none yet.
func (t *transaction) record(ctx context.Context, state billing.WebhookState) (billing.WebhookState, error) {
	return state, t.Audit.Append(ctx, t.entry(system, "billing.webhook_"+string(state), "webhook:"+t.hook.Provider+":"+t.hook.EventID, "", t.now))
}

// settle records how a checkout ended; one that was paid starts a subscription.
// That a checkout does not exist is an answer of the store, after which the
// transaction goes on.
func (t *transaction) settle(ctx context.Context, e billing.GatewayEvent, outcome billing.CheckoutStatus) (billing.WebhookState, error) {
	checkout, err := t.Checkouts.ByID(ctx, e.Checkout)
	if errors.Is(err, billing.ErrCheckoutNotFound) {
		return t.record(ctx, billing.WebhookWaiting)
	}
	if err != nil {
		return "", err
	}
	before := checkout.State()
	if before.Provider != t.hook.Provider {
		return t.record(ctx, billing.WebhookIgnored)
	}
	if !checkout.Settle(outcome, t.now) {
		return billing.WebhookApplied, nil
	}
	if err := t.Checkouts.Update(ctx, checkout); err != nil {
		return "", err
	}
	entry := t.entry(system, "billing.checkout_"+string(outcome), "checkout:"+before.ID, "", t.now)
	if err := t.Audit.Append(ctx, entry); err != nil {
		return "", err
	}
	if outcome != billing.Completed {
		return billing.WebhookApplied, nil
	}
	return billing.WebhookApplied, t.start(ctx, e, before)
}

// start puts in force what a checkout bought, together with all that is known of
// the subscription already. What was paid while another plan is in force is given
// back: nobody is charged twice.
func (t *transaction) start(ctx context.Context, e billing.GatewayEvent, c billing.CheckoutState) error {
	account, err := t.Accounts.ByID(ctx, c.Account)
	if err != nil {
		return err
	}
	price, plan, err := t.Plans.Price(ctx, c.Price)
	if err != nil {
		return err
	}
	live, err := liveOf(ctx, t.Stores, account)
	if err != nil {
		return err
	}
	if live != nil && live.State().Status == billing.Active && live.State().InForceAt(t.now) {
		return t.refund(ctx, t.Stores, t.now, billing.Refund{
			Checkout: c.ID, Account: account.ID, Provider: c.Provider, Subscription: e.Subscription,
			Money: price.Money, Reason: billing.PaidTwice,
		})
	}
	if live != nil && atProvider(live.State()) {
		replaced := live.State()
		err := t.refund(ctx, t.Stores, t.now, billing.Refund{
			Account: account.ID, Provider: replaced.Provider, Subscription: replaced.ProviderRef,
			Money: billing.Money{Currency: replaced.Money.Currency}, Reason: billing.PlanReplaced,
		})
		if err != nil {
			return err
		}
	}
	// It begins when the payment was heard of, not when a job came to it.
	subscription := billing.Activate(t.ids.New(), e.Subscription, c, price, t.hook.ReceivedAt)
	if err := t.replace(ctx, t.Stores, account, live, plan, subscription, t.now); err != nil {
		return err
	}
	t.stale = append(t.stale, billing.TagOrganization(account.Organization))
	_, err = t.converge(ctx, subscription, e)
	return err
}

// follow brings a subscription to where its provider says it is.
func (t *transaction) follow(ctx context.Context, e billing.GatewayEvent) (billing.WebhookState, error) {
	refund, err := t.Refunds.BySubscription(ctx, t.hook.Provider, e.Subscription)
	switch {
	case err == nil && e.Kind == billing.PaymentRefunded:
		return billing.WebhookApplied, t.refunded(ctx, t.Stores, refund, t.now)
	case err != nil && !errors.Is(err, billing.ErrRefundNotFound):
		return "", err
	}
	given := err == nil
	subscription, err := t.Subscriptions.ByProviderRef(ctx, t.hook.Provider, e.Subscription)
	switch {
	case errors.Is(err, billing.ErrSubscriptionNotFound) && given:
		return t.record(ctx, billing.WebhookIgnored) // it never was in force
	case errors.Is(err, billing.ErrSubscriptionNotFound):
		return t.record(ctx, billing.WebhookWaiting)
	case err != nil:
		return "", err
	}
	changed, err := t.converge(ctx, subscription, e)
	if err != nil {
		return "", err
	}
	if !changed {
		return t.record(ctx, billing.WebhookIgnored) // what comes late changes nothing
	}
	return billing.WebhookApplied, nil
}

// converge applies all that is known of a subscription at once, so that the order
// in which it came does not matter. e is the event at hand.
func (t *transaction) converge(ctx context.Context, subscription *billing.Subscription, e billing.GatewayEvent) (bool, error) {
	before := subscription.State()
	hooks, err := t.Webhooks.Of(ctx, before.Provider, before.ProviderRef)
	if err != nil {
		return false, err
	}
	known := []billing.GatewayEvent{e}
	for _, hook := range hooks {
		other, err := t.gateway.Parse(hook.Body)
		if err != nil {
			return false, err
		}
		known = append(known, other)
		if hook.State == billing.WebhookWaiting {
			if err := t.mark(ctx, hook, billing.WebhookApplied); err != nil {
				return false, err
			}
		}
	}
	changed, err := subscription.Follow(known, t.now)
	if err != nil || !changed {
		return false, err
	}
	account, err := t.Accounts.ByID(ctx, before.Account)
	if err != nil {
		return false, err
	}
	if revived := before.Status == billing.Ended && subscription.Live(); revived {
		other, err := liveOf(ctx, t.Stores, account)
		if err != nil || other != nil {
			return false, err // another plan has taken its place since
		}
	}
	if err := t.Subscriptions.Update(ctx, subscription); err != nil {
		return false, err
	}
	if before.Status == billing.Ended && !subscription.Live() {
		return false, nil // its record is complete; nobody is entitled to more or less
	}
	entry := t.entry(system, "billing."+string(e.Kind), "subscription:"+before.ID, "", t.now)
	if err := t.Audit.Append(ctx, entry); err != nil {
		return false, err
	}
	t.stale = append(t.stale, billing.TagOrganization(account.Organization))
	if subscription.Live() {
		return true, nil
	}
	return true, t.publishEnded(ctx, t.Stores, account, subscription.State(), t.now)
}
