package organizations

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// How many invitations go out: what somebody and an organization send, what an address
// and all addresses of a domain get. The mails carry names that the sender chose, to
// somebody who never asked.
var (
	inviteLimit        = ratelimit.Limit{Count: 50, Per: 24 * time.Hour}
	inviteWithinLimit  = ratelimit.Limit{Count: 100, Per: 24 * time.Hour}
	invitedLimit       = ratelimit.Limit{Count: 10, Per: 24 * time.Hour}
	invitedDomainLimit = ratelimit.Limit{Count: 100, Per: time.Hour}
)

// InvitationView is an invitation as who was invited sees it.
type InvitationView struct {
	Invitation   identity.Invitation
	Organization string
	Inviter      string // empty: no longer here
	RoleLabel    string
}

// Invite is who is invited to what.
type Invite struct {
	Organization identity.OrganizationID
	Email        string
	Role         identity.OrganizationRole
}

// Invite asks an address to join an organization, by a mail. It needs
// identity.PermissionInvite, and nobody invites to more than they hold; nobody is
// invited as an owner. Whoever is invited by a member whose own time ends is one as long
// as they. It fails with ErrInvalidEmail, ErrRoleAbsent, ErrBeyondOwn,
// ErrOwnersOnly, ErrAlreadyMember, ErrInvitationOpen, ErrNoSeats,
// ErrPersonalOrganization, ErrEmailUnproven and ErrTooManyAttempts.
func (a *App) Invite(ctx context.Context, actor identity.Actor, cmd Invite) (identity.Invitation, error) {
	var i identity.Invitation
	email, err := identity.ParseEmail(cmd.Email)
	if err := a.mayInvite(ctx, actor, cmd.Organization); err != nil {
		return i, err
	}
	if err != nil {
		return i, err
	}
	counted, err := a.countInvitation(ctx, actor, cmd.Organization, email)
	if err != nil {
		return i, err
	}
	err = a.changeOrganization(ctx, actor, cmd.Organization, identity.PermissionInvite, "identity.member_invited",
		func(ctx context.Context, s Stores, at memberAccess, now time.Time) ([]identity.UserID, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, err
			}
			if err := provenInviter(ctx, s, actor); err != nil {
				return nil, err
			}
			if cmd.Role == identity.Owner {
				return nil, identity.ErrOwnersOnly
			}
			to, err := a.grantable(ctx, s, cmd.Organization, cmd.Role)
			if err != nil {
				return nil, err
			}
			if err := identity.MayReassign(at.role, at.holds, "", cmd.Role, nil, to); err != nil {
				return nil, err
			}
			if err := a.mayBeInvited(ctx, s, at.organization, email, now); err != nil {
				return nil, err
			}
			i = identity.Invitation{
				ID: a.deps.IDs.New(), Organization: cmd.Organization, Email: email, Role: cmd.Role,
				Hash: identity.NewSecret().Hash(), InvitedBy: actor.UserID, CreatedAt: now, EndsAt: at.ends,
			}
			i.ExpiresAt = i.Lasts(now)
			if err := s.Invitations.Insert(ctx, i); err != nil {
				return nil, err
			}
			return nil, a.postInvitation(ctx, s, at.organization, actor, i)
		})
	if err != nil {
		a.deps.Limits.GiveBack(ctx, counted) // no mail is written
	}
	return i, err
}

// mayInvite checks before anything is counted what the transaction checks again: that
// the actor may invite to a shared organization, from an address of their own.
func (a *App) mayInvite(ctx context.Context, actor identity.Actor, id identity.OrganizationID) error {
	v, err := a.openFor(ctx, actor, id, identity.PermissionInvite)
	if err != nil {
		return err
	}
	if err := v.Organization.MayShare(); err != nil {
		return err
	}
	u, err := a.deps.Reads.User(ctx, actor.UserID)
	if err == nil && !u.EmailVerified {
		err = identity.ErrEmailUnproven
	}
	return err
}

