package identityapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// checkPassword returns the person whose address and password these are. It takes
// as long and fails alike (ErrInvalidCredentials) for a wrong password, somebody
// without one, and nobody. It also fails with ErrTooManyAttempts, ErrBusy and
// ErrSuspended.
func (a *App) checkPassword(ctx context.Context, typed, password, address string) (identity.User, error) {
	email, parseErr := identity.ParseEmail(typed)
	if parseErr != nil {
		email = "" // no account has the empty address
	}
	if err := a.countAttempt(ctx, string(email), address); err != nil {
		return identity.User{}, err
	}
	user, hash, err := a.passwordOf(ctx, email)
	if err != nil {
		return identity.User{}, err
	}
	match, err := a.deps.Hasher.Verify(ctx, password, hash)
	if err != nil {
		return identity.User{}, fmt.Errorf("identityapp: verify a password: %w", err)
	}
	// Whoever registered an address that they have not proven is nobody yet: another
	// answer would tell that the address had no account before.
	if match == identity.PasswordWrong || hash == "" || !user.EmailVerified {
		return identity.User{}, identity.ErrInvalidCredentials
	}
	if err := user.MaySignIn(); err != nil {
		return user, err
	}
	// Only now: hashing once more takes time, which must tell nothing to a stranger.
	if match == identity.PasswordOutdated {
		err = a.rehash(ctx, user.ID, password, hash)
	}
	return user, err
}

// rehash keeps a password that was right in the form and at the cost of new ones. What
// keeps the hasher from it is tried again at the next sign-in.
func (a *App) rehash(ctx context.Context, id identity.UserID, password, from string) error {
	to, err := a.deps.Hasher.Rehash(ctx, password)
	if errors.Is(err, identity.ErrBusy) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("identityapp: rehash the password of %s: %w", id, err)
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		return s.Credentials.Rehash(ctx, id, from, to)
	})
	if err != nil {
		return fmt.Errorf("identityapp: rehash the password of %s: %w", id, err)
	}
	return nil
}

// passwordOf returns the person with the address and their hash, empty when there
// is nobody or no password. It asks the same two questions in every case, so that
// the number of reads tells nothing either.
func (a *App) passwordOf(ctx context.Context, email identity.Email) (identity.User, string, error) {
	user, err := a.deps.Reads.UserByEmail(ctx, email)
	if errors.Is(err, identity.ErrUserNotFound) {
		user, err = identity.User{ID: nobody}, nil
	}
	if err != nil {
		return identity.User{}, "", fmt.Errorf("identityapp: find who signs in: %w", err)
	}
	credential, err := a.deps.Reads.CredentialOf(ctx, user.ID)
	if err != nil {
		return identity.User{}, "", fmt.Errorf("identityapp: read the password of %s: %w", user.ID, err)
	}
	return user, credential.Hash, nil
}

// nobody is an id that no person has.
const nobody identity.UserID = "00000000-0000-0000-0000-000000000000"
