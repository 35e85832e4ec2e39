// Package people makes accounts, names them, and reads whole ones: what every room does
// in the same way that has to do with somebody's row.
package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// Stores is what is written when an account is made or named.
type Stores struct {
	Users         identity.Users
	Organizations identity.Organizations
	Audit         audit.Trail
	Events        events.Writer
}

// Reads is what is read of people.
type Reads interface {
	User(ctx context.Context, id identity.UserID) (identity.User, error)
	UserByEmail(ctx context.Context, email identity.Email) (identity.User, error)
	CredentialOf(ctx context.Context, id identity.UserID) (identity.Credential, error)
	IdentitiesOf(ctx context.Context, id identity.UserID) ([]identity.ExternalIdentity, error)
	SessionsOf(ctx context.Context, id identity.UserID) ([]identity.Session, error)
	MembershipsOf(ctx context.Context, id identity.UserID) ([]identity.Membership, error)
	mails.UndeliveredReads
}

// Registry makes accounts and names them.
type Registry struct {
	Trail trail.Writer
	IDs   idgen.Generator
	Clock clock.Clock
	Cache cache.Cache
	Reads Reads
	// Watchers are the contexts that show names; nil: there are none.
	Watchers func() []identityport.Watcher
}

// Register writes a new person with their personal organization and tells the
// other contexts.
func (r Registry) Register(ctx context.Context, s Stores, u identity.User, by, address string, now time.Time) error {
	if err := s.Users.Insert(ctx, u); err != nil {
		return err
	}
	own := identity.Organization{ID: identity.OrganizationID(r.IDs.New()), Name: u.Name, Personal: true, CreatedAt: now}
	if err := s.Organizations.Insert(ctx, own, u.ID); err != nil {
		return err
	}
	if err := s.Audit.Append(ctx, r.Trail.Entry(by, "identity.account_created", trail.User(u.ID), address, now)); err != nil {
		return err
	}
	return r.Trail.Publish(ctx, s.Events, now, identityport.UserRegistered{
		UserID: u.ID, PersonalOrganization: own.ID, Email: string(u.Email), Name: u.Name, Role: u.Role,
	})
}

// NameFrom is what somebody is called who gave no name: the part of the address
// before the "@", cut to what a name may have.
func NameFrom(e identity.Email) string {
	local, _, _ := strings.Cut(string(e), "@")
	if name, err := identity.ParseName(local); err == nil {
		return name
	}
	return "Somebody"
}

// Update writes a person and names their own organization after them; when their
// name has changed, it publishes that.
func (r Registry) Update(ctx context.Context, s Stores, u identity.User, renamed bool, now time.Time) error {
	if err := s.Users.Update(ctx, u); err != nil {
		return err
	}
	if err := s.Organizations.RenamePersonal(ctx, u.ID, u.Name, now); err != nil || !renamed {
		return err
	}
	return r.Trail.Publish(ctx, s.Events, now, identityport.UserRenamed{UserID: u.ID})
}

// InvalidateNamed is [cached.Invalidate], after a change of a person whose name may be
// another one now: the contexts that show it follow before the caller is answered. One
// that cannot is told again by the event.
func (r Registry) InvalidateNamed(ctx context.Context, id identity.UserID, renamed bool, tags ...string) {
	cached.Invalidate(ctx, r.Cache, tags...)
	if !renamed || r.Watchers == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cached.Timeout)
	defer cancel()
	for _, w := range r.Watchers() {
		_ = w.PersonRenamed(ctx, id)
	}
}

// WhoseEmail returns the person with the address, or nobody. What is asked next about
// nobody is the same as about somebody, so that the number of reads tells nothing.
func (r Registry) WhoseEmail(ctx context.Context, email identity.Email) (identity.User, error) {
	user, err := r.Reads.UserByEmail(ctx, email)
	if errors.Is(err, identity.ErrUserNotFound) {
		return identity.User{ID: identity.Nobody}, nil
	}
	if err != nil {
		return identity.User{}, fmt.Errorf("people: find whose address it is: %w", err)
	}
	return user, nil
}

// ProfileOf reads what a person sees of their own account; ErrUserNotFound.
func (r Registry) ProfileOf(ctx context.Context, id identity.UserID) (p identity.Profile, err error) {
	if p.User, err = r.Reads.User(ctx, id); err != nil {
		return identity.Profile{}, err
	}
	credential, err := r.Reads.CredentialOf(ctx, id)
	if err != nil {
		return identity.Profile{}, err
	}
	p.HasPassword = credential.Hash != ""
	if p.Identities, err = r.Reads.IdentitiesOf(ctx, id); err != nil {
		return identity.Profile{}, err
	}
	sessions, err := r.Reads.SessionsOf(ctx, id)
	if err != nil {
		return identity.Profile{}, err
	}
	now := r.Clock.Now()
	for _, s := range sessions {
		if s.ActiveAt(now) {
			p.Sessions = append(p.Sessions, s)
		}
	}
	if p.Memberships, err = r.Reads.MembershipsOf(ctx, id); err != nil {
		return identity.Profile{}, err
	}
	failed, err := mails.Undelivered(ctx, r.Reads, r.Clock.Now(), string(p.User.Email))
	if err != nil {
		return identity.Profile{}, err
	}
	_, p.EmailUndelivered = failed[string(p.User.Email)]
	return p, nil
}
