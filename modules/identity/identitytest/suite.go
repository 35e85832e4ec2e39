// Package identitytest is the contract of identity's ports, as suites that every
// adapter runs, and the builders that they and other tests use.
package identitytest

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

// Harness is one empty database, as identity sees it.
type Harness struct {
	UnitOfWork identity.UnitOfWork
	Reads      identity.Reads
	// OlderName renames somebody as a release does that knows no words to find people by.
	OlderName func(t *testing.T, id identity.UserID, name string)
}

// RunStores checks a database against identity's ports. open is called for each
// case and gives it a database of its own.
func RunStores(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	storetest.Run(t, open,
		userCases, sessionCases, flowCases, organizationCases, sharingCases, unitOfWorkCases, peopleCases, auditCases,
		avatarCases, exportCases, departureCases, consentCases, connectionCases, mailTokenCases, pendingEmailCases,
		totpCases, passkeyCases, challengeCases, signingKeyCases, personalTokenCases, activityCases,
	)
}

// Now is the moment at which the suites begin.
var Now = storetest.Now

func (h Harness) do(t *testing.T, fn func(ctx context.Context, s identity.Stores) error) {
	t.Helper()
	storetest.Do(t, h.UnitOfWork, fn)
}

func (h Harness) fails(t *testing.T, want error, fn func(ctx context.Context, s identity.Stores) error) {
	t.Helper()
	storetest.Fails(t, h.UnitOfWork, want, fn)
}

func (h Harness) atOnce(t *testing.T, n int, fn func(ctx context.Context, s identity.Stores) error) []error {
	t.Helper()
	return storetest.AtOnce(t, h.UnitOfWork, n, fn)
}

func succeeded(t *testing.T, all []error, want error) int {
	t.Helper()
	return storetest.Succeeded(t, all, want)
}

func equal(t *testing.T, have, want any) {
	t.Helper()
	storetest.Equal(t, have, want)
}

func is(t *testing.T, err, want error) {
	t.Helper()
	storetest.Is(t, err, want)
}

func must[T any](t *testing.T) func(v T, err error) T { return storetest.Must[T](t) }

// User is a person whose address is proven.
func User() identity.User {
	id := idgentest.New()
	return identity.User{
		ID: identity.UserID(id), Email: identity.Email(id + "@neoforge.test"), EmailVerified: true,
		Name: "Ada Example", Role: "member", CreatedAt: Now, UpdatedAt: Now, Version: 1,
	}
}

// Session is a browser's session of somebody, and the secret that opens it.
func Session(user identity.UserID) (identity.Session, identity.Secret) {
	secret := identity.NewSecret()
	device := identity.Device{UserAgent: "Browser/1.0 (test)", IP: "203.0.113.7"}
	v := identity.OpenSession(idgentest.New(), user, identity.BrowserSession, secret, device, Now)
	v.By = identity.SignedInBy{Method: identity.ByProvider, Provider: "acme", SecondFactor: identity.FactorTOTP}
	return v, secret
}

// RefreshToken renews the access of a session.
func RefreshToken(session string) identity.RefreshToken {
	return identity.RefreshToken{
		Hash: identity.NewSecret().Hash(), Session: session, CreatedAt: Now, ExpiresAt: Now.Add(identity.RefreshTTL),
	}
}

// Flow is a sign-in under way.
func Flow() identity.OAuthFlow {
	return identity.OAuthFlow{
		Purpose: identity.FlowSignIn, StateHash: identity.NewSecret().Hash(), BrowserHash: identity.NewSecret().Hash(), Provider: "dev",
		Nonce: "a nonce", Verifier: "a verifier", Session: `{"opaque":"to identity"}`, ReturnTo: "/posts?tag=a",
		Agreed: identity.Agreed{identity.ConsentTerms: "2026-03-04.2"}, ExpiresAt: Now.Add(identity.FlowTTL),
	}
}

// ExternalIdentity is somebody's account at a provider.
func ExternalIdentity(user identity.UserID) identity.ExternalIdentity {
	return identity.ExternalIdentity{
		ID: idgentest.New(), User: user, Provider: "dev", Subject: idgentest.New(), Email: "ada@elsewhere.test", CreatedAt: Now,
	}
}

// Organization is a personal one.
func Organization() identity.Organization {
	return identity.Organization{ID: identity.OrganizationID(idgentest.New()), Name: "Ada Example", Personal: true, CreatedAt: Now}
}

