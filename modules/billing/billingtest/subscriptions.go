package billingtest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

func (h Harness) subscribe(t *testing.T, account string) *billing.Subscription {
	t.Helper()
	sub := Subscription(account)
	h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.Insert(ctx, sub) })
	return sub
}

// change applies a change to a subscription and writes it.
func (h Harness) change(t *testing.T, sub *billing.Subscription, do func() error) {
	t.Helper()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.Update(ctx, sub) })
	*sub = *billing.RestoreSubscription(sub.State())
}

var subscriptionCases = map[string]func(t *testing.T, h Harness){
	"a subscription reads back as written": func(t *testing.T, h Harness) {
		a := h.account(t)
		sub := h.subscribe(t, a.ID)
		check := func() {
			t.Helper()
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				have := storetest.Must[*billing.Subscription](t)(s.Subscriptions.ByProviderRef(ctx, "sandbox", sub.State().ProviderRef))
				storetest.Equal(t, have.State(), sub.State())
				return nil
			})
		}
		check()
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			storetest.Equal(t, storetest.Must[*billing.Subscription](t)(s.Subscriptions.LiveOf(ctx, a.ID)).State(), sub.State())
			return nil
		})
		storetest.Equal(t, storetest.Must[[]billing.Holding](t)(h.Reads.Holdings(t.Context(), []billing.OrganizationID{a.Organization})),
			[]billing.Holding{{Organization: a.Organization, Subscription: sub.State()}})
		h.change(t, sub, func() error { return sub.FailPayment(Now.Add(time.Minute)) })
		check()
		h.change(t, sub, func() error { return sub.Renew(Now.AddDate(0, 2, 0), Now.Add(time.Hour)) })
		check()
		h.change(t, sub, func() error { return sub.End(billing.Cancelled, Now.Add(2*time.Hour)) })
		check()
	},
	"an absent subscription is absent, whatever the id looks like": func(t *testing.T, h Harness) {
		for _, id := range append(storetest.NotIDs, idgentest.New()) {
			h.fails(t, billing.ErrSubscriptionNotFound, func(ctx context.Context, s billing.Stores) error {
				_, err := s.Subscriptions.LiveOf(ctx, id)
				return err
			})
			h.fails(t, billing.ErrSubscriptionNotFound, func(ctx context.Context, s billing.Stores) error {
				_, err := s.Subscriptions.ByProviderRef(ctx, "sandbox", id)
				return err
			})
			storetest.Equal(t, len(storetest.Must[[]billing.Holding](t)(h.Reads.Holdings(t.Context(), []billing.OrganizationID{billing.OrganizationID(id)}))), 0)
		}
		storetest.Equal(t, len(storetest.Must[[]billing.Holding](t)(h.Reads.Holdings(t.Context(), nil))), 0)
	},
	"the live subscriptions of accounts are found together": func(t *testing.T, h Harness) {
		a, b, none := h.account(t), h.account(t), h.account(t)
		ended := h.subscribe(t, a.ID)
		h.change(t, ended, func() error { return ended.End(billing.Cancelled, Now) })
		want := []billing.SubscriptionState{h.subscribe(t, a.ID).State(), h.subscribe(t, b.ID).State()}
		h.subscribe(t, h.account(t).ID)
		slices.SortFunc(want, func(a, b billing.SubscriptionState) int { return strings.Compare(a.ID, b.ID) })
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			var have []billing.SubscriptionState
			for _, sub := range storetest.Must[[]*billing.Subscription](t)(s.Subscriptions.LiveOfAll(ctx, append(storetest.NotIDs, b.ID, a.ID, none.ID))) {
				have = append(have, sub.State())
			}
			storetest.Equal(t, have, want)
			storetest.Equal(t, len(storetest.Must[[]*billing.Subscription](t)(s.Subscriptions.LiveOfAll(ctx, nil))), 0)
			return nil
		})
	},
	"what hangs on a deleted account has changed": func(t *testing.T, h Harness) {
		a := h.account(t)
		sub, c := h.subscribe(t, a.ID), Checkout(a.ID, "key")
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Checkouts.Insert(ctx, c) })
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Accounts.Delete(ctx, a.Organization) })
		h.fails(t, billing.ErrSubscriptionChanged, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.Update(ctx, sub) })
		h.fails(t, billing.ErrCheckoutChanged, func(ctx context.Context, s billing.Stores) error {
			return s.Checkouts.Update(ctx, c)
		})
		h.fails(t, billing.ErrAccountNotFound, func(ctx context.Context, s billing.Stores) error {
			return s.Subscriptions.Insert(ctx, Subscription(a.ID))
		})
	},
	"an account has one live subscription, and another after its end": func(t *testing.T, h Harness) {
		a := h.account(t)
		sub := h.subscribe(t, a.ID)
		second := Subscription(a.ID)
		h.fails(t, billing.ErrAlreadySubscribed, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.Insert(ctx, second) })
		h.change(t, sub, func() error { return sub.FailPayment(Now) })
		h.fails(t, billing.ErrAlreadySubscribed, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.Insert(ctx, second) })
		h.change(t, sub, func() error { return sub.End(billing.Replaced, Now) })
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.Insert(ctx, second) })
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			storetest.Equal(t, storetest.Must[*billing.Subscription](t)(s.Subscriptions.LiveOf(ctx, a.ID)).State(), second.State())
			return nil
		})
	},
	"of many subscriptions at once one comes alive": func(t *testing.T, h Harness) {
		a := h.account(t)
		all := h.atOnce(t, 16, func(ctx context.Context, s billing.Stores) error {
			return s.Subscriptions.Insert(ctx, Subscription(a.ID))
		})
		storetest.Equal(t, storetest.Succeeded(t, all, billing.ErrAlreadySubscribed), 1)
	},
	"a provider's reference names one subscription; none may be absent many times": func(t *testing.T, h Harness) {
		sub := h.subscribe(t, h.account(t).ID)
		state := Subscription(h.account(t).ID).State()
		state.ProviderRef = sub.State().ProviderRef
		h.fails(t, billing.ErrAlreadySubscribed, func(ctx context.Context, s billing.Stores) error {
			return s.Subscriptions.Insert(ctx, billing.RestoreSubscription(state))
		})
		for range 2 {
			state := Subscription(h.account(t).ID).State()
			state.ProviderRef = ""
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				return s.Subscriptions.Insert(ctx, billing.RestoreSubscription(state))
			})
		}
	},
	"an update over an old version is refused": func(t *testing.T, h Harness) {
		sub := h.subscribe(t, h.account(t).ID)
		stale := billing.RestoreSubscription(sub.State())
		h.change(t, sub, func() error { return sub.FailPayment(Now) })
		if err := stale.End(billing.Cancelled, Now); err != nil {
			t.Fatal(err)
		}
		h.fails(t, billing.ErrSubscriptionChanged, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.Update(ctx, stale) })
	},
	"of many updates at once one succeeds": func(t *testing.T, h Harness) {
		sub := h.subscribe(t, h.account(t).ID)
		state := sub.State()
		all := h.atOnce(t, 16, func(ctx context.Context, s billing.Stores) error {
			mine := billing.RestoreSubscription(state)
			if err := mine.FailPayment(Now); err != nil {
				return err
			}
			return s.Subscriptions.Update(ctx, mine)
		})
		storetest.Equal(t, storetest.Succeeded(t, all, billing.ErrSubscriptionChanged), 1)
	},
	"subscriptions that ended together are written at once and read back": func(t *testing.T, h Harness) {
		var all []*billing.Subscription
		var accounts []billing.OrganizationID
		for range 3 {
			a := h.account(t)
			all, accounts = append(all, h.subscribe(t, a.ID)), append(accounts, a.Organization)
		}
		stays := h.account(t)
		h.subscribe(t, stays.ID)
		h.change(t, all[1], func() error { return all[1].FailPayment(Now.Add(time.Minute)) }) // another version than the others
		for _, sub := range all {
			storetest.Is(t, sub.End(billing.PeriodOver, Now.Add(time.Hour)), nil)
		}
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.UpdateEnded(ctx, all) })
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			for _, sub := range all {
				have := storetest.Must[*billing.Subscription](t)(s.Subscriptions.ByProviderRef(ctx, "sandbox", sub.State().ProviderRef))
				storetest.Equal(t, have.State(), sub.State())
			}
			return s.Subscriptions.UpdateEnded(ctx, nil)
		})
		storetest.Equal(t, len(storetest.Must[[]billing.Holding](t)(h.Reads.Holdings(t.Context(), append(accounts, stays.Organization)))), 1)
	},
	"more subscriptions end together than one statement can name": func(t *testing.T, h Harness) {
		all := make([]*billing.Subscription, 1200)
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			for i := range all {
				a := storetest.Must[billing.Account](t)(s.Accounts.Ensure(ctx, Account()))
				all[i] = Subscription(a.ID)
				if err := s.Subscriptions.Insert(ctx, all[i]); err != nil {
					return err
				}
				storetest.Is(t, all[i].End(billing.PeriodOver, Now.Add(time.Hour)), nil)
			}
			return nil
		})
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.UpdateEnded(ctx, all) })
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			for _, sub := range []*billing.Subscription{all[0], all[499], all[500], all[1199]} {
				have := storetest.Must[*billing.Subscription](t)(s.Subscriptions.ByProviderRef(ctx, "sandbox", sub.State().ProviderRef))
				storetest.Equal(t, have.State(), sub.State())
			}
			return nil
		})
		refunds := make([]billing.Refund, len(all))
		for i := range refunds {
			refunds[i] = Refund(idgentest.New())
		}
		for _, want := range []int{len(refunds), 0} {
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				inserted, err := s.Refunds.Insert(ctx, refunds...)
				storetest.Equal(t, len(inserted), want)
				return err
			})
		}
	},
	"of subscriptions that end together none does when one has changed": func(t *testing.T, h Harness) {
		first, second := h.subscribe(t, h.account(t).ID), h.subscribe(t, h.account(t).ID)
		stale := []*billing.Subscription{billing.RestoreSubscription(first.State()), billing.RestoreSubscription(second.State())}
		h.change(t, second, func() error { return second.Renew(Now.AddDate(0, 2, 0), Now) })
		for _, sub := range stale {
			storetest.Is(t, sub.End(billing.PeriodOver, Now.Add(time.Hour)), nil)
		}
		h.fails(t, billing.ErrSubscriptionChanged, func(ctx context.Context, s billing.Stores) error {
			return s.Subscriptions.UpdateEnded(ctx, stale)
		})
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			for _, sub := range []*billing.Subscription{first, second} {
				storetest.Equal(t, storetest.Must[*billing.Subscription](t)(s.Subscriptions.LiveOf(ctx, sub.State().Account)).State(), sub.State())
			}
			return nil
		})
	},
	"live subscriptions past their period are due, the longest first, as many as asked": func(t *testing.T, h Harness) {
		var due []string
		for i := range 3 {
			sub := Subscription(h.account(t).ID)
			state := sub.State()
			state.PeriodEnd = Now.Add(time.Duration(i-3) * time.Hour)
			due = append(due, state.ID)
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				return s.Subscriptions.Insert(ctx, billing.RestoreSubscription(state))
			})
		}
		h.subscribe(t, h.account(t).ID) // runs for a month
		ended := h.subscribe(t, h.account(t).ID)
		h.change(t, ended, func() error { return ended.End(billing.Cancelled, Now) })
		for _, limit := range []int{2, 10} {
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				var have []string
				for _, sub := range storetest.Must[[]*billing.Subscription](t)(s.Subscriptions.Due(ctx, Now, limit)) {
					have = append(have, sub.State().ID)
				}
				storetest.Equal(t, have, due[:min(limit, 3)])
				return nil
			})
		}
	},
	"holdings are those of the organizations asked for": func(t *testing.T, h Harness) {
		a, b, c := h.account(t), h.account(t), h.account(t)
		first, ended := h.subscribe(t, a.ID), h.subscribe(t, b.ID)
		h.subscribe(t, c.ID)
		h.change(t, ended, func() error { return ended.End(billing.PeriodOver, Now) })
		have := storetest.Must[[]billing.Holding](t)(h.Reads.Holdings(t.Context(), []billing.OrganizationID{a.Organization, b.Organization, "not an id"}))
		storetest.Equal(t, have, []billing.Holding{{Organization: a.Organization, Subscription: first.State()}})
	},
}
