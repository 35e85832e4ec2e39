package billing

import (
	"time"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// CheckoutStatus is where a checkout stands.
type CheckoutStatus string

// The statuses.
const (
	Opening   CheckoutStatus = "opening" // the provider has not answered yet
	Pending   CheckoutStatus = "pending" // the customer is at the provider's page
	Completed CheckoutStatus = "completed"
	Declined  CheckoutStatus = "declined"
	Abandoned CheckoutStatus = "abandoned"
)

// CheckoutState is a checkout as a store keeps it. IdempotencyKey is unique
// within the account; RequestHash tells one request from another under one key.
type CheckoutState struct {
	ID             string
	Account        string
	Price          string // id
	StartedBy      identityport.UserID
	Provider       string
	ProviderRef    string
	URL            string // the provider's page
	IdempotencyKey string // empty: none given
	RequestHash    []byte
	Status         CheckoutStatus
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Version        int
}

// Checkout is one attempt to buy. Its state changes through its methods only.
type Checkout struct{ s CheckoutState }

// NewCheckout begins an attempt, before the provider is asked.
func NewCheckout(s CheckoutState, now time.Time) *Checkout {
	s.Status, s.CreatedAt, s.UpdatedAt, s.Version = Opening, now, now, 1
	return &Checkout{s: s}
}

// RestoreCheckout is for stores.
func RestoreCheckout(s CheckoutState) *Checkout { return &Checkout{s: s} }

// State returns a copy of what the checkout is.
func (c *Checkout) State() CheckoutState { return c.s }

// Offer records the page that the provider opened.
func (c *Checkout) Offer(providerRef, url string, now time.Time) {
	c.s.ProviderRef, c.s.URL = providerRef, url
	if c.s.Status == Opening {
		c.s.Status = Pending
	}
	c.touch(now)
}

// OpeningLease is how long one request may take to open the provider's page
// before another under the same key may take it up.
const OpeningLease = time.Minute

// TakeUp claims an opening that was left behind; ErrKeyInFlight while another
// request may still be at it.
func (c *Checkout) TakeUp(now time.Time) error {
	if c.s.Status != Opening || now.Before(c.s.UpdatedAt.Add(OpeningLease)) {
		return ErrKeyInFlight
	}
	c.touch(now)
	return nil
}

// Release gives the claim on an opening back, so that the next request under the
// key may take it up at once: the provider did not answer.
func (c *Checkout) Release() {
	if c.s.Status == Opening {
		c.touch(c.s.UpdatedAt.Add(-OpeningLease))
	}
}

// Settle records the outcome. Payment wins over what came before it: a customer
// whose card was declined may try again on the same page. It answers false when
// the outcome changes nothing.
func (c *Checkout) Settle(outcome CheckoutStatus, now time.Time) bool {
	if c.s.Status == Completed || c.s.Status == outcome {
		return false
	}
	c.s.Status = outcome
	c.touch(now)
	return true
}

func (c *Checkout) touch(now time.Time) {
	c.s.UpdatedAt = now
	c.s.Version++
}
