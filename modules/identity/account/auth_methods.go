package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// authMethods counts by what a person can come in, within the transaction of s.
func (a *App) authMethods(ctx context.Context, s Stores, id identity.UserID) (identity.AuthMethods, error) {
	var w identity.AuthMethods
	var err error
	if w.Password, err = s.Credentials.Has(ctx, id); err != nil {
		return w, err
	}
	passkeys, err := s.Passkeys.Of(ctx, id)
	if err != nil {
		return w, err
	}
	w.Passkeys = len(passkeys)
	identities, err := s.Identities.Of(ctx, id)
	if err != nil {
		return w, err
	}
	for _, i := range identities {
		if a.deps.Providers.Has(i.Provider) {
			w.Identities++
		}
	}
	return w, nil
}

// removeAuthMethod takes a way in from a person, unless it is the last one: ErrLastAuthMethod.
// The person's version is counted up, so of two who take a different way at the
// same moment the later one fails with ErrUserChanged and looks again: see
// [retryOnConflict].
func (a *App) removeAuthMethod(ctx context.Context, s Stores, id identity.UserID, now time.Time, lose func(ctx context.Context, s Stores) error) error {
	u, err := s.Users.ByID(ctx, id)
	if err != nil {
		return err
	}
	if err := lose(ctx, s); err != nil {
		return err
	}
	if err := a.requireAuthMethod(ctx, s, id); err != nil {
		return err
	}
	u.UpdatedAt = now
	return s.Users.Update(ctx, u)
}

// requireAuthMethod reports ErrLastAuthMethod when none is left.
func (a *App) requireAuthMethod(ctx context.Context, s Stores, id identity.UserID) error {
	left, err := a.authMethods(ctx, s, id)
	if err != nil {
		return err
	}
	if err := left.MustRemain(); err != nil {
		return fmt.Errorf("a way in of %s: %w", id, err)
	}
	return nil
}

// retryOnConflict does what another act of the same person may have been faster with, as
// often as there may be acts before it: what they left decides. It ends as act does.
func retryOnConflict(act func() error) error {
	err := act()
	for range 8 {
		if !errors.Is(err, identity.ErrUserChanged) {
			break
		}
		err = act()
	}
	return err
}
