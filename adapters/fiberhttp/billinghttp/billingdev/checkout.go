//go:build !release

package billingdev

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/web/pages/billingpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

const checkoutPath = "/dev/sandbox/checkout/{token}"

// Checkout is what the sandbox was asked to charge.
type Checkout struct {
	ID        string
	PlanName  string
	Interval  billing.Interval
	Money     billing.Money
	Email     string
	ReturnURL string
}

// ErrCheckoutOver is in the chain of the fault by which a checkout is refused that was
// open once.
var ErrCheckoutOver = errors.New("billingdev: the checkout is over")

// Payments is the payment sandbox. Both methods fail with a fault of kind NotFound
// or Invalid for a token that is not one of the sandbox's, and with ErrCheckoutOver
// beside the checkout that it was.
type Payments interface {
	Open(ctx context.Context, token string) (Checkout, error)
	// Settle delivers the outcome ("paid", "declined", "abandoned") to the site's
	// webhook and returns when it was accepted.
	Settle(ctx context.Context, token, outcome string) (Checkout, error)
}

func (h *routes) checkout(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	c, err := h.Payments.Open(ctx, r.Param("token"))
	if errors.Is(err, ErrCheckoutOver) {
		return h.checkoutOver(r, c, err), nil
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return h.checkoutPage(r, c, billingpages.CheckoutOpen, "", http.StatusOK), nil
}

func (h *routes) checkoutPage(r *fiberhttp.Request, c Checkout, state billingpages.CheckoutState, trouble string, status int) fiberhttp.Reply {
	return fiberhttp.HTML(billingpages.Checkout(billingpages.CheckoutView{
		Page:  h.server.View(r, fiberhttp.View{Title: "Checkout", Robots: "noindex"}),
		State: state, Reference: c.ID, Merchant: h.server.SiteName(), PlanName: c.PlanName,
		Interval: billingpages.Interval(c.Interval), Amount: layout.Money{Amount: c.Money.Amount, Currency: string(c.Money.Currency)},
		Email: c.Email, Action: "/dev/sandbox/checkout/" + url.PathEscape(r.Param("token")), ReturnURL: c.ReturnURL, Error: trouble,
	})).Status(status)
}

// checkoutOver says why a checkout cannot be paid any more, and leads back.
func (h *routes) checkoutOver(r *fiberhttp.Request, c Checkout, err error) fiberhttp.Reply {
	var why string
	if f := fault.As(err); f != nil {
		why = f.Message
	}
	return h.checkoutPage(r, c, billingpages.CheckoutExpired, why, http.StatusGone)
}

var errOutcome = fault.New(fault.Invalid, "dev.invalid_outcome", `The outcome must be paid, declined or abandoned.`)

// settle takes the outcome from the page's form, or as JSON from a program.
func (h *routes) settle(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	token, outcome := r.Param("token"), r.Form("outcome")
	if r.IsJSON() {
		var in struct {
			Outcome string `json:"outcome"`
		}
		if err := json.Unmarshal(r.Body(), &in); err != nil {
			return fiberhttp.Reply{}, errOutcome
		}
		outcome = in.Outcome
	}
	switch outcome {
	case "paid", "declined", "abandoned":
	default:
		return fiberhttp.Reply{}, errOutcome
	}
	c, err := h.Payments.Settle(ctx, token, outcome)
	if r.IsJSON() {
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		body, err := json.Marshal(map[string]string{"return_url": c.ReturnURL})
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		return fiberhttp.Bytes("application/json", body), nil
	}
	if errors.Is(err, ErrCheckoutOver) {
		return h.checkoutOver(r, c, err), nil
	}
	if err != nil {
		if fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Invalid {
			return fiberhttp.Reply{}, err
		}
		open, gone := h.Payments.Open(ctx, token)
		if errors.Is(gone, ErrCheckoutOver) {
			return h.checkoutOver(r, open, gone), nil
		}
		if gone != nil {
			return fiberhttp.Reply{}, gone
		}
		return h.checkoutPage(r, open, billingpages.CheckoutOpen, "The shop could not be told of the payment. Try again.", http.StatusBadGateway), nil
	}
	if outcome == "declined" { // another card may do
		return h.checkoutPage(r, c, billingpages.CheckoutDeclined, "", http.StatusPaymentRequired), nil
	}
	return fiberhttp.Redirect(c.ReturnURL), nil
}