// mayBeInvited checks that an address is no member's and that a seat is free, and
// revokes what is past its time.
func (a *App) mayBeInvited(ctx context.Context, s Stores, o identity.Organization, email identity.Email, now time.Time) error {
	u, err := s.Users.ByEmail(ctx, email)
	if err == nil {
		_, err = s.Organizations.Member(ctx, o.ID, u.ID)
		if err == nil {
			return identity.ErrAlreadyMember
		}
	}
	if !errors.Is(err, identity.ErrUserNotFound) && !errors.Is(err, identity.ErrMemberAbsent) {
		return err
	}
	if err := s.Invitations.RevokeExpired(ctx, o.ID, email, now); err != nil {
		return err
	}
	members, err := s.Organizations.Members(ctx, o.ID)
	if err != nil {
		return err
	}
	open, err := s.Invitations.CountOpen(ctx, o.ID, now)
	if err != nil {
		return err
	}
	return o.HasSeat(len(members), open)
}

// provenInviter keeps whoever has not proven their own address from writing to others;
// ErrEmailUnproven.
func provenInviter(ctx context.Context, s Stores, actor identity.Actor) error {
	u, err := s.Users.ByID(ctx, actor.UserID)
	if err != nil {
		return err
	}
	if !u.EmailVerified {
		return identity.ErrEmailUnproven
	}
	return nil
}

func (a *App) countInvitation(ctx context.Context, actor identity.Actor, o identity.OrganizationID, email identity.Email) (throttle.Attempt, error) {
	_, domain, _ := strings.Cut(string(email), "@")
	return a.deps.Limits.CountAll(ctx,
		throttle.Counted{Key: "identity.invite:by:" + string(actor.UserID), Limit: inviteLimit},
		throttle.Counted{Key: "identity.invite:within:" + string(o), Limit: inviteWithinLimit},
		throttle.Counted{Key: "identity.invite:to:" + throttle.Digest(string(email)), Limit: invitedLimit},
		throttle.Counted{Key: "identity.invite:domain:" + throttle.Digest(domain), Limit: invitedDomainLimit},
	)
}

func (a *App) postInvitation(ctx context.Context, s Stores, o identity.Organization, actor identity.Actor, i identity.Invitation) error {
	return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.Invitation, To: string(i.Email), Data: map[string]string{
		"invitation": i.ID, "organization": o.Name, "inviter": actor.Name,
	}})
}

// Mails is what completes the mails of this room before they are sent.
func (a *App) Mails() map[mails.Kind]mails.Prepare {
	return map[mails.Kind]mails.Prepare{mails.Invitation: a.invitationToken}
}

// invitationToken makes the secret of an invitation's mail. It fails with mails.ErrSettled
// when the invitation has ended meanwhile.
func (a *App) invitationToken(ctx context.Context, m *mails.Mail, _ *identity.User) (identity.Secret, error) {
	id, secret := m.Data["invitation"], identity.NewSecret()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		i, err := s.Invitations.ByID(ctx, id)
		if err != nil {
			return err
		}
		if !i.OpenAt(a.deps.Clock.Now()) {
			return identity.ErrInvitationAbsent
		}
		return s.Invitations.Renew(ctx, id, secret.Hash(), i.ExpiresAt)
	})
	if errors.Is(err, identity.ErrInvitationAbsent) {
		err = mails.ErrSettled
	}
	return secret, err
}

// OpenInvitation is an invitation as those see it who may invite.
type OpenInvitation struct {
	identity.Invitation
	// Undelivered says that its mail was refused. A refusal from before it was sent
	// says something about somebody else's mail, and is none of the inviter's business.
	Undelivered bool
}

// ListInvitations returns the open invitations of an organization, newest first. It
// needs identity.PermissionInvite.
func (a *App) ListInvitations(ctx context.Context, actor identity.Actor, id identity.OrganizationID) ([]OpenInvitation, error) {
	if _, err := a.openFor(ctx, actor, id, identity.PermissionInvite); err != nil {
		return nil, err
	}
	list, err := a.deps.Reads.OpenInvitationsOf(ctx, id, a.deps.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("organizations: invitations of %s: %w", id, err)
	}
	addresses := make([]string, len(list))
	for n, i := range list {
		addresses[n] = string(i.Email)
	}
	failed, err := mails.Undelivered(ctx, a.deps.Reads, a.deps.Clock.Now(), addresses...)
	if err != nil {
		return nil, err
	}
	out := make([]OpenInvitation, len(list))
	for n, i := range list {
		at, refused := failed[string(i.Email)]
		out[n] = OpenInvitation{Invitation: i, Undelivered: refused && !at.Before(i.SentAt())}
	}
	return out, nil
}

