package privacy

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// Stores is what a use case of this room may change in one transaction.
type Stores struct {
	Users         identity.Users
	Sessions      identity.Sessions
	MailTokens    identity.MailTokens
	Organizations identity.Organizations
	Exports       identity.DataExports
	Deletions     identity.Deletions
	Consents      identity.Consents
	Tokens        identity.PersonalTokens
	Audit         audit.Trail
	Events        events.Writer
	Log           events.Log
	Inbox         events.Inbox
	Jobs          jobs.Enqueuer
	MailFailures  mail.FailureChanges
}

// StoresOf picks this room's stores of all.
func StoresOf(all identity.Stores) Stores {
	return Stores{
		Users:         all.Users,
		Sessions:      all.Sessions,
		MailTokens:    all.MailTokens,
		Organizations: all.Organizations,
		Exports:       all.Exports,
		Deletions:     all.Deletions,
		Consents:      all.Consents,
		Tokens:        all.Tokens,
		Audit:         all.Audit,
		Events:        all.Events,
		Log:           all.Log,
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
	// Archive returns the bytes; ErrExportAbsent.
	Archive(ctx context.Context, id string) ([]byte, error)
	// AvatarOf fails with ErrAvatarAbsent.
	AvatarOf(ctx context.Context, id identity.UserID) (identity.Avatar, error)
	// ConsentsOf lists all records of a person, newest first.
	ConsentsOf(ctx context.Context, id identity.UserID) ([]identity.Consent, error)
	// CredentialOf returns a zero Credential for somebody without a password.
	CredentialOf(ctx context.Context, id identity.UserID) (identity.Credential, error)
	// CustomRole fails with ErrRoleAbsent.
	CustomRole(ctx context.Context, of identity.OrganizationID, name string) (identity.CustomRole, error)
	// DataExport fails with ErrExportAbsent.
	DataExport(ctx context.Context, id string) (identity.DataExport, error)
	// DataExportsOf lists the newest first.
	DataExportsOf(ctx context.Context, id identity.UserID) ([]identity.DataExport, error)
	// GrantsOf lists what a person was granted and offered, oldest first.
	GrantsOf(ctx context.Context, user identity.UserID) ([]identity.ResourceGrant, error)
	// PersonalData returns it for a person of that id with that address; nothing for
	// somebody unknown.
	PersonalData(ctx context.Context, id identity.UserID, email identity.Email) (identity.PersonalData, error)
	IdentitiesOf(ctx context.Context, id identity.UserID) ([]identity.ExternalIdentity, error)
	// Leaving lists up to limit people whose account ends before t, the first to
	// end first, those after the given one.
	Leaving(ctx context.Context, t time.Time, after identity.User, limit int) ([]identity.User, error)
	// MembershipsOf lists the personal organization first, then by age.
	MembershipsOf(ctx context.Context, id identity.UserID) ([]identity.Membership, error)
	// Organization fails with ErrOrganizationAbsent.
	Organization(ctx context.Context, id identity.OrganizationID) (identity.Organization, error)
	// Overdue counts the people whose account should have ended before t.
	Overdue(ctx context.Context, t time.Time) (int, error)
	// PasskeysOf lists a person's passkeys by age.
	PasskeysOf(ctx context.Context, id identity.UserID) ([]identity.Passkey, error)
	// PendingEmailOf answers false when nothing is pending at now.
	PendingEmailOf(ctx context.Context, user identity.UserID, now time.Time) (identity.PendingEmail, bool, error)
	// TOTPOf answers false for somebody without an authenticator app.
	TOTPOf(ctx context.Context, id identity.UserID) (identity.TOTP, bool, error)
	// User fails with ErrUserNotFound.
	User(ctx context.Context, id identity.UserID) (identity.User, error)
}
