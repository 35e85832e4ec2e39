package signin

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/providers"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// Stores is what a use case of this room may change in one transaction.
type Stores struct {
	Users         identity.Users
	Credentials   identity.Credentials
	Identities    identity.Identities
	Sessions      identity.Sessions
	RefreshTokens identity.RefreshTokens
	MailTokens    identity.MailTokens
	PendingEmails identity.PendingEmails
	Organizations identity.Organizations
	Avatars       identity.Avatars
	Exports       identity.DataExports
	Consents      identity.Consents
	TOTPs         identity.TOTPs
	RecoveryCodes identity.RecoveryCodes
	Passkeys      identity.Passkeys
	Challenges    identity.Challenges
	Invitations   identity.Invitations
	Grants        identity.ResourceGrants
	Tokens        identity.PersonalTokens
	Audit         audit.Trail
	Events        events.Writer
	Inbox         events.Inbox
	Jobs          jobs.Enqueuer
	MailFailures  mail.FailureChanges
}

// StoresOf picks this room's stores of all.
func StoresOf(all identity.Stores) Stores {
	return Stores{
		Users:         all.Users,
		Credentials:   all.Credentials,
		Identities:    all.Identities,
		Sessions:      all.Sessions,
		RefreshTokens: all.RefreshTokens,
		MailTokens:    all.MailTokens,
		PendingEmails: all.PendingEmails,
		Organizations: all.Organizations,
		Avatars:       all.Avatars,
		Exports:       all.Exports,
		Consents:      all.Consents,
		TOTPs:         all.TOTPs,
		RecoveryCodes: all.RecoveryCodes,
		Passkeys:      all.Passkeys,
		Challenges:    all.Challenges,
		Invitations:   all.Invitations,
		Grants:        all.Grants,
		Tokens:        all.Tokens,
		Audit:         all.Audit,
		Events:        all.Events,
		Inbox:         all.Inbox,
		Jobs:          all.Jobs,
		MailFailures:  all.MailFailures,
	}
}

// UnitOfWork runs fn in one transaction; see [identity.UnitOfWork].
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Reads is what this room needs no transaction for.
type Reads interface {
	// AvatarETag returns only the ETag; empty for somebody without a picture.
	AvatarETag(ctx context.Context, id identity.UserID) (string, error)
	// Challenge returns what is under way; ErrChallengeUnknown as for Challenges.Try.
	Challenge(ctx context.Context, hash []byte, p identity.ChallengePurpose, now time.Time) (identity.Challenge, error)
	// CustomRole fails with ErrRoleAbsent.
	CustomRole(ctx context.Context, of identity.OrganizationID, name string) (identity.CustomRole, error)
	// MailFailedTo returns those of the addresses to which a mail was refused since t,
	// with the time of the latest refusal.
	MailFailedTo(ctx context.Context, addresses []string, since time.Time) (map[string]time.Time, error)
	// MailToken fails with ErrInvalidLink like MailTokens.Take.
	MailToken(ctx context.Context, p identity.MailPurpose, hash []byte, now time.Time) (identity.MailToken, error)
	// MembershipsOf lists the personal organization first, then by age.
	MembershipsOf(ctx context.Context, id identity.UserID) ([]identity.Membership, error)
	// PasskeysOf lists a person's passkeys by age.
	PasskeysOf(ctx context.Context, id identity.UserID) ([]identity.Passkey, error)
	// PendingEmailOf answers false when nothing is pending at now.
	PendingEmailOf(ctx context.Context, user identity.UserID, now time.Time) (identity.PendingEmail, bool, error)
	// PersonalToken and PersonalTokenByHash fail with ErrTokenNotFound.
	PersonalToken(ctx context.Context, id string) (identity.PersonalToken, error)
	PersonalTokenByHash(ctx context.Context, hash []byte) (identity.PersonalToken, error)
	// PersonalTokensOf lists those that are not revoked, the latest first.
	PersonalTokensOf(ctx context.Context, id identity.UserID) ([]identity.PersonalToken, error)
	// RefreshToken returns a token, redeemed or not, and past its time too;
	// ErrInvalidToken.
	RefreshToken(ctx context.Context, hash []byte) (identity.RefreshToken, error)
	Session(ctx context.Context, id string) (identity.Session, error)
	// SessionByToken and Session fail with ErrSessionNotFound.
	SessionByToken(ctx context.Context, hash []byte) (identity.Session, error)
	// TOTPOf answers false for somebody without an authenticator app.
	TOTPOf(ctx context.Context, id identity.UserID) (identity.TOTP, bool, error)
	// User fails with ErrUserNotFound.
	User(ctx context.Context, id identity.UserID) (identity.User, error)
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
