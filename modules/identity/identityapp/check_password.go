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
func (a *App) checkPassword(ctx context.Context, typed, password string, d identity.Device) (identity.User, error) {
	ctx, leave, err := a.takePlace(ctx, a.knownDevice(d.Token))
	if err != nil {
		return identity.User{}, err
	}
	defer leave()
	return a.checkPasswordFrom(ctx, typed, password, "password", d.Address, func(u identity.User) (source, error) { return a.recognize(ctx, u, d) })
}

// checkOwnPassword is checkPassword for somebody who is signed in and types it again.
func (a *App) checkOwnPassword(ctx context.Context, actor identity.Actor, email, password string) (identity.User, error) {
	ctx, leave, err := a.takePlace(ctx, callerOf(actor))
	if err != nil {
		return identity.User{}, err
	}
	defer leave()
	return a.checkPasswordFrom(ctx, email, password, "password, to confirm", actor.Address, func(identity.User) (source, error) { return signedInSource(actor), nil })
}

func (a *App) checkPasswordFrom(ctx context.Context, typed, password, how, address string, from func(identity.User) (source, error)) (identity.User, error) {
	email, parseErr := identity.ParseEmail(typed)
	if parseErr != nil {
		email = "" // no account has the empty address
	}
	user, err := a.whoseEmail(ctx, email)
	if err != nil {
		return identity.User{}, err
	}
	src, err := from(user)
	if err != nil {
		return identity.User{}, err
	}
	guess, err := a.countAttempt(ctx, string(email), src)
	if err != nil {
		return identity.User{}, err
	}
	hash, err := a.passwordOf(ctx, user.ID)
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
		return identity.User{}, a.failedSignIn(ctx, user.ID, how, address, identity.ErrInvalidCredentials)
	}
	a.succeeded(ctx, guess)
	if err := user.MaySignIn(); err != nil {
		return user, a.failedSignIn(ctx, user.ID, how, address, err)
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

// whoseEmail returns the person with the address, or nobody. What is asked next about
// nobody is the same as about somebody, so that the number of reads tells nothing.
func (a *App) whoseEmail(ctx context.Context, email identity.Email) (identity.User, error) {
	user, err := a.deps.Reads.UserByEmail(ctx, email)
	if errors.Is(err, identity.ErrUserNotFound) {
		return identity.User{ID: nobody}, nil
	}
	if err != nil {
		return identity.User{}, fmt.Errorf("identityapp: find whose address it is: %w", err)
	}
	return user, nil
}

// passwordOf returns a person's hash, empty when there is no password.
func (a *App) passwordOf(ctx context.Context, id identity.UserID) (string, error) {
	credential, err := a.deps.Reads.CredentialOf(ctx, id)
	if err != nil {
		return "", fmt.Errorf("identityapp: read the password of %s: %w", id, err)
	}
	return credential.Hash, nil
}

// nobody is an id that no person has.
const nobody identity.UserID = "00000000-0000-0000-0000-000000000000"
