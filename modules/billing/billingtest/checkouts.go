package billingtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var checkoutCases = map[string]func(t *testing.T, h Harness){
	"a checkout reads back as written": func(t *testing.T, h Harness) {
		a := h.account(t)
		bare := Checkout(a.ID, "")
		state := bare.State()
		state.RequestHash = nil
		for _, c := range []*billing.Checkout{Checkout(a.ID, "a key"), billing.NewCheckout(state, Now)} {
			h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Insert(ctx, c) })
			c.Offer("holder", "ref", "https://pay.test/page?a=b", Now.Add(time.Second))
			h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Update(ctx, c) })
			c = billing.RestoreCheckout(c.State())
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				storetest.Equal(t, storetest.Must[*billing.Checkout](t)(s.Checkouts.ByID(ctx, c.State().ID)).State(), c.State())
				storetest.Equal(t, storetest.Must[*billing.Checkout](t)(s.Checkouts.OpenOf(ctx, a.ID)).State(), c.State())
				return nil
			})
			h.settle(t, c)
		}
	},
	"an absent checkout is absent, whatever the id looks like": func(t *testing.T, h Harness) {
		for _, id := range append(storetest.NotIDs, idgentest.New()) {
			h.fails(t, billing.ErrCheckoutNotFound, func(ctx context.Context, s billing.Stores) error {
				_, err := s.Checkouts.ByID(ctx, id)
				return err
			})
			_, found, err := h.Reads.LatestCheckout(t.Context(), id)
			if found || err != nil {
				t.Errorf("latest of %q: %t, %v", id, found, err)
			}
			_, found, err = h.Reads.CheckoutByKey(t.Context(), id, "key")
			if found || err != nil {
				t.Errorf("by key of %q: %t, %v", id, found, err)
			}
		}
	},
	"a key names one checkout of an account": func(t *testing.T, h Harness) {
		a, other := h.account(t), h.account(t)
		c := Checkout(a.ID, "key")
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			for _, c := range []*billing.Checkout{c, Checkout(other.ID, "key")} {
				if err := s.Checkouts.Insert(ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
		h.settle(t, c)
		for range 2 {
			keyless := Checkout(a.ID, "")
			h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Insert(ctx, keyless) })
			h.settle(t, keyless)
		}
		h.fails(t, billing.ErrKeyInFlight, func(ctx context.Context, s billing.Stores) error {
			return s.Checkouts.Insert(ctx, Checkout(a.ID, "key"))
		})
		have, found, err := h.Reads.CheckoutByKey(t.Context(), a.ID, "key")
		if !found || err != nil {
			t.Fatalf("by key: %t, %v", found, err)
		}
		storetest.Equal(t, have, c.State())
		for _, key := range []string{"", "absent"} {
			if _, found, err := h.Reads.CheckoutByKey(t.Context(), a.ID, key); found || err != nil {
				t.Errorf("by key %q: %t, %v", key, found, err)
			}
		}
	},
	"of many requests with one key at once one begins": func(t *testing.T, h Harness) {
		a := h.account(t)
		all := h.atOnce(t, 16, func(ctx context.Context, s billing.Stores) error {
			err := s.Checkouts.Insert(ctx, Checkout(a.ID, "key"))
			if errors.Is(err, billing.ErrCheckoutChanged) {
				err = billing.ErrKeyInFlight // it breaks both rules, and a database names one
			}
			return err
		})
		storetest.Equal(t, storetest.Succeeded(t, all, billing.ErrKeyInFlight), 1)
	},
	"an account has one open checkout": func(t *testing.T, h Harness) {
		a, other := h.account(t), h.account(t)
		for _, status := range []billing.CheckoutStatus{billing.Declined, billing.Abandoned} {
			c := Checkout(other.ID, "")
			h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Insert(ctx, c) })
			c.Settle(status, Now)
			h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Update(ctx, c) })
			c = billing.RestoreCheckout(c.State())
			h.fails(t, billing.ErrCheckoutChanged, func(ctx context.Context, s billing.Stores) error {
				return s.Checkouts.Insert(ctx, Checkout(other.ID, ""))
			})
			h.settle(t, c)
		}
		all := h.atOnce(t, 16, func(ctx context.Context, s billing.Stores) error {
			return s.Checkouts.Insert(ctx, Checkout(a.ID, ""))
		})
		storetest.Equal(t, storetest.Succeeded(t, all, billing.ErrCheckoutChanged), 1)
		for _, id := range append(storetest.NotIDs, idgentest.New()) {
			h.fails(t, billing.ErrCheckoutNotFound, func(ctx context.Context, s billing.Stores) error {
				_, err := s.Checkouts.OpenOf(ctx, id)
				return err
			})
		}
	},
	"an update over an old version is refused": func(t *testing.T, h Harness) {
		a := h.account(t)
		c := Checkout(a.ID, "")
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Insert(ctx, c) })
		c.Offer("holder", "ref", "https://pay.test", Now)
		ahead := c.State()
		ahead.Version++
		h.fails(t, billing.ErrCheckoutChanged, func(ctx context.Context, s billing.Stores) error {
			return s.Checkouts.Update(ctx, billing.RestoreCheckout(ahead))
		})
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Update(ctx, c) })
		h.fails(t, billing.ErrCheckoutChanged, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Update(ctx, c) })
	},
	"the latest checkout is the one begun last": func(t *testing.T, h Harness) {
		a := h.account(t)
		var last *billing.Checkout
		for i := range 3 {
			last = billing.NewCheckout(Checkout(a.ID, "").State(), Now.Add(time.Duration(i)*time.Second))
			h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Insert(ctx, last) })
			h.settle(t, last)
		}
		have, found, err := h.Reads.LatestCheckout(t.Context(), a.ID)
		if !found || err != nil {
			t.Fatalf("latest: %t, %v", found, err)
		}
		storetest.Equal(t, have, last.State())
	},
}

