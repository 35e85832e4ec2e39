package sandboxpay

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// CheckoutPath is the path under which a checkout's page is, before its token.
const CheckoutPath = "/dev/sandbox/checkout/"

// checkoutTTL is how long a checkout can be paid.
const checkoutTTL = 24 * time.Hour

// What can go wrong on the checkout page.
var (
	ErrUnknownCheckout = fault.New(fault.NotFound, "sandbox.checkout_unknown", "The sandbox has no such checkout. Choose a plan again.")
	ErrClosedCheckout  = fault.New(fault.NotFound, "sandbox.checkout_closed", "Another checkout took the place of this one. Nothing was charged here; choose a plan again.")
	ErrExpiredCheckout = fault.New(fault.NotFound, "sandbox.checkout_expired", "This checkout was not used within a day. Choose a plan again.")
)

// Session is an open checkout.
type Session struct {
	Checkout  string // the site's id for it
	Ref       string // the sandbox's id for it
	PlanName  string
	Interval  billing.Interval
	Money     billing.Money
	Email     string
	ReturnURL string
	ExpiresAt time.Time
}

// request is what a token carries.
type request struct {
	Checkout    string           `json:"c"`
	PlanName    string           `json:"p"`
	Interval    billing.Interval `json:"i"`
	Amount      int64            `json:"a"`
	Currency    billing.Currency `json:"u"`
	Email       string           `json:"e"`
	ReturnURL   string           `json:"r"`
	RequestedAt time.Time        `json:"t"`
}

// OpenCheckout implements billing.PaymentGateway. It asks nobody, so it does not
// fail.
func (g *Gateway) OpenCheckout(_ context.Context, r billing.CheckoutRequest) (billing.CheckoutPage, error) {
	payload, err := json.Marshal(request{
		Checkout: r.Checkout, PlanName: r.PlanName, Interval: r.Interval, Amount: r.Money.Amount, Currency: r.Money.Currency,
		Email: r.Email, ReturnURL: r.ReturnURL, RequestedAt: r.RequestedAt.UTC(),
	})
	if err != nil {
		return billing.CheckoutPage{}, fmt.Errorf("sandboxpay: open checkout %s: %w", r.Checkout, err)
	}
	return billing.CheckoutPage{Ref: g.keys[0].ref(r.Checkout), URL: g.baseURL + CheckoutPath + g.keys[0].token(payload)}, nil
}

// Open returns the checkout that a token carries. It fails with ErrUnknownCheckout
// for a token that is not the sandbox's. With ErrExpiredCheckout, and with
// ErrClosedCheckout for one that the site has expired, it returns the checkout all the
// same: it says where to go on.
func (g *Gateway) Open(token string) (Session, error) {
	s, _, err := g.open(token)
	return s, err
}

// open also returns the key under which the token was made: from it the ids are
// derived, so that a rotation changes none.
func (g *Gateway) open(token string) (Session, key, error) {
	payload, k, ok := g.unseal(token)
	if !ok {
		return Session{}, key{}, ErrUnknownCheckout
	}
	var r request
	if err := json.Unmarshal(payload, &r); err != nil {
		return Session{}, key{}, ErrUnknownCheckout
	}
	s := Session{
		Checkout: r.Checkout, Ref: k.ref(r.Checkout), PlanName: r.PlanName, Interval: r.Interval,
		Money: billing.Money{Amount: r.Amount, Currency: r.Currency},
		Email: r.Email, ReturnURL: r.ReturnURL, ExpiresAt: r.RequestedAt.Add(checkoutTTL),
	}
	if !g.clock.Now().Before(s.ExpiresAt) {
		return s, key{}, ErrExpiredCheckout
	}
	_, closed, err := g.facts.get(factName(Expire, r.Checkout))
	if err != nil {
		return Session{}, key{}, err
	}
	if closed {
		return s, key{}, ErrClosedCheckout
	}
	return s, k, nil
}

func (k key) ref(checkout string) string          { return k.derive("chk_", checkout) }
func (k key) subscription(checkout string) string { return k.derive("sub_", checkout) }

// token signs a payload; what it carries can be read and not changed.
func (k key) token(payload []byte) string {
	return base64.RawURLEncoding.EncodeToString(payload) + "." +
		base64.RawURLEncoding.EncodeToString(mac(k.seal, "token "+string(payload)))
}

func (g *Gateway) unseal(token string) ([]byte, key, bool) {
	body, signature, found := strings.Cut(token, ".")
	if !found || len(token) > 8<<10 {
		return nil, key{}, false
	}
	payload, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil {
		return nil, key{}, false
	}
	claimed, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil {
		return nil, key{}, false
	}
	for _, k := range g.keys {
		if hmac.Equal(claimed, mac(k.seal, "token "+string(payload))) {
			return payload, k, true
		}
	}
	return nil, key{}, false
}
