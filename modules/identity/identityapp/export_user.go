package identityapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Export is what identity holds about a person, as they get it. What proves who
// they are (hashes of passwords and cookies) is not part of it.
type Export struct {
	ID            identity.UserID      `json:"id"`
	Email         string               `json:"email"`
	EmailVerified bool                 `json:"email_verified"`
	Name          string               `json:"name"`
	Role          identity.Role        `json:"role"`
	HasPassword   bool                 `json:"has_password"`
	CreatedAt     time.Time            `json:"created_at"`
	UpdatedAt     time.Time            `json:"updated_at"`
	Identities    []ExportedIdentity   `json:"identities"`
	Sessions      []ExportedSession    `json:"sessions"`
	Memberships   []ExportedMembership `json:"memberships"`
}

// ExportedIdentity is a link to an account at a provider.
type ExportedIdentity struct {
	Provider string    `json:"provider"`
	Subject  string    `json:"subject"`
	Email    string    `json:"email"`
	LinkedAt time.Time `json:"linked_at"`
}

// ExportedSession is one live sign-in.
type ExportedSession struct {
	ID         string               `json:"id"`
	Kind       identity.SessionKind `json:"kind"`
	UserAgent  string               `json:"user_agent"`
	Address    string               `json:"address"`
	CreatedAt  time.Time            `json:"created_at"`
	LastSeenAt time.Time            `json:"last_seen_at"`
}

// ExportedMembership is a place in an organization.
type ExportedMembership struct {
	Organization identity.OrganizationID   `json:"organization_id"`
	Role         identity.OrganizationRole `json:"role"`
	Personal     bool                      `json:"personal"`
	Since        time.Time                 `json:"since"`
}

// ExportUser returns an [Export]; ErrUserNotFound.
func (a *App) ExportUser(ctx context.Context, id identity.UserID) (any, error) {
	p, err := a.profileOf(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("identityapp: export %s: %w", id, err)
	}
	out := Export{
		ID: p.User.ID, Email: string(p.User.Email), EmailVerified: p.User.EmailVerified, Name: p.User.Name,
		Role: p.User.Role, HasPassword: p.HasPassword, CreatedAt: p.User.CreatedAt, UpdatedAt: p.User.UpdatedAt,
		Identities:  make([]ExportedIdentity, 0, len(p.Identities)),
		Sessions:    make([]ExportedSession, 0, len(p.Sessions)),
		Memberships: make([]ExportedMembership, 0, len(p.Memberships)),
	}
	for _, i := range p.Identities {
		out.Identities = append(out.Identities, ExportedIdentity{i.Provider, i.Subject, i.Email, i.CreatedAt})
	}
	for _, s := range p.Sessions {
		out.Sessions = append(out.Sessions, ExportedSession{s.ID, s.Kind, s.Device.UserAgent, s.Device.Address, s.CreatedAt, s.LastSeenAt})
	}
	for _, m := range p.Memberships {
		out.Memberships = append(out.Memberships, ExportedMembership{m.Organization, m.Role, m.Personal, m.CreatedAt})
	}
	return out, nil
}
