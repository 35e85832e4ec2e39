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
	Expired   CheckoutStatus = "expired" // another took its place
)

// ranks orders the statuses: a checkout only goes up, so that where it ends does
// not depend on the order in which its events come.
var ranks = map[CheckoutStatus]int{Opening: 0, Pending: 1, Declined: 2, Abandoned: 3, Expired: 4, Completed: 5}

// Open reports whether the checkout can still be paid at the provider. An account
// has one open checkout at most.
func (s CheckoutState) Open() bool { return s.Status != Completed && s.Status != Expired }

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
	Holder         string // who is opening it; empty: nobody
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Version        int
}

// Checkout is one attempt to buy. Its state changes through its methods only. It remembers
// the version that it was loaded at, which a store writes the new one over.
type Checkout struct {
	s      CheckoutState
	loaded int
}

// NewCheckout begins an attempt, before the provider is asked; s.Holder has it.
func NewCheckout(s CheckoutState, now time.Time) *Checkout {
	s.Status, s.CreatedAt, s.UpdatedAt, s.Version = Opening, now, now, 1
	return RestoreCheckout(s)
}

// RestoreCheckout is a checkout that was loaded in the state s.
func RestoreCheckout(s CheckoutState) *Checkout { return &Checkout{s: s, loaded: s.Version} }

// LoadedVersion is the version before it was changed.
func (c *Checkout) LoadedVersion() int { return c.loaded }

// State returns a copy of what the checkout is.
func (c *Checkout) State() CheckoutState { return c.s }

// Offer records the page that the provider opened for holder. It answers false,
// and changes nothing, for one who lost the checkout to another meanwhile.
func (c *Checkout) Offer(holder, providerRef, url string, now time.Time) bool {
	if c.s.Holder != holder || c.s.Status == Expired {
		return false
	}
	c.s.ProviderRef, c.s.URL, c.s.Holder = providerRef, url, ""
	if c.s.Status == Opening {
		c.s.Status = Pending
	}
	c.touch(now)
	return true
}

// OpeningLease is how long a holder that nobody hears of may have a checkout
// before another request under the same key takes it over. A request gives up
// asking the provider before that.
const OpeningLease = 10 * time.Second

// TakeOver gives an opening to holder when its holder is lost: known to be, or
// past its lease. ErrKeyInFlight while another request may still be at it.
func (c *Checkout) TakeOver(holder string, lost bool, now time.Time) error {
	if c.s.Status != Opening || !lost && c.s.Holder != "" && now.Before(c.s.UpdatedAt.Add(OpeningLease)) {
		return ErrKeyInFlight
	}
	c.s.Holder = holder
	c.touch(now)
	return nil
}

// Release gives the hold on an opening back, so that the next request under the
// key takes it over at once: the provider did not answer. It answers false for one
// who has it no longer.
func (c *Checkout) Release(holder string, now time.Time) bool {
	if c.s.Status != Opening || c.s.Holder != holder {
		return false
	}
	c.s.Holder = ""
	c.touch(now)
	return true
}

// Settle records the outcome. Payment wins over everything: a customer whose card
// was declined may try again on the same page. It answers false when the outcome
// changes nothing.
func (c *Checkout) Settle(outcome CheckoutStatus, now time.Time) bool {
	if ranks[outcome] <= ranks[c.s.Status] {
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
