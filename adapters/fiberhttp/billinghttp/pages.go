package billinghttp

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/billingpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func (h *routes) pricing(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	plans, err := h.Billing.ListPlans(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	currencies := currenciesOf(plans)
	c := choice{interval: billing.Monthly, currency: "EUR", back: r.Query("return_to")}
	if len(currencies) > 0 && !slices.Contains(currencies, c.currency) {
		c.currency = currencies[0]
	}
	if billing.Interval(r.Query("interval")) == billing.Yearly {
		c.interval = billing.Yearly
	}
	if wanted := billing.Currency(r.Query("currency")); slices.Contains(currencies, wanted) {
		c.currency = wanted
	}
	if c.back != "" {
		c.back = localpath.OrRoot(c.back)
	}
	v := billingpages.PricingView{
		Page: h.server.View(r, fiberhttp.View{
			Title: "Plans", Description: "What it costs to read everything on " + h.server.SiteName() + ".",
			Nav: "/pricing", Canonical: "/pricing", OpenGraph: &layout.OpenGraph{},
		}),
		Intervals: []layout.Choice{
			{Label: "Monthly", URL: c.with(billing.Monthly, c.currency), Active: c.interval == billing.Monthly},
			{Label: "Yearly", URL: c.with(billing.Yearly, c.currency), Active: c.interval == billing.Yearly},
		},
		IdempotencyKeys: map[string]string{}, ReturnTo: c.back, Unavailable: h.PaymentsOff,
	}
	for _, currency := range currencies {
		v.Currencies = append(v.Currencies, layout.Choice{Label: string(currency), URL: c.with(c.interval, currency), Active: c.currency == currency})
	}
	current, running, err := h.planOf(ctx, r)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Running = running
	for _, p := range plans {
		offered := offer(p, c)
		offered.Current = p.Code == current
		v.Plans = append(v.Plans, offered)
		if offered.PriceID != "" && r.Actor.SignedIn() { // a visitor's page is everybody's
			v.IdempotencyKeys[offered.PriceID] = rand.Text()
		}
	}
	return fiberhttp.HTML(billingpages.Pricing(v)), nil
}

// choice is which of the prices the page shows.
type choice struct {
	interval billing.Interval
	currency billing.Currency
	back     string
}

func (c choice) with(i billing.Interval, currency billing.Currency) string {
	q := url.Values{"interval": {string(i)}, "currency": {string(currency)}}
	if c.back != "" {
		q.Set("return_to", c.back)
	}
	return "/pricing?" + q.Encode()
}

func currenciesOf(plans []billing.Plan) []billing.Currency {
	var out []billing.Currency
	for _, p := range plans {
		for _, price := range p.Prices {
			if !slices.Contains(out, price.Money.Currency) {
				out = append(out, price.Money.Currency)
			}
		}
	}
	slices.Sort(out)
	return out
}

func offer(p billing.Plan, c choice) billingpages.Plan {
	out := billingpages.Plan{
		Code: p.Code, Name: p.Name, Text: p.Summary, Features: features(p), Featured: p.Includes(billingport.ContentPaid),
	}
	for _, price := range p.Prices {
		if price.Interval == c.interval && price.Money.Currency == c.currency {
			out.Interval, out.Price = billingpages.Interval(price.Interval), money(price.Money)
			if price.Money.Amount > 0 {
				out.PriceID = price.ID
			}
		}
	}
	return out
}

// features says in words what a plan includes.
func features(p billing.Plan) []string {
	out := []string{"Every public post", "Posts for members, once you are signed in"}
	if p.Includes(billingport.ContentPaid) {
		out = append(out, "Every paid post in full")
	}
	if p.Includes(billingport.APIRequests) {
		out = append(out, "Ten times the requests with a personal access token")
	}
	return out
}

func money(m billing.Money) layout.Money {
	return layout.Money{Amount: m.Amount, Currency: string(m.Currency)}
}

// planOf returns the code of the viewer's plan, and whether it is in force so that
// no other can be bought; empty for a visitor or for none.
func (h *routes) planOf(ctx context.Context, r *fiberhttp.Request) (code string, running bool, err error) {
	if !r.Actor.SignedIn() {
		return "", false, nil
	}
	o, err := h.Billing.Overview(ctx, r.Actor, "")
	if errors.Is(err, billing.ErrAccountNotFound) {
		return "", false, nil // withheld from them for now, as with a second factor that they lack
	}
	if err != nil || o.Plan == nil {
		return "", false, err
	}
	return o.Plan.Code, o.Subscription != nil && o.Subscription.Status == billing.Active, nil
}

func (h *routes) checkout(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	c, err := h.Billing.StartCheckout(ctx, r.Actor, billingapp.StartCheckout{
		PriceID: r.Form("price_id"), IdempotencyKey: r.Form("idempotency_key"), ReturnTo: r.Form("return_to"),
	})
	switch {
	case errors.Is(err, billing.ErrAlreadySubscribed):
		return fiberhttp.Redirect("/billing"), nil
	case errors.Is(err, billing.ErrCheckoutExpired):
		return fiberhttp.Redirect("/pricing"), nil // the button of an old page: its key has had its checkout
	case err != nil:
		return fiberhttp.Reply{}, err
	}
	if c.Status == billing.Completed || c.URL == "" {
		return fiberhttp.Redirect("/billing"), nil // the button of an old page: it was paid meanwhile
	}
	return fiberhttp.Redirect(c.URL), nil
}

// awaited is how long after a checkout began it is told of that it did not work; another
// card may follow a declined one within secondTry. Whoever comes back from a checkout is
// told of it however long they took, and one that can be paid still is told of as well.
const (
	awaited   = 15 * time.Minute
	secondTry = 30 * time.Second
)

func (h *routes) billing(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	o, err := h.Billing.Overview(ctx, r.Actor, "")
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	// The checkout that they come from, which need not be the one begun last.
	back := false
	if id := r.Query("checkout"); id != "" {
		from, err := h.Billing.Checkout(ctx, r.Actor, id)
		switch {
		case err == nil:
			o.LatestCheckout, back = &from, true
		case !errors.Is(err, billing.ErrCheckoutNotFound):
			return fiberhttp.Reply{}, err
		}
	}
	v := billingpages.BillingView{Page: h.server.View(r, fiberhttp.View{Title: "Subscription", Robots: "noindex"})}
	if to := r.Query("return_to"); to != "" {
		v.ReturnTo = localpath.OrRoot(to)
	}
	follows := h.describe(&v, o, back)
	reply := fiberhttp.HTML(billingpages.Billing(v))
	if follows {
		reply = reply.Header("Refresh", "2") // works without script, and stops by itself
	}
	return reply, nil
}

// describe fills the page, and answers whether its checkout is not settled yet. back
// says that the person has just come from it.
func (h *routes) describe(v *billingpages.BillingView, o billingapp.Overview, back bool) (follows bool) {
	if s := o.Subscription; s != nil {
		v.State, v.PlanName = billingpages.Active, s.Plan
		if s.Status == billing.PastDue {
			v.State = billingpages.PastDue
		}
		v.Price, v.PeriodEnd = money(s.Money), s.PeriodEnd
		if o.Price != nil {
			v.Interval = billingpages.Interval(o.Price.Interval)
		}
		if o.Plan != nil {
			v.PlanName, v.Features = o.Plan.Name, features(*o.Plan)
		}
	}
	c, given := o.LatestCheckout, false
	for _, r := range o.Refunds {
		v.Refunds = append(v.Refunds, billingpages.Refund{AskedAt: r.CreatedAt, Amount: money(r.Money), Done: r.State == billing.Refunded})
		given = given || c != nil && r.Checkout == c.ID
	}
	now := h.Clock.Now()
	old := !back && c != nil && c.Status != billing.Pending && now.Sub(c.CreatedAt) > awaited
	// While a plan is in force nothing that was tried beside it matters any more.
	if c == nil || given || v.State == billingpages.Active || old ||
		o.Subscription != nil && !c.CreatedAt.After(o.Subscription.StartedAt) {
		return false
	}
	switch c.Status {
	case billing.Completed:
		if o.Subscription == nil {
			v.State = billingpages.Activating
			return true
		}
	case billing.Pending: // whether they have paid is not known
		if back && o.Subscription == nil {
			v.State = billingpages.Confirming
			return true
		}
		v.Attempt, v.CheckoutURL = billingpages.CheckoutOpen, c.URL
	case billing.Declined:
		v.Attempt = billingpages.CheckoutDeclined
		return back || now.Sub(c.UpdatedAt) < secondTry
	case billing.Abandoned:
		v.Attempt = billingpages.CheckoutAbandoned
	}
	return false
}
