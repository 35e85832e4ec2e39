// Package billinghttp is billing over HTTP: the pages of plans and of one's own
// subscription, the way to a provider's checkout, its webhooks, and the API.
//
// It promises that buying works without script, that a button pressed twice buys
// once, and that a webhook's body reaches its verification byte for byte.
package billinghttp

import (
	"context"
	"net/http"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// UseCases is what the routes ask of billing.
type UseCases interface {
	ListPlans(ctx context.Context) ([]billing.Plan, error)
	StartCheckout(ctx context.Context, actor identityport.Actor, c billingapp.StartCheckout) (billing.CheckoutState, error)
	Overview(ctx context.Context, actor identityport.Actor, org billing.OrganizationID) (billingapp.Overview, error)
	Checkout(ctx context.Context, actor identityport.Actor, id string) (billing.CheckoutState, error)
	EntitlementsOf(ctx context.Context, actor identityport.Actor) ([]billing.Entitlement, error)
	ReceiveWebhook(ctx context.Context, provider string, header map[string][]string, body []byte) error
}

var _ UseCases = (*billingapp.App)(nil)

// Deps is what the routes need. PaymentsOff says on the page of plans that nothing
// can be bought: no provider is set up.
type Deps struct {
	Billing     UseCases
	Clock       clock.Clock
	PaymentsOff bool `deps:"optional"`
}

type routes struct {
	Deps
	server *fiberhttp.Server
}

const maxWebhook = 256 << 10

// Register adds billing's routes. It fails when a dependency is missing.
func Register(s *fiberhttp.Server, d Deps) error {
	if err := s.Require("billinghttp", d); err != nil {
		return err
	}
	h := &routes{Deps: d, server: s}
	s.Page(http.MethodGet, "/pricing", fiberhttp.Public(), h.pricing, fiberhttp.Cached(planTags, "interval", "currency"))
	s.Page(http.MethodPost, "/billing/checkout", fiberhttp.SignedIn(), h.checkout)
	s.Page(http.MethodGet, "/billing", fiberhttp.SignedIn(), h.billing)
	s.Page(http.MethodPost, "/webhooks/{provider}", fiberhttp.Public(), h.webhook,
		fiberhttp.Program(), fiberhttp.Unlimited(), fiberhttp.MaxBody(maxWebhook), fiberhttp.CrossOrigin("signed by the payment provider"))
	h.api()
	return nil
}

func planTags(*fiberhttp.Request) []string { return []string{billing.TagPlans} }

func (h *routes) webhook(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if err := h.Billing.ReceiveWebhook(ctx, r.Param("provider"), r.HTTPHeader(), r.Body()); err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.NoContent(), nil
}
