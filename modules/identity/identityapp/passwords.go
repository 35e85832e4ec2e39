package identityapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// linksOfAnOldPassword end when a password changes: whoever else asked for them may
// be the reason for the change.
var linksOfAnOldPassword = []identity.MailPurpose{identity.ResetPassword, identity.MagicLink, identity.ChangeEmail}

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

// proveByLink notes that a link proved the address of u. When it was never proven
// before, what whoever registered it left behind goes.
func (a *App) proveByLink(ctx context.Context, s identity.Stores, u *identity.User, now time.Time) error {
	if u.EmailVerified {
		return nil
	}
	if err := a.evict(ctx, s, u.ID, now); err != nil {
		return err
	}
	u.EmailVerified, u.EraseAt, u.UpdatedAt = true, time.Time{}, now
	if err := s.Users.Update(ctx, *u); err != nil {
		return err
	}
	u.Version++
	return nil
}
