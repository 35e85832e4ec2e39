package identityapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// FactorPolicy is of whom the installation requires a second factor, and how long
// anybody may take to set one up, for the installation's sake or an organization's.
// The zero policy requires none and leaves no time.
type FactorPolicy struct {
	Requirement identity.FactorRequirement
	// Administrative are the permissions that make somebody an administrator, of every
	// module. A requirement of administrators needs them.
	Administrative []identity.Permission
	Grace          time.Duration
}

func (p FactorPolicy) appliesTo(held []identity.Permission) bool {
	return p.Requirement.AppliesTo(held, p.Administrative)
}

// requireFactorLimit bounds how often an organization begins to require a second factor:
// each time its members get a mail, and another grace period.
var requireFactorLimit = ratelimit.Limit{Count: 3, Per: 24 * time.Hour}

// RequireSecondFactor has an organization require a second factor of its members, or
// no longer; whoever has none gets a mail, by a job that walks the members. It needs
// identity.PermissionUpdateOrganization. It fails with ErrNotRecent,
// ErrPersonalOrganization, ErrFactorTooOften (with RetryAfter) and ErrBusy, and with
// ErrOwnFactorFirst for an actor who has none themselves. To end the requirement is not
// limited.
func (a *App) RequireSecondFactor(ctx context.Context, actor identity.Actor, id identity.OrganizationID, required bool) error {
	view, err := a.openFor(ctx, actor, id, identity.PermissionUpdateOrganization)
	if err != nil {
		return err
	}
	if err := a.recently(actor); err != nil {
		return err
	}
	if required == !view.Organization.FactorRequiredSince.IsZero() && !view.Organization.Personal {
		return nil // as it is already: the grace period does not begin anew
	}
	action := "identity.organization_second_factor_optional"
	var beginning attempt
	if required {
		action = "identity.organization_second_factor_required"
		beginning = attempt{{"identity.require_factor:" + string(id), requireFactorLimit}}
	}
	if _, err := a.countAll(ctx, beginning...); err != nil {
		if f := fault.As(err); f != nil && f.RetryAfter > 0 {
			return identity.ErrFactorTooOften.WithRetryAfter(f.RetryAfter)
		}
		return err
	}
	err = a.changeOrganization(ctx, actor, id, identity.PermissionUpdateOrganization, action,
		func(ctx context.Context, s identity.Stores, at standing, now time.Time) ([]identity.UserID, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, err
			}
			members, err := s.Organizations.Members(ctx, id)
			if err != nil {
				return nil, err
			}
			at.organization.FactorRequiredSince, at.organization.UpdatedAt = time.Time{}, now
			if required {
				own, err := factorsOf(ctx, s, actor.UserID)
				if err != nil {
					return nil, err
				}
				if !own.any() {
					return nil, identity.ErrOwnFactorFirst
				}
				at.organization.FactorRequiredSince = now.UTC().Truncate(time.Microsecond) // as databases keep it
				if err := queueFactorMails(ctx, s, factorMails{Organization: id, Since: at.organization.FactorRequiredSince}); err != nil {
					return nil, err
				}
			}
			return members, s.Organizations.Update(ctx, at.organization)
		})
	if err != nil {
		a.succeeded(ctx, beginning) // nobody is written to
	}
	return err
}

// factorNeeded is the mail to somebody of whom a second factor is required from now
// on. It is not sent to who has one by the time it is written.
func (a *App) factorNeeded(id identity.UserID, by string, now time.Time) letter {
	return letter{Kind: letterSecondFactorNeeded, User: id, Data: map[string]string{
		"by": by, "until": now.Add(a.deps.SecondFactor.Grace).UTC().Format("2 January 2006, 15:04 UTC"),
	}}
}

// hasFactor reports whether somebody has a second factor.
func (a *App) hasFactor(ctx context.Context, id identity.UserID) (bool, error) {
	app, _, err := a.deps.Reads.TOTPOf(ctx, id)
	if err != nil || app.Active() {
		return err == nil, err
	}
	passkeys, err := a.deps.Reads.PasskeysOf(ctx, id)
	return len(passkeys) > 0, err
}

// missingFactor returns what requires a second factor of somebody without one. The
// installation's requirement begins, for each person, when they are first met under
// it, with a mail; it is forgotten when it no longer applies to them.
func (a *App) missingFactor(ctx context.Context, u identity.User, members []identity.Membership) (identity.MissingFactor, error) {
	m := identity.MissingFactor{Organizations: map[identity.OrganizationID]time.Time{}}
	held, err := a.permissionsOf(ctx, u.Role)
	if err != nil {
		return m, err
	}
	applies := a.deps.SecondFactor.appliesTo(held)
	if !applies && !u.FactorRequiredSince.IsZero() {
		a.noteRequirement(ctx, u.ID, time.Time{})
	}
	for _, at := range members {
		if !at.FactorRequiredSince.IsZero() {
			m.Organizations[at.Organization] = at.FactorRequiredSince
		}
	}
	if !applies && len(m.Organizations) == 0 {
		return identity.MissingFactor{}, nil
	}
	has, err := a.hasFactor(ctx, u.ID)
	if err != nil || has {
		return identity.MissingFactor{}, err
	}
	if applies {
		m.Installation = u.FactorRequiredSince
		if m.Installation.IsZero() {
			m.Installation = a.deps.Clock.Now()
			a.noteRequirement(ctx, u.ID, m.Installation)
		}
	}
	return m, nil
}

