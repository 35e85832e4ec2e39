package billingtest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var refundCases = map[string]func(t *testing.T, h Harness){
	"a provider's error that no database keeps is cleaned": func(t *testing.T, h Harness) {
		r := Refund(idgentest.New())
		r.LastError = "said \x00\xff"
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			_, err := s.Refunds.Insert(ctx, r)
			return err
		})
		storetest.Equal(t, storetest.Must[billing.Refund](t)(h.Reads.Refund(t.Context(), r.ID)).LastError, "said \uFFFD\uFFFD")
		r.Failed("again \x00", Now.Add(time.Hour))
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Refunds.Update(ctx, r) })
		storetest.Equal(t, storetest.Must[billing.Refund](t)(h.Reads.Refund(t.Context(), r.ID)).LastError, "again \uFFFD")
	},
	"a refund reads back as written, and is written once": func(t *testing.T, h Harness) {
		account := idgentest.New()
		r := Refund(account)
		second := Refund(account)
		second.Subscription = r.Subscription
		for i, want := range []bool{true, false} {
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				inserted, err := s.Refunds.Insert(ctx, []billing.Refund{r, second}[i])
				storetest.Equal(t, len(inserted) == 1, want)
				return err
			})
		}
		storetest.Equal(t, storetest.Must[billing.Refund](t)(h.Reads.Refund(t.Context(), r.ID)), r)
		r.Failed("away again", Now.Add(time.Hour))
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Refunds.Update(ctx, r) })
		storetest.Equal(t, storetest.Must[[]billing.Refund](t)(h.Reads.PendingRefunds(t.Context(), 10)), []billing.Refund{r})
		storetest.Equal(t, storetest.Must[[]billing.Refund](t)(h.Reads.RefundsOf(t.Context(), account)), []billing.Refund{r})
		pending := r
		r.Done(Now.Add(2 * time.Hour))
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Refunds.Update(ctx, r) })
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Refunds.Update(ctx, pending) }) // a run that was slow
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			have, err := s.Refunds.BySubscription(ctx, r.Provider, r.Subscription)
			storetest.Equal(t, have, r)
			return err
		})
		storetest.Equal(t, len(storetest.Must[[]billing.Refund](t)(h.Reads.PendingRefunds(t.Context(), 10))), 0)
	},
	"of many refunds those are inserted whose subscription has none": func(t *testing.T, h Harness) {
		known, first, second := Refund(idgentest.New()), Refund(idgentest.New()), Refund(idgentest.New())
		again, twice := Refund(idgentest.New()), Refund(idgentest.New())
		again.Subscription, twice.Subscription = known.Subscription, first.Subscription
		for _, insert := range []struct{ all, want []billing.Refund }{
			{nil, nil}, {[]billing.Refund{known}, []billing.Refund{known}}, {[]billing.Refund{again}, nil},
			{[]billing.Refund{first, again, twice, second}, []billing.Refund{first, second}},
		} {
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				inserted, err := s.Refunds.Insert(ctx, insert.all...)
				storetest.Equal(t, inserted, insert.want)
				return err
			})
		}
		for _, r := range []billing.Refund{known, first, second} {
			storetest.Equal(t, storetest.Must[billing.Refund](t)(h.Reads.Refund(t.Context(), r.ID)), r)
		}
		for _, r := range []billing.Refund{again, twice} {
			_, err := h.Reads.Refund(t.Context(), r.ID)
			storetest.Is(t, err, billing.ErrRefundNotFound)
		}
	},
	"an absent refund is absent, whatever the id looks like": func(t *testing.T, h Harness) {
		for _, id := range append(storetest.NotIDs, idgentest.New()) {
			_, err := h.Reads.Refund(t.Context(), id)
			storetest.Is(t, err, billing.ErrRefundNotFound)
			storetest.Equal(t, len(storetest.Must[[]billing.Refund](t)(h.Reads.RefundsOf(t.Context(), id))), 0)
			h.fails(t, billing.ErrRefundNotFound, func(ctx context.Context, s billing.Stores) error {
				_, err := s.Refunds.BySubscription(ctx, "sandbox", id)
				return err
			})
		}
	},
	"of many refunds of one payment at once one is written": func(t *testing.T, h Harness) {
		r := Refund(idgentest.New())
		all := h.atOnce(t, 16, func(ctx context.Context, s billing.Stores) error {
			next := r
			next.ID = idgentest.New()
			_, err := s.Refunds.Insert(ctx, next)
			return err
		})
		if n := storetest.Succeeded(t, all, billing.ErrSubscriptionChanged); n < 1 {
			t.Errorf("%d went through", n)
		}
		storetest.Equal(t, len(storetest.Must[[]billing.Refund](t)(h.Reads.PendingRefunds(t.Context(), 100))), 1)
	},
	"events wait until their subscription appears": func(t *testing.T, h Harness) {
		a, w := h.account(t), Webhook()
		other := Webhook()
		for _, hook := range []billing.Webhook{w, other} {
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				if _, err := s.Webhooks.Receive(ctx, hook); err != nil {
					return err
				}
				return s.Webhooks.Mark(ctx, hook.Provider, hook.EventID, billing.WebhookWaiting)
			})
		}
		w.State = billing.WebhookWaiting
		storetest.Equal(t, len(storetest.Must[[]billing.Webhook](t)(h.Reads.WaitingWebhooks(t.Context(), 10))), 2)
		storetest.Equal(t, len(storetest.Must[[]billing.Webhook](t)(h.Reads.WaitingWebhooks(t.Context(), 1))), 1)
		storetest.Equal(t, len(storetest.Must[[]billing.Webhook](t)(h.Reads.ReadyWebhooks(t.Context(), 10))), 0)
		sub := billing.Activate(idgentest.New(), w.Subscription, Checkout(a.ID, "").State(), Plan("pro").Prices[0], Now)
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.Insert(ctx, sub) })
		storetest.Equal(t, storetest.Must[[]billing.Webhook](t)(h.Reads.ReadyWebhooks(t.Context(), 10)), []billing.Webhook{w})
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			of, err := s.Webhooks.Of(ctx, w.Provider, w.Subscription)
			storetest.Equal(t, of, []billing.Webhook{w})
			return err
		})
	},
	"an event of an older release is described": func(t *testing.T, h Harness) {
		w, other := Webhook(), Webhook()
		old := w
		old.Kind, old.Checkout, old.Subscription = "", "", ""
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			for _, hook := range []billing.Webhook{old, other} {
				if _, err := s.Webhooks.Receive(ctx, hook); err != nil {
					return err
				}
			}
			of, err := s.Webhooks.Of(ctx, w.Provider, w.Subscription)
			storetest.Equal(t, len(of), 0)
			return err
		})
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			w.State = billing.WebhookWaiting // is not Describe's to write
			if err := s.Webhooks.Describe(ctx, w); err != nil {
				return err
			}
			w.State = old.State
			for _, hook := range []billing.Webhook{w, other} {
				of, err := s.Webhooks.Of(ctx, hook.Provider, hook.Subscription)
				if err != nil {
					return err
				}
				storetest.Equal(t, of, []billing.Webhook{hook})
			}
			return nil
		})
	},
}