// insertUser writes a person.
func (h Harness) insertUser(t *testing.T) identity.User {
	t.Helper()
	u := User()
	h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, u) })
	return u
}

// insertSession writes a person with a session.
func (h Harness) insertSession(t *testing.T) identity.Session {
	t.Helper()
	u := User()
	v, _ := Session(u.ID)
	h.do(t, func(ctx context.Context, s identity.Stores) error {
		if err := s.Users.Insert(ctx, u); err != nil {
			return err
		}
		return s.Sessions.Insert(ctx, v)
	})
	return v
}

var unitOfWorkCases = map[string]func(t *testing.T, h Harness){
	"what fails leaves nothing behind": func(t *testing.T, h Harness) {
		u, failed := User(), errors.New("the rule said no")
		h.fails(t, failed, func(ctx context.Context, s identity.Stores) error {
			if err := s.Users.Insert(ctx, u); err != nil {
				return err
			}
			if err := s.Audit.Append(ctx, audit.Entry{ID: idgentest.New(), Actor: "system", Action: "identity.tested", Resource: "user:" + string(u.ID), At: Now}); err != nil {
				return err
			}
			return failed
		})
		_, err := h.Reads.User(t.Context(), u.ID)
		is(t, err, identity.ErrUserNotFound)
	},
	"a panic leaves nothing behind and passes on": func(t *testing.T, h Harness) {
		u := User()
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = h.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
				if err := s.Users.Insert(ctx, u); err != nil {
					return err
				}
				panic("a defect")
			})
		}()
		_, err := h.Reads.User(t.Context(), u.ID)
		is(t, err, identity.ErrUserNotFound)
		h.insertUser(t) // the connection is free again
	},
	"a cancelled context changes nothing": func(t *testing.T, h Harness) {
		ctx, cancel := context.WithCancel(t.Context())
		u := User()
		err := h.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
			if err := s.Users.Insert(ctx, u); err != nil {
				return err
			}
			cancel()
			_, err := s.Users.ByID(ctx, u.ID)
			return err
		})
		is(t, err, context.Canceled)
		_, err = h.Reads.User(t.Context(), u.ID)
		is(t, err, identity.ErrUserNotFound)
		_, err = h.Reads.User(ctx, u.ID)
		is(t, err, context.Canceled)
	},
	"a transaction sees its own changes": func(t *testing.T, h Harness) {
		u := User()
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Users.Insert(ctx, u); err != nil {
				return err
			}
			have, err := s.Users.ByEmail(ctx, u.Email)
			if err == nil && !reflect.DeepEqual(have, u) {
				err = errors.New("the person read back is another")
			}
			return err
		})
	},
	"an event is dealt with once by each subscriber": func(t *testing.T, h Harness) {
		event := idgentest.New()
		record := func(subscriber string, want bool) {
			t.Helper()
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				first, err := s.Inbox.Record(ctx, event, subscriber)
				if err == nil && first != want {
					t.Errorf("%s: have %t, want %t", subscriber, first, want)
				}
				return err
			})
		}
		record("identity.one", true)
		record("identity.one", false)
		record("identity.two", true)
		failed := errors.New("the effect failed")
		h.fails(t, failed, func(ctx context.Context, s identity.Stores) error {
			if _, err := s.Inbox.Record(ctx, event, "identity.three"); err != nil {
				return err
			}
			return failed
		})
		record("identity.three", true)
	},
	"of many deliveries at once one takes effect": func(t *testing.T, h Harness) {
		event, again := idgentest.New(), errors.New("dealt with already")
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			first, err := s.Inbox.Record(ctx, event, "identity.one")
			if err == nil && !first {
				err = again
			}
			return err
		})
		equal(t, succeeded(t, all, again), 1)
	},
	"events and audit entries are written with the change": func(t *testing.T, h Harness) {
		u := User()
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Users.Insert(ctx, u); err != nil {
				return err
			}
			if err := s.Audit.Append(ctx, audit.Entry{ID: idgentest.New(), Actor: string(u.ID), Action: "identity.tested", Resource: "user:" + string(u.ID), IP: "203.0.113.7", At: Now}); err != nil {
				return err
			}
			return s.Events.Write(ctx, events.Event{ID: idgentest.New(), Name: "identity.tested.v1", OccurredAt: Now, Payload: []byte(`{}`)})
		})
	},
}
