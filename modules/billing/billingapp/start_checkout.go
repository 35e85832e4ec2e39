package billingapp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/localpath"
)

// StartCheckout asks to buy a plan at a price. Organization is who pays; empty:
// the actor's own. Requests with one IdempotencyKey (optional, 1 to 200 printable
// ASCII characters) are one request. ReturnTo is the page of this site to go on
// from after the payment (optional; anything but a local path is left out).
type StartCheckout struct {
	PriceID        string
	Organization   billing.OrganizationID
	IdempotencyKey string
	ReturnTo       string
}

// StartCheckout opens the provider's page on which the actor pays, and returns the
// checkout with its URL. The same request under the same key returns the same
// checkout.
//
// It fails with billing.ErrNoProvider, ErrProviderAway, ErrPriceNotFound,
// ErrFreePlan, ErrAlreadySubscribed, ErrPlanRunning (another plan is in force), ErrAccountNotFound (also for an organization
// that is not the actor's), ErrMayNotBuy, ErrKeyInvalid, ErrKeyReused, ErrKeyInFlight and ErrCheckoutExpired
// (another checkout took its place: an account has one open at most).
func (a *App) StartCheckout(ctx context.Context, actor identityport.Actor, c StartCheckout) (billing.CheckoutState, error) {
	organization, err := organizationOf(actor, c.Organization)
	if err != nil {
		return billing.CheckoutState{}, err
	}
	if err := billing.MayBuyFor(actor, organization); err != nil {
		return billing.CheckoutState{}, err
	}
	if !validKey(c.IdempotencyKey) {
		return billing.CheckoutState{}, billing.ErrKeyInvalid
	}
	account, err := a.account(ctx, organization)
	if err != nil {
		return billing.CheckoutState{}, fmt.Errorf("start checkout of %s: %w", organization, err)
	}
	state, known, err := a.checkoutUnder(ctx, account, c)
	switch {
	case err != nil:
		return billing.CheckoutState{}, err
	case known && state.Status == billing.Expired:
		return billing.CheckoutState{}, billing.ErrCheckoutExpired
	case known && state.Status != billing.Opening:
		return state, nil
	}
	if a.gateway == nil {
		return billing.CheckoutState{}, billing.ErrNoProvider
	}
	price, plan, err := a.offered(ctx, organization, c.PriceID)
	if err != nil {
		return billing.CheckoutState{}, err
	}
	holder := a.holders.hold(a.ids.New())
	defer a.holders.drop(holder)
	if known {
		state, err = a.takeOver(ctx, state.ID, holder)
	} else {
		state, err = a.begin(ctx, actor, account, c, holder)
	}
	if err != nil {
		return billing.CheckoutState{}, err
	}
	return a.openCheckout(ctx, state, holder, billing.CheckoutRequest{
		Checkout: state.ID, PlanName: plan.Name, Interval: price.Interval, Money: price.Money,
		Email: actor.Email, ReturnURL: a.returnURL(state.ID, c.ReturnTo), RequestedAt: state.CreatedAt,
	})
}

func validKey(key string) bool {
	return len(key) <= 200 && !strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' })
}

// requestHash tells requests under one key apart. The way back is no part of it:
// it changes nothing of what is bought.
func requestHash(c StartCheckout, o billing.OrganizationID) []byte {
	sum := sha256.Sum256([]byte(string(o) + "\n" + c.PriceID))
	return sum[:]
}

// checkoutUnder returns the account's checkout under the request's key, if any.
func (a *App) checkoutUnder(ctx context.Context, account billing.Account, c StartCheckout) (billing.CheckoutState, bool, error) {
	if c.IdempotencyKey == "" {
		return billing.CheckoutState{}, false, nil
	}
	state, known, err := a.reads.CheckoutByKey(ctx, account.ID, c.IdempotencyKey)
	switch {
	case err != nil:
		return billing.CheckoutState{}, false, fmt.Errorf("look up checkout by key: %w", err)
	case known && !bytes.Equal(state.RequestHash, requestHash(c, account.Organization)):
		return billing.CheckoutState{}, false, billing.ErrKeyReused
	}
	return state, known, nil
}

