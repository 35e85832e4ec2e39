package identity

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// Stores is what a use case may change in one transaction.
type Stores struct {
	Users         Users
	Credentials   Credentials
	Identities    Identities
	Sessions      Sessions
	RefreshTokens RefreshTokens
	Flows         OAuthFlows
	MailTokens    MailTokens
	PendingEmails PendingEmails
	Organizations Organizations
	Avatars       Avatars
	Exports       DataExports
	Deletions     Deletions
	Consents      Consents
	TOTPs         TOTPs
	RecoveryCodes RecoveryCodes
	Passkeys      Passkeys
	Challenges    Challenges
	Invitations   Invitations
	Roles         CustomRoles
	Grants        ResourceGrants
	SigningKeys   SigningKeys
	Tokens        PersonalTokens
	Audit         audit.Trail
	Events        events.Writer
	Log           events.Log
	Inbox         events.Inbox
	Jobs          jobs.Enqueuer
	DeadJobs      jobs.DeadChanges
	MailFailures  mail.FailureChanges
	ErrorGroups   errortracking.Changes
}

// UnitOfWork runs fn in one transaction: committed when fn returns nil, rolled
// back otherwise. fn must return every error of a store. Do does not nest.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Narrow is u with the stores that pick takes of all: a room of this context is given no
// more than it writes to.
func Narrow[S any](u UnitOfWork, pick func(Stores) S) Narrowed[S] { return Narrowed[S]{u, pick} }

// Narrowed is a [UnitOfWork] with some of the stores.
type Narrowed[S any] struct {
	unit UnitOfWork
	pick func(Stores) S
}

// Do runs fn in one transaction, as [UnitOfWork] says.
func (n Narrowed[S]) Do(ctx context.Context, fn func(ctx context.Context, s S) error) error {
	return n.unit.Do(ctx, func(ctx context.Context, all Stores) error { return fn(ctx, n.pick(all)) })
}

// Reads is what needs no transaction. Each room of this context asks for the part of it
// that it needs.
type Reads interface {
	FactorReads
	OrganizationReads
	InvitationReads
	RoleReads
	GrantReads
	SigningKeyReads
	PeopleReads
	FigureReads
	audit.Log
	mail.FailureReads
	PersonalTokenReads
	// User fails with ErrUserNotFound.
	User(ctx context.Context, id UserID) (User, error)
	UserByEmail(ctx context.Context, email Email) (User, error)
	// CredentialOf returns a zero Credential for somebody without a password.
	CredentialOf(ctx context.Context, id UserID) (Credential, error)
	// SessionByToken and Session fail with ErrSessionNotFound.
	SessionByToken(ctx context.Context, hash []byte) (Session, error)
	Session(ctx context.Context, id string) (Session, error)
	// RefreshToken returns a token, redeemed or not, and past its time too;
	// ErrInvalidToken.
	RefreshToken(ctx context.Context, hash []byte) (RefreshToken, error)
	// SessionsOf lists those that are not revoked, last seen first.
	SessionsOf(ctx context.Context, id UserID) ([]Session, error)
	// LatestSessionsOf is Sessions.LatestOf outside a transaction.
	LatestSessionsOf(ctx context.Context, id UserID, n int) ([]Session, error)
	IdentitiesOf(ctx context.Context, id UserID) ([]ExternalIdentity, error)
	// FlowPurpose returns what a flow was begun for; ErrFlowUnknown.
	FlowPurpose(ctx context.Context, stateHash []byte) (FlowPurpose, error)
	// MembershipsOf lists the personal organization first, then by age.
	MembershipsOf(ctx context.Context, id UserID) ([]Membership, error)
	// OwnerOf returns the longest-standing owner; ErrOrganizationAbsent.
	OwnerOf(ctx context.Context, id OrganizationID) (User, error)
	AvatarReads
	ExportReads
	DeletionReads
	ConsentReads
	PersonalDataReads

	MailTokenReads
	PendingEmailReads
}

// Users keeps people.
type Users interface {
	// Insert fails with ErrEmailTaken.
	Insert(ctx context.Context, u User) error
	// Update writes u over version u.Version and counts it up; ErrUserChanged when
	// that is not the current one, ErrEmailTaken.
	Update(ctx context.Context, u User) error
	// ByID and ByEmail fail with ErrUserNotFound.
	ByID(ctx context.Context, id UserID) (User, error)
	ByEmail(ctx context.Context, email Email) (User, error)
	// Lock is ByID, and holds the person until the transaction ends: whoever else
	// locks them waits, and then reads what this transaction wrote.
	Lock(ctx context.Context, id UserID) (User, error)
	// RequireFactor keeps when the installation began to require a second factor of a
	// person, unless that is kept already, and reports whether this call did. A zero
	// time forgets it. The person's version stays.
	RequireFactor(ctx context.Context, id UserID, since time.Time) (bool, error)
	// NoteActive moves the person's LastActiveAt forward once it is older than
	// [ActivityTouch], never back. The version stays, and nobody's cache is emptied: who
	// is cached is not by when they were active. Nobody of the id: nothing happens.
	NoteActive(ctx context.Context, id UserID, at time.Time) error
	// Delete removes the person with credentials, identities, sessions, refresh
	// tokens, memberships and the organizations that end with them.
	Delete(ctx context.Context, id UserID) (ended []OrganizationID, err error)
}

