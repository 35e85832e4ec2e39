package integration_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// press is content's use cases on a real store, with what tests look at.
type press struct {
	app    *contentapp.App
	deps   contentapp.Deps
	clock  *clock.Adjustable
	cache  *failing
	paying *paying
	people folk
	ledger *contentLedger
}

func openPress(t *testing.T, db *entstore.DB) *press {
	t.Helper()
	deps := contentDeps(t, db)
	p := &press{
		clock:  deps.Clock.(*clock.Adjustable),
		cache:  &failing{Cache: deps.Cache},
		paying: &paying{},
		people: folk{},
		ledger: &contentLedger{UnitOfWork: deps.UnitOfWork},
	}
	deps.UnitOfWork, deps.Entitlements, deps.People, deps.Cache = p.ledger, p.paying, p.people, p.cache
	p.deps = deps
	var err error
	if p.app, err = contentapp.New(p.deps); err != nil {
		t.Fatal(err)
	}
	return p
}

// folk is the people that content can look up.
type folk map[identityport.UserID]identityport.Person

var _ identityport.Directory = folk{}

func (f folk) Person(_ context.Context, id identityport.UserID) (identityport.Person, error) {
	who, ok := f[id]
	if !ok {
		return who, fault.New(fault.NotFound, "identity.user_not_found", "There is no such person.")
	}
	return who, nil
}

func (f folk) BillingContact(ctx context.Context, _ identityport.OrganizationID) (identityport.Person, error) {
	return f.Person(ctx, "")
}

// paying answers who is entitled to everything.
type paying struct {
	mu   sync.Mutex
	orgs []identityport.OrganizationID
	err  error
}

var _ billingport.Entitlements = (*paying)(nil)

func (p *paying) Entitled(_ context.Context, organizations []identityport.OrganizationID, e billingport.Entitlement) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return e == billingport.ContentPaid && slices.ContainsFunc(organizations, func(o identityport.OrganizationID) bool {
		return slices.Contains(p.orgs, o)
	}), p.err
}

func (p *paying) set(err error, orgs ...identityport.OrganizationID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orgs, p.err = orgs, err
}

// contentLedger is a unit of work that remembers what committed transactions wrote
// besides rows.
type contentLedger struct {
	content.UnitOfWork
	ledger
}

func (l *contentLedger) Do(ctx context.Context, fn func(context.Context, content.Stores) error) error {
	var page ledger
	err := l.UnitOfWork.Do(ctx, func(ctx context.Context, s content.Stores) error {
		page = ledger{} // one that was rolled back wrote nothing
		s.Events = writing{s.Events, &page}
		s.Audit = appending{s.Audit, &page}
		return fn(ctx, s)
	})
	if err == nil {
		l.add(&page)
	}
	return err
}

func (l *ledger) add(page *ledger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, page.events...)
	l.acts = append(l.acts, page.acts...)
	l.jobs = append(l.jobs, page.jobs...)
}

// actor makes somebody with a personal organization and permissions.
func newActor(name string, permissions ...identityport.Permission) identityport.Actor {
	a := identitytest.Actor(identitytest.Named(name), identitytest.Holding(permissions...))
	a.Email = strings.ToLower(name) + "@neoforge.test"
	return a
}

func newAuthor(name string) identityport.Actor {
	return newActor(name, content.PermissionWrite, content.PermissionPublish)
}

func newEditor(name string) identityport.Actor {
	return newActor(name, content.PermissionWrite, content.PermissionPublish, content.PermissionEditAny)
}

func (p *press) write(t *testing.T, by identityport.Actor, c contentapp.WritePost) content.PostState {
	t.Helper()
	if c.Visibility == "" {
		c.Visibility = content.Public
	}
	state, err := p.app.WritePost(t.Context(), by, c)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func (p *press) publish(t *testing.T, by identityport.Actor, c contentapp.WritePost) content.PostState {
	t.Helper()
	state, err := p.app.PublishPost(t.Context(), by, p.write(t, by, c).ID)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// deliver hands an event to every subscriber that wants it.
func deliver(t *testing.T, subscribers []events.Subscriber, e events.Event) error {
	t.Helper()
	for _, s := range subscribers {
		if s.Event != e.Name {
			continue
		}
		if err := s.Handle(t.Context(), e); err != nil {
			return err
		}
	}
	return nil
}

// goldenEvent is an event as the publisher's golden file has it. replace changes
// the text of its payload.
func goldenEvent(t *testing.T, name, file string, replace ...string) events.Event {
	t.Helper()
	payload, err := os.ReadFile("../../" + file)
	if err != nil {
		t.Fatal(err)
	}
	return events.Event{
		ID: uuidv7.Generator{}.New(), Name: name,
		Payload: []byte(strings.NewReplacer(replace...).Replace(string(payload))),
	}
}
