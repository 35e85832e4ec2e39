package identity

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// InvitationTTL is how long an invitation is open.
const InvitationTTL = 7 * 24 * time.Hour

// Invitation asks whoever holds an address to join an organization. Hash is of the
// secret in the mail; before the mail is written it is of one that nobody holds.
type Invitation struct {
	ID           string
	Organization OrganizationID
	Email        Email
	Role         OrganizationRole
	Hash         []byte
	InvitedBy    UserID
	CreatedAt    time.Time
	ExpiresAt    time.Time
	EndsAt       time.Time // when the membership that it leads to is over; zero: never
	AcceptedAt   time.Time // zero: not accepted
	RevokedAt    time.Time // zero: not revoked
}

// What goes wrong around invitations.
var (
	ErrInvitationAbsent  = fault.New(fault.NotFound, "identity.invitation_not_found", "This invitation does not exist, was used or revoked, or is too old. Ask for another one.")
	ErrInvitationOpen    = fault.New(fault.Conflict, "identity.invitation_open", "This address is invited already. Send that invitation again, or take it back first.")
	ErrInvitationForeign = fault.New(fault.Forbidden, "identity.invitation_for_another_address", "This invitation went to another address. Sign in, or register, with the address that the mail came to.")
	ErrInvitationProof   = fault.New(fault.Forbidden, "identity.invitation_address_unverified", "Verify your e-mail address first, then accept the invitation.")
)

// Lasts is until when an invitation that is sent at a moment is open: no longer than the
// membership that it leads to.
func (i Invitation) Lasts(sent time.Time) time.Time {
	expires := sent.Add(InvitationTTL)
	if !i.EndsAt.IsZero() && i.EndsAt.Before(expires) {
		return i.EndsAt
	}
	return expires
}

// SentAt is when an invitation was sent last, or a little before: one that is open for
// less than InvitationTTL was not sent before it was made.
func (i Invitation) SentAt() time.Time {
	if sent := i.ExpiresAt.Add(-InvitationTTL); sent.After(i.CreatedAt) {
		return sent
	}
	return i.CreatedAt
}

// OpenAt reports whether the invitation can be accepted at t.
func (i Invitation) OpenAt(t time.Time) bool {
	return i.AcceptedAt.IsZero() && i.RevokedAt.IsZero() && t.Before(i.ExpiresAt)
}

// MayAccept decides whether a person may take up the invitation: the one whose
// proven address it went to.
func (i Invitation) MayAccept(u User) error {
	switch {
	case u.Email != i.Email:
		return ErrInvitationForeign
	case !u.EmailVerified:
		return ErrInvitationProof
	}
	return nil
}

// Invitations keeps who is asked to join; one open invitation for each
// (organization, address).
type Invitations interface {
	// Insert fails with ErrInvitationOpen.
	Insert(ctx context.Context, i Invitation) error
	// ByID fails with ErrInvitationAbsent.
	ByID(ctx context.Context, id string) (Invitation, error)
	// Renew gives an invitation that was neither accepted nor revoked another secret
	// and another end; ErrInvitationAbsent.
	Renew(ctx context.Context, id string, hash []byte, expires time.Time) error
	// Accept and Revoke end an invitation that is neither accepted nor revoked; of
	// many at once one succeeds: ErrInvitationAbsent.
	Accept(ctx context.Context, id string, at time.Time) error
	Revoke(ctx context.Context, id string, at time.Time) error
	// RevokeExpired revokes what is past its time for an address.
	RevokeExpired(ctx context.Context, id OrganizationID, email Email, now time.Time) error
	// RevokeBy revokes what a person invited others to and is still open.
	RevokeBy(ctx context.Context, user UserID, at time.Time) error
	// CountOpen counts those that can be accepted at now.
	CountOpen(ctx context.Context, id OrganizationID, now time.Time) (int, error)
	// DeleteEnded deletes up to limit that ended before t, whichever way.
	DeleteEnded(ctx context.Context, t time.Time, limit int) (int, error)
}

// InvitationReads is what is asked about invitations outside a transaction.
type InvitationReads interface {
	// Invitation and InvitationByHash fail with ErrInvitationAbsent.
	Invitation(ctx context.Context, id string) (Invitation, error)
	InvitationByHash(ctx context.Context, hash []byte) (Invitation, error)
	// OpenInvitationsOf and OpenInvitationsTo list those open at now, newest first,
	// at most a hundred.
	OpenInvitationsOf(ctx context.Context, id OrganizationID, now time.Time) ([]Invitation, error)
	OpenInvitationsTo(ctx context.Context, email Email, now time.Time) ([]Invitation, error)
}
