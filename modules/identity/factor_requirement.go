package identity

import (
	"errors"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// What goes wrong where a second factor is required (ASVS 5.0, 6.3.3). A passkey
// counts as one, and so does an authenticator app that was confirmed.
var (
	ErrSecondFactorNeeded = fault.New(fault.Forbidden, "identity.second_factor_needed", "A second factor is required here. Sign in and set up a passkey or an authenticator app at /account/second-factor.")
	ErrLastSecondFactor   = fault.New(fault.Conflict, "identity.last_second_factor", "This is your only second factor, and you are required to have one. Set up another one first.")
	ErrFactorTooOften     = fault.New(fault.TooMany, "identity.second_factor_required_too_often", "An organization can begin to require a second factor three times a day: each time its members are written to.")
	ErrOwnFactorFirst     = fault.New(fault.Conflict, "identity.own_second_factor_first", "Set up a second factor for your own account first. Then you can require one of the other members.")
)

// FactorRequirement says of whom the installation requires a second factor.
type FactorRequirement string

// The requirements.
const (
	RequireNobody         FactorRequirement = "off"
	RequireAdministrators FactorRequirement = "administrators" // who holds a permission of administration, by whatever role
	RequireEverybody      FactorRequirement = "everybody"
)

// AppliesTo reports whether somebody who holds these permissions for the whole
// installation needs a second factor. Administrative are those of administration.
func (r FactorRequirement) AppliesTo(held, administrative []Permission) bool {
	switch r {
	case RequireEverybody:
		return true
	case RequireAdministrators:
		return slices.ContainsFunc(held, func(p Permission) bool { return slices.Contains(administrative, p) })
	}
	return false
}

// RequiredSince is when a requirement began to apply to somebody: when it was made,
// or when they came under it if that was later. It is zero without a requirement.
func RequiredSince(made, came time.Time) time.Time {
	if made.IsZero() || came.Before(made) {
		return made
	}
	return came
}

// MissingFactor is what requires a second factor of somebody who has none, and since
// when it does. The zero value is somebody who has one, or needs none.
type MissingFactor struct {
	Installation  time.Time // zero: the installation does not
	Organizations map[OrganizationID]time.Time
}

// Standing is how somebody without a factor stands at now, when a requirement leaves
// them grace to set one up.
func (m MissingFactor) Standing(grace time.Duration, now time.Time) FactorStanding {
	var s FactorStanding
	note := func(since time.Time) (over bool) {
		deadline := since.Add(grace)
		if !now.Before(deadline) {
			return true
		}
		if s.By.IsZero() || deadline.Before(s.By) {
			s.By = deadline
		}
		return false
	}
	if !m.Installation.IsZero() {
		s.Overdue = note(m.Installation)
	}
	for o, since := range m.Organizations {
		if !since.IsZero() && note(since) {
			s.Withheld = append(s.Withheld, o)
		}
	}
	slices.Sort(s.Withheld)
	return s
}

// FactorStanding is how somebody stands who needs a second factor and has none.
type FactorStanding struct {
	// By is when the next grace period ends; zero: none is running.
	By time.Time
	// Overdue says that the installation's grace period is over.
	Overdue bool
	// Withheld lists the organizations whose grace period is over.
	Withheld []OrganizationID
}

// Narrow takes from an actor what their standing withholds: all that organizations
// give whose grace period is over; after the installation's, every permission and
// every organization. What the actor names is shared and is not written to.
func (s FactorStanding) Narrow(a Actor) Actor {
	a.SecondFactorBy, a.SecondFactorOverdue, a.Withheld = s.By, s.Overdue, s.Withheld
	if s.Overdue {
		a.Withheld = slices.Clone(a.Organizations)
		a.Permissions, a.Organizations, a.Within = nil, nil, nil
		return a
	}
	if len(s.Withheld) == 0 {
		return a
	}
	within := make(map[OrganizationID][]Permission, len(a.Within))
	for o, held := range a.Within {
		if !slices.Contains(s.Withheld, o) {
			within[o] = held
		}
	}
	a.Within = within
	a.Organizations = slices.DeleteFunc(slices.Clone(a.Organizations), func(o OrganizationID) bool { return slices.Contains(s.Withheld, o) })
	return a
}

// FactorPolicy is of whom the installation requires a second factor, and how long
// anybody may take to set one up, for the installation's sake or an organization's.
// The zero policy requires none and leaves no time.
type FactorPolicy struct {
	Requirement FactorRequirement
	// Administrative are the permissions that make somebody an administrator, of every
	// module. A requirement of administrators needs them.
	Administrative []Permission
	Grace          time.Duration
}

// AppliesTo reports whether the installation requires a second factor of somebody who
// holds these permissions.
func (p FactorPolicy) AppliesTo(held []Permission) bool {
	return p.Requirement.AppliesTo(held, p.Administrative)
}

// Check reports a requirement of administrators that does not say who is one.
func (p FactorPolicy) Check() error {
	if p.Requirement == RequireAdministrators && len(p.Administrative) == 0 {
		return errors.New("identity: missing SecondFactor.Administrative")
	}
	return nil
}
