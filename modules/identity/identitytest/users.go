package identitytest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

// notIDs are ids that nobody can have.
var notIDs = []string{"", "x", "00000000-0000-0000-0000", "{0190a8f0-0000-7000-8000-000000000000}", "0190A8F0-0000-7000-8000-000000000000", "' OR 1=1 --"}

var userCases = map[string]func(t *testing.T, h Harness){
	"a person reads back as written": func(t *testing.T, h Harness) {
		u := User()
		u.SuspendedAt = Now.Add(time.Hour)
		u.UpdatedAt = Now.Add(time.Microsecond)
		u.Name = "Zoë “Ü” \U0001F525"
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, u) })
		equal(t, must[identity.User](t)(h.Reads.User(t.Context(), u.ID)), u)
		equal(t, must[identity.User](t)(h.Reads.UserByEmail(t.Context(), u.Email)), u)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			equal(t, must[identity.User](t)(s.Users.ByID(ctx, u.ID)), u)
			equal(t, must[identity.User](t)(s.Users.ByEmail(ctx, u.Email)), u)
			return nil
		})
	},
	"of many who lock a person each sees what the one before wrote": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		const n = 8
		errs := h.atOnce(t, n, func(ctx context.Context, s identity.Stores) error {
			v, err := s.Users.Lock(ctx, u.ID)
			if err != nil {
				return err
			}
			v.Name += "+"
			return s.Users.Update(ctx, v)
		})
		equal(t, succeeded(t, errs, identity.ErrUserChanged), n)
		equal(t, must[identity.User](t)(h.Reads.User(t.Context(), u.ID)).Name, u.Name+strings.Repeat("+", n))
		for _, id := range append(notIDs, idgentest.New()) {
			h.fails(t, identity.ErrUserNotFound, func(ctx context.Context, s identity.Stores) error {
				_, err := s.Users.Lock(ctx, identity.UserID(id))
				return err
			})
		}
	},
	"an absent person is absent, whatever the id looks like": func(t *testing.T, h Harness) {
		for _, id := range append(notIDs, idgentest.New()) {
			_, err := h.Reads.User(t.Context(), identity.UserID(id))
			is(t, err, identity.ErrUserNotFound)
			h.fails(t, identity.ErrUserNotFound, func(ctx context.Context, s identity.Stores) error {
				_, err := s.Users.ByID(ctx, identity.UserID(id))
				return err
			})
			h.fails(t, identity.ErrUserNotFound, func(ctx context.Context, s identity.Stores) error {
				_, err := s.Users.Delete(ctx, identity.UserID(id))
				return err
			})
			sessions := must[[]identity.Session](t)(h.Reads.SessionsOf(t.Context(), identity.UserID(id)))
			memberships := must[[]identity.Membership](t)(h.Reads.MembershipsOf(t.Context(), identity.UserID(id)))
			identities := must[[]identity.ExternalIdentity](t)(h.Reads.IdentitiesOf(t.Context(), identity.UserID(id)))
			if len(sessions)+len(memberships)+len(identities) != 0 {
				t.Errorf("%q has something", id)
			}
		}
		_, err := h.Reads.UserByEmail(t.Context(), "nobody@neoforge.test")
		is(t, err, identity.ErrUserNotFound)
	},
	"a factor is required since the first time that is noted": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		note := func(since time.Time, first bool) {
			t.Helper()
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				did, err := s.Users.RequireFactor(ctx, u.ID, since)
				if did != first {
					t.Errorf("noting %v: first is %v", since, did)
				}
				return err
			})
		}
		note(Now, true)
		note(Now.Add(time.Hour), false)
		u.FactorRequiredSince = Now
		equal(t, must[identity.User](t)(h.Reads.User(t.Context(), u.ID)), u) // of the same version
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.Users.Update(ctx, identity.User{
				ID: u.ID, Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name, Role: u.Role, UpdatedAt: u.UpdatedAt, Version: u.Version,
			})
		})
		equal(t, must[identity.User](t)(h.Reads.User(t.Context(), u.ID)).FactorRequiredSince, Now)
		note(time.Time{}, true)
		note(time.Time{}, false)
		note(Now.Add(time.Hour), true)
		equal(t, must[identity.User](t)(h.Reads.User(t.Context(), u.ID)).FactorRequiredSince, Now.Add(time.Hour))
	},
	"an address belongs to one person": func(t *testing.T, h Harness) {
		first, second := h.insertUser(t), User()
		second.Email = first.Email
		h.fails(t, identity.ErrEmailTaken, func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, second) })
		second = h.insertUser(t)
		second.Email = first.Email
		h.fails(t, identity.ErrEmailTaken, func(ctx context.Context, s identity.Stores) error { return s.Users.Update(ctx, second) })
	},
	"of many who register an address at once one gets it": func(t *testing.T, h Harness) {
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			u := User()
			u.Email = "wanted@neoforge.test"
			return s.Users.Insert(ctx, u)
		})
		equal(t, succeeded(t, all, identity.ErrEmailTaken), 1)
	},
	"an update replaces every field and counts the version up": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		u.Email, u.EmailVerified, u.Name, u.Role = "new@neoforge.test", false, "New Name", "author"
		u.SuspendedAt, u.UpdatedAt = Now.Add(time.Minute), Now.Add(time.Hour)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Update(ctx, u) })
		u.Version++
		equal(t, must[identity.User](t)(h.Reads.User(t.Context(), u.ID)), u)
		u.SuspendedAt = time.Time{}
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Update(ctx, u) })
		u.Version++
		equal(t, must[identity.User](t)(h.Reads.User(t.Context(), u.ID)), u)
	},
	"an update from an old version is refused": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Update(ctx, u) })
		stale := u
		stale.Name = "Lost Update"
		h.fails(t, identity.ErrUserChanged, func(ctx context.Context, s identity.Stores) error { return s.Users.Update(ctx, stale) })
		equal(t, must[identity.User](t)(h.Reads.User(t.Context(), u.ID)).Name, u.Name)
	},
	"of many updates at once one succeeds": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error { return s.Users.Update(ctx, u) })
		equal(t, succeeded(t, all, identity.ErrUserChanged), 1)
	},
	"a hash gives way to another one of its password, unless that was changed meanwhile": func(t *testing.T, h Harness) {
		u, other := h.insertUser(t), h.insertUser(t)
		c := identity.Credential{User: u.ID, Hash: "$argon2id$old", ChangedAt: Now}
		beside := identity.Credential{User: other.ID, Hash: c.Hash, ChangedAt: Now}
		rehash := func(id identity.UserID, from, to string) {
			t.Helper()
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Credentials.Rehash(ctx, id, from, to) })
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return errors.Join(s.Credentials.Put(ctx, c), s.Credentials.Put(ctx, beside))
		})
		rehash(u.ID, "$argon2id$another", "$argon2id$late")
		equal(t, must[identity.Credential](t)(h.Reads.CredentialOf(t.Context(), u.ID)), c)
		rehash(u.ID, c.Hash, "$argon2id$new")
		c.Hash = "$argon2id$new"
		equal(t, must[identity.Credential](t)(h.Reads.CredentialOf(t.Context(), u.ID)), c)
		equal(t, must[identity.Credential](t)(h.Reads.CredentialOf(t.Context(), other.ID)), beside)
		nobody := User().ID
		rehash(nobody, "", "$argon2id$new")
		equal(t, must[identity.Credential](t)(h.Reads.CredentialOf(t.Context(), nobody)), identity.Credential{})
	},
	"a password is one a person, and the last one counts": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		equal(t, must[identity.Credential](t)(h.Reads.CredentialOf(t.Context(), u.ID)), identity.Credential{})
		for _, hash := range []string{"$argon2id$first", "$argon2id$second"} {
			c := identity.Credential{User: u.ID, Hash: hash, ChangedAt: Now.Add(time.Duration(len(hash)) * time.Second)}
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Credentials.Put(ctx, c) })
			equal(t, must[identity.Credential](t)(h.Reads.CredentialOf(t.Context(), u.ID)), c)
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Credentials.Delete(ctx, u.ID) })
		equal(t, must[identity.Credential](t)(h.Reads.CredentialOf(t.Context(), u.ID)), identity.Credential{})
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Credentials.Delete(ctx, u.ID) })
	},
	"an external identity reads back and belongs to one person": func(t *testing.T, h Harness) {
		u, other := h.insertUser(t), h.insertUser(t)
		first, second := ExternalIdentity(u.ID), ExternalIdentity(u.ID)
		second.CreatedAt = Now.Add(time.Second)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Identities.Insert(ctx, second); err != nil {
				return err
			}
			return s.Identities.Insert(ctx, first)
		})
		equal(t, must[[]identity.ExternalIdentity](t)(h.Reads.IdentitiesOf(t.Context(), u.ID)), []identity.ExternalIdentity{first, second})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			have, found, err := s.Identities.BySubject(ctx, first.Provider, first.Subject)
			if !found {
				t.Error("the identity is not found")
			}
			equal(t, have, first)
			if err != nil {
				return err
			}
			_, found, err = s.Identities.BySubject(ctx, "another", first.Subject)
			if found {
				t.Error("the identity is found at another provider")
			}
			return err
		})
		taken := ExternalIdentity(other.ID)
		taken.Subject = first.Subject
		h.fails(t, identity.ErrIdentityTaken, func(ctx context.Context, s identity.Stores) error { return s.Identities.Insert(ctx, taken) })
	},
	"of many first sign-ins at once one links the identity": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		link := ExternalIdentity(u.ID)
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			mine := link
			mine.ID = idgentest.New()
			return s.Identities.Insert(ctx, mine)
		})
		equal(t, succeeded(t, all, identity.ErrIdentityTaken), 1)
	},
	"a deleted person leaves nothing behind": func(t *testing.T, h Harness) {
		u, o := User(), Organization()
		v, secret := Session(u.ID)
		token, link := RefreshToken(v.ID), ExternalIdentity(u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for _, err := range []error{
				s.Users.Insert(ctx, u),
				s.Organizations.Insert(ctx, o, u.ID),
				s.Credentials.Put(ctx, identity.Credential{User: u.ID, Hash: "$", ChangedAt: Now}),
				s.Identities.Insert(ctx, link),
				s.Sessions.Insert(ctx, v),
				s.RefreshTokens.Insert(ctx, token),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		stays := h.insertSession(t)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			ended, err := s.Users.Delete(ctx, u.ID)
			equal(t, ended, []identity.OrganizationID{o.ID})
			return err
		})
		_, err := h.Reads.User(t.Context(), u.ID)
		is(t, err, identity.ErrUserNotFound)
		_, err = h.Reads.SessionByToken(t.Context(), secret.Hash())
		is(t, err, identity.ErrSessionNotFound)
		_, err = h.Reads.OwnerOf(t.Context(), o.ID)
		is(t, err, identity.ErrOrganizationAbsent)
		equal(t, must[identity.Credential](t)(h.Reads.CredentialOf(t.Context(), u.ID)), identity.Credential{})
		h.fails(t, identity.ErrInvalidToken, func(ctx context.Context, s identity.Stores) error {
			_, err := s.RefreshTokens.Redeem(ctx, token.Hash, Now)
			return err
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			_, found, err := s.Identities.BySubject(ctx, link.Provider, link.Subject)
			if found {
				t.Error("the identity is still linked")
			}
			return err
		})
		equal(t, must[identity.Session](t)(h.Reads.Session(t.Context(), stays.ID)), stays)
	},
}

var organizationCases = map[string]func(t *testing.T, h Harness){
	"an organization has its owner, the personal one listed first": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		shared, personal := Organization(), Organization()
		shared.Personal, shared.CreatedAt = false, Now.Add(-time.Hour)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Organizations.Insert(ctx, shared, u.ID); err != nil {
				return err
			}
			return s.Organizations.Insert(ctx, personal, u.ID)
		})
		equal(t, must[[]identity.Membership](t)(h.Reads.MembershipsOf(t.Context(), u.ID)), []identity.Membership{
			{Organization: personal.ID, User: u.ID, Role: identity.Owner, Personal: true, CreatedAt: personal.CreatedAt},
			{Organization: shared.ID, User: u.ID, Role: identity.Owner, CreatedAt: shared.CreatedAt},
		})
		equal(t, must[identity.User](t)(h.Reads.OwnerOf(t.Context(), shared.ID)), u)
	},
	"an absent organization has no owner": func(t *testing.T, h Harness) {
		for _, id := range append(notIDs, idgentest.New()) {
			_, err := h.Reads.OwnerOf(t.Context(), identity.OrganizationID(id))
			is(t, err, identity.ErrOrganizationAbsent)
		}
	},
}
