package billinghttp

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
)

// Price is what a plan costs, in minor units of the currency.
type Price struct {
	ID       string `json:"id" format:"uuid"`
	Interval string `json:"interval" enum:"month,year"`
	Amount   int64  `json:"amount" doc:"In minor units: 1200 EUR is 12 euro."`
	Currency string `json:"currency" doc:"ISO 4217." example:"EUR"`
}

// Plan is something that is sold.
type Plan struct {
	Code         string   `json:"code" example:"pro"`
	Name         string   `json:"name"`
	Summary      string   `json:"summary"`
	Entitlements []string `json:"entitlements" nullable:"false"`
	Prices       []Price  `json:"prices" nullable:"false"`
}

// Plans lists what is sold.
type Plans struct {
	Items      []Plan  `json:"items" nullable:"false"`
	NextCursor *string `json:"next_cursor"`
}

// Entitlements lists what a person may use.
type Entitlements struct {
	Items      []string `json:"items" nullable:"false"`
	NextCursor *string  `json:"next_cursor"`
}

// NewCheckout asks to buy.
type NewCheckout struct {
	PriceID        string `json:"price_id" validate:"required,max=64"`
	OrganizationID string `json:"organization_id,omitempty" validate:"max=64" doc:"Who pays; absent: the personal organization."`
	ReturnTo       string `json:"return_to,omitempty" validate:"max=1000" doc:"Path of this site to go on from after the payment."`
}

// Checkout is where to pay.
type Checkout struct {
	ID          string `json:"id" format:"uuid"`
	CheckoutURL string `json:"checkout_url" format:"uri"`
	Status      string `json:"status"`
}

// Money is an amount in minor units.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Subscription is what an organization has bought. Without a plan in force its
// status is "none", and what tells of one is null.
type Subscription struct {
	OrganizationID string     `json:"organization_id" format:"uuid"`
	Status         string     `json:"status" enum:"none,active,past_due"`
	PlanCode       *string    `json:"plan_code"`
	Price          *Money     `json:"price"`
	StartedAt      *time.Time `json:"started_at"`
	PeriodEnd      *time.Time `json:"period_end"`
	Refunds        []Refund   `json:"refunds" nullable:"false" doc:"Payments that are given back, newest first."`
	LatestCheckout *string    `json:"latest_checkout" doc:"Status of the last attempt to buy."`
}

// Refund is a payment that is given back because it bought nothing.
type Refund struct {
	ID        string    `json:"id" format:"uuid"`
	Amount    Money     `json:"amount"`
	Status    string    `json:"status" enum:"pending,refunded"`
	CreatedAt time.Time `json:"created_at"`
}

func (h *routes) api() {
	s := h.server
	type plans struct{ Body Plans }
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{
		OperationID: "list-plans", Method: http.MethodGet, Path: "/billing/plans", Tags: []string{"billing"}, Summary: "What is sold",
	}, func(ctx context.Context, _ *struct{}) (*plans, error) {
		list, err := h.plans(ctx)
		return &plans{Body: list}, err
	}, fiberhttp.CachedRead(planTags, func(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
		list, err := h.plans(ctx)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		return fiberhttp.JSON(list)
	}), fiberhttp.ByClass(fiberhttp.SameForAll))

	type newCheckout struct {
		IdempotencyKey string `header:"Idempotency-Key" doc:"1 to 200 printable ASCII characters. The same request under it is done once; another is refused with 422, one under way with 409. While a plan is in force the answer is 409 billing.plan_running, or billing.already_subscribed for that plan."`
		Body           NewCheckout
	}
	type checkout struct{ Body Checkout }
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "start-checkout", Method: http.MethodPost, Path: "/billing/checkout", Tags: []string{"billing"},
		Summary: "Open the page on which to pay", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, in *newCheckout) (*checkout, error) {
		c, err := h.Billing.StartCheckout(ctx, fiberhttp.ActorFrom(ctx), billingapp.StartCheckout{
			PriceID: in.Body.PriceID, Organization: billing.OrganizationID(in.Body.OrganizationID),
			IdempotencyKey: in.IdempotencyKey, ReturnTo: in.Body.ReturnTo,
		})
		if err != nil {
			return nil, err
		}
		return &checkout{Body: Checkout{ID: c.ID, CheckoutURL: c.URL, Status: string(c.Status)}}, nil
	})

	type organization struct {
		Organization string `query:"organization_id" maxLength:"64" doc:"Absent: the personal organization."`
	}
	type subscription struct{ Body Subscription }
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "get-subscription", Method: http.MethodGet, Path: "/billing/subscription", Tags: []string{"billing"}, Summary: "What an organization has bought",
	}, func(ctx context.Context, in *organization) (*subscription, error) {
		o, err := h.Billing.Overview(ctx, fiberhttp.ActorFrom(ctx), billing.OrganizationID(in.Organization))
		if err != nil {
			return nil, err
		}
		return &subscription{Body: subscribed(o)}, nil
	})

	type entitlements struct{ Body Entitlements }
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "list-entitlements", Method: http.MethodGet, Path: "/billing/entitlements", Tags: []string{"billing"}, Summary: "What one may use",
	}, func(ctx context.Context, _ *struct{}) (*entitlements, error) {
		held, err := h.Billing.EntitlementsOf(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		return &entitlements{Body: Entitlements{Items: names(held)}}, nil
	})
}

func (h *routes) plans(ctx context.Context) (Plans, error) {
	list, err := h.Billing.ListPlans(ctx)
	if err != nil {
		return Plans{}, err
	}
	out := Plans{Items: []Plan{}}
	for _, p := range list {
		plan := Plan{Code: p.Code, Name: p.Name, Summary: p.Summary, Entitlements: names(p.Entitlements), Prices: []Price{}}
		for _, price := range p.Prices {
			plan.Prices = append(plan.Prices, Price{
				ID: price.ID, Interval: string(price.Interval), Amount: price.Money.Amount, Currency: string(price.Money.Currency),
			})
		}
		out.Items = append(out.Items, plan)
	}
	return out, nil
}

func subscribed(o billingapp.Overview) Subscription {
	out := Subscription{OrganizationID: string(o.Organization), Status: "none", Refunds: []Refund{}}
	for _, r := range o.Refunds {
		out.Refunds = append(out.Refunds, Refund{
			ID: r.ID, Amount: Money{Amount: r.Money.Amount, Currency: string(r.Money.Currency)}, Status: string(r.State), CreatedAt: r.CreatedAt,
		})
	}
	if c := o.LatestCheckout; c != nil {
		status := string(c.Status)
		out.LatestCheckout = &status
	}
	if s := o.Subscription; s != nil {
		out.Status, out.PlanCode = string(s.Status), &s.Plan
		out.Price = &Money{Amount: s.Money.Amount, Currency: string(s.Money.Currency)}
		out.StartedAt, out.PeriodEnd = &s.StartedAt, &s.PeriodEnd
	}
	return out
}

func names(list []billing.Entitlement) []string {
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, string(e))
	}
	return out
}
