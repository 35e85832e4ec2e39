package content_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// testApp is content's use cases on a real store, with what tests look at.
type testApp struct {
	app    *contentapp.App
	deps   contentapp.Deps
	clock  *clock.Adjustable
	cache  *fixture.FailingCache
	paying *fakeEntitlements
	people directory
	ledger *contentLedger
}

func newTestApp(t *testing.T, db *entstore.DB) *testApp {
	t.Helper()
	deps := fixture.ContentDeps(t, db)
	p := &testApp{
		clock:  deps.Clock.(*clock.Adjustable),
		cache:  &fixture.FailingCache{Cache: deps.Cache},
		paying: &fakeEntitlements{},
		people: directory{},
		ledger: &contentLedger{UnitOfWork: deps.UnitOfWork},
	}
	p.cache.Follow(db)
	deps.UnitOfWork, deps.Entitlements, deps.People, deps.Cache = p.ledger, p.paying, p.people, p.cache
	p.deps = deps
	var err error
	if p.app, err = contentapp.New(p.deps); err != nil {
		t.Fatal(err)
	}
	return p
}

// directory is the people that content can look up.
type directory map[identityport.UserID]identityport.Person

var _ identityport.Directory = directory{}

func (f directory) Person(_ context.Context, id identityport.UserID) (identityport.Person, error) {
	who, ok := f[id]
	if !ok {
		return who, fault.New(fault.NotFound, "identity.user_not_found", "There is no such person.")
	}
	return who, nil
}

func (f directory) BillingContact(ctx context.Context, _ identityport.OrganizationID) (identityport.Person, error) {
	return f.Person(ctx, "")
}

// fakeEntitlements answers who is entitled to everything.
type fakeEntitlements struct {
	mu   sync.Mutex
	orgs []identityport.OrganizationID
	err  error
}

var _ billingport.Entitlements = (*fakeEntitlements)(nil)

func (p *fakeEntitlements) Entitled(_ context.Context, organizations []identityport.OrganizationID, e billingport.Entitlement) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return e == billingport.ContentPaid && slices.ContainsFunc(organizations, func(o identityport.OrganizationID) bool {
		return slices.Contains(p.orgs, o)
	}), p.err
}

func (p *fakeEntitlements) set(err error, orgs ...identityport.OrganizationID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orgs, p.err = orgs, err
}

// contentLedger is a unit of work that remembers what committed transactions wrote
// besides rows.
type contentLedger struct {
	content.UnitOfWork
	fixture.Ledger
	mu   sync.Mutex
	jobs []jobs.Job
}

// enqueuing remembers what is enqueued.
type enqueuing struct {
	jobs.Enqueuer
	page *[]jobs.Job
}

func (e enqueuing) Enqueue(ctx context.Context, all ...jobs.Job) error {
	*e.page = append(*e.page, all...)
	return e.Enqueuer.Enqueue(ctx, all...)
}

func (l *contentLedger) Do(ctx context.Context, fn func(context.Context, content.Stores) error) error {
	var page fixture.Ledger
	var enqueued []jobs.Job
	err := l.UnitOfWork.Do(ctx, func(ctx context.Context, s content.Stores) error {
		page, enqueued = fixture.Ledger{}, nil // one that was rolled back wrote nothing
		s.Events = fixture.Writing{Writer: s.Events, Page: &page}
		s.Audit = fixture.Appending{Trail: s.Audit, Page: &page}
		s.Jobs = enqueuing{s.Jobs, &enqueued}
		return fn(ctx, s)
	})
	if err == nil {
		l.Add(&page)
		l.mu.Lock()
		l.jobs = append(l.jobs, enqueued...)
		l.mu.Unlock()
	}
	return err
}

func newAuthor(name string) identityport.Actor {
	return fixture.NewActor(name, content.PermissionWrite, content.PermissionPublish)
}

func newEditor(name string) identityport.Actor {
	return fixture.NewActor(name, content.PermissionWrite, content.PermissionPublish, content.PermissionEditAny)
}

func (p *testApp) write(t *testing.T, by identityport.Actor, c contentapp.WritePost) content.PostState {
	t.Helper()
	if c.Visibility == "" {
		c.Visibility = content.Public
	}
	state, err := p.app.WritePost(t.Context(), by, c)
	if err != nil {
		t.Fatal(err)
	}
	return state.Post
}

func (p *testApp) publish(t *testing.T, by identityport.Actor, c contentapp.WritePost) content.PostState {
	t.Helper()
	state, err := p.app.PublishPost(t.Context(), by, p.write(t, by, c).ID)
	if err != nil {
		t.Fatal(err)
	}
	return state.Post
}
