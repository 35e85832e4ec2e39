package billing_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/neoforge-dev/neoforge/adapters/payments/sandboxpay"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
	"github.com/neoforge-dev/neoforge/web/docs"
)

// TestBillingOnBothDatabases tells the stories of billing on every database.
func TestBillingOnBothDatabases(t *testing.T) {
	t.Parallel()
	stories := map[string]func(t *testing.T, b *testApp){
		"a plan raises the requests of its organization":      raisesRequestsOfTheOrganization,
		"who pays is entitled, and nobody else":               paysAndIsEntitled,
		"one key is one request":                              oneKeyOneRequest,
		"many requests under one key make one checkout":       keyRace,
		"an opening that hangs is taken over after its lease": hangingOpening,
		"a key is free at once when the database has blinked": databaseBlinks,
		"an account has one open checkout":                    oneOpenCheckout,
		"checkouts begun at once leave one open":              openCheckoutRace,
		"a provider that is away can be tried again at once":  providerAway,
		"what cannot be bought is said":                       cannotBuy,
		"a plan that is in force is not sold twice":           notSoldTwice,
		"an organization is charged by its members only":      membersOnly,
		"the way back stays on this site":                     wayBack,
		"a webhook is kept only when its provider signed it":  signedWebhooks,
		"payment wins whatever the order":                     paymentWins,
		"a webhook about nothing is recorded and left":        aboutNothing,
		"a renewal that overtakes its payment waits for it":   overtakingRenewal,
		"a subscription follows its provider":                 followsProvider,
		"a payment beside a plan in force is given back":      anotherPlan,
		"two payments at once leave one plan in force":        twoPaymentsAtOnce,
		"a refund is asked for until it holds":                refundsAreQueuedAgain,
		"a late plan that is bought anew ends everywhere":     lateIsPaidAgain,
		"an event that missed its payment is applied later":   missedPayment,
		"webhooks converge in every order with kills between": webhooksConverge,
		"a checkout is honoured at the price it began at":     retiredPrice,
		"a plan that is not renewed ends after its grace":     notRenewed,
		"a gift is in force without a receipt":                gift,
		"a gift that is given at once is given once":          giftAtOnce,
		"a plan put twice keeps its prices":                   putTwice,
		"a faulty plan is refused with its faults":            faultyPlan,
		"a receipt is queued once and sent to who pays":       receipts,
		"an account is opened once for who registers":         accountOpened,
		"an erased person's accounts are closed":              accountsClosed,
		"what is cached is emptied by the note at the latest": entitlementCache,
		"the export has every account":                        billingExport,
		"events shuffled and repeated take effect once each":  shuffledEvents,
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for title, story := range stories {
				t.Run(title, func(t *testing.T) {
					t.Parallel()
					story(t, newTestApp(t, open(t)))
				})
			}
		})
	}
}

