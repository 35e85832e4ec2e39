package identityapp

import (
	"context"
	"fmt"
	"net/url"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// hashFor hashes a person's new password, unless it breaks a rule: ErrWeakPassword or
// ErrBreachedPassword, with the field. It also fails with ErrBusy. What it does, and
// how long it takes, depends on nothing that is kept about anybody.
func (a *App) hashFor(ctx context.Context, password string, email identity.Email, name string) (string, error) {
	if err := identity.NotOwnWords(password, a.passwordContext(email, name)); err != nil {
		return "", inField("password", err)
	}
	ctx, leave, err := a.takePlace(ctx, caller{})
	if err != nil {
		return "", err
	}
	defer leave()
	hash, err := a.deps.Hasher.Hash(ctx, password)
	if err != nil {
		return "", fmt.Errorf("identityapp: hash a password: %w", inField("password", err))
	}
	if a.breached(ctx, password) {
		return "", inField("password", identity.ErrBreachedPassword)
	}
	return hash, nil
}

// breached reports whether a password is known to have leaked. A collection that
// cannot be asked keeps nobody out: whoever attaches it sees its failures.
func (a *App) breached(ctx context.Context, password string) bool {
	if a.deps.Breached == nil {
		return false
	}
	times, err := identity.TimesBreached(ctx, a.deps.Breached, password)
	return err == nil && times > 0
}

// passwordContext is what the password of somebody on this site is tried with first.
func (a *App) passwordContext(email identity.Email, name string) identity.PasswordContext {
	c := identity.PasswordContext{Email: email, Name: name, Site: []string{a.deps.SiteName}}
	if u, err := url.Parse(a.deps.BaseURL); err == nil {
		c.Site = append(c.Site, u.Hostname())
	}
	return c
}