// offered returns a price that the organization can buy at.
func (a *App) offered(ctx context.Context, o billing.OrganizationID, priceID string) (billing.Price, billing.Plan, error) {
	price, plan, err := a.reads.Price(ctx, priceID)
	switch {
	case err != nil:
		return price, plan, err
	case price.Retired:
		return price, plan, billing.ErrPriceNotFound
	case price.Money.Amount == 0:
		return price, plan, billing.ErrFreePlan
	}
	holdings, err := a.reads.Holdings(ctx, []billing.OrganizationID{o})
	if err != nil {
		return price, plan, fmt.Errorf("read subscription of %s: %w", o, err)
	}
	for _, h := range holdings {
		switch {
		case h.Subscription.Status != billing.Active || !h.Subscription.InForceAt(a.clock.Now()):
		case h.Subscription.Plan == plan.Code:
			return price, plan, billing.ErrAlreadySubscribed
		default:
			return price, plan, billing.ErrPlanRunning
		}
	}
	return price, plan, nil
}

// begin writes the checkout before the provider is asked, so that a payment can
// never come for one that nobody knows.
func (a *App) begin(ctx context.Context, actor identityport.Actor, account billing.Account, c StartCheckout, holder string) (billing.CheckoutState, error) {
	now := a.clock.Now()
	checkout := billing.NewCheckout(billing.CheckoutState{
		ID: a.ids.New(), Account: account.ID, Price: c.PriceID, StartedBy: actor.UserID, Provider: a.gateway.Name(), Holder: holder,
		IdempotencyKey: c.IdempotencyKey, RequestHash: requestHash(c, account.Organization),
	}, now)
	state := checkout.State()
	err := a.retryOnConflict(func() error {
		return a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
			if err := a.expireOpen(ctx, s, account, actor, now); err != nil {
				return err
			}
			if err := s.Checkouts.Insert(ctx, checkout); err != nil {
				return err
			}
			return s.Audit.Append(ctx, a.entry(string(actor.UserID), "billing.checkout_started", "checkout:"+state.ID, actor.IP, now))
		})
	})
	if err != nil {
		return billing.CheckoutState{}, fmt.Errorf("start checkout %s: %w", state.ID, err)
	}
	return state, nil
}

