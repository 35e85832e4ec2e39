package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// hashFor hashes a person's new password, unless it breaks a rule: ErrWeakPassword
// with the field. It also fails with ErrBusy.
func (a *App) hashFor(ctx context.Context, password string, u identity.User) (string, error) {
	if err := identity.NotOwnWords(password, u.Email, u.Name); err != nil {
		return "", inField("password", err)
	}
	hash, err := a.deps.Hasher.Hash(ctx, password)
	if err != nil {
		return "", fmt.Errorf("identityapp: hash the password of %s: %w", u.ID, inField("password", err))
	}
	return hash, nil
}
