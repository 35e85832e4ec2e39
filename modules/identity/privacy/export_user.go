package privacy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Export is what identity holds about a person, as they get it. What proves who
// they are (hashes of passwords, cookies, tokens and codes, sealed secrets, keys) is
// not part of it, nor who somebody else is. What has ended is part of it for as long
// as it is kept.
type Export struct {
	ID                  identity.UserID        `json:"id"`
	Email               string                 `json:"email"`
	EmailVerified       bool                   `json:"email_verified"`
	PendingEmail        *ExportedPendingEmail  `json:"pending_email,omitempty"`
	Name                string                 `json:"name"`
	Role                identity.Role          `json:"role"`
	RoleLabel           string                 `json:"role_label,omitempty"` // of a role that was made here
	Permissions         []identity.Permission  `json:"permissions"`
	SuspendedAt         time.Time              `json:"suspended_at,omitzero"`
	EraseAt             time.Time              `json:"erase_at,omitzero"`
	FactorRequiredSince time.Time              `json:"second_factor_required_since,omitzero"`
	LastActiveAt        time.Time              `json:"last_active_at,omitzero"`
	CreatedAt           time.Time              `json:"created_at"`
	UpdatedAt           time.Time              `json:"updated_at"`
	Picture             *ExportedPicture       `json:"picture,omitempty"`
	HasPassword         bool                   `json:"has_password"`
	PasswordSince       time.Time              `json:"password_changed_at,omitzero"`
	Authenticator       *ExportedAuthenticator `json:"authenticator_app,omitempty"`
	RecoveryCodes       ExportedCodes          `json:"recovery_codes"`
	Passkeys            []ExportedPasskey      `json:"passkeys"`
	Identities          []ExportedIdentity     `json:"identities"`
	Sessions            []ExportedSession      `json:"sessions"`
	Impersonations      []ExportedSession      `json:"impersonations"` // in somebody else's name
	Tokens              []ExportedToken        `json:"personal_tokens"`
	Links               []ExportedLink         `json:"unused_links"` // that were not used
	Memberships         []ExportedMembership   `json:"memberships"`
	Invitations         []ExportedInvitation   `json:"invitations"`
	Invited             []ExportedInvitation   `json:"invitations_sent"`
	Grants              []ExportedGrant        `json:"grants"`
	Granted             []ExportedGrant        `json:"grants_given"` // to somebody else
	Consents            []ExportedConsent      `json:"consents"`
	Exports             []ExportedExport       `json:"exports"`
}

// ExportUser is an [identityport.Export]; it returns an [Export], or ErrUserNotFound.
func (a *App) ExportUser(ctx context.Context, who identityport.Subject) (any, error) {
	out, err := a.exportUser(ctx, who.User)
	if err != nil {
		return nil, fmt.Errorf("privacy: export %s: %w", who.User, err)
	}
	return out, nil
}

func (a *App) exportUser(ctx context.Context, id identity.UserID) (out Export, err error) {
	u, err := a.deps.Reads.User(ctx, id)
	if err != nil {
		return out, err
	}
	linked, err := a.deps.Reads.IdentitiesOf(ctx, id)
	if err != nil {
		return out, err
	}
	out = Export{
		ID: u.ID, Email: string(u.Email), EmailVerified: u.EmailVerified, Name: u.Name, Role: u.Role,
		SuspendedAt: u.SuspendedAt, EraseAt: u.EraseAt, FactorRequiredSince: u.FactorRequiredSince, LastActiveAt: u.LastActiveAt, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
		Identities: each(linked, func(i identity.ExternalIdentity) ExportedIdentity {
			return ExportedIdentity{i.ID, i.Provider, i.Subject, i.Email, i.CreatedAt}
		}),
	}
	for _, part := range []func(ctx context.Context, u identity.User, out *Export) error{
		a.exportRole, a.exportPicture, a.exportProofs, a.exportMemberships, a.exportChoices, a.exportHeld,
	} {
		if err := part(ctx, u, &out); err != nil {
			return Export{}, err
		}
	}
	return out, nil
}

func (a *App) exportRole(ctx context.Context, u identity.User, out *Export) error {
	var err error
	if out.Permissions, err = a.deps.Roles.PermissionsOf(ctx, u.Role); err != nil || a.deps.Policy.BuiltIn(u.Role) {
		return err
	}
	custom, err := a.customRole(ctx, "", string(u.Role))
	out.RoleLabel = custom.Label
	return err
}

// customRole returns a role that was made here; an empty one when it is gone.
func (a *App) customRole(ctx context.Context, of identity.OrganizationID, name string) (identity.CustomRole, error) {
	r, err := a.deps.Reads.CustomRole(ctx, of, name)
	if errors.Is(err, identity.ErrRoleAbsent) {
		return identity.CustomRole{}, nil
	}
	return r, err
}