func TestNew_NamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := billingapp.New(billingapp.Deps{})
	for _, name := range []string{"UnitOfWork", "Reads", "People", "Mail", "Templates", "Cache", "Clock", "IDs", "BaseURL"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

// The limit of requests is raised for the organization that pays, whichever member asks and
// whatever else they belong to, by the figure that the documentation gives.
func raisesRequestsOfTheOrganization(t *testing.T, b *testApp) {
	cleo, dan := b.customer("Cleo"), b.customer("Dan")
	b.buy(t, cleo, "pro")
	if o, _, ok, err := b.app.RequestLimit(t.Context(), cleo); ok || err != nil {
		t.Errorf("raised for %q by a plan that does not say so: %v", o, err)
	}
	if err := b.app.PutPlan(t.Context(), plan("pro", 3, 1200, billingport.ContentPaid, billingport.APIRequests)); err != nil {
		t.Fatal(err)
	}
	if o, _, ok, err := b.app.RequestLimit(t.Context(), dan); ok || err != nil {
		t.Errorf("raised for %q, who has nothing: %v", o, err)
	}
	dan.Organizations = append(dan.Organizations, cleo.PersonalOrganization())
	text, err := fs.ReadFile(docs.FS, "api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []identityport.Actor{cleo, dan} {
		o, limit, ok, err := b.app.RequestLimit(t.Context(), who)
		if !ok || err != nil || o != cleo.PersonalOrganization() || limit != (ratelimit.Limit{Count: 6000, Per: time.Minute}) || !strings.Contains(string(text), "| 6,000 a minute |") {
			t.Errorf("%s: %q %+v %t, %v", who.Name, o, limit, ok, err)
		}
	}
}

func paysAndIsEntitled(t *testing.T, b *testApp) {
	cleo, dan := b.customer("Cleo"), b.customer("Dan")
	c := b.start(t, cleo, "pro")
	if c.Status != billing.Pending || !strings.HasPrefix(c.URL, "http://localhost:8080/dev/sandbox/checkout/") {
		t.Errorf("started %+v", c)
	}
	if b.entitled(t, cleo) {
		t.Error("entitled before the payment")
	}
	if o := b.overview(t, cleo); o.Plan != nil || o.Subscription != nil || o.LatestCheckout == nil || o.LatestCheckout.ID != c.ID {
		t.Errorf("overview before the payment: %+v", o)
	}
	b.hear(t, paid(c))
	if !b.entitled(t, cleo) {
		t.Error("not entitled after the payment")
	}
	if b.entitled(t, dan) || b.entitled(t, identityport.Actor{}) {
		t.Error("somebody else is entitled")
	}
	o := b.overview(t, cleo)
	if o.Plan == nil || o.Plan.Code != "pro" || o.Price == nil || o.Price.Interval != billing.Monthly ||
		o.Subscription.Status != billing.Active || o.LatestCheckout.Status != billing.Completed {
		t.Fatalf("overview after the payment: %+v", o)
	}
	held, err := b.app.EntitlementsOf(t.Context(), cleo)
	if err != nil || !reflect.DeepEqual(held, []billing.Entitlement{billingport.ContentPaid}) {
		t.Errorf("entitlements: %v, %v", held, err)
	}
	if held, err := b.app.EntitlementsOf(t.Context(), dan); err != nil || held == nil || len(held) != 0 {
		t.Errorf("entitlements of somebody else: %v, %v", held, err)
	}
	published := b.ledger.Published(activatedEvent)
	if len(published) != 1 {
		t.Fatalf("told %d times", len(published))
	}
	// The publisher and its subscribers are held to the same JSON.
	want := fixture.GoldenEvent(t, activatedEvent, activatedFile,
		"0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c11", o.Subscription.ID, fixture.GoldenOrganization, string(cleo.PersonalOrganization()))
	if have, want := decodeActivated(t, published[0]), decodeActivated(t, want); !reflect.DeepEqual(have, want) {
		t.Errorf("told %+v, want %+v", have, want)
	}
	for _, action := range []string{"billing.checkout_started", "billing.checkout_completed", "billing.subscription_activated"} {
		if n := len(b.ledger.Did(action)); n != 1 {
			t.Errorf("%s: %d times", action, n)
		}
	}
}

const (
	activatedFile = "ports/billingport/testdata/subscription_activated.v1.golden.json"
	endedFile     = "ports/billingport/testdata/subscription_ended.v1.golden.json"
)

func decodeActivated(t *testing.T, e events.Event) billingport.SubscriptionActivated {
	t.Helper()
	p, err := events.Decode[billingport.SubscriptionActivated](e)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func oneKeyOneRequest(t *testing.T, b *testApp) {
	cleo, dan := b.customer("Cleo"), b.customer("Dan")
	pro := billingapp.StartCheckout{PriceID: b.price(t, "pro", billing.Monthly).ID, IdempotencyKey: "key 1"}
	first, err := b.app.StartCheckout(t.Context(), cleo, pro)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.app.StartCheckout(t.Context(), cleo, pro)
	if err != nil || again.ID != first.ID || again.URL != first.URL {
		t.Errorf("again: %+v, %v, want %+v", again, err, first)
	}
	other := pro
	other.PriceID = b.price(t, "member", billing.Monthly).ID
	if _, err := b.app.StartCheckout(t.Context(), cleo, other); !errors.Is(err, billing.ErrKeyReused) {
		t.Errorf("another request under the key: %v", err)
	}
	if his, err := b.app.StartCheckout(t.Context(), dan, pro); err != nil || his.ID == first.ID {
		t.Errorf("somebody else under the key: %+v, %v", his, err)
	}
	b.hear(t, paid(first))
	if done, err := b.app.StartCheckout(t.Context(), cleo, pro); err != nil || done.ID != first.ID || done.Status != billing.Completed {
		t.Errorf("after the payment: %+v, %v", done, err)
	}
	for _, key := range []string{strings.Repeat("k", 201), "a\nb", "schlüssel", "\x00"} {
		pro.IdempotencyKey = key
		if _, err := b.app.StartCheckout(t.Context(), dan, pro); !errors.Is(err, billing.ErrKeyInvalid) {
			t.Errorf("%.20q: %v", key, err)
		}
	}
	pro.IdempotencyKey = ""
	one, err1 := b.app.StartCheckout(t.Context(), dan, pro)
	two, err2 := b.app.StartCheckout(t.Context(), dan, pro)
	if err := errors.Join(err1, err2); err != nil || one.ID == two.ID {
		t.Errorf("without a key: %s and %s, %v", one.ID, two.ID, err)
	}
}

func keyRace(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	c := billingapp.StartCheckout{PriceID: b.price(t, "pro", billing.Monthly).ID, IdempotencyKey: "race"}
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]int{}
	for range 8 {
		wg.Go(func() {
			state, err := b.app.StartCheckout(t.Context(), cleo, c)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				ids[state.ID]++
			case !errors.Is(err, billing.ErrKeyInFlight):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || b.gateway.opened != 1 {
		t.Errorf("checkouts %v, opened %d times", ids, b.gateway.opened)
	}
}

func hangingOpening(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	c := billingapp.StartCheckout{PriceID: b.price(t, "pro", billing.Monthly).ID, IdempotencyKey: "slow"}
	hold := make(chan struct{})
	began := make(chan struct{})
	b.gateway.set(func(m *fakeGateway) { m.hold = hold })
	done := make(chan billing.CheckoutState)
	go func() {
		close(began)
		state, err := b.app.StartCheckout(t.Context(), cleo, c)
		if err != nil {
			t.Error(err)
		}
		done <- state
	}()
	<-began
	if !eventually(t, func() bool { b.gateway.mu.Lock(); defer b.gateway.mu.Unlock(); return b.gateway.opened == 1 }) {
		t.Fatal("the first request never asked the provider")
	}
	b.gateway.set(func(m *fakeGateway) { m.hold = nil })
	if _, err := b.app.StartCheckout(t.Context(), cleo, c); !errors.Is(err, billing.ErrKeyInFlight) {
		t.Errorf("at once: %v", err)
	}
	b.clock.Advance(billing.OpeningLease)
	second, err := b.app.StartCheckout(t.Context(), cleo, c)
	if err != nil || second.Status != billing.Pending || second.URL == "" {
		t.Fatalf("after a minute: %+v, %v", second, err)
	}
	close(hold)
	if first := <-done; first.ID != second.ID || first.URL != second.URL {
		t.Errorf("the first request ended with %+v, the second with %+v", first, second)
	}
}

// databaseBlinks loses the database for each of the transactions of a checkout in
// turn: the same request under the same key then succeeds at once.
func databaseBlinks(t *testing.T, b *testApp) {
	price := b.price(t, "pro", billing.Monthly).ID
	away := errors.New("the database is away")
	for lost := 1; lost <= 3; lost++ {
		for _, longer := range []int{0, 1} { // giving the checkout back may be lost as well
			person := b.customer(fmt.Sprintf("Cleo %d %d", lost, longer))
			c := billingapp.StartCheckout{PriceID: price, IdempotencyKey: "blink"}
			n := 0
			blink := func() error {
				if n++; n >= lost && n <= lost+longer {
					return away
				}
				return nil
			}
			b.ledger.blink.Store(&blink)
			_, err := b.app.StartCheckout(t.Context(), person, c)
			b.ledger.blink.Store(nil)
			if !errors.Is(err, away) {
				t.Fatalf("transaction %d was not lost: %v", lost, err)
			}
			state, err := b.app.StartCheckout(t.Context(), person, c)
			if err != nil || state.Status != billing.Pending {
				t.Errorf("after losing transaction %d: %+v, %v", lost, state, err)
			}
		}
	}

	// What another process lost is free when its lease is over.
	other, err := billingapp.New(b.deps)
	if err != nil {
		t.Fatal(err)
	}
	person := b.customer("Dan")
	c := billingapp.StartCheckout{PriceID: price, IdempotencyKey: "blink"}
	n := 0
	blink := func() error {
		if n++; n >= 3 {
			return away
		}
		return nil
	}
	b.ledger.blink.Store(&blink)
	_, err = other.StartCheckout(t.Context(), person, c)
	b.ledger.blink.Store(nil)
	if !errors.Is(err, away) {
		t.Fatalf("not lost: %v", err)
	}
	if _, err := b.app.StartCheckout(t.Context(), person, c); !errors.Is(err, billing.ErrKeyInFlight) {
		t.Errorf("while the other may live: %v", err)
	}
	b.clock.Advance(billing.OpeningLease)
	if state, err := b.app.StartCheckout(t.Context(), person, c); err != nil || state.Status != billing.Pending {
		t.Errorf("after the lease: %+v, %v", state, err)
	}
}

func oneOpenCheckout(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	keyed := billingapp.StartCheckout{PriceID: b.price(t, "pro", billing.Monthly).ID, IdempotencyKey: "first"}
	first, err := b.app.StartCheckout(t.Context(), cleo, keyed)
	if err != nil {
		t.Fatal(err)
	}
	second := b.start(t, cleo, "member")
	third := b.start(t, cleo, "pro")
	if _, err := b.app.StartCheckout(t.Context(), cleo, keyed); !errors.Is(err, billing.ErrCheckoutExpired) {
		t.Errorf("the key of the one that was replaced: %v", err)
	}
	err = b.ledger.UnitOfWork.Do(t.Context(), func(ctx context.Context, s billing.Stores) error {
		for id, want := range map[string]billing.CheckoutStatus{first.ID: billing.Expired, second.ID: billing.Expired, third.ID: billing.Pending} {
			c, err := s.Checkouts.ByID(ctx, id)
			if err != nil {
				return err
			}
			if have := c.State().Status; have != want {
				t.Errorf("%s is %s, want %s", id, have, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(b.ledger.Did("billing.checkout_expired")); n != 2 {
		t.Errorf("recorded %d times", n)
	}
}

func openCheckoutRace(t *testing.T, b *testApp) {
	price := b.price(t, "pro", billing.Monthly).ID
	for round := range fixture.Rounds(20) {
		person := b.customer(fmt.Sprintf("Cleo %d", round))
		if _, err := b.app.OpenAccount(t.Context(), person.PersonalOrganization()); err != nil {
			t.Fatal(err)
		}
		start := func() error {
			_, err := b.app.StartCheckout(t.Context(), person, billingapp.StartCheckout{PriceID: price})
			if errors.Is(err, billing.ErrCheckoutExpired) {
				return nil // the other came after it
			}
			return err
		}
		for _, err := range fixture.AtOnce(start, start, start) {
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		account, err := b.deps.Reads.Account(t.Context(), person.PersonalOrganization())
		if err != nil {
			t.Fatal(err)
		}
		err = b.ledger.UnitOfWork.Do(t.Context(), func(ctx context.Context, s billing.Stores) error {
			_, err := s.Checkouts.OpenOf(ctx, account.ID)
			return err
		})
		if err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t *testing.T, met func() bool) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-ctx.Done():
			return met()
		case <-tick.C:
		}
	}
	return true
}

func providerAway(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	c := billingapp.StartCheckout{PriceID: b.price(t, "pro", billing.Monthly).ID, IdempotencyKey: "away"}
	b.gateway.set(func(m *fakeGateway) { m.away = true })
	for range 2 {
		if _, err := b.app.StartCheckout(t.Context(), cleo, c); !errors.Is(err, billing.ErrProviderAway) {
			t.Errorf("while it is away: %v", err)
		}
	}
	b.gateway.set(func(m *fakeGateway) { m.away = false })
	first, err := b.app.StartCheckout(t.Context(), cleo, c)
	if err != nil || first.Status != billing.Pending {
		t.Fatalf("when it is back: %+v, %v", first, err)
	}
	if n := len(b.ledger.Did("billing.checkout_started")); n != 1 {
		t.Errorf("started %d checkouts", n)
	}
}

func cannotBuy(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	buy := func(app *billingapp.App, who identityport.Actor, price string) error {
		_, err := app.StartCheckout(t.Context(), who, billingapp.StartCheckout{PriceID: price})
		return err
	}
	if err := buy(b.app, cleo, b.price(t, "free", billing.Monthly).ID); !errors.Is(err, billing.ErrFreePlan) {
		t.Errorf("what is free: %v", err)
	}
	for _, id := range []string{"", "x", "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4cff", "' OR 1=1"} {
		if err := buy(b.app, cleo, id); !errors.Is(err, billing.ErrPriceNotFound) {
			t.Errorf("price %q: %v", id, err)
		}
	}
	if err := buy(b.app, identityport.Actor{}, b.price(t, "pro", billing.Monthly).ID); !errors.Is(err, billing.ErrAccountNotFound) {
		t.Errorf("a visitor: %v", err)
	}
	none := b.deps
	none.Gateway = nil
	app, err := billingapp.New(none)
	if err != nil {
		t.Fatal(err)
	}
	if err := buy(app, cleo, b.price(t, "pro", billing.Monthly).ID); !errors.Is(err, billing.ErrNoProvider) {
		t.Errorf("without a provider: %v", err)
	}
	if err := app.ReceiveWebhook(t.Context(), "sandbox", http.Header{}, nil); !errors.Is(err, billing.ErrProviderUnknown) {
		t.Errorf("a webhook without a provider: %v", err)
	}
	if n := b.gateway.opened; n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

func notSoldTwice(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	c := b.buy(t, cleo, "pro")
	_, err := b.app.StartCheckout(t.Context(), cleo, billingapp.StartCheckout{PriceID: b.price(t, "pro", billing.Yearly).ID})
	if !errors.Is(err, billing.ErrAlreadySubscribed) {
		t.Errorf("while it is in force: %v", err)
	}
	_, err = b.app.StartCheckout(t.Context(), cleo, billingapp.StartCheckout{PriceID: b.price(t, "member", billing.Monthly).ID})
	if !errors.Is(err, billing.ErrPlanRunning) || fault.KindOf(err) != fault.Conflict {
		t.Errorf("another plan while it is in force: %v", err)
	}
	b.hear(t, billing.GatewayEvent{ID: "evt_unpaid", Kind: billing.SubscriptionUnpaid, Subscription: "sub_" + c.ID})
	if _, err := b.app.StartCheckout(t.Context(), cleo, billingapp.StartCheckout{PriceID: b.price(t, "pro", billing.Monthly).ID}); err != nil {
		t.Errorf("after a payment failed: %v", err)
	}
}

func membersOnly(t *testing.T, b *testApp) {
	cleo, dan := b.customer("Cleo"), b.customer("Dan")
	b.buy(t, dan, "pro")
	_, err := b.app.StartCheckout(t.Context(), cleo, billingapp.StartCheckout{
		PriceID: b.price(t, "pro", billing.Monthly).ID, Organization: dan.PersonalOrganization(),
	})
	if !errors.Is(err, billing.ErrAccountNotFound) {
		t.Errorf("bought for a stranger: %v", err)
	}
	for _, who := range []identityport.Actor{cleo, {}} {
		if o, err := b.app.Overview(t.Context(), who, dan.PersonalOrganization()); !errors.Is(err, billing.ErrAccountNotFound) {
			t.Errorf("looked at a stranger's: %+v, %v", o, err)
		}
	}
	cleo.Organizations = append(cleo.Organizations, dan.PersonalOrganization())
	if o, err := b.app.Overview(t.Context(), cleo, dan.PersonalOrganization()); err != nil || o.Plan == nil {
		t.Errorf("a member's look: %+v, %v", o, err)
	}
	if !b.entitled(t, cleo) {
		t.Error("a member is not entitled through the organization")
	}
}

func wayBack(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	for returnTo, want := range map[string]string{
		"":                        "",
		"/posts/inside-the-forge": "&return_to=%2Fposts%2Finside-the-forge",
		"https://evil.example":    "",
		"//evil.example":          "",
		`/\evil.example`:          "",
		"/a\r\nSet-Cookie: x":     "",
	} {
		c, err := b.app.StartCheckout(t.Context(), cleo, billingapp.StartCheckout{
			PriceID: b.price(t, "pro", billing.Monthly).ID, ReturnTo: returnTo,
		})
		if err != nil {
			t.Fatal(err)
		}
		want = "http://localhost:8080/billing?checkout=" + c.ID + want
		s, err := b.sandbox.Open(strings.TrimPrefix(c.URL, "http://localhost:8080/dev/sandbox/checkout/"))
		if err != nil || s.ReturnURL != want || s.Email != cleo.Email || s.Checkout != c.ID {
			t.Errorf("%q: %+v, %v, want %s", returnTo, s, err, want)
		}
	}
}

// hearsOfTomorrow: an event of a type that nobody knows yet, with data of another
// shape, is accepted and recorded as ignored.
func (b *testApp) hearsOfTomorrow(t *testing.T) {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook("whsec_dGhlIHNlY3JldCBvZiB0aGVzZSB0ZXN0cyBhbG9uZQ==")
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"id":7,"type":"dispute.opened","timestamp":1767323045,"data":[{"period_end":"soon"}]}`)
	signature, err := hook.Sign("evt_tomorrow", b.clock.Now(), body)
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	header.Set(standardwebhooks.HeaderWebhookID, "evt_tomorrow")
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(b.clock.Now().Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	before := len(b.ledger.Did("billing.webhook_ignored"))
	if err := b.app.ReceiveWebhook(t.Context(), "sandbox", header, body); err != nil {
		t.Fatal(err)
	}
	for _, job := range b.ledger.Queued(applyWebhook) {
		if err := b.run(t, job); err != nil {
			t.Fatal(err)
		}
	}
	if after := len(b.ledger.Did("billing.webhook_ignored")); after != before+1 {
		t.Errorf("%d events are recorded as ignored, want %d", after, before+1)
	}
}

func signedWebhooks(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	c := b.start(t, cleo, "pro")
	header, body, err := b.sandbox.Delivery(paid(c))
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, want error, provider string, header http.Header, body []byte) {
		t.Helper()
		if err := b.app.ReceiveWebhook(t.Context(), provider, header, body); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	refused("unsigned", billing.ErrWebhookSignature, "sandbox", http.Header{}, body)
	refused("changed", billing.ErrWebhookSignature, "sandbox", header, append(body, ' '))
	refused("of another provider", billing.ErrProviderUnknown, "other", header, body)
	incomplete, text, err := b.sandbox.Delivery(billing.GatewayEvent{ID: "evt", Kind: billing.CheckoutPaid})
	if err != nil {
		t.Fatal(err)
	}
	refused("signed and incomplete", billing.ErrWebhookMalformed, "sandbox", incomplete, text)
	b.clock.Advance(time.Hour)
	refused("old", billing.ErrWebhookSignature, "sandbox", header, body)
	if queued := b.ledger.Queued(applyWebhook); len(queued) != 0 {
		t.Errorf("queued %+v", queued)
	}
	for range 5 {
		if err := b.receive(t, paid(c)); err != nil {
			t.Fatal(err)
		}
	}
	queued := b.ledger.Queued(applyWebhook)
	if len(queued) != 1 || queued[0].Unique == "" {
		t.Fatalf("queued %+v", queued)
	}
	for range 5 {
		if err := b.run(t, queued[0]); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.ledger.Published(activatedEvent)); n != 1 {
		t.Errorf("activated %d times", n)
	}
	b.hearsOfTomorrow(t)
}

func paymentWins(t *testing.T, b *testApp) {
	const (
		yes = billing.CheckoutPaid
		no  = billing.CheckoutDeclined
		bye = billing.CheckoutAbandoned
	)
	for i, heard := range [][]billing.GatewayEventKind{{no, yes}, {yes, no}, {bye, yes}, {yes, bye}, {no, bye, yes}, {yes, yes}} {
		who := b.customer(fmt.Sprintf("Cleo %d", i))
		c := b.start(t, who, "pro")
		for n, kind := range heard {
			e := billing.GatewayEvent{ID: fmt.Sprintf("evt_%d_%d", i, n), Kind: kind, Checkout: c.ID}
			if kind == yes {
				e.Subscription = "sub_" + c.ID
			}
			b.hear(t, e)
		}
		if o := b.overview(t, who); o.Plan == nil || o.LatestCheckout.Status != billing.Completed {
			t.Errorf("%v: %+v", heard, o)
		}
		if n := len(b.ledger.Published(activatedEvent)); n != i+1 {
			t.Errorf("%v: %d activations in all, want %d", heard, n, i+1)
		}
	}
	dan := b.customer("Dan")
	c := b.start(t, dan, "pro")
	b.hear(t, declined(c))
	if o := b.overview(t, dan); o.Plan != nil || o.LatestCheckout.Status != billing.Declined || b.entitled(t, dan) {
		t.Errorf("declined alone: %+v", o)
	}
}

func aboutNothing(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	c := b.buy(t, cleo, "pro")
	b.hear(t, billing.GatewayEvent{ID: "evt_end", Kind: billing.SubscriptionCanceled, Subscription: "sub_" + c.ID})
	ignored := []billing.GatewayEvent{
		{ID: "evt_1", Kind: billing.CheckoutPaid, Checkout: "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4cff", Subscription: "sub_x"},
		{ID: "evt_2", Kind: billing.CheckoutDeclined, Checkout: "no id at all"},
		{ID: "evt_3", Kind: billing.SubscriptionRenewed, Subscription: "sub_" + c.ID, PeriodEnd: b.clock.Now().AddDate(1, 0, 0)}, // it has ended
		{ID: "evt_4", Kind: billing.SubscriptionUnpaid, Subscription: "sub_" + c.ID},
	}
	for _, e := range ignored {
		b.hear(t, e)
	}
	acts := append(b.ledger.Did("billing.webhook_waiting"), b.ledger.Did("billing.webhook_ignored")...)
	if len(acts) != len(ignored) {
		t.Fatalf("%d recorded, want %d", len(acts), len(ignored))
	}
	for i, act := range acts {
		if want := fmt.Sprintf("webhook:sandbox:evt_%d", i+1); act.Resource != want || act.Actor != "system" {
			t.Errorf("recorded %+v, want %s", act, want)
		}
	}
	if b.entitled(t, cleo) {
		t.Error("entitled after the end")
	}
}

func overtakingRenewal(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	c := b.start(t, cleo, "pro")
	until := b.clock.Now().AddDate(0, 2, 0)
	renewed := billing.GatewayEvent{ID: "evt_renewed", Kind: billing.SubscriptionRenewed, Subscription: "sub_" + c.ID, PeriodEnd: until}
	if err := b.receive(t, renewed); err != nil {
		t.Fatal(err)
	}
	if err := b.work(t, applyWebhook); err != nil {
		t.Fatalf("before the payment: %v", err)
	}
	b.clock.Advance(3 * time.Minute) // it waits however long that takes
	b.hear(t, paid(c))
	if o := b.overview(t, cleo); !o.Subscription.PeriodEnd.Equal(until) {
		t.Errorf("paid until %s, want %s", o.Subscription.PeriodEnd, until)
	}
	stray := renewed
	stray.ID, stray.Subscription = "evt_stray", "sub_of_nobody"
	b.hear(t, stray)
	waiting, err := b.app.WaitingWebhooks(t.Context(), 10)
	if err != nil || len(waiting) != 1 || waiting[0].EventID != "evt_stray" {
		t.Errorf("waiting: %+v, %v", waiting, err)
	}
}

func followsProvider(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	c := b.buy(t, cleo, "pro")
	event := func(id string, kind billing.GatewayEventKind) billing.GatewayEvent {
		return billing.GatewayEvent{ID: id, Kind: kind, Subscription: "sub_" + c.ID}
	}
	b.hear(t, event("evt_unpaid", billing.SubscriptionUnpaid))
	if o := b.overview(t, cleo); o.Subscription.Status != billing.PastDue || !b.entitled(t, cleo) {
		t.Errorf("unpaid: %+v", o.Subscription)
	}
	renewed := event("evt_renewed", billing.SubscriptionRenewed)
	renewed.PeriodEnd = b.clock.Now().AddDate(0, 2, 0)
	b.hear(t, renewed)
	if o := b.overview(t, cleo); o.Subscription.Status != billing.Active || !o.Subscription.PeriodEnd.Equal(renewed.PeriodEnd) {
		t.Errorf("renewed: %+v", o.Subscription)
	}
	id := b.overview(t, cleo).Subscription.ID
	b.hear(t, event("evt_canceled", billing.SubscriptionCanceled))
	if o := b.overview(t, cleo); o.Subscription != nil || b.entitled(t, cleo) {
		t.Errorf("canceled: %+v", o.Subscription)
	}
	published := b.ledger.Published(endedEvent)
	if len(published) != 1 {
		t.Fatalf("told %d times", len(published))
	}
	want, err := events.Decode[billingport.SubscriptionEnded](fixture.GoldenEvent(t, endedEvent, endedFile,
		"0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c11", id, fixture.GoldenOrganization, string(cleo.PersonalOrganization())))
	if err != nil {
		t.Fatal(err)
	}
	if have, err := events.Decode[billingport.SubscriptionEnded](published[0]); err != nil || !reflect.DeepEqual(have, want) {
		t.Errorf("told %+v, %v, want %+v", have, err, want)
	}
}

// anotherPlan has a payment arrive for a checkout that was open when another one
// was paid: it is given back, and destroys nothing.
func anotherPlan(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	stale := b.start(t, cleo, "member")
	older := b.start(t, cleo, "pro")
	b.buy(t, cleo, "pro")
	before := b.overview(t, cleo).Subscription
	b.hear(t, paid(stale))
	b.hear(t, paid(older))
	b.hear(t, paid(older))
	o := b.overview(t, cleo)
	if !reflect.DeepEqual(o.Subscription, before) || !b.entitled(t, cleo) {
		t.Errorf("in force: %+v, before %+v", o.Subscription, before)
	}
	if len(o.Refunds) != 2 || o.Refunds[0].State != billing.RefundPending {
		t.Fatalf("refunds: %+v", o.Refunds)
	}
	b.sandbox.Fail(sandboxpay.Cancel, 1)
	b.sandbox.Fail(sandboxpay.Refund, 1)
	queued := b.ledger.Take("billing.refund")
	if len(queued) != 2 {
		t.Fatalf("%d jobs", len(queued))
	}
	failed := 0
	for range 3 { // as the queue does
		for _, j := range queued {
			if b.run(t, j) != nil {
				failed++
			}
		}
	}
	if failed != 2 {
		t.Errorf("failed %d times", failed)
	}
	for _, c := range []billing.CheckoutState{stale, older} {
		if n, err := b.sandbox.Refunds("sub_" + c.ID); n != 1 || err != nil {
			t.Errorf("given back %d times, %v", n, err)
		}
	}
	if n, err := b.sandbox.Refunds(before.ProviderRef); n != 0 || err != nil {
		t.Errorf("what is in force was given back: %d, %v", n, err)
	}
	attempts := 0
	for _, r := range b.overview(t, cleo).Refunds {
		attempts += r.Attempts
		if r.State != billing.Refunded || r.Attempts > 0 && r.LastError == "" {
			t.Errorf("refund %+v", r)
		}
	}
	if owed := b.owed(t); attempts != 2 || len(owed) != 0 || len(b.ledger.Did("billing.refund_done")) != 2 {
		t.Errorf("%d attempts, owed %+v", attempts, owed)
	}
	// What the provider says of them afterwards changes nothing.
	for _, kind := range []billing.GatewayEventKind{billing.SubscriptionCanceled, billing.PaymentRefunded} {
		b.hear(t, billing.GatewayEvent{ID: "evt_after_" + string(kind), Kind: kind, Subscription: "sub_" + stale.ID})
	}
	if waiting, err := b.app.WaitingWebhooks(t.Context(), 10); err != nil || len(waiting) != 0 {
		t.Errorf("waiting: %+v, %v", waiting, err)
	}
	if o := b.overview(t, cleo); !reflect.DeepEqual(o.Subscription, before) {
		t.Errorf("afterwards: %+v", o.Subscription)
	}
}

// refundsAreQueuedAgain shows that a refund whose job has given up is not forgotten.
func refundsAreQueuedAgain(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	stale := b.start(t, cleo, "pro")
	b.buy(t, cleo, "pro")
	b.hear(t, paid(stale))
	b.ledger.Take("billing.refund") // lost
	if err := b.run(t, jobs.Job{Kind: "billing.retry_refunds"}); err != nil {
		t.Fatal(err)
	}
	if err := b.work(t, "billing.refund"); err != nil || len(b.owed(t)) != 0 {
		t.Errorf("owed %+v, %v", b.owed(t), err)
	}
}

// lateIsPaidAgain buys anew while a payment is late: the old subscription ends at
// its provider too.
func lateIsPaidAgain(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	old := b.buy(t, cleo, "member")
	b.hear(t, billing.GatewayEvent{ID: "evt_unpaid", Kind: billing.SubscriptionUnpaid, Subscription: "sub_" + old.ID})
	b.buy(t, cleo, "pro")
	if o := b.overview(t, cleo); o.Plan.Code != "pro" || len(o.Refunds) != 0 {
		t.Errorf("overview: %+v", o)
	}
	owed := b.owed(t)
	if len(owed) != 1 || owed[0].Subscription != "sub_"+old.ID || owed[0].Money.Amount != 0 || owed[0].Reason != billing.PlanReplaced {
		t.Fatalf("to be ended: %+v", owed)
	}
	if err := b.work(t, "billing.refund"); err != nil || len(b.owed(t)) != 0 {
		t.Errorf("owed %+v, %v", b.owed(t), err)
	}
	if n, err := b.sandbox.Refunds("sub_" + old.ID); n != 0 || err != nil {
		t.Errorf("given back %d times, %v", n, err)
	}
}

func twoPaymentsAtOnce(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	var wg sync.WaitGroup
	for _, c := range []billing.CheckoutState{b.start(t, cleo, "member"), b.start(t, cleo, "pro")} {
		if err := b.receive(t, paid(c)); err != nil {
			t.Fatal(err)
		}
	}
	for _, j := range b.ledger.Take(applyWebhook) {
		wg.Go(func() {
			for range 20 { // a conflict has the job run again
				if err := b.run(t, j); err == nil {
					return
				}
			}
			t.Errorf("%s never went through", j.Unique)
		})
	}
	wg.Wait()
	if n := len(b.ledger.Published(activatedEvent)); n != 1 {
		t.Errorf("activated %d", n)
	}
	if n := len(b.ledger.Published(endedEvent)); n != 0 {
		t.Errorf("ended %d", n)
	}
	if o := b.overview(t, cleo); o.Plan == nil || len(o.Refunds) != 1 {
		t.Errorf("overview: %+v", o)
	}
}

func retiredPrice(t *testing.T, b *testApp) {
	cleo, dan := b.customer("Cleo"), b.customer("Dan")
	c := b.start(t, cleo, "pro")
	if err := b.app.PutPlan(t.Context(), plan("pro", 3, 1500, billingport.ContentPaid)); err != nil {
		t.Fatal(err)
	}
	_, err := b.app.StartCheckout(t.Context(), dan, billingapp.StartCheckout{PriceID: c.Price})
	if !errors.Is(err, billing.ErrPriceNotFound) {
		t.Errorf("bought at the old price: %v", err)
	}
	b.hear(t, paid(c))
	o := b.overview(t, cleo)
	if o.Subscription == nil || o.Subscription.Money.Amount != 1200 || !b.entitled(t, cleo) || !o.Price.Retired {
		t.Errorf("overview: %+v", o)
	}
	if now := b.price(t, "pro", billing.Monthly); now.Money.Amount != 1500 {
		t.Errorf("sold at %s", now.Money)
	}
}

func notRenewed(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	b.buy(t, cleo, "pro")
	end := b.overview(t, cleo).Subscription.PeriodEnd
	work := func() {
		t.Helper()
		if err := b.run(t, jobs.Job{Kind: endDue}); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.Advance(end.Add(billing.PaymentGrace).Sub(b.clock.Now()) - time.Second)
	work()
	if !b.entitled(t, cleo) {
		t.Error("ended within its grace")
	}
	b.clock.Advance(2 * time.Second)
	if b.entitled(t, cleo) {
		t.Error("entitled although its time is over, and the job has not come to it")
	}
	if o := b.overview(t, cleo); o.Subscription != nil {
		t.Errorf("overview: %+v", o.Subscription)
	}
	work()
	work()
	if n := len(b.ledger.Published(endedEvent)); n != 1 {
		t.Errorf("ended %d times", n)
	}
	if n := len(b.ledger.Did("billing.subscription_period_over")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
	if s := b.app.Schedules(); !slices.ContainsFunc(s, func(s jobs.Schedule) bool { return s.Kind == endDue }) {
		t.Errorf("schedules: %+v", s)
	}
}

func gift(t *testing.T, b *testApp) {
	dan := b.customer("Dan")
	g := billingapp.GrantPlan{Organization: dan.PersonalOrganization(), PlanCode: "pro", Interval: billing.Yearly, Currency: "EUR"}
	for range 3 {
		if err := b.app.GrantPlan(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	o := b.overview(t, dan)
	if !b.entitled(t, dan) || o.Subscription.Money.Amount != 0 || o.Subscription.Provider != billingapp.Complimentary {
		t.Errorf("overview: %+v", o)
	}
	published := b.ledger.Published(activatedEvent)
	if len(published) != 1 {
		t.Fatalf("granted %d times", len(published))
	}
	if err := fixture.Deliver(t, b.app.Subscribers(), published[0]); err != nil {
		t.Fatal(err)
	}
	if queued := b.ledger.Queued(mailReceipt); len(queued) != 0 {
		t.Errorf("a receipt for nothing: %+v", queued)
	}
	g.PlanCode = "none"
	if err := b.app.GrantPlan(t.Context(), g); !errors.Is(err, billing.ErrPlanNotFound) {
		t.Errorf("a plan that is not sold: %v", err)
	}
	g.PlanCode, g.Currency = "pro", "JPY"
	if err := b.app.GrantPlan(t.Context(), g); !errors.Is(err, billing.ErrPriceNotFound) {
		t.Errorf("a currency in which it is not sold: %v", err)
	}
}

func giftAtOnce(t *testing.T, b *testApp) {
	for round := range fixture.Rounds(50) {
		person := b.customer(fmt.Sprintf("Dan %d", round))
		g := billingapp.GrantPlan{Organization: person.PersonalOrganization(), PlanCode: "pro", Interval: billing.Yearly, Currency: "EUR"}
		give := func() error { return b.app.GrantPlan(t.Context(), g) }
		for _, err := range fixture.AtOnce(give, give, give) {
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		if !b.entitled(t, person) {
			t.Fatalf("round %d: nothing is in force", round)
		}
		if n := len(b.ledger.Published(activatedEvent)); n != round+1 {
			t.Fatalf("round %d: granted %d times in all", round, n)
		}
	}
}

func putTwice(t *testing.T, b *testApp) {
	before, err := b.app.ListPlans(t.Context())
	if err != nil || len(before) != 3 {
		t.Fatalf("%+v, %v", before, err)
	}
	if err := b.app.PutPlan(t.Context(), plan("pro", 3, 1200, billingport.ContentPaid)); err != nil {
		t.Fatal(err)
	}
	after, err := b.app.ListPlans(t.Context())
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("plans %+v, %v, want %+v", after, err, before)
	}
	for i, code := range []string{"free", "member", "pro"} {
		if after[i].Code != code || len(after[i].Prices) != 2 {
			t.Errorf("plan %d: %+v", i, after[i])
		}
	}
}

func faultyPlan(t *testing.T, b *testApp) {
	for field, spoil := range map[string]func(*billing.Plan){
		"code":               func(p *billing.Plan) { p.Code = "Pro!" },
		"name":               func(p *billing.Plan) { p.Name = "" },
		"prices[0].interval": func(p *billing.Plan) { p.Prices[0].Interval = "week" },
		"prices[1].amount":   func(p *billing.Plan) { p.Prices[1].Money.Amount = -1 },
		"prices[0].currency": func(p *billing.Plan) { p.Prices[0].Money.Currency = "euro" },
		"prices[1]":          func(p *billing.Plan) { p.Prices[1].Interval = billing.Monthly },
	} {
		p := plan("pro", 1, 100)
		spoil(&p)
		err := b.app.PutPlan(t.Context(), p)
		if !errors.Is(err, billing.ErrInvalidPlan) || len(fault.As(err).Fields) != 1 || fault.As(err).Fields[0].Name != field {
			t.Errorf("%s: %+v", field, err)
		}
	}
}

var updateGolden = flag.Bool("update", false, "write the golden files anew")

func receipts(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	e := fixture.GoldenEvent(t, activatedEvent, activatedFile, fixture.GoldenOrganization, string(cleo.PersonalOrganization()))
	for range 3 {
		if err := fixture.Deliver(t, b.app.Subscribers(), e); err != nil {
			t.Fatal(err)
		}
	}
	queued := b.ledger.Take(mailReceipt)
	if len(queued) != 1 {
		t.Fatalf("queued %d mails", len(queued))
	}
	b.mails.Err = errors.New("the post office is closed")
	if err := b.run(t, queued[0]); err == nil {
		t.Error("a message that was not sent was taken for sent")
	}
	b.mails.Err = &mail.Refusal{To: "ada@neoforge.test", Reason: "550 no such user"}
	if err := b.run(t, queued[0]); !errors.Is(err, mail.ErrRefused) { // what keeps refused mails ends the job
		t.Errorf("an address that is refused for good: %v", err)
	}
	b.mails.Err = nil
	if err := b.run(t, queued[0]); err != nil {
		t.Fatal(err)
	}
	if len(b.mails.Sent) != 1 {
		t.Fatalf("sent %d mails", len(b.mails.Sent))
	}
	message := b.mails.Sent[0]
	if message.To != cleo.Email || message.Subject != "Your receipt from NeoForge" {
		t.Errorf("sent to %s: %s", message.To, message.Subject)
	}
	for file, have := range map[string]string{"receipt.golden.txt": message.Text, "receipt.golden.html": message.HTML} {
		path := "../../../modules/billing/billingapp/testdata/" + file
		if *updateGolden {
			if err := os.WriteFile(path, []byte(have), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || string(want) != have {
			t.Errorf("%s: %v\n%s", file, err, have)
		}
	}
	gone := fixture.GoldenEvent(t, activatedEvent, activatedFile)
	if err := fixture.Deliver(t, b.app.Subscribers(), gone); err != nil {
		t.Fatal(err)
	}
	if err := b.work(t, mailReceipt); err != nil || len(b.mails.Sent) != 1 {
		t.Errorf("to nobody: %d mails, %v", len(b.mails.Sent), err)
	}
	hostile := b.customer("<b>Cleo</b>")
	e = fixture.GoldenEvent(t, activatedEvent, activatedFile, fixture.GoldenOrganization, string(hostile.PersonalOrganization()))
	if err := errors.Join(fixture.Deliver(t, b.app.Subscribers(), e), b.work(t, mailReceipt)); err != nil {
		t.Fatal(err)
	}
	if html := b.mails.Sent[1].HTML; strings.Contains(html, "<b>") {
		t.Errorf("a name is read as HTML: %s", html)
	}
}

func accountOpened(t *testing.T, b *testApp) {
	name := identityport.UserRegistered{}.EventName()
	cleo := fixture.NewActor("Cleo")
	cleo.UserID, cleo.Organizations = fixture.GoldenUser, []identityport.OrganizationID{fixture.GoldenOrganization}
	if err := fixture.Deliver(t, b.app.Subscribers(), fixture.GoldenEvent(t, name, fixture.RegisteredFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.deps.Reads.Account(t.Context(), fixture.GoldenOrganization); !errors.Is(err, billing.ErrAccountNotFound) {
		t.Errorf("an account for an organization that has ended: %v", err)
	}
	b.people.put(fixture.GoldenOrganization, identityport.Person{ID: fixture.GoldenUser, Name: "Cleo", Email: "cleo@neoforge.test"})
	e := fixture.GoldenEvent(t, name, fixture.RegisteredFile)
	var ids []string
	for range 3 {
		if err := fixture.Deliver(t, b.app.Subscribers(), e); err != nil {
			t.Fatal(err)
		}
		a, err := b.deps.Reads.Account(t.Context(), fixture.GoldenOrganization)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, a.ID)
	}
	a, err := b.app.OpenAccount(t.Context(), fixture.GoldenOrganization)
	if err != nil || a.ID != ids[0] || ids[0] != ids[2] {
		t.Errorf("accounts %v and %s, %v", ids, a.ID, err)
	}
	if o := b.overview(t, b.customer("Dan")); o.Plan != nil || o.LatestCheckout != nil {
		t.Errorf("overview without an account: %+v", o)
	}
}

func accountsClosed(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	cleo.UserID, cleo.Organizations = fixture.GoldenUser, []identityport.OrganizationID{fixture.GoldenOrganization}
	late := b.start(t, cleo, "member")
	bought := b.buy(t, cleo, "pro")
	if !b.entitled(t, cleo) {
		t.Fatal("not entitled before")
	}
	e := fixture.GoldenEvent(t, identityport.UserErased{}.EventName(), fixture.ErasedFile)
	for range 2 {
		if err := fixture.Deliver(t, b.app.Subscribers(), e); err != nil {
			t.Fatal(err)
		}
	}
	if b.entitled(t, cleo) {
		t.Error("entitled afterwards")
	}
	if _, err := b.deps.Reads.Account(t.Context(), fixture.GoldenOrganization); !errors.Is(err, billing.ErrAccountNotFound) {
		t.Errorf("the account: %v", err)
	}
	if n := len(b.ledger.Published(endedEvent)); n != 1 {
		t.Errorf("told of %d ends", n)
	}
	if owed := b.owed(t); len(owed) != 1 || owed[0].Subscription != "sub_"+bought.ID || owed[0].Money.Amount != 0 || owed[0].Reason != billing.AccountClosed {
		t.Errorf("to be ended at the provider: %+v", owed)
	}
	b.hear(t, paid(late)) // nobody is left whom it could serve; an operator sees it
	if n := len(b.ledger.Did("billing.webhook_waiting")); n != 1 {
		t.Errorf("a payment for nobody was recorded %d times", n)
	}
	if waiting, err := b.app.WaitingWebhooks(t.Context(), 10); err != nil || len(waiting) != 1 || waiting[0].Checkout != late.ID {
		t.Errorf("waiting: %+v, %v", waiting, err)
	}
}

func entitlementCache(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	c := b.start(t, cleo, "pro")
	if b.entitled(t, cleo) {
		t.Fatal("entitled before")
	}
	b.cache.Away.Store(true)
	b.hear(t, paid(c))
	b.cache.Away.Store(false)
	if b.entitled(t, cleo) {
		t.Fatal("the cache heard of the payment otherwise")
	}
	b.cache.ReadNotes(t)
	if !b.entitled(t, cleo) {
		t.Error("not entitled after the note")
	}
	if err := fixture.Deliver(t, b.app.Subscribers(), b.ledger.Published(activatedEvent)[0]); err != nil {
		t.Error(err)
	}
	if queued := b.ledger.Queued(mailReceipt); len(queued) != 1 {
		t.Errorf("%d receipts", len(queued))
	}
}

func billingExport(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	b.buy(t, cleo, "pro")
	got, err := b.app.ExportUser(t.Context(), identityport.Subject{User: cleo.UserID, Organizations: append(cleo.Organizations, fixture.GoldenOrganization)})
	if err != nil {
		t.Fatal(err)
	}
	export := got.(billingapp.Export)
	if len(export.Accounts) != 1 {
		t.Fatalf("exported %+v", export)
	}
	a := export.Accounts[0]
	if a.OrganizationID != cleo.PersonalOrganization() || a.Subscription.Plan != "pro" || a.Subscription.Amount != 1200 ||
		a.LatestCheckout.Status != billing.Completed || !a.LatestCheckout.ByUser {
		t.Errorf("exported %+v", a)
	}
}

// shuffledEvents has a thousand checkouts paid (a hundred with -short), each event
// delivered five times, in a random order, by several deliverers at once.
func shuffledEvents(t *testing.T, b *testApp) {
	const deliveries, deliverers = 5, 8
	checkouts := 1000
	if testing.Short() {
		checkouts = 100
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	price := b.price(t, "pro", billing.Monthly)
	each := func(n int, do func(i int)) {
		next := make(chan int)
		var wg sync.WaitGroup
		for range deliverers {
			wg.Go(func() {
				for i := range next {
					do(i)
				}
			})
		}
		for i := range n {
			next <- i
		}
		close(next)
		wg.Wait()
	}
	bought := make([]billing.CheckoutState, checkouts)
	each(checkouts, func(i int) {
		c, err := b.app.StartCheckout(t.Context(), fixture.NewActor("Cleo"), billingapp.StartCheckout{PriceID: price.ID})
		if err != nil {
			t.Error(err)
		}
		bought[i] = c
	})
	order := rand.New(rand.NewPCG(seed, 0)).Perm(checkouts * deliveries)
	each(len(order), func(i int) {
		if err := b.receive(t, paid(bought[order[i]%checkouts])); err != nil {
			t.Error(err)
		}
	})
	queued := b.ledger.Take(applyWebhook)
	if len(queued) != checkouts {
		t.Errorf("%d jobs, want %d", len(queued), checkouts)
	}
	// A job may run twice as well: half of them do, at the same time as others.
	each(len(queued)*3/2, func(i int) {
		if err := b.run(t, queued[i%len(queued)]); err != nil {
			t.Error(err)
		}
	})
	if n := len(b.ledger.Published(activatedEvent)); n != checkouts {
		t.Errorf("%d activations, want %d", n, checkouts)
	}
	accounts := map[string]bool{}
	for _, act := range b.ledger.Did("billing.checkout_completed") {
		if accounts[act.Resource] {
			t.Errorf("%s was completed twice", act.Resource)
		}
		accounts[act.Resource] = true
	}
	if len(accounts) != checkouts {
		t.Errorf("%d checkouts completed, want %d", len(accounts), checkouts)
	}
}
