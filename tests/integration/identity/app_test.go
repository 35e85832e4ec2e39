package identity_test

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// testApp is identity's use cases on a real store, with what tests look at.
type testApp struct {
	app      *fixture.Identity
	deps     identityapp.Deps
	clock    *clock.Adjustable
	provider *scripted
	hasher   *fixture.CheapHasher
	limiter  *switchable
	cache    *fixture.FailingCache
	outbox   *fixture.Mails
	ledger   *fixture.Ledger

	delivered int // of the mails that were queued
	walked    int // of the jobs that write to members
	exporters []identity.Exporter
	delayed   []error // what erasures wait for, as the operator is told
}

// newTestApp builds the use cases as the wiring does.
func newTestApp(t *testing.T, db *entstore.DB) *testApp {
	t.Helper()
	deps := fixture.IdentityDeps(t, db)
	h := &testApp{
		clock:    deps.Clock.(*clock.Adjustable),
		provider: &scripted{},
		hasher:   deps.Hasher.(*fixture.CheapHasher),
		limiter:  &switchable{Limiter: deps.Limiter},
		cache:    &fixture.FailingCache{Cache: withNotes(t, db, deps.Cache)},
		outbox:   deps.Mail.(*fixture.Mails),
		ledger:   &fixture.Ledger{UnitOfWork: deps.UnitOfWork},
	}
	deps.UnitOfWork, deps.Cache, deps.Limiter = h.ledger, h.cache, h.limiter
	deps.Providers = []identity.OAuthProvider{h.provider}
	deps.Exporters = func() []identity.Exporter { return h.exporters }
	deps.ErasureDelayed = func(_ identity.UserID, _ time.Time, reason error) { h.delayed = append(h.delayed, reason) }
	h.deps = deps
	var err error
	if h.app, err = fixture.NewIdentity(h.deps); err != nil {
		t.Fatal(err)
	}
	return h
}

// scripted is a provider whose next answer the test writes.
type scripted struct {
	mu    sync.Mutex
	claim identity.Claim
	err   error
	begun []identity.AuthorizationRequest
	ended []identity.AuthorizationResponse
}

func (p *scripted) Name() string { return "acme" }

func (p *scripted) Label() string { return "Acme" }

func (p *scripted) Begin(_ context.Context, r identity.AuthorizationRequest) (identity.AuthorizationStart, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun = append(p.begun, r)
	return identity.AuthorizationStart{
		URL:     "https://id.example.com/authorize?state=" + url.QueryEscape(r.State),
		Session: "kept",
	}, p.err
}

func (p *scripted) Complete(_ context.Context, r identity.AuthorizationResponse) (identity.Claim, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = append(p.ended, r)
	return p.claim, p.err
}

func (p *scripted) answers(c identity.Claim) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claim = c
}

func (p *scripted) completions() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ended)
}

// switchable is a limiter that can be away.
type switchable struct {
	ratelimit.Limiter
	away atomic.Bool
}

func (l *switchable) GiveBack(ctx context.Context, key string, limit ratelimit.Limit) error {
	entstoretest.AskedOutside(ctx, "the limiter")
	return l.Limiter.GiveBack(ctx, key, limit)
}

func (l *switchable) Allow(ctx context.Context, key string, limit ratelimit.Limit) (ratelimit.Decision, error) {
	entstoretest.AskedOutside(ctx, "the limiter")
	if l.away.Load() {
		return ratelimit.Decision{}, errors.New("the limiter is away")
	}
	return l.Limiter.Allow(ctx, key, limit)
}

// verified is a claim on an address that its provider vouches for.
func verified(subject, email string) identity.Claim {
	return identity.Claim{Subject: subject, Email: email, EmailVerified: true, Name: "Cleo"}
}

// create makes an account with a password.
func (h *testApp) create(t *testing.T, email string, role identity.Role, proven bool) identity.User {
	t.Helper()
	return h.app.MustCreate(t, email, role, proven)
}

// begin starts a sign-in at the provider, and returns the callback's parameters.
func (h *testApp) begin(t *testing.T, returnTo string) (identity.Secret, url.Values) {
	t.Helper()
	start, err := h.app.BeginProviderSignIn(t.Context(), signin.BeginProviderSignIn{Provider: "acme", ReturnTo: returnTo, Device: fixture.Laptop})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(start.RedirectURL)
	if err != nil {
		t.Fatal(err)
	}
	return start.BrowserSecret, url.Values{"state": {u.Query().Get("state")}, "code": {"code-1"}}
}

// come signs in at the provider.
func (h *testApp) come(t *testing.T, c identity.Claim) (signin.SignedIn, error) {
	t.Helper()
	h.provider.answers(c)
	browser, params := h.begin(t, "")
	return h.app.SignInWithProvider(t.Context(), signin.SignInWithProvider{
		Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop,
	})
}

func (h *testApp) mustCome(t *testing.T, c identity.Claim) signin.SignedIn {
	t.Helper()
	in, err := h.come(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// enter signs in by password.
func (h *testApp) enter(t *testing.T, email string) signin.SignedIn {
	t.Helper()
	return h.app.MustEnter(t, email)
}

// program signs a program in.
func (h *testApp) program(t *testing.T, email string) signin.TokenPair {
	t.Helper()
	return h.app.MustSignInProgram(t, email)
}

// actor is who the cookie makes of a request.
func (h *testApp) actor(t *testing.T, cookie identity.Secret) identity.Actor {
	t.Helper()
	return h.app.MustActor(t, cookie)
}

// refused fails unless the cookie is good for nothing.
func (h *testApp) refused(t *testing.T, what string, cookie identity.Secret) {
	t.Helper()
	h.app.MustRefuse(t, what, cookie)
}
