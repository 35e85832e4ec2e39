package identityapp

import (
	"context"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// register writes a new person with their personal organization and tells the
// other contexts.
func (a *App) register(ctx context.Context, s identity.Stores, u identity.User, by, address string, now time.Time) error {
	if err := s.Users.Insert(ctx, u); err != nil {
		return err
	}
	own := identity.Organization{ID: identity.OrganizationID(a.deps.IDs.New()), Name: u.Name, Personal: true, CreatedAt: now}
	if err := s.Organizations.Insert(ctx, own, u.ID); err != nil {
		return err
	}
	if err := s.Audit.Append(ctx, a.entry(by, "identity.account_created", userResource(u.ID), address, now)); err != nil {
		return err
	}
	return a.publish(ctx, s, now, identityport.UserRegistered{
		UserID: u.ID, PersonalOrganization: own.ID, Email: string(u.Email), Name: u.Name, Role: u.Role,
	})
}

// nameFrom is what somebody is called who gave no name: the part of the address
// before the "@", cut to what a name may have.
func nameFrom(e identity.Email) string {
	local, _, _ := strings.Cut(string(e), "@")
	if name, err := identity.ParseName(local); err == nil {
		return name
	}
	return "Somebody"
}