// settle has a checkout closed, so that another can be opened.
func (h Harness) settle(t *testing.T, c *billing.Checkout) {
	t.Helper()
	c.Settle(billing.Expired, Now.Add(time.Minute))
	h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Update(ctx, c) })
}

var webhookCases = map[string]func(t *testing.T, h Harness){
	"a webhook is received once and claimed once": func(t *testing.T, h Harness) {
		w := Webhook()
		for _, want := range []bool{true, false} {
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				first, err := s.Webhooks.Receive(ctx, w)
				storetest.Equal(t, first, want)
				return err
			})
		}
		elsewhere := w
		elsewhere.Provider = "another"
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			first, err := s.Webhooks.Receive(ctx, elsewhere)
			storetest.Equal(t, first, true)
			return err
		})
		processed := w
		processed.ProcessedAt = Now.Add(time.Minute)
		for _, want := range []bool{true, false} {
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				have, first, err := s.Webhooks.Claim(ctx, w.Provider, w.EventID, Now.Add(time.Minute))
				storetest.Equal(t, first, want)
				storetest.Equal(t, have, processed)
				return err
			})
		}
	},
	"webhooks that were processed are deleted, the oldest first and some at a time": func(t *testing.T, h Harness) {
		receive := func(at, processed time.Time, state billing.WebhookState) string {
			w := Webhook()
			w.EventID, w.ReceivedAt, w.ProcessedAt, w.State = "evt_"+idgentest.New(), at, processed, state
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				_, err := s.Webhooks.Receive(ctx, w)
				return err
			})
			return w.EventID
		}
		unprocessed := receive(Now.Add(-time.Hour), time.Time{}, billing.WebhookReceived)
		recent := receive(Now, Now, billing.WebhookApplied)
		pruned := []string{
			receive(Now.Add(-3*time.Second), Now, billing.WebhookApplied),
			receive(Now.Add(-2*time.Second), Now, billing.WebhookIgnored),
			receive(Now.Add(-1*time.Second), Now, billing.WebhookWaiting),
		}
		for _, want := range []int{2, 1, 0} {
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				n, err := s.Webhooks.DeleteProcessed(ctx, Now, 2)
				storetest.Equal(t, n, want)
				return err
			})
		}
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			_, first, err := s.Webhooks.Claim(ctx, Webhook().Provider, unprocessed, Now)
			storetest.Equal(t, first, true)
			if err != nil {
				return err
			}
			for event, there := range map[string]bool{recent: true, pruned[0]: false, pruned[1]: false, pruned[2]: false} {
				w, _, err := s.Webhooks.Claim(ctx, Webhook().Provider, event, Now)
				if err != nil {
					return err
				}
				storetest.Equal(t, w.EventID == event, there)
			}
			return nil
		})
	},
	"webhooks without an effect are counted": func(t *testing.T, h Harness) {
		count := func(received, waiting int) {
			t.Helper()
			storetest.Equal(t, storetest.Must[billing.UnappliedWebhooks](t)(h.Reads.UnappliedWebhooks(t.Context())), billing.UnappliedWebhooks{Received: received, Waiting: waiting})
		}
		count(0, 0)
		states := []billing.WebhookState{billing.WebhookReceived, billing.WebhookReceived, billing.WebhookWaiting, billing.WebhookApplied, billing.WebhookIgnored}
		for _, state := range states {
			w := Webhook()
			w.State = state
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				_, err := s.Webhooks.Receive(ctx, w)
				return err
			})
		}
		count(2, 1)
	},
	"an unknown webhook is not claimed": func(t *testing.T, h Harness) {
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			_, first, err := s.Webhooks.Claim(ctx, "sandbox", "evt_unknown", Now)
			storetest.Equal(t, first, false)
			return err
		})
	},
	"a claim that is rolled back can be made again": func(t *testing.T, h Harness) {
		w, failed := Webhook(), errors.New("the effect failed")
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			_, err := s.Webhooks.Receive(ctx, w)
			return err
		})
		h.fails(t, failed, func(ctx context.Context, s billing.Stores) error {
			if _, _, err := s.Webhooks.Claim(ctx, w.Provider, w.EventID, Now); err != nil {
				return err
			}
			return failed
		})
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			_, first, err := s.Webhooks.Claim(ctx, w.Provider, w.EventID, Now)
			storetest.Equal(t, first, true)
			return err
		})
	},
	"of many deliveries at once one is received": func(t *testing.T, h Harness) {
		w, known := Webhook(), errors.New("known already")
		all := h.atOnce(t, 16, func(ctx context.Context, s billing.Stores) error {
			first, err := s.Webhooks.Receive(ctx, w)
			if err == nil && !first {
				err = known
			}
			if err != nil {
				return err
			}
			return s.Jobs.Enqueue(ctx, jobs.Job{Kind: "billing.apply_webhook", Payload: []byte(`{}`), Unique: w.EventID})
		})
		storetest.Equal(t, storetest.Succeeded(t, all, known), 1)
	},
	"of many claims at once one takes effect": func(t *testing.T, h Harness) {
		w, known := Webhook(), errors.New("claimed already")
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			_, err := s.Webhooks.Receive(ctx, w)
			return err
		})
		all := h.atOnce(t, 16, func(ctx context.Context, s billing.Stores) error {
			_, first, err := s.Webhooks.Claim(ctx, w.Provider, w.EventID, Now)
			if err == nil && !first {
				err = known
			}
			return err
		})
		storetest.Equal(t, storetest.Succeeded(t, all, known), 1)
	},
}
