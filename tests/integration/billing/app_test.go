package billing_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/payments/sandboxpay"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// testApp is billing's use cases on a real store and the real sandbox, with what
// tests look at.
type testApp struct {
	app     *billingapp.App
	deps    billingapp.Deps
	clock   *clock.Adjustable
	cache   *fixture.FailingCache
	sandbox *sandboxpay.Gateway
	gateway *fakeGateway
	people  *fakeDirectory
	mails   *fixture.Mails
	ledger  *billingLedger
}

// newTestApp builds the use cases as the wiring does, with three plans to sell.
func newTestApp(t *testing.T, db *entstore.DB) *testApp {
	t.Helper()
	deps := fixture.BillingDeps(t, db)
	b := &testApp{
		clock:   deps.Clock.(*clock.Adjustable),
		cache:   &fixture.FailingCache{Cache: deps.Cache},
		sandbox: deps.Gateway.(*sandboxpay.Gateway),
		people:  &fakeDirectory{people: map[identityport.OrganizationID]identityport.Person{}},
		mails:   deps.Mail.(*fixture.Mails),
		ledger:  &billingLedger{UnitOfWork: deps.UnitOfWork},
	}
	b.cache.Follow(db)
	b.gateway = &fakeGateway{PaymentGateway: b.sandbox}
	deps.UnitOfWork, deps.Gateway, deps.People, deps.Cache = b.ledger, b.gateway, b.people, b.cache
	b.deps = deps
	var err error
	if b.app, err = billingapp.New(b.deps); err != nil {
		t.Fatal(err)
	}
	for _, p := range []billing.Plan{
		plan("free", 1, 0), plan("member", 2, 400), plan("pro", 3, 1200, billingport.ContentPaid),
	} {
		if err := b.app.PutPlan(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func plan(code string, position int, month int64, entitlements ...billing.Entitlement) billing.Plan {
	names := map[string]string{"free": "Free", "member": "Member", "pro": "Pro"}
	return billing.Plan{
		Code: code, Name: names[code], Position: position, Entitlements: entitlements,
		Prices: []billing.Price{
			{Interval: billing.Monthly, Money: billing.Money{Amount: month, Currency: "EUR"}},
			{Interval: billing.Yearly, Money: billing.Money{Amount: 10 * month, Currency: "EUR"}},
		},
	}
}

// fakeGateway is a gateway that can be away, or slow.
type fakeGateway struct {
	billing.PaymentGateway
	mu     sync.Mutex
	away   bool
	hold   chan struct{} // not nil: opening waits until it is closed
	opened int
}

func (m *fakeGateway) OpenCheckout(ctx context.Context, r billing.CheckoutRequest) (billing.CheckoutPage, error) {
	m.mu.Lock()
	m.opened++
	away, hold := m.away, m.hold
	m.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if away {
		return billing.CheckoutPage{}, billing.ErrProviderAway
	}
	return m.PaymentGateway.OpenCheckout(ctx, r)
}

func (m *fakeGateway) set(f func(*fakeGateway)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m)
}

// fakeDirectory knows who owns an organization.
type fakeDirectory struct {
	mu     sync.Mutex
	people map[identityport.OrganizationID]identityport.Person
}

func (d *fakeDirectory) Person(_ context.Context, id identityport.UserID) (identityport.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.people {
		if p.ID == id {
			return p, nil
		}
	}
	return identityport.Person{}, identity.ErrUserNotFound
}

func (d *fakeDirectory) BillingContact(_ context.Context, id identityport.OrganizationID) (identityport.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, known := d.people[id]; known {
		return p, nil
	}
	return identityport.Person{}, identity.ErrOrganizationAbsent
}

func (d *fakeDirectory) put(o identityport.OrganizationID, p identityport.Person) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people[o] = p
}

// billingLedger is a unit of work that remembers what committed transactions wrote
// besides rows.
type billingLedger struct {
	billing.UnitOfWork
	fixture.Ledger
	blink atomic.Pointer[func() error]       // not nil: asked before every transaction
	kill  atomic.Pointer[func(at int) error] // not nil: asked before (1), at the end of (2) and after (3) every transaction
}

func (l *billingLedger) Do(ctx context.Context, fn func(context.Context, billing.Stores) error) error {
	if blink := l.blink.Load(); blink != nil {
		if err := (*blink)(); err != nil {
			return err
		}
	}
	at := func(step int) error {
		if kill := l.kill.Load(); kill != nil {
			return (*kill)(step)
		}
		return nil
	}
	if err := at(1); err != nil {
		return err
	}
	var page fixture.Ledger
	err := l.UnitOfWork.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		page = fixture.Ledger{} // one that was rolled back wrote nothing
		s.Events = fixture.Writing{Writer: s.Events, Page: &page}
		s.Audit = fixture.Appending{Trail: s.Audit, Page: &page}
		s.Jobs = fixture.Queueing{Enqueuer: s.Jobs, Page: &page}
		if err := fn(ctx, s); err != nil {
			return err
		}
		return at(2)
	})
	if err == nil {
		l.Add(&page)
		err = at(3)
	}
	return err
}