// ResendInvitation sends the mail again, with a new link, and has the invitation
// run anew. It needs identity.PermissionInvite; ErrInvitationAbsent, ErrEmailUnproven,
// ErrTooManyAttempts.
func (a *App) ResendInvitation(ctx context.Context, actor identity.Actor, id identity.OrganizationID, invitation string) error {
	if err := a.mayInvite(ctx, actor, id); err != nil {
		return err
	}
	found, err := a.deps.Reads.Invitation(ctx, invitation)
	if err == nil && (found.Organization != id || !found.OpenAt(a.deps.Clock.Now())) {
		err = identity.ErrInvitationAbsent
	}
	if err != nil {
		return fmt.Errorf("organizations: send invitation %s again: %w", invitation, err)
	}
	counted, err := a.countInvitation(ctx, actor, id, found.Email)
	if err != nil {
		return err
	}
	err = a.changeOrganization(ctx, actor, id, identity.PermissionInvite, "identity.invitation_resent",
		func(ctx context.Context, s Stores, at memberAccess, now time.Time) ([]identity.UserID, error) {
			if err := provenInviter(ctx, s, actor); err != nil {
				return nil, err
			}
			i, err := openInvitation(ctx, s, id, invitation, now)
			if err != nil {
				return nil, err
			}
			if err := s.Invitations.Renew(ctx, i.ID, i.Hash, i.Lasts(now)); err != nil {
				return nil, err
			}
			return nil, a.postInvitation(ctx, s, at.organization, actor, i)
		})
	if err != nil {
		a.deps.Limits.GiveBack(ctx, counted) // no mail is written
	}
	return err
}

// RevokeInvitation takes an invitation back. It needs identity.PermissionInvite;
// ErrInvitationAbsent.
func (a *App) RevokeInvitation(ctx context.Context, actor identity.Actor, id identity.OrganizationID, invitation string) error {
	return a.changeOrganization(ctx, actor, id, identity.PermissionInvite, "identity.invitation_revoked",
		func(ctx context.Context, s Stores, _ memberAccess, now time.Time) ([]identity.UserID, error) {
			i, err := openInvitation(ctx, s, id, invitation, now)
			if err != nil {
				return nil, err
			}
			return nil, s.Invitations.Revoke(ctx, i.ID, now)
		})
}

// openInvitation reads an invitation of one organization that can be accepted;
// ErrInvitationAbsent for every other one.
func openInvitation(ctx context.Context, s Stores, id identity.OrganizationID, invitation string, now time.Time) (identity.Invitation, error) {
	i, err := s.Invitations.ByID(ctx, invitation)
	if err == nil && (i.Organization != id || !i.OpenAt(now)) {
		err = identity.ErrInvitationAbsent
	}
	return i, err
}

// PeekInvitation shows whoever holds the link what it leads to; ErrInvitationAbsent.
func (a *App) PeekInvitation(ctx context.Context, token identity.Secret) (InvitationView, error) {
	i, err := a.deps.Reads.InvitationByHash(ctx, token.Hash())
	if err == nil && !i.OpenAt(a.deps.Clock.Now()) {
		err = identity.ErrInvitationAbsent
	}
	if err != nil {
		return InvitationView{}, fmt.Errorf("organizations: look at an invitation: %w", err)
	}
	v, err := a.viewInvitation(ctx, i)
	if errors.Is(err, identity.ErrOrganizationAbsent) {
		err = identity.ErrInvitationAbsent
	}
	return v, err
}

