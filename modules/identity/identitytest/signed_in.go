package identitytest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

// Option makes the person of a test different from the rest.
type Option func(a *identity.Actor)

// Named gives the person a name.
func Named(name string) Option { return func(a *identity.Actor) { a.Name = name } }

// InRole gives the person a role. It brings no permissions: see [Holding].
func InRole(r identity.Role) Option { return func(a *identity.Actor) { a.Role = r } }

// Holding lets the person do what the permissions name.
func Holding(p ...identity.Permission) Option {
	return func(a *identity.Actor) { a.Permissions = append(a.Permissions, p...) }
}

// MemberOf puts the person into further organizations.
func MemberOf(o ...identity.OrganizationID) Option {
	return func(a *identity.Actor) { a.Organizations = append(a.Organizations, o...) }
}

// LongSignedIn takes the recent proof of who they are from the person.
func LongSignedIn() Option {
	return func(a *identity.Actor) {
		a.AuthenticatedAt = a.AuthenticatedAt.Add(-2 * identityport.RecentAuthentication)
	}
}

// ImpersonatedBy has an administrator act as the person.
func ImpersonatedBy(id identity.UserID) Option {
	return func(a *identity.Actor) { a.Impersonator = id }
}

// Actor is a member who has just signed in, as a use case is handed them. Nothing
// is written: it is for tests of what a use case allows.
func Actor(options ...Option) identity.Actor {
	id := idgentest.New()
	a := identity.Actor{
		UserID: identity.UserID(id), SessionID: idgentest.New(), Name: "Cleo Example", Email: id + "@neoforge.test",
		Role: identityport.RoleMember, Organizations: []identity.OrganizationID{identity.OrganizationID(idgentest.New())},
		IP: "203.0.113.7", AuthenticatedAt: time.Now(),
	}
	for _, o := range options {
		o(&a)
	}
	return a
}

// Person is somebody who is there and signed in.
type Person struct {
	Actor   identity.Actor
	User    identity.User
	Session identity.Session
	Secret  identity.Secret // the value of the session cookie
}

// SignedIn writes an [Actor] with a personal organization and a browser's session
// through identity's unit of work: whoever sends the cookie is that person. What a
// request may do follows from the role and the program's policy, so [Holding] counts
// for the returned actor alone.
func SignedIn(tb testing.TB, w identity.UnitOfWork, options ...Option) Person {
	tb.Helper()
	p := Person{Actor: Actor(options...), Secret: identity.NewSecret()}
	now := p.Actor.AuthenticatedAt.UTC().Truncate(time.Microsecond)
	p.Actor.AuthenticatedAt = now
	p.User = identity.User{
		ID: p.Actor.UserID, Email: identity.Email(p.Actor.Email), EmailVerified: true, Name: p.Actor.Name, Role: p.Actor.Role,
		CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	device := identity.Device{UserAgent: "Browser/1.0 (test)", IP: p.Actor.IP}
	p.Session = identity.OpenSession(p.Actor.SessionID, p.User.ID, identity.BrowserSession, p.Secret, device, now)
	p.Session.Impersonator = p.Actor.Impersonator
	err := w.Do(tb.Context(), func(ctx context.Context, s identity.Stores) error {
		if err := s.Users.Insert(ctx, p.User); err != nil {
			return err
		}
		for i, id := range p.Actor.Organizations {
			o := identity.Organization{ID: id, Name: p.User.Name, Personal: i == 0, CreatedAt: now}
			if err := s.Organizations.Insert(ctx, o, p.User.ID); err != nil {
				return err
			}
		}
		return s.Sessions.Insert(ctx, p.Session)
	})
	if err != nil {
		tb.Fatalf("identitytest: sign %s in: %v", p.User.Email, err)
	}
	return p
}
