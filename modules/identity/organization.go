package identity

import (
	"context"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Organization is who pays and who shares: every person has a personal one, of
// which they are the only member, and may found others and share them.
type Organization struct {
	ID        OrganizationID
	Name      string
	Personal  bool
	Seats     int // members and open invitations at the most; 0: any number
	CreatedAt time.Time
	UpdatedAt time.Time // zero: never
	// FactorRequiredSince is when the organization began to require a second factor of
	// its members; zero: it does not.
	FactorRequiredSince time.Time
}

// OrganizationRole is what a member may do within an organization: a built-in
// role, or the name of a [CustomRole] of it.
type OrganizationRole = identityport.OrganizationRole

// The built-in roles within an organization.
const (
	Owner  = identityport.OrganizationOwner
	Staff  = identityport.OrganizationStaff
	Reader = identityport.OrganizationReader
)

// Membership ties a person to an organization.
type Membership struct {
	Organization OrganizationID
	User         UserID
	Role         OrganizationRole
	Personal     bool // read-only: whether the organization is the person's own
	CreatedAt    time.Time
	EndsAt       time.Time // zero: until it is taken back
	// FactorRequiredSince is when the organization began to require a second factor of
	// this member; zero: it does not. Only MembershipsOf reads it.
	FactorRequiredSince time.Time
}

// Ended reports whether it is over at now.
func (m Membership) Ended(now time.Time) bool { return !m.EndsAt.IsZero() && !now.Before(m.EndsAt) }

// Member is a membership as the other members see it.
type Member struct {
	Membership
	Name  string
	Email Email
	// Factor is whether they have the second factor that the organization requires; nil
	// where it requires none, and for whoever does not manage the members.
	Factor *MemberFactor
}

// MemberFactor is how a member stands whose organization requires a second factor.
type MemberFactor struct {
	Missing bool
	By      time.Time // when the organization closes to who has none, or did
	Over    bool      // By has passed
}

// Place is a membership as its person sees it.
type Place struct {
	Organization Organization
	Role         OrganizationRole
	Members      int
	EndsAt       time.Time // zero: until it is taken back
}

// What goes wrong around organizations.
var (
	ErrMemberAbsent         = fault.New(fault.NotFound, "identity.member_not_found", "There is no such member.")
	ErrAlreadyMember        = fault.New(fault.Conflict, "identity.already_member", "This person is a member already.")
	ErrLastOwner            = fault.New(fault.Conflict, "identity.last_owner", "An organization is never without an owner. Make somebody else an owner first, or delete it.")
	ErrPersonalOrganization = fault.New(fault.Conflict, "identity.personal_organization", "A personal organization is its person's alone: it cannot be shared, left, renamed or deleted. Found another one to share.")
	ErrNoSeats              = fault.New(fault.Conflict, "identity.no_seats", "Every seat is taken by a member or an open invitation. Remove one, or get more seats.")
	ErrOwnerWithoutEnd      = fault.New(fault.Invalid, "identity.owner_without_end", "An owner is one until they hand it over: leave the day empty, or choose another role.")
	ErrOwnEnd               = fault.New(fault.Forbidden, "identity.own_end", "Nobody changes until when they are a member themselves. Ask another who manages the members.")
	ErrBeyondOwnEnd         = fault.New(fault.Forbidden, "identity.beyond_own_end", "Your own time in this organization ends, and nobody gives anything for longer than they hold it. Choose no later day than your own last one, or ask an owner.")
	ErrMembershipEnded      = fault.New(fault.Invalid, "identity.membership_ended", "This is over already: choose a later day, or none.")
	ErrEndTooLate           = fault.New(fault.Invalid, "identity.end_too_late", "This is too far away: choose a day before 9999-12-31, or none.")
	ErrOwnersOnly           = fault.New(fault.Forbidden, "identity.owners_only", "Only an owner of the organization does this. Ask one.")
	ErrTooManyOrganizations = fault.New(fault.Conflict, "identity.too_many_organizations", "You belong to as many organizations as one may. Leave or delete one first.")
)

// MaxOrganizations is how many a person may belong to when founding another.
const MaxOrganizations = 100

// MayShare reports ErrPersonalOrganization for one that is a single person's.
func (o Organization) MayShare() error {
	if o.Personal {
		return ErrPersonalOrganization
	}
	return nil
}

// HasSeat reports ErrNoSeats when members and open invitations take them all.
func (o Organization) HasSeat(members, invitations int) error {
	if o.Seats > 0 && members+invitations >= o.Seats {
		return ErrNoSeats
	}
	return nil
}

// KeepsOwner reports ErrLastOwner when nobody is left to own the organization once
// leaving no longer does.
func KeepsOwner(owners []UserID, leaving UserID) error {
	for _, o := range owners {
		if o != leaving {
			return nil
		}
	}
	return ErrLastOwner
}

// CheckEnd reports whether somebody may have a role until a moment; zero: until it is
// taken back. It fails with ErrMembershipEnded for one that has passed, with ErrEndTooLate,
// and with ErrOwnerWithoutEnd for the role that an organization is never without.
func CheckEnd(role OrganizationRole, until, now time.Time) error {
	switch {
	case until.IsZero():
		return nil
	case !now.Before(until):
		return ErrMembershipEnded
	case tooLate(until):
		return ErrEndTooLate
	case role == Owner:
		return ErrOwnerWithoutEnd
	}
	return nil
}

// tooLate reports whether a moment cannot be written down: RFC 3339 has four digits for a
// year, and so have databases. Whose row held one could not be read any more.
func tooLate(until time.Time) bool { return until.UTC().Year() > 9999 }

// MayReassign decides whether somebody may take a member from one role to another;
// an empty role is none. Nobody hands out, or takes away, more than they hold, and
// what an owner has only an owner gives and takes.
func MayReassign(by OrganizationRole, holds []Permission, from, to OrganizationRole, fromHolds, toHolds []Permission) error {
	if by == Owner {
		return nil
	}
	if from == Owner || to == Owner {
		return ErrOwnersOnly
	}
	if !Covers(holds, fromHolds) || !Covers(holds, toHolds) {
		return ErrBeyondOwn
	}
	return nil
}

// MayGiveUntil decides whether somebody whose own membership is over at own may give
// another something until a moment; zero is never, for both. Otherwise whoever is a member
// until a day would stay one for good by another account. It fails with ErrBeyondOwnEnd.
func MayGiveUntil(own, until time.Time) error {
	if own.IsZero() || !until.IsZero() && !until.After(own) {
		return nil
	}
	return ErrBeyondOwnEnd
}

// Covers reports whether every one of wanted is among holds.
func Covers(holds, wanted []Permission) bool {
	for _, p := range wanted {
		if !slices.Contains(holds, p) {
			return false
		}
	}
	return true
}

// Organizations keeps organizations with their members. What is decided about the
// members of one is decided after Lock, in the same transaction: it stays true
// until that ends.
type Organizations interface {
	// Insert writes an organization and its owner.
	Insert(ctx context.Context, o Organization, owner UserID) error
	// Lock returns an organization and has every other transaction that locks it
	// wait; ErrOrganizationAbsent.
	Lock(ctx context.Context, id OrganizationID) (Organization, error)
	// Update writes name, seats, FactorRequiredSince and the time of the change.
	Update(ctx context.Context, o Organization) error
	// RenamePersonal names a person's own organization after them.
	RenamePersonal(ctx context.Context, id UserID, name string, at time.Time) error
	// Delete removes it with memberships, invitations and roles.
	Delete(ctx context.Context, id OrganizationID) error
	// Member fails with ErrMemberAbsent.
	Member(ctx context.Context, id OrganizationID, user UserID) (Membership, error)
	Members(ctx context.Context, id OrganizationID) ([]UserID, error)
	// Holders lists the members of one role.
	Holders(ctx context.Context, id OrganizationID, role OrganizationRole) ([]UserID, error)
	// Join fails with ErrAlreadyMember.
	Join(ctx context.Context, m Membership) error
	// SetRole says which role a member has, and when it is over; zero: never. It and
	// Remove fail with ErrMemberAbsent.
	SetRole(ctx context.Context, id OrganizationID, user UserID, role OrganizationRole, ends time.Time) error
	Remove(ctx context.Context, id OrganizationID, user UserID) error
	// RemoveEnded removes up to limit memberships that are over at now, those first that
	// were over first, and returns them.
	RemoveEnded(ctx context.Context, now time.Time, limit int) ([]Membership, error)
	// CoMembers lists everybody who shares an organization with a person.
	CoMembers(ctx context.Context, id UserID) ([]UserID, error)
}

// OrganizationReads is what is asked about organizations outside a transaction.
type OrganizationReads interface {
	// Organization fails with ErrOrganizationAbsent.
	Organization(ctx context.Context, id OrganizationID) (Organization, error)
	// Membership fails with ErrMemberAbsent.
	Membership(ctx context.Context, id OrganizationID, user UserID) (Membership, error)
	// PlacesOf lists the personal organization first, then by age.
	PlacesOf(ctx context.Context, id UserID) ([]Place, error)
	// MembersOf lists up to limit members by id, those after the one given.
	MembersOf(ctx context.Context, id OrganizationID, after UserID, limit int) ([]Member, error)
	// Seated counts the members, and the invitations that can be accepted at now:
	// what takes a seat.
	Seated(ctx context.Context, id OrganizationID, now time.Time) (members, invitations int, err error)
}

// Current are the memberships that are not over at now: one may be for a moment before
// it is removed.
func Current(memberships []Membership, now time.Time) []Membership {
	return slices.DeleteFunc(slices.Clone(memberships), func(m Membership) bool { return m.Ended(now) })
}

// OrganizationsOf are where somebody belongs, their own organization first.
func OrganizationsOf(memberships []Membership) []OrganizationID {
	ids := make([]OrganizationID, 0, len(memberships))
	for _, m := range memberships {
		if m.Personal {
			ids = slices.Insert(ids, 0, m.Organization)
		} else {
			ids = append(ids, m.Organization)
		}
	}
	return ids
}
