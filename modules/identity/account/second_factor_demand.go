package account

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
)

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
		return FactorDemand{}, fmt.Errorf("account: what requires a second factor of %s: %w", actor.UserID, err)
	}
	return d, nil
}

func (a *App) demandOf(ctx context.Context, id identity.UserID) (d FactorDemand, err error) {
	u, err := a.deps.Reads.User(ctx, id)
	if err != nil {
		return d, err
	}
	if d.Has, err = factors.Has(ctx, a.deps.Reads, id); err != nil {
		return d, err
	}
	held, err := a.deps.Roles.PermissionsOf(ctx, u.Role)
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
	if a.deps.SecondFactor.AppliesTo(held) {
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
