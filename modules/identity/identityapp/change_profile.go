package identityapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/audit"
)

// ChangeProfile is what a person says of themselves.
type ChangeProfile struct {
	Actor identity.Actor
	Name  string
}

// ChangeProfile gives the actor another name, and their own organization with them.
// It fails with ErrNotSignedIn and ErrInvalidName.
func (a *App) ChangeProfile(ctx context.Context, cmd ChangeProfile) (identity.User, error) {
	if !cmd.Actor.SignedIn() {
		return identity.User{}, identity.ErrNotSignedIn
	}
	name, err := identity.ParseName(cmd.Name)
	if err != nil {
		return identity.User{}, err
	}
	var renamed bool
	u, err := a.changeUser(ctx, cmd.Actor, "identity.profile_changed", func(u identity.User) (identity.User, error) {
		renamed = u.Name != name
		u.Name, u.UpdatedAt = name, a.deps.Clock.Now()
		return u, nil
	})
	if err != nil {
		return identity.User{}, fmt.Errorf("identityapp: change the profile of %s: %w", cmd.Actor.UserID, err)
	}
	return u, a.forgetNamed(ctx, u.ID, renamed, TagUser(u.ID))
}

// changeUser changes the actor's own account, and tries once more when another act
// of the same person came first.
func (a *App) changeUser(ctx context.Context, actor identity.Actor, action string, change func(u identity.User) (identity.User, error)) (identity.User, error) {
	var out identity.User
	try := func() error {
		return a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
			u, err := s.Users.ByID(ctx, actor.UserID)
			if err != nil {
				return err
			}
			before := u.Name
			if u, err = change(u); err != nil {
				return err
			}
			if err := a.updateNamed(ctx, s, u, u.Name != before, u.UpdatedAt); err != nil {
				return err
			}
			u.Version++
			out = u
			return s.Audit.Append(ctx, a.ownEntry(actor, action))
		})
	}
	err := try()
	if errors.Is(err, identity.ErrUserChanged) {
		err = try()
	}
	return out, err
}

// ownEntry makes the audit entry of what an actor did to their own account.
func (a *App) ownEntry(actor identity.Actor, action string) audit.Entry {
	return a.actedOn(actor, action, userResource(actor.UserID), a.deps.Clock.Now())
}