func (a *App) viewInvitation(ctx context.Context, i identity.Invitation) (InvitationView, error) {
	o, err := a.deps.Reads.Organization(ctx, i.Organization)
	if err != nil {
		return InvitationView{}, fmt.Errorf("organizations: organization of invitation %s: %w", i.ID, err)
	}
	v := InvitationView{Invitation: i, Organization: o.Name, RoleLabel: string(i.Role)}
	inviter, err := a.deps.Reads.User(ctx, i.InvitedBy)
	if err != nil && !errors.Is(err, identity.ErrUserNotFound) {
		return InvitationView{}, fmt.Errorf("organizations: inviter of %s: %w", i.ID, err)
	}
	v.Inviter = inviter.Name
	if !a.deps.OrganizationPolicy.BuiltIn(i.Role) {
		role, err := a.deps.Reads.CustomRole(ctx, i.Organization, string(i.Role))
		if err != nil && !errors.Is(err, identity.ErrRoleAbsent) {
			return InvitationView{}, fmt.Errorf("organizations: role of invitation %s: %w", i.ID, err)
		}
		if role.Label != "" {
			v.RoleLabel = role.Label
		}
	}
	return v, nil
}

// AcceptInvitation names an invitation by the secret of its mail, or by its id for
// who sees it among their own.
type AcceptInvitation struct {
	Token identity.Secret
	ID    string
}

// AcceptInvitation makes the actor a member. Their address must be the one invited,
// and proven. However often and in however many places at once it is accepted, it
// works once. It fails with ErrInvitationAbsent, ErrInvitationForeign,
// ErrInvitationProof and ErrNoSeats.
func (a *App) AcceptInvitation(ctx context.Context, actor identity.Actor, cmd AcceptInvitation) (identity.OrganizationID, error) {
	if !actor.SignedIn() {
		return "", identity.ErrNotSignedIn
	}
	found, err := a.invitationFor(ctx, actor, cmd)
	if err != nil {
		return "", fmt.Errorf("organizations: accept an invitation: %w", err)
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		o, err := s.Organizations.Lock(ctx, found.Organization)
		if errors.Is(err, identity.ErrOrganizationAbsent) {
			return identity.ErrInvitationAbsent
		}
		if err != nil {
			return err
		}
		i, err := openInvitation(ctx, s, o.ID, found.ID, now)
		if err != nil {
			return err
		}
		if cmd.Token != "" && !bytes.Equal(i.Hash, cmd.Token.Hash()) {
			return identity.ErrInvitationAbsent // sent again meanwhile, with another link
		}
		return a.addMember(ctx, s, o, i, actor, now)
	})
	if err != nil {
		return "", fmt.Errorf("organizations: accept invitation %s: %w", found.ID, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(actor.UserID))
	return found.Organization, nil
}

// invitationFor finds the invitation that is meant. By its id it is found by who it
// went to alone.
func (a *App) invitationFor(ctx context.Context, actor identity.Actor, cmd AcceptInvitation) (identity.Invitation, error) {
	if cmd.Token != "" {
		return a.deps.Reads.InvitationByHash(ctx, cmd.Token.Hash())
	}
	i, err := a.deps.Reads.Invitation(ctx, cmd.ID)
	if err == nil && string(i.Email) != actor.Email {
		err = identity.ErrInvitationAbsent
	}
	return i, err
}

func (a *App) addMember(ctx context.Context, s Stores, o identity.Organization, i identity.Invitation, actor identity.Actor, now time.Time) error {
	u, err := s.Users.ByID(ctx, actor.UserID)
	if err != nil {
		return err
	}
	if err := i.MayAccept(u); err != nil {
		return err
	}
	members, err := s.Organizations.Members(ctx, o.ID)
	if err != nil {
		return err
	}
	if err := o.HasSeat(len(members), 0); err != nil {
		return err
	}
	role := i.Role
	if _, err := a.grantable(ctx, s, o.ID, role); errors.Is(err, identity.ErrRoleAbsent) {
		role = identity.Reader // gone since, as it may be after the invitation's time
	} else if err != nil {
		return err
	}
	if err := s.Invitations.Accept(ctx, i.ID, now); err != nil {
		return err
	}
	if err := s.Organizations.Join(ctx, identity.Membership{Organization: o.ID, User: u.ID, Role: role, CreatedAt: now, EndsAt: i.EndsAt}); err != nil {
		return err
	}
	return s.Audit.Append(ctx, a.deps.Trail.By(actor, "identity.invitation_accepted", trail.Organization(o.ID), now))
}