// Credentials keeps passwords, one a person.
type Credentials interface {
	Put(ctx context.Context, c Credential) error
	// Rehash puts a hash in the place of another one of the same password, unless that
	// is no longer there: a change meanwhile wins. When it was changed stays.
	Rehash(ctx context.Context, id UserID, from, to string) error
	Delete(ctx context.Context, id UserID) error
	// Has reports whether a person has a password.
	Has(ctx context.Context, id UserID) (bool, error)
}

// Identities keeps links to other providers, unique by (provider, subject).
type Identities interface {
	// Insert fails with ErrIdentityTaken.
	Insert(ctx context.Context, i ExternalIdentity) error
	// BySubject answers false when nobody has the identity.
	BySubject(ctx context.Context, provider, subject string) (ExternalIdentity, bool, error)
	// Of lists a person's identities, oldest first.
	Of(ctx context.Context, id UserID) ([]ExternalIdentity, error)
	// Delete removes one identity of a person; ErrIdentityNotFound when they have none
	// of that id.
	Delete(ctx context.Context, user UserID, id string) error
}

// Sessions keeps sign-ins.
type Sessions interface {
	Insert(ctx context.Context, s Session) error
	// ByID fails with ErrSessionNotFound.
	ByID(ctx context.Context, id string) (Session, error)
	// LatestOf lists up to n of a person's sessions in whatever state, the last
	// seen first.
	LatestOf(ctx context.Context, id UserID, n int) ([]Session, error)
	// Touch moves LastSeenAt forward, never back.
	Touch(ctx context.Context, id string, seen time.Time) error
	// Revoke is idempotent; ErrSessionNotFound when there is no such session.
	Revoke(ctx context.Context, id string, at time.Time) error
	// RevokeBeyond revokes the open sessions of a kind that a person has beyond the
	// keep that were seen last, and returns how many these were.
	RevokeBeyond(ctx context.Context, id UserID, kind SessionKind, keep int, at time.Time) (int, error)
	// EndImpersonations revokes the sessions in which a person acts for others.
	EndImpersonations(ctx context.Context, by UserID, at time.Time) error
	// RevokeAll revokes what a person has open, and the sessions in which they act for
	// others, and returns the ids.
	RevokeAll(ctx context.Context, id UserID, at time.Time) ([]string, error)
	// RevokeOthers is RevokeAll but for the session keep.
	RevokeOthers(ctx context.Context, id UserID, keep string, at time.Time) ([]string, error)
	// Rotate puts the session under a new secret, known by its hash, and notes when
	// the person proved themselves; the old secret opens nothing any more. An empty
	// hash leaves the secret as it is: a program's session has none that is used.
	// ErrSessionNotFound when there is no such session or it is revoked.
	Rotate(ctx context.Context, id string, newHash []byte, authenticatedAt time.Time) error
	// DeleteEnded deletes up to limit sessions that ended before t.
	DeleteEnded(ctx context.Context, t time.Time, limit int) (int, error)
}

// RefreshTokens keeps the families of refresh tokens.
type RefreshTokens interface {
	Insert(ctx context.Context, t RefreshToken) error
	// Redeem marks the token used and returns it. Of many at once, one succeeds:
	// the others, and any later one, fail with ErrTokenReused and return the token,
	// so that its session can be revoked. ErrInvalidToken when there is none, or it
	// is past its time.
	Redeem(ctx context.Context, hash []byte, now time.Time) (RefreshToken, error)
	// DeleteExpired deletes up to limit tokens, redeemed or not, whose time was over
	// before t.
	DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error)
}

// OAuthFlows keeps sign-ins that are under way.
type OAuthFlows interface {
	Insert(ctx context.Context, f OAuthFlow) error
	// Take removes and returns the flow; of many at once one succeeds.
	// ErrFlowUnknown when there is none.
	Take(ctx context.Context, stateHash []byte) (OAuthFlow, error)
	// DeleteExpired deletes up to limit flows that ended before t.
	DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error)
}
