package billingapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

// settling is how long a subscription's event waits for the payment that starts
// the subscription, when it overtook it.
const settling = 2 * time.Minute

// applyWebhook gives an event its effect: claim and effect are one transaction, so
// that of many deliveries one has it. An event about something that billing does
// not know is recorded and left: no retry would make it known.
func (a *App) applyWebhook(ctx context.Context, payload []byte) error {
	var job webhookJob
	if err := json.Unmarshal(payload, &job); err != nil {
		return fmt.Errorf("apply webhook: decode %q: %w", payload, err)
	}
	if a.gateway == nil || a.gateway.Name() != job.Provider {
		return fmt.Errorf("apply webhook %s of %s: %w", job.EventID, job.Provider, billing.ErrNoProvider)
	}
	var stale []string
	err := a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		stale = nil
		now := a.clock.Now()
		hook, first, err := s.Webhooks.Claim(ctx, job.Provider, job.EventID, now)
		if err != nil || !first {
			return err
		}
		event, err := a.gateway.Parse(hook.Body)
		if err != nil {
			return err
		}
		t := transaction{App: a, Stores: s, hook: hook, now: now}
		err = t.apply(ctx, event)
		stale = t.stale
		return err
	})
	if err != nil {
		return fmt.Errorf("apply webhook %s of %s: %w", job.EventID, job.Provider, err)
	}
	a.forget(ctx, stale...)
	return nil
}

// transaction is one event being applied.
type transaction struct {
	*App
	billing.Stores
	hook  billing.Webhook
	now   time.Time
	stale []string // cache tags, once it is committed
}

func (t *transaction) apply(ctx context.Context, e billing.GatewayEvent) error {
	switch e.Kind {
	case billing.CheckoutPaid:
		return t.settle(ctx, e, billing.Completed)
	case billing.CheckoutDeclined:
		return t.settle(ctx, e, billing.Declined)
	case billing.CheckoutAbandoned:
		return t.settle(ctx, e, billing.Abandoned)
	case billing.SubscriptionRenewed, billing.SubscriptionUnpaid, billing.SubscriptionCanceled:
		return t.follow(ctx, e)
	default:
		return t.ignore(ctx)
	}
}

// ignore leaves a trace of an event that has no effect.
func (t *transaction) ignore(ctx context.Context) error {
	return t.Audit.Append(ctx, t.entry(system, "billing.webhook_ignored", "webhook:"+t.hook.Provider+":"+t.hook.EventID, "", t.now))
}

// settle records how a checkout ended; one that was paid starts a subscription.
// That a checkout does not exist is an answer of the store, after which the
// transaction goes on.
func (t *transaction) settle(ctx context.Context, e billing.GatewayEvent, outcome billing.CheckoutStatus) error {
	checkout, err := t.Checkouts.ByID(ctx, e.Checkout)
	if errors.Is(err, billing.ErrCheckoutNotFound) {
		return t.ignore(ctx)
	}
	if err != nil {
		return err
	}
	before := checkout.State()
	if before.Provider != t.hook.Provider {
		return t.ignore(ctx)
	}
	if !checkout.Settle(outcome, t.now) {
		return nil
	}
	if err := t.Checkouts.Update(ctx, checkout, before.Version); err != nil {
		return err
	}
	entry := t.entry(system, "billing.checkout_"+string(outcome), "checkout:"+before.ID, "", t.now)
	if err := t.Audit.Append(ctx, entry); err != nil {
		return err
	}
	if outcome != billing.Completed {
		return nil
	}
	account, err := t.Accounts.ByID(ctx, before.Account)
	if err != nil {
		return err
	}
	price, plan, err := t.Plans.Price(ctx, before.Price)
	if err != nil {
		return err
	}
	subscription := billing.Activate(t.ids.New(), e.Subscription, before, price, t.now)
	live, err := liveOf(ctx, t.Stores, account)
	if err != nil {
		return err
	}
	if err := t.replace(ctx, t.Stores, account, live, plan, subscription, t.now); err != nil {
		return err
	}
	t.stale = append(t.stale, billing.TagOrganization(account.Organization))
	return nil
}

// follow brings a subscription to where its provider says it is.
func (t *transaction) follow(ctx context.Context, e billing.GatewayEvent) error {
	subscription, err := t.Subscriptions.ByProviderRef(ctx, t.hook.Provider, e.Subscription)
	if errors.Is(err, billing.ErrSubscriptionNotFound) {
		if t.now.Before(t.hook.ReceivedAt.Add(settling)) {
			return err // tried again later; by then the payment may have come
		}
		return t.ignore(ctx)
	}
	if err != nil {
		return err
	}
	before := subscription.State()
	switch e.Kind {
	case billing.SubscriptionRenewed:
		err = subscription.Renew(e.PeriodEnd, t.now)
	case billing.SubscriptionUnpaid:
		err = subscription.FailPayment(t.now)
	default:
		err = subscription.End(billing.Cancelled, t.now)
	}
	if errors.Is(err, billing.ErrNoTransition) {
		return t.ignore(ctx) // it has ended; what comes late changes nothing
	}
	if err != nil {
		return err
	}
	if err := t.Subscriptions.Update(ctx, subscription, before.Version); err != nil {
		return err
	}
	account, err := t.Accounts.ByID(ctx, before.Account)
	if err != nil {
		return err
	}
	entry := t.entry(system, "billing."+string(e.Kind), "subscription:"+before.ID, "", t.now)
	if err := t.Audit.Append(ctx, entry); err != nil {
		return err
	}
	t.stale = append(t.stale, billing.TagOrganization(account.Organization))
	if subscription.Live() {
		return nil
	}
	return t.tellEnded(ctx, t.Stores, account, subscription.State(), t.now)
}
