package integration_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// house is identity's use cases on a real store, with what tests look at.
type house struct {
	app      *identityapp.App
	deps     identityapp.Deps
	clock    *clock.Adjustable
	provider *scripted
	hasher   *cheap
	limiter  *switchable
	cache    *failing
	letters  *letters
	ledger   *ledger

	delivered int // of the letters that were queued
	walked    int // of the jobs that write to members
	exporters []identityapp.Exporter
	delayed   []error // what erasures wait for, as the operator is told
}

// openHouse builds the use cases as the wiring does.
func openHouse(t *testing.T, db *entstore.DB) *house {
	t.Helper()
	deps := identityDeps(t, db)
	h := &house{
		clock:    deps.Clock.(*clock.Adjustable),
		provider: &scripted{},
		hasher:   deps.Hasher.(*cheap),
		limiter:  &switchable{Limiter: deps.Limiter},
		cache:    &failing{Cache: deps.Cache},
		letters:  deps.Mail.(*letters),
		ledger:   &ledger{UnitOfWork: deps.UnitOfWork},
	}
	deps.UnitOfWork, deps.Cache, deps.Limiter = h.ledger, h.cache, h.limiter
	deps.Providers = []identity.OAuthProvider{h.provider}
	deps.Exporters = func() []identityapp.Exporter { return h.exporters }
	deps.ErasureDelayed = func(_ identity.UserID, _ time.Time, reason error) { h.delayed = append(h.delayed, reason) }
	h.deps = deps
	var err error
	if h.app, err = identityapp.New(h.deps); err != nil {
		t.Fatal(err)
	}
	return h
}

// identityDatabases are what identity's stories run on.
var identityDatabases = map[string]func(t *testing.T) *entstore.DB{
	"sqlite": func(t *testing.T) *entstore.DB { return entstoretest.MustSQLite(t) },
	"postgres": func(t *testing.T) *entstore.DB {
		return entstoretest.MustOpen(t, harness.Database(t, program.MigrateUp))
	},
}

const password = "correct-horse-battery"

// scripted is a provider whose next answer the test writes.
type scripted struct {
	mu    sync.Mutex
	claim identity.Claim
	err   error
	begun []identity.AuthorizationRequest
	ended []identity.AuthorizationResponse
}

func (p *scripted) Name() string  { return "acme" }
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

// cheap is a hasher that costs nothing and counts. A hash "dear:" is of an earlier time.
type cheap struct {
	verified, rehashed atomic.Int64
	// meanwhile, where it is set, is what happens once while a password is verified.
	meanwhile atomic.Pointer[func()]
}

func (h *cheap) Hash(_ context.Context, password string) (string, error) {
	if len(password) < 8 {
		return "", identity.ErrWeakPassword
	}
	return "cheap:" + password, nil
}

func (h *cheap) Rehash(_ context.Context, password string) (string, error) {
	h.rehashed.Add(1)
	return "cheap:" + password, nil
}

func (h *cheap) Verify(_ context.Context, password, hash string) (identity.PasswordMatch, error) {
	h.verified.Add(1)
	if other := h.meanwhile.Swap(nil); other != nil {
		(*other)()
	}
	switch hash {
	case "cheap:" + password:
		return identity.PasswordRight, nil
	case "dear:" + password:
		return identity.PasswordOutdated, nil
	}
	return identity.PasswordWrong, nil
}

// switchable is a limiter that can be away.
type switchable struct {
	ratelimit.Limiter
	away atomic.Bool
}

func (l *switchable) Allow(ctx context.Context, key string, limit ratelimit.Limit) (ratelimit.Decision, error) {
	if l.away.Load() {
		return ratelimit.Decision{}, errors.New("the limiter is away")
	}
	return l.Limiter.Allow(ctx, key, limit)
}

// failing is a cache that can stop taking invalidations.
type failing struct {
	cache.Cache
	away atomic.Bool
}

func (c *failing) Invalidate(ctx context.Context, tags ...string) error {
	if c.away.Load() {
		return errors.New("the cache is away")
	}
	return c.Cache.Invalidate(ctx, tags...)
}

// letters keeps what was sent.
type letters struct {
	mu   sync.Mutex
	sent []mail.Message
	err  error
}

func (l *letters) Send(_ context.Context, m mail.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.sent = append(l.sent, m)
	}
	return l.err
}

// ledger is a unit of work that remembers what committed transactions wrote
// besides rows.
type ledger struct {
	identity.UnitOfWork
	mu     sync.Mutex
	events []events.Event
	acts   []audit.Entry
	jobs   []jobs.Job
}