// noteRequirement keeps since when the installation requires a second factor of
// somebody. A note that fails refuses nobody: the next request tries again.
func (a *App) noteRequirement(ctx context.Context, id identity.UserID, since time.Time) {
	_ = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		first, err := s.Users.RequireFactor(ctx, id, since)
		if err != nil || !first || since.IsZero() {
			return err
		}
		return a.post(ctx, s, a.factorNeeded(id, a.deps.SiteName, since))
	})
}

// factorRequired reports whether anything requires a second factor of somebody.
func (a *App) factorRequired(ctx context.Context, id identity.UserID) (bool, error) {
	u, err := a.deps.Reads.User(ctx, id)
	if err != nil {
		return false, err
	}
	held, err := a.permissionsOf(ctx, u.Role)
	if err != nil || a.deps.SecondFactor.appliesTo(held) {
		return err == nil, err
	}
	members, err := a.deps.Reads.MembershipsOf(ctx, id)
	if err != nil {
		return false, err
	}
	for _, at := range members {
		if !at.FactorRequiredSince.IsZero() {
			return true, nil
		}
	}
	return false, nil
}

// removeFactor takes a second factor from somebody, unless it is the last one of who
// needs one: ErrLastSecondFactor. Of two who take a different factor at the same moment
// the later one waits for the other, and sees what is left.
func (a *App) removeFactor(ctx context.Context, id identity.UserID, now time.Time, remove func(ctx context.Context, s identity.Stores) error) error {
	required, err := a.factorRequired(ctx, id)
	if err != nil {
		return err
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		u, err := s.Users.Lock(ctx, id)
		if err != nil {
			return err
		}
		before, err := factorsOf(ctx, s, id)
		if err != nil {
			return err
		}
		if err := remove(ctx, s); err != nil {
			return err
		}
		after, err := factorsOf(ctx, s, id)
		if err != nil {
			return err
		}
		if required && before.any() && !after.any() {
			return identity.ErrLastSecondFactor
		}
		u.UpdatedAt = now
		return s.Users.Update(ctx, u)
	})
	if err != nil {
		return err
	}
	return a.forget(ctx, identity.TagUser(id))
}

// FactorDemand is why the actor needs a second factor, and by when. Has says that
// they have one; what requires it is told all the same.
type FactorDemand struct {
	Has          bool
	Installation Demand   // zero: the installation requires none of them
	Places       []Demand // organizations that do, by their age
}

// Demand is one requirement of a second factor.
type Demand struct {
	Organization identity.OrganizationID // empty: the installation
	Name         string
	By           time.Time // the end of the grace period; zero for who has a factor
	Over         bool      // the grace period is over
}

// Required reports whether anything requires a factor.
func (d FactorDemand) Required() bool { return d.Installation.Name != "" || len(d.Places) > 0 }

// SecondFactorDemand returns what requires a second factor of the actor, as of now;
// ErrNotSignedIn.
func (a *App) SecondFactorDemand(ctx context.Context, actor identity.Actor) (FactorDemand, error) {
	if !actor.SignedIn() {
		return FactorDemand{}, identity.ErrNotSignedIn
	}
	d, err := a.demandOf(ctx, actor.UserID)
	if err != nil {
		return FactorDemand{}, fmt.Errorf("identityapp: what requires a second factor of %s: %w", actor.UserID, err)
	}
	return d, nil
}

func (a *App) demandOf(ctx context.Context, id identity.UserID) (d FactorDemand, err error) {
	u, err := a.deps.Reads.User(ctx, id)
	if err != nil {
		return d, err
	}
	if d.Has, err = a.hasFactor(ctx, id); err != nil {
		return d, err
	}
	held, err := a.permissionsOf(ctx, u.Role)
	if err != nil {
		return d, err
	}
	now := a.deps.Clock.Now()
	demand := func(o identity.OrganizationID, name string, since time.Time) Demand {
		by := since.Add(a.deps.SecondFactor.Grace)
		if d.Has || since.IsZero() {
			return Demand{Organization: o, Name: name}
		}
		return Demand{Organization: o, Name: name, By: by, Over: !now.Before(by)}
	}
	if a.deps.SecondFactor.appliesTo(held) {
		d.Installation = demand("", a.deps.SiteName, u.FactorRequiredSince)
	}
	members, err := a.deps.Reads.MembershipsOf(ctx, id)
	if err != nil {
		return d, err
	}
	for _, at := range members {
		if at.FactorRequiredSince.IsZero() {
			continue
		}
		o, err := a.deps.Reads.Organization(ctx, at.Organization)
		if err != nil {
			return d, err
		}
		d.Places = append(d.Places, demand(o.ID, o.Name, at.FactorRequiredSince))
	}
	return d, nil
}