// customer is somebody whom the directory knows.
func (b *testApp) customer(name string) identityport.Actor {
	who := fixture.NewActor(name)
	b.people.put(who.PersonalOrganization(), identityport.Person{ID: who.UserID, Name: who.Name, Email: who.Email})
	return who
}

func (b *testApp) price(t *testing.T, code string, interval billing.Interval) billing.Price {
	t.Helper()
	plans, err := b.app.ListPlans(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, plan := range plans {
		for _, price := range plan.Prices {
			if plan.Code == code && price.Interval == interval {
				return price
			}
		}
	}
	t.Fatalf("%s is not sold by the %s", code, interval)
	return billing.Price{}
}

func (b *testApp) start(t *testing.T, who identityport.Actor, code string) billing.CheckoutState {
	t.Helper()
	c, err := b.app.StartCheckout(t.Context(), who, billingapp.StartCheckout{PriceID: b.price(t, code, billing.Monthly).ID})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// receive delivers an event as the sandbox does.
func (b *testApp) receive(t *testing.T, e billing.GatewayEvent) error {
	t.Helper()
	if e.OccurredAt.IsZero() {
		e.OccurredAt = b.clock.Now()
	}
	header, body, err := b.sandbox.Delivery(e)
	if err != nil {
		t.Fatal(err)
	}
	return b.app.ReceiveWebhook(t.Context(), sandboxpay.Name, header, body)
}

// work runs the jobs of one kind that were queued and not run before.
func (b *testApp) work(t *testing.T, kind string) error {
	t.Helper()
	var all []error
	for _, j := range b.ledger.Take(kind) {
		all = append(all, b.run(t, j))
	}
	return errors.Join(all...)
}

func (b *testApp) run(t *testing.T, j jobs.Job) error {
	t.Helper()
	for _, h := range b.app.JobHandlers() {
		if h.Kind == j.Kind {
			return h.Run(t.Context(), j.Payload)
		}
	}
	t.Fatalf("nobody does %s", j.Kind)
	return nil
}

// owed is what is not made good at the provider yet.
func (b *testApp) owed(t *testing.T) []billing.Refund {
	t.Helper()
	owed, err := b.app.PendingRefunds(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return owed
}

const (
	applyWebhook = "billing.apply_webhook"
	endDue       = "billing.end_due"
	mailReceipt  = "billing.mail_receipt"
)

// hear receives an event and applies it.
func (b *testApp) hear(t *testing.T, e billing.GatewayEvent) {
	t.Helper()
	if err := b.receive(t, e); err != nil {
		t.Fatal(err)
	}
	if err := b.work(t, applyWebhook); err != nil {
		t.Fatal(err)
	}
}

func paid(c billing.CheckoutState) billing.GatewayEvent {
	return billing.GatewayEvent{ID: "evt_paid_" + c.ID, Kind: billing.CheckoutPaid, Checkout: c.ID, Subscription: "sub_" + c.ID}
}

func declined(c billing.CheckoutState) billing.GatewayEvent {
	return billing.GatewayEvent{ID: "evt_declined_" + c.ID, Kind: billing.CheckoutDeclined, Checkout: c.ID}
}

// buy has somebody pay for a plan.
func (b *testApp) buy(t *testing.T, who identityport.Actor, code string) billing.CheckoutState {
	t.Helper()
	c := b.start(t, who, code)
	b.hear(t, paid(c))
	return c
}

func (b *testApp) entitled(t *testing.T, who identityport.Actor) bool {
	t.Helper()
	ok, err := b.app.Entitled(t.Context(), who.Organizations, billingport.ContentPaid)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func (b *testApp) overview(t *testing.T, who identityport.Actor) billingapp.Overview {
	t.Helper()
	o, err := b.app.Overview(t.Context(), who, "")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

var (
	activatedEvent = billingport.SubscriptionActivated{}.EventName()
	endedEvent     = billingport.SubscriptionEnded{}.EventName()
)
