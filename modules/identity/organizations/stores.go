package organizations

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// Stores is what a use case of this room may change in one transaction.
type Stores struct {
	Users         identity.Users
	Organizations identity.Organizations
	TOTPs         identity.TOTPs
	RecoveryCodes identity.RecoveryCodes
	Passkeys      identity.Passkeys
	Challenges    identity.Challenges
	Invitations   identity.Invitations
	Roles         identity.CustomRoles
	Grants        identity.ResourceGrants
	Audit         audit.Trail
	Events        events.Writer
	Inbox         events.Inbox
	Jobs          jobs.Enqueuer
}

// StoresOf picks this room's stores of all.
func StoresOf(all identity.Stores) Stores {
	return Stores{
		Users:         all.Users,
		Organizations: all.Organizations,
		TOTPs:         all.TOTPs,
		RecoveryCodes: all.RecoveryCodes,
		Passkeys:      all.Passkeys,
		Challenges:    all.Challenges,
		Invitations:   all.Invitations,
		Roles:         all.Roles,
		Grants:        all.Grants,
		Audit:         all.Audit,
		Events:        all.Events,
		Inbox:         all.Inbox,
		Jobs:          all.Jobs,
	}
}

// UnitOfWork runs fn in one transaction; see [identity.UnitOfWork].
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Reads is what this room needs no transaction for.
type Reads interface {
	// CustomRole fails with ErrRoleAbsent.
	CustomRole(ctx context.Context, of identity.OrganizationID, name string) (identity.CustomRole, error)
	// CustomRolesOf lists them by label.
	CustomRolesOf(ctx context.Context, of identity.OrganizationID) ([]identity.CustomRole, error)
	// Granted lists what of a resource a person was granted that is good at now.
	Granted(ctx context.Context, user identity.UserID, resource string, now time.Time) ([]identity.ResourceGrant, error)
	// GrantsOf lists what a person was granted and offered, oldest first.
	GrantsOf(ctx context.Context, user identity.UserID) ([]identity.ResourceGrant, error)
	// GrantsOn lists who holds what on a resource at now, oldest grant first. Offers are none.
	GrantsOn(ctx context.Context, resource string, now time.Time) ([]identity.GrantedPerson, error)
	// Invitation and InvitationByHash fail with ErrInvitationAbsent.
	Invitation(ctx context.Context, id string) (identity.Invitation, error)
	InvitationByHash(ctx context.Context, hash []byte) (identity.Invitation, error)
	// MailFailedTo returns those of the addresses to which a mail was refused since t,
	// with the time of the latest refusal.
	MailFailedTo(ctx context.Context, addresses []string, since time.Time) (map[string]time.Time, error)
	// MembersOf lists up to limit members by id, those after the one given.
	MembersOf(ctx context.Context, id identity.OrganizationID, after identity.UserID, limit int) ([]identity.Member, error)
	// Membership fails with ErrMemberAbsent.
	Membership(ctx context.Context, id identity.OrganizationID, user identity.UserID) (identity.Membership, error)
	// OpenInvitationsOf and OpenInvitationsTo list those open at now, newest first,
	// at most a hundred.
	OpenInvitationsOf(ctx context.Context, id identity.OrganizationID, now time.Time) ([]identity.Invitation, error)
	OpenInvitationsTo(ctx context.Context, email identity.Email, now time.Time) ([]identity.Invitation, error)
	// Organization fails with ErrOrganizationAbsent.
	Organization(ctx context.Context, id identity.OrganizationID) (identity.Organization, error)
	// PeopleByID returns those of the people who exist, in any order.
	PeopleByID(ctx context.Context, ids []identity.UserID) ([]identity.User, error)
	// PlacesOf lists the personal organization first, then by age.
	PlacesOf(ctx context.Context, id identity.UserID) ([]identity.Place, error)
	// Seated counts the members, and the invitations that can be accepted at now:
	// what takes a seat.
	Seated(ctx context.Context, id identity.OrganizationID, now time.Time) (members, invitations int, err error)
	// User fails with ErrUserNotFound.
	User(ctx context.Context, id identity.UserID) (identity.User, error)
	// WithoutFactor returns those of the people who have no second factor, in no order;
	// who is not there is none of them.
	WithoutFactor(ctx context.Context, people ...identity.UserID) ([]identity.UserID, error)
}

func (s Stores) factors() factors.Stores {
	return factors.Stores{
		Users: s.Users, TOTPs: s.TOTPs, Passkeys: s.Passkeys, RecoveryCodes: s.RecoveryCodes,
		Challenges: s.Challenges, Audit: s.Audit, Jobs: s.Jobs,
	}
}
