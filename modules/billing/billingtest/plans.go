package billingtest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

func (h Harness) put(t *testing.T, plans ...billing.Plan) {
	t.Helper()
	h.do(t, func(ctx context.Context, s billing.Stores) error {
		for _, p := range plans {
			if err := s.Plans.Put(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

var planCases = map[string]func(t *testing.T, h Harness){
	"plans are found by the ids of their prices, without those that are absent": func(t *testing.T, h Harness) {
		pro, member := Plan("pro"), Plan("member")
		member.Position = 3
		h.put(t, pro, member)
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			found := storetest.Must[map[string]billing.Plan](t)(s.Plans.ByPrices(ctx, append(storetest.NotIDs, pro.Prices[0].ID, pro.Prices[1].ID, member.Prices[1].ID, idgentest.New())))
			storetest.Equal(t, found, map[string]billing.Plan{pro.Prices[0].ID: pro, pro.Prices[1].ID: pro, member.Prices[1].ID: member})
			storetest.Equal(t, len(storetest.Must[map[string]billing.Plan](t)(s.Plans.ByPrices(ctx, nil))), 0)
			return nil
		})
	},
	"plans read back as put, by position, their prices by currency and interval": func(t *testing.T, h Harness) {
		pro, free := Plan("pro"), Plan("free")
		free.Position, free.Prices, free.Entitlements = 1, nil, nil
		dollars := billing.Price{ID: idgentest.New(), Plan: "pro", Interval: billing.Monthly, Money: billing.Money{Amount: 1400, Currency: "USD"}}
		shuffled := pro
		shuffled.Prices = []billing.Price{dollars, pro.Prices[1], pro.Prices[0]}
		h.put(t, shuffled, free)
		pro.Prices = append(pro.Prices, dollars)
		storetest.Equal(t, storetest.Must[[]billing.Plan](t)(h.Reads.Plans(t.Context())), []billing.Plan{free, pro})
	},
	"putting the same plan twice changes nothing": func(t *testing.T, h Harness) {
		p := Plan("pro")
		h.put(t, p, p)
		again := Plan("pro") // the same terms under other ids
		h.put(t, again)
		storetest.Equal(t, storetest.Must[[]billing.Plan](t)(h.Reads.Plans(t.Context())), []billing.Plan{p})
	},
	"putting a plan replaces what describes it, adds new prices and retires missing ones": func(t *testing.T, h Harness) {
		p := Plan("pro")
		h.put(t, p)
		changed := p
		changed.ID = idgentest.New() // the code says which plan it is
		changed.Name, changed.Summary, changed.Position = "New name", "New summary", 9
		changed.Entitlements = []billing.Entitlement{"content.paid"}
		dearer := billing.Price{ID: idgentest.New(), Plan: "pro", Interval: billing.Monthly, Money: billing.Money{Amount: 1500, Currency: "EUR"}}
		changed.Prices = []billing.Price{dearer, p.Prices[1]}
		h.put(t, changed)
		changed.ID = p.ID
		storetest.Equal(t, storetest.Must[[]billing.Plan](t)(h.Reads.Plans(t.Context())), []billing.Plan{changed})

		_, _, err := h.Reads.Price(t.Context(), p.Prices[0].ID)
		storetest.Is(t, err, billing.ErrPriceNotFound)
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			old, plan, err := s.Plans.Price(ctx, p.Prices[0].ID)
			want := p.Prices[0]
			want.Retired = true
			storetest.Equal(t, old, want)
			storetest.Equal(t, plan.Code, "pro")
			return err
		})
	},
	"a price is never changed": func(t *testing.T, h Harness) {
		p := Plan("pro")
		h.put(t, p)
		cheaper := p
		cheaper.Prices = slices.Clone(p.Prices)
		cheaper.Prices[0].Money.Amount = 1
		h.put(t, cheaper)
		storetest.Equal(t, storetest.Must[[]billing.Plan](t)(h.Reads.Plans(t.Context())), []billing.Plan{p})
	},
	"a price is found with its plan": func(t *testing.T, h Harness) {
		p := Plan("pro")
		h.put(t, p, Plan("other"))
		price, plan, err := h.Reads.Price(t.Context(), p.Prices[1].ID)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Equal(t, price, p.Prices[1])
		storetest.Equal(t, plan, p)
	},
	"an absent price is absent, whatever the id looks like": func(t *testing.T, h Harness) {
		for _, id := range append(storetest.NotIDs, idgentest.New()) {
			_, _, err := h.Reads.Price(t.Context(), id)
			storetest.Is(t, err, billing.ErrPriceNotFound)
			h.fails(t, billing.ErrPriceNotFound, func(ctx context.Context, s billing.Stores) error {
				_, _, err := s.Plans.Price(ctx, id)
				return err
			})
		}
	},
	"of many who put one plan at once one set of prices comes": func(t *testing.T, h Harness) {
		all := h.atOnce(t, 16, func(ctx context.Context, s billing.Stores) error { return s.Plans.Put(ctx, Plan("pro")) })
		storetest.Equal(t, storetest.Succeeded(t, all, nil), 16)
		plans := storetest.Must[[]billing.Plan](t)(h.Reads.Plans(t.Context()))
		storetest.Equal(t, len(plans), 1)
		storetest.Equal(t, len(plans[0].Prices), 2)
	},
}

var accountCases = map[string]func(t *testing.T, h Harness){
	"an account is opened once and reads back as written": func(t *testing.T, h Harness) {
		a := h.account(t)
		second := billing.Account{ID: idgentest.New(), Organization: a.Organization, CreatedAt: Now.Add(1e9)}
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			storetest.Equal(t, storetest.Must[billing.Account](t)(s.Accounts.Ensure(ctx, second)), a)
			storetest.Equal(t, storetest.Must[billing.Account](t)(s.Accounts.ByID(ctx, a.ID)), a)
			return nil
		})
		storetest.Equal(t, storetest.Must[billing.Account](t)(h.Reads.Account(t.Context(), a.Organization)), a)
		storetest.Equal(t, storetest.Must[billing.OrganizationID](t)(h.Reads.OrganizationOf(t.Context(), a.ID)), a.Organization)
	},
	"accounts are found by their ids, without those that are absent": func(t *testing.T, h Harness) {
		a, b := h.account(t), h.account(t)
		h.account(t)
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			found := storetest.Must[map[string]billing.Account](t)(s.Accounts.ByIDs(ctx, append(storetest.NotIDs, a.ID, b.ID, a.ID, idgentest.New())))
			storetest.Equal(t, found, map[string]billing.Account{a.ID: a, b.ID: b})
			storetest.Equal(t, len(storetest.Must[map[string]billing.Account](t)(s.Accounts.ByIDs(ctx, nil))), 0)
			return nil
		})
	},
	"an absent account is absent, whatever the id looks like": func(t *testing.T, h Harness) {
		for _, id := range append(storetest.NotIDs, idgentest.New()) {
			_, err := h.Reads.Account(t.Context(), billing.OrganizationID(id))
			storetest.Is(t, err, billing.ErrAccountNotFound)
			_, err = h.Reads.OrganizationOf(t.Context(), id)
			storetest.Is(t, err, billing.ErrAccountNotFound)
			h.fails(t, billing.ErrAccountNotFound, func(ctx context.Context, s billing.Stores) error {
				_, err := s.Accounts.ByID(ctx, id)
				return err
			})
			h.do(t, func(ctx context.Context, s billing.Stores) error {
				return s.Accounts.Delete(ctx, billing.OrganizationID(id))
			})
		}
	},
	"the accounts of organizations are locked and deleted together": func(t *testing.T, h Harness) {
		a, b, stays := h.account(t), h.account(t), h.account(t)
		asked := []billing.OrganizationID{b.Organization, "not an id", a.Organization, billing.OrganizationID(idgentest.New())}
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			locked := storetest.Must[[]billing.Account](t)(s.Accounts.LockAll(ctx, asked))
			want := []billing.Account{a, b}
			slices.SortFunc(want, func(a, b billing.Account) int { return strings.Compare(a.ID, b.ID) })
			storetest.Equal(t, locked, want)
			storetest.Equal(t, len(storetest.Must[[]billing.Account](t)(s.Accounts.LockAll(ctx, nil))), 0)
			if err := s.Accounts.Delete(ctx); err != nil {
				return err
			}
			return s.Accounts.Delete(ctx, asked...)
		})
		for _, o := range []billing.OrganizationID{a.Organization, b.Organization} {
			_, err := h.Reads.Account(t.Context(), o)
			storetest.Is(t, err, billing.ErrAccountNotFound)
		}
		storetest.Equal(t, storetest.Must[billing.Account](t)(h.Reads.Account(t.Context(), stays.Organization)), stays)
	},
	"of many who open an account at once all get the same": func(t *testing.T, h Harness) {
		organization := Account().Organization
		opened := make(chan string, 16)
		all := h.atOnce(t, 16, func(ctx context.Context, s billing.Stores) error {
			a, err := s.Accounts.Ensure(ctx, billing.Account{ID: idgentest.New(), Organization: organization, CreatedAt: Now})
			opened <- a.ID
			return err
		})
		storetest.Equal(t, storetest.Succeeded(t, all, nil), 16)
		kept := storetest.Must[billing.Account](t)(h.Reads.Account(t.Context(), organization))
		for range 16 {
			storetest.Equal(t, <-opened, kept.ID)
		}
	},
	"a deleted account takes its checkouts and subscriptions along": func(t *testing.T, h Harness) {
		a, stays := h.account(t), h.account(t)
		c, sub := Checkout(a.ID, "key"), Subscription(a.ID)
		h.do(t, func(ctx context.Context, s billing.Stores) error {
			for _, err := range []error{
				s.Checkouts.Insert(ctx, c), s.Subscriptions.Insert(ctx, sub), s.Subscriptions.Insert(ctx, Subscription(stays.ID)),
				s.Accounts.Delete(ctx, a.Organization),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		_, err := h.Reads.Account(t.Context(), a.Organization)
		storetest.Is(t, err, billing.ErrAccountNotFound)
		h.fails(t, billing.ErrCheckoutNotFound, func(ctx context.Context, s billing.Stores) error {
			_, err := s.Checkouts.ByID(ctx, c.State().ID)
			return err
		})
		holdings := storetest.Must[[]billing.Holding](t)(h.Reads.Holdings(t.Context(), []billing.OrganizationID{a.Organization, stays.Organization}))
		storetest.Equal(t, len(holdings), 1)
	},
}
