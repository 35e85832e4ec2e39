package administration

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// Stores is what a use case of this room may change in one transaction.
type Stores struct {
	Users         identity.Users
	Credentials   identity.Credentials
	Sessions      identity.Sessions
	MailTokens    identity.MailTokens
	Organizations identity.Organizations
	TOTPs         identity.TOTPs
	RecoveryCodes identity.RecoveryCodes
	Passkeys      identity.Passkeys
	Challenges    identity.Challenges
	Roles         identity.CustomRoles
	Audit         audit.Trail
	Events        events.Writer
	Jobs          jobs.Enqueuer
	DeadJobs      jobs.DeadChanges
	MailFailures  mail.FailureChanges
	ErrorGroups   errortracking.Changes
}

// StoresOf picks this room's stores of all.
func StoresOf(all identity.Stores) Stores {
	return Stores{
		Users:         all.Users,
		Credentials:   all.Credentials,
		Sessions:      all.Sessions,
		MailTokens:    all.MailTokens,
		Organizations: all.Organizations,
		TOTPs:         all.TOTPs,
		RecoveryCodes: all.RecoveryCodes,
		Passkeys:      all.Passkeys,
		Challenges:    all.Challenges,
		Roles:         all.Roles,
		Audit:         all.Audit,
		Events:        all.Events,
		Jobs:          all.Jobs,
		DeadJobs:      all.DeadJobs,
		MailFailures:  all.MailFailures,
		ErrorGroups:   all.ErrorGroups,
	}
}

// UnitOfWork runs fn in one transaction; see [identity.UnitOfWork].
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Reads is what this room needs no transaction for.
type Reads interface {
	identity.FigureReads
	// AuditEntries returns up to limit entries after a position.
	AuditEntries(ctx context.Context, f audit.Filter, after cursor.Position, limit int) ([]audit.Entry, error)
	// MailFailures lists up to limit, newest first, after a position.
	MailFailures(ctx context.Context, after cursor.Position, limit int) ([]mail.Failure, error)
	// PasskeysOf lists a person's passkeys by age.
	PasskeysOf(ctx context.Context, id identity.UserID) ([]identity.Passkey, error)
	// People returns up to limit people after a position, newest first.
	People(ctx context.Context, f identity.PeopleFilter, after cursor.Position, limit int) ([]identity.User, error)
	// PeopleByID returns those of the people who exist, in any order.
	PeopleByID(ctx context.Context, ids []identity.UserID) ([]identity.User, error)
	// RecoveryCodesLeft counts the codes that are not used.
	RecoveryCodesLeft(ctx context.Context, id identity.UserID) (int, error)
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