func (a *App) exportPicture(ctx context.Context, u identity.User, out *Export) error {
	picture, err := a.deps.Reads.AvatarOf(ctx, u.ID)
	if errors.Is(err, identity.ErrAvatarAbsent) {
		return nil
	}
	out.Picture = &ExportedPicture{picture.ContentType, len(picture.Body), picture.UpdatedAt}
	return err
}

func (a *App) exportProofs(ctx context.Context, u identity.User, out *Export) error {
	password, err := a.deps.Reads.CredentialOf(ctx, u.ID)
	if err != nil {
		return err
	}
	out.HasPassword, out.PasswordSince = password.Hash != "", password.ChangedAt
	app, has, err := a.deps.Reads.TOTPOf(ctx, u.ID)
	if err != nil {
		return err
	}
	if has {
		out.Authenticator = &ExportedAuthenticator{app.CreatedAt, app.ConfirmedAt}
	}
	pending, found, err := a.deps.Reads.PendingEmailOf(ctx, u.ID, a.deps.Clock.Now())
	if err != nil {
		return err
	}
	if found {
		out.PendingEmail = &ExportedPendingEmail{string(pending.Email), pending.CreatedAt, pending.ExpiresAt}
	}
	passkeys, err := a.deps.Reads.PasskeysOf(ctx, u.ID)
	out.Passkeys = each(passkeys, func(p identity.Passkey) ExportedPasskey {
		return ExportedPasskey{p.ID, p.Name, p.SignCount, p.BackedUp, p.CreatedAt, p.LastUsedAt}
	})
	return err
}

func (a *App) exportMemberships(ctx context.Context, u identity.User, out *Export) error {
	memberships, err := a.deps.Reads.MembershipsOf(ctx, u.ID)
	if err != nil {
		return err
	}
	out.Memberships = []ExportedMembership{}
	for _, m := range memberships {
		o, err := a.deps.Reads.Organization(ctx, m.Organization)
		if errors.Is(err, identity.ErrOrganizationAbsent) {
			continue // it ended meanwhile
		}
		if err != nil {
			return err
		}
		custom, err := a.customRole(ctx, m.Organization, string(m.Role))
		if err != nil {
			return err
		}
		holds := identity.OrganizationPermissions(a.deps.OrganizationPolicy, m.Role, []identity.CustomRole{custom})
		out.Memberships = append(out.Memberships, ExportedMembership{m.Organization, o.Name, m.Personal, m.Role, custom.Label, holds, m.CreatedAt, m.EndsAt})
	}
	return nil
}

func (a *App) exportChoices(ctx context.Context, u identity.User, out *Export) error {
	consents, err := a.deps.Reads.ConsentsOf(ctx, u.ID)
	if err != nil {
		return err
	}
	out.Consents = each(consents, func(c identity.Consent) ExportedConsent {
		return ExportedConsent{c.ID, c.Kind, c.Version, c.Given, c.IP, c.At}
	})
	grants, err := a.deps.Reads.GrantsOf(ctx, u.ID)
	if err != nil {
		return err
	}
	out.Grants = each(grants, exportedGrant)
	exports, err := a.deps.Reads.DataExportsOf(ctx, u.ID)
	out.Exports = each(exports, func(e identity.DataExport) ExportedExport {
		return ExportedExport{e.ID, e.StateAt(a.deps.Clock.Now()), e.Done, e.Total, e.Size, e.CreatedAt, e.FinishedAt, e.ExpiresAt}
	})
	return err
}

func (a *App) exportHeld(ctx context.Context, u identity.User, out *Export) error {
	held, err := a.deps.Reads.PersonalData(ctx, u.ID, u.Email)
	if err != nil {
		return err
	}
	out.Sessions = each(held.Sessions, exportedSession)
	out.Impersonations = each(held.Impersonations, exportedSession)
	out.Invitations = each(held.InvitationsTo, exportedInvitation)
	out.Invited = each(held.InvitationsBy, exportedInvitation)
	out.Granted = each(held.GrantsBy, exportedGrant)
	out.RecoveryCodes = ExportedCodes{held.RecoveryCodes.Unused, held.RecoveryCodes.Used, held.RecoveryCodes.MadeAt}
	out.Tokens = each(held.Tokens, func(t identity.PersonalToken) ExportedToken {
		return ExportedToken{t.ID, t.Name, t.Hint, t.Scopes, t.CreatedAt, t.ExpiresAt, t.LastUsedAt, t.LastUsedFrom, t.RevokedAt}
	})
	out.Links = each(held.UnusedLinks, func(t identity.MailToken) ExportedLink {
		return ExportedLink{t.Purpose, string(t.Email), t.Name, t.Agreed, t.IP, t.CreatedAt, t.ExpiresAt}
	})
	return nil
}

// each makes what is exported of all; never nil, so that a list is a list.
func each[From, To any](all []From, of func(From) To) []To {
	out := make([]To, len(all))
	for i, v := range all {
		out[i] = of(v)
	}
	return out
}
