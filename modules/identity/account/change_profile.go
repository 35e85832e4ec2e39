package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// renameLimit bounds how often people change their own names: contexts that show them
// make all their pages anew, and may keep an address for each.
var renameLimit = ratelimit.Limit{Count: 10, Per: 24 * time.Hour}

// ChangeProfile is what a person says of themselves.
type ChangeProfile struct {
	Actor identity.Actor
	Name  string
}

// ChangeProfile gives the actor another name, and their own organization with them.
// It fails with ErrNotSignedIn, ErrInvalidName, ErrTooManyRenames (with RetryAfter) and
// ErrBusy. A name that is the present one already is not counted.
func (a *App) ChangeProfile(ctx context.Context, cmd ChangeProfile) (identity.User, error) {
	if !cmd.Actor.SignedIn() {
		return identity.User{}, identity.ErrNotSignedIn
	}
	name, err := identity.ParseName(cmd.Name)
	if err != nil {
		return identity.User{}, err
	}
	before, err := a.deps.Reads.User(ctx, cmd.Actor.UserID)
	if err != nil {
		return identity.User{}, fmt.Errorf("account: change the profile of %s: %w", cmd.Actor.UserID, err)
	}
	rename := throttle.One("identity.rename:"+string(cmd.Actor.UserID), renameLimit)
	if before.Name == name {
		rename = nil
	}
	if _, err := a.deps.Limits.CountAll(ctx, rename...); err != nil {
		if f := fault.As(err); f != nil && f.RetryAfter > 0 {
			return identity.User{}, identity.ErrTooManyRenames.WithRetryAfter(f.RetryAfter)
		}
		return identity.User{}, err
	}
	var renamed bool
	u, err := a.changeUser(ctx, cmd.Actor, "identity.profile_changed", func(u identity.User) (identity.User, error) {
		renamed = u.Name != name
		u.Name, u.UpdatedAt = name, a.deps.Clock.Now()
		return u, nil
	})
	if err != nil {
		a.deps.Limits.GiveBack(ctx, rename) // nothing was renamed
		return identity.User{}, fmt.Errorf("account: change the profile of %s: %w", cmd.Actor.UserID, err)
	}
	a.deps.People.InvalidateNamed(ctx, u.ID, renamed, identity.TagUser(u.ID))
	return u, nil
}

// changeUser changes the actor's own account, and tries once more when another act
// of the same person came first.
func (a *App) changeUser(ctx context.Context, actor identity.Actor, action string, change func(u identity.User) (identity.User, error)) (identity.User, error) {
	var out identity.User
	try := func() error {
		return a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
			u, err := s.Users.ByID(ctx, actor.UserID)
			if err != nil {
				return err
			}
			before := u.Name
			if u, err = change(u); err != nil {
				return err
			}
			if err := a.deps.People.Update(ctx, s.people(), u, u.Name != before, u.UpdatedAt); err != nil {
				return err
			}
			u.Version++
			out = u
			return s.Audit.Append(ctx, a.deps.Trail.Own(actor, action, a.deps.Clock.Now()))
		})
	}
	err := try()
	if errors.Is(err, identity.ErrUserChanged) {
		err = try()
	}
	return out, err
}
