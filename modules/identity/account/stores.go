package account

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/providers"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// Stores is what a use case of this room may change in one transaction.
type Stores struct {
	Users         identity.Users
	Credentials   identity.Credentials
	Identities    identity.Identities
	Sessions      identity.Sessions
	MailTokens    identity.MailTokens
	Organizations identity.Organizations
	Avatars       identity.Avatars
	TOTPs         identity.TOTPs
	RecoveryCodes identity.RecoveryCodes
	Passkeys      identity.Passkeys
	Challenges    identity.Challenges
	Tokens        identity.PersonalTokens
	Audit         audit.Trail
	Events        events.Writer
	Jobs          jobs.Enqueuer
}

// StoresOf picks this room's stores of all.
func StoresOf(all identity.Stores) Stores {
	return Stores{
		Users:         all.Users,
		Credentials:   all.Credentials,
		Identities:    all.Identities,
		Sessions:      all.Sessions,
		MailTokens:    all.MailTokens,
		Organizations: all.Organizations,
		Avatars:       all.Avatars,
		TOTPs:         all.TOTPs,
		RecoveryCodes: all.RecoveryCodes,
		Passkeys:      all.Passkeys,
		Challenges:    all.Challenges,
		Tokens:        all.Tokens,
		Audit:         all.Audit,
		Events:        all.Events,
		Jobs:          all.Jobs,
	}
}

// UnitOfWork runs fn in one transaction; see [identity.UnitOfWork].
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Reads is what this room needs no transaction for.
type Reads interface {
	// AvatarOf fails with ErrAvatarAbsent.
	AvatarOf(ctx context.Context, id identity.UserID) (identity.Avatar, error)
	// CredentialOf returns a zero Credential for somebody without a password.
	CredentialOf(ctx context.Context, id identity.UserID) (identity.Credential, error)
	IdentitiesOf(ctx context.Context, id identity.UserID) ([]identity.ExternalIdentity, error)
	// MembershipsOf lists the personal organization first, then by age.
	MembershipsOf(ctx context.Context, id identity.UserID) ([]identity.Membership, error)
	// Organization fails with ErrOrganizationAbsent.
	Organization(ctx context.Context, id identity.OrganizationID) (identity.Organization, error)
	// OwnerOf returns the longest-standing owner; ErrOrganizationAbsent.
	OwnerOf(ctx context.Context, id identity.OrganizationID) (identity.User, error)
	// PasskeysOf lists a person's passkeys by age.
	PasskeysOf(ctx context.Context, id identity.UserID) ([]identity.Passkey, error)
	// PersonalTokensOf lists those that are not revoked, the latest first.
	PersonalTokensOf(ctx context.Context, id identity.UserID) ([]identity.PersonalToken, error)
	// RecoveryCodesLeft counts the codes that are not used.
	RecoveryCodesLeft(ctx context.Context, id identity.UserID) (int, error)
	Session(ctx context.Context, id string) (identity.Session, error)
	// TOTPOf answers false for somebody without an authenticator app.
	TOTPOf(ctx context.Context, id identity.UserID) (identity.TOTP, bool, error)
	// User fails with ErrUserNotFound.
	User(ctx context.Context, id identity.UserID) (identity.User, error)
	UserByEmail(ctx context.Context, email identity.Email) (identity.User, error)
}

func (s Stores) factors() factors.Stores {
	return factors.Stores{
		Users: s.Users, TOTPs: s.TOTPs, Passkeys: s.Passkeys, RecoveryCodes: s.RecoveryCodes,
		Challenges: s.Challenges, Audit: s.Audit, Jobs: s.Jobs,
	}
}

func (s Stores) people() people.Stores {
	return people.Stores{Users: s.Users, Organizations: s.Organizations, Audit: s.Audit, Events: s.Events}
}

func (s Stores) links() providers.LinkStores {
	return providers.LinkStores{Identities: s.Identities, Audit: s.Audit, Jobs: s.Jobs}
}