// expireOpen makes room for a new checkout: the account's open one can be paid no more.
func (a *App) expireOpen(ctx context.Context, s billing.Stores, account billing.Account, actor identityport.Actor, now time.Time) error {
	before, err := s.Checkouts.OpenOf(ctx, account.ID)
	if errors.Is(err, billing.ErrCheckoutNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	seen := before.State()
	before.Settle(billing.Expired, now)
	if err := s.Checkouts.Update(ctx, before); err != nil {
		return err
	}
	payload, err := json.Marshal(expiredCheckout{ID: seen.ID})
	if err != nil {
		return err
	}
	if err := s.Jobs.Enqueue(ctx, jobs.Job{Kind: expireJob, Payload: payload, Unique: seen.ID}); err != nil {
		return err
	}
	return s.Audit.Append(ctx, a.entry(string(actor.UserID), "billing.checkout_expired", "checkout:"+seen.ID, actor.IP, now))
}

// expiredCheckout is the payload of the job that closes a checkout at its provider.
type expiredCheckout struct {
	ID string `json:"id"`
}

// expireAtProvider has a checkout that another took the place of paid no more.
func (a *App) expireAtProvider(ctx context.Context, payload []byte) error {
	var job expiredCheckout
	if err := json.Unmarshal(payload, &job); err != nil {
		return fmt.Errorf("expire checkout: decode %q: %w", payload, err)
	}
	if a.gateway == nil {
		return fmt.Errorf("expire checkout %s: %w", job.ID, billing.ErrNoProvider)
	}
	if err := a.gateway.ExpireCheckout(ctx, job.ID); err != nil {
		return fmt.Errorf("expire checkout %s at %s: %w", job.ID, a.gateway.Name(), err)
	}
	return nil
}

// conflicts is how many others may be ahead of a change before it gives up.
const conflicts = 20

// retryOnConflict does again what lost against another change of a checkout.
func (a *App) retryOnConflict(do func() error) (err error) {
	for range conflicts {
		if err = do(); !errors.Is(err, billing.ErrCheckoutChanged) {
			return err
		}
	}
	return err
}

// takeOver claims a checkout whose request ended before the provider's answer was
// kept: a holder of this process that has returned is lost at once, one of another
// process when its lease is over.
func (a *App) takeOver(ctx context.Context, id, holder string) (billing.CheckoutState, error) {
	state, err := a.changeCheckout(ctx, id, func(c *billing.Checkout) (bool, error) {
		return true, c.TakeOver(holder, a.holders.lost(c.State().Holder), a.clock.Now())
	})
	if errors.Is(err, billing.ErrCheckoutChanged) {
		err = billing.ErrKeyInFlight // another request took it over first
	}
	return state, err
}

// openCheckout asks the provider, outside any transaction, and keeps its answer.
func (a *App) openCheckout(ctx context.Context, state billing.CheckoutState, holder string, r billing.CheckoutRequest) (billing.CheckoutState, error) {
	asking, cancel := context.WithTimeout(ctx, billing.OpeningLease*4/5)
	defer cancel()
	page, err := a.gateway.OpenCheckout(asking, r)
	if err != nil {
		// The next request may try at once. If this is not written, a request in this
		// process may still, and any other when the lease is over.
		_, _ = a.changeCheckout(context.WithoutCancel(ctx), state.ID, func(c *billing.Checkout) (bool, error) {
			return c.Release(holder, a.clock.Now()), nil
		})
		return billing.CheckoutState{}, fmt.Errorf("open checkout %s at %s: %w", state.ID, a.gateway.Name(), err)
	}
	// A customer who is quick has paid before this is written, so it may have to be
	// written over what the webhook wrote.
	id := state.ID
	err = a.retryOnConflict(func() error {
		var err error
		state, err = a.changeCheckout(ctx, id, func(c *billing.Checkout) (bool, error) {
			return c.Offer(holder, page.Ref, page.URL, a.clock.Now()), nil
		})
		return err
	})
	switch {
	case err != nil:
		return billing.CheckoutState{}, err
	case state.Status == billing.Opening: // it was taken over while this request slept
		return billing.CheckoutState{}, billing.ErrKeyInFlight
	case state.Status == billing.Expired:
		return billing.CheckoutState{}, billing.ErrCheckoutExpired
	}
	return state, nil
}

func (a *App) changeCheckout(ctx context.Context, id string, do func(*billing.Checkout) (changed bool, err error)) (billing.CheckoutState, error) {
	var state billing.CheckoutState
	err := a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		checkout, err := s.Checkouts.ByID(ctx, id)
		if err != nil {
			return err
		}
		changed, err := do(checkout)
		if err != nil {
			return err
		}
		state = checkout.State()
		if !changed {
			return nil
		}
		return s.Checkouts.Update(ctx, checkout)
	})
	if err != nil {
		return billing.CheckoutState{}, fmt.Errorf("change checkout %s: %w", id, err)
	}
	return state, nil
}

// maxReturnTo bounds the path in a URL that is given to the provider, in bytes.
const maxReturnTo = 1000

// returnURL is where the provider sends the customer back to: the page of their
// subscription, which follows the checkout and knows where they came from.
func (a *App) returnURL(checkout, returnTo string) string {
	back := a.baseURL + "/billing?checkout=" + url.QueryEscape(checkout)
	if len(returnTo) > maxReturnTo || !localpath.Is(returnTo) {
		return back
	}
	return back + "&return_to=" + url.QueryEscape(returnTo)
}
