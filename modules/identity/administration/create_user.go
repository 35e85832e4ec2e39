package administration

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// CreateUser makes an account from the command line or the seed. Name may be
// empty (then it is taken from the address), and so may Password (then the person
// signs in with a provider). EmailVerified says that the operator vouches for the
// address: otherwise the account goes to whoever proves it.
type CreateUser struct {
	Email         string
	Name          string
	Password      string
	Role          identity.Role
	EmailVerified bool
}

// CreateUser fails with ErrInvalidEmail, ErrInvalidName, ErrUnknownRole,
// ErrWeakPassword, ErrBreachedPassword and ErrEmailTaken.
func (a *App) CreateUser(ctx context.Context, cmd CreateUser) (identity.User, error) {
	email, err := identity.ParseEmail(cmd.Email)
	if err != nil {
		return identity.User{}, err
	}
	name := cmd.Name
	if name == "" {
		name = people.NameFrom(email)
	}
	if name, err = identity.ParseName(name); err != nil {
		return identity.User{}, err
	}
	role, err := identity.ParseRole(string(cmd.Role))
	if err != nil {
		return identity.User{}, err
	}
	hash := ""
	if cmd.Password != "" {
		if hash, err = a.deps.Passwords.Hash(ctx, cmd.Password, email, name); err != nil {
			return identity.User{}, fmt.Errorf("administration: the password of %s: %w", email, err)
		}
	}
	now := a.deps.Clock.Now()
	user := identity.User{
		ID: identity.UserID(a.deps.IDs.New()), Email: email, EmailVerified: cmd.EmailVerified, Name: name,
		Role: role, CreatedAt: now, UpdatedAt: now,
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := a.deps.People.Register(ctx, s.people(), user, trail.System, "", now); err != nil {
			return err
		}
		if hash == "" {
			return nil
		}
		return s.Credentials.Put(ctx, identity.Credential{User: user.ID, Hash: hash, ChangedAt: now})
	})
	if err != nil {
		return identity.User{}, fmt.Errorf("administration: create %s: %w", email, err)
	}
	return user, nil
}