func (l *ledger) Do(ctx context.Context, fn func(context.Context, identity.Stores) error) error {
	var page ledger
	err := l.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		page = ledger{} // one that was rolled back wrote nothing
		s.Events = writing{s.Events, &page}
		s.Audit = appending{s.Audit, &page}
		s.Jobs = queueing{s.Jobs, &page}
		return fn(ctx, s)
	})
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events = append(l.events, page.events...)
		l.acts = append(l.acts, page.acts...)
		l.jobs = append(l.jobs, page.jobs...)
	}
	return err
}

// did lists the acts of one kind.
func (l *ledger) did(action string) []audit.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.acts), func(e audit.Entry) bool { return e.Action != action })
}

// published lists the events of one name.
func (l *ledger) published(name string) []events.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.events), func(e events.Event) bool { return e.Name != name })
}

// queued lists the jobs of one kind.
func (l *ledger) queued(kind string) []jobs.Job {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.jobs), func(j jobs.Job) bool { return j.Kind != kind })
}

type writing struct {
	events.Writer
	page *ledger
}

func (w writing) Write(ctx context.Context, all ...events.Event) error {
	w.page.events = append(w.page.events, all...)
	return w.Writer.Write(ctx, all...)
}

type appending struct {
	audit.Trail
	page *ledger
}

func (a appending) Append(ctx context.Context, all ...audit.Entry) error {
	a.page.acts = append(a.page.acts, all...)
	return a.Trail.Append(ctx, all...)
}

type queueing struct {
	jobs.Enqueuer
	page *ledger
}

func (q queueing) Enqueue(ctx context.Context, all ...jobs.Job) error {
	q.page.jobs = append(q.page.jobs, all...)
	return q.Enqueuer.Enqueue(ctx, all...)
}

var laptop = identity.Device{UserAgent: "Browser", Address: "203.0.113.7"}

// verified is a claim on an address that its provider vouches for.
func verified(subject, email string) identity.Claim {
	return identity.Claim{Subject: subject, Email: email, EmailVerified: true, Name: "Cleo"}
}

// create makes an account with a password.
func (h *house) create(t *testing.T, email string, role identity.Role, proven bool) identity.User {
	t.Helper()
	u, err := h.app.CreateUser(t.Context(), identityapp.CreateUser{Email: email, Password: password, Role: role, EmailVerified: proven})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// begin starts a sign-in at the provider, and returns the callback's parameters.
func (h *house) begin(t *testing.T, returnTo string) (identity.Secret, url.Values) {
	t.Helper()
	start, err := h.app.BeginProviderSignIn(t.Context(), identityapp.BeginProviderSignIn{Provider: "acme", ReturnTo: returnTo, Device: laptop})
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
func (h *house) come(t *testing.T, c identity.Claim) (identityapp.SignedIn, error) {
	t.Helper()
	h.provider.answers(c)
	browser, params := h.begin(t, "")
	return h.app.SignInWithProvider(t.Context(), identityapp.SignInWithProvider{
		Provider: "acme", BrowserSecret: browser, Params: params, Device: laptop,
	})
}

func (h *house) mustCome(t *testing.T, c identity.Claim) identityapp.SignedIn {
	t.Helper()
	in, err := h.come(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// enter signs in by password.
func (h *house) enter(t *testing.T, email string) identityapp.SignedIn {
	t.Helper()
	in, err := h.app.SignInWithPassword(t.Context(), identityapp.SignInWithPassword{Email: email, Password: password, Device: laptop})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// program signs a program in.
func (h *house) program(t *testing.T, email string) identityapp.TokenPair {
	t.Helper()
	pair, err := h.app.SignInProgram(t.Context(), identityapp.SignInProgram{Email: email, Password: password, Device: laptop})
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// actor is who the cookie makes of a request.
func (h *house) actor(t *testing.T, cookie identity.Secret) identity.Actor {
	t.Helper()
	a, err := h.app.AuthenticateSession(t.Context(), cookie)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// refused fails unless the cookie is good for nothing.
func (h *house) refused(t *testing.T, what string, cookie identity.Secret) {
	t.Helper()
	if a, err := h.app.AuthenticateSession(t.Context(), cookie); !errors.Is(err, identity.ErrNotSignedIn) || a.SignedIn() {
		t.Errorf("%s: still %+v, %v", what, a, err)
	}
}
