package signin

import (
	"context"
	"crypto/subtle"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// VerifyEmail is somebody who brings the link that proves an address.
type VerifyEmail struct {
	Token identity.Secret
	// Browser is what the browser got when it registered; empty for another one.
	Browser identity.Secret
	// Password becomes the person's, when it is given.
	Password string
	// Program says that nobody can be asked for a password.
	Program bool
	IP      string // network address of the request
}

// VerifyEmail takes the link that proves an address, and settles whose the account
// is: everything that was made on it before goes, whoever made it. The password of
// the registration counts for the browser that registered. Anybody else who holds
// the link may not be who chose it, so they type one, theirs or a new one:
// ErrPasswordNeeded. A program is not asked: for it the registration's counts while
// it is the only one; of several, none does, and the person chooses a password by
// "forgot". It signs nobody in. It also fails with ErrInvalidLink, ErrWeakPassword,
// ErrBreachedPassword, ErrTooManyAttempts and ErrBusy; the link is then as it was.
func (a *App) VerifyEmail(ctx context.Context, cmd VerifyEmail) error {
	t, err := a.findLink(ctx, identity.VerifyEmail, cmd.Token, cmd.IP)
	if err != nil {
		return err
	}
	chosen, err := a.chosenPassword(ctx, cmd, t)
	if err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	var id identity.UserID
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		t, u, err := a.takeLink(ctx, s, identity.VerifyEmail, cmd.Token)
		if err != nil {
			return err
		}
		if u.EmailVerified {
			return identity.ErrInvalidLink // proven otherwise meanwhile: nothing of this registration counts
		}
		ambiguous, err := s.MailTokens.OtherRegistrations(ctx, u.ID, t.PasswordHash, now)
		if err != nil {
			return err
		}
		hash := chosen
		if hash == "" && (byThisBrowser(t, cmd.Browser) || cmd.Program && !ambiguous) {
			hash = t.PasswordHash
		}
		if err := a.proveAddress(ctx, s, &u, t.Name, now); err != nil {
			return err
		}
		if hash != "" {
			if err := s.Credentials.Put(ctx, identity.Credential{User: u.ID, Hash: hash, ChangedAt: now}); err != nil {
				return err
			}
		}
		if t.PasswordHash != "" {
			if err := a.replaceAgreed(ctx, s, u.ID, t.Agreed, t.IP, t.CreatedAt); err != nil {
				return err
			}
		}
		id = u.ID
		if err := s.Audit.Append(ctx, a.deps.Trail.Entry(string(u.ID), "identity.email_verified", trail.User(u.ID), cmd.IP, now)); err != nil {
			return err
		}
		return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.Welcome, User: u.ID})
	})
	if err != nil {
		return a.wrongLink(ctx, cmd.IP, fmt.Errorf("signin: verify an address: %w", err))
	}
	cached.Invalidate(ctx, a.deps.Cache, tagsOfProven(id)...)
	return nil
}

// chosenPassword hashes the password that came with the link; empty when none was
// needed. It fails with ErrPasswordNeeded.
func (a *App) chosenPassword(ctx context.Context, cmd VerifyEmail, t identity.MailToken) (string, error) {
	if cmd.Password == "" {
		if cmd.Program || byThisBrowser(t, cmd.Browser) {
			return "", nil
		}
		return "", identity.InField("password", identity.ErrPasswordNeeded)
	}
	owner, err := a.deps.Reads.User(ctx, t.User)
	if err != nil {
		return "", fmt.Errorf("signin: whose link it is: %w", err)
	}
	if t.Name != "" {
		owner.Name = t.Name
	}
	return a.deps.Passwords.Hash(ctx, cmd.Password, owner.Email, owner.Name)
}

// byThisBrowser reports whether the browser is the one that registered.
func byThisBrowser(t identity.MailToken, browser identity.Secret) bool {
	return len(t.BrowserHash) > 0 && browser != "" && subtle.ConstantTimeCompare(t.BrowserHash, browser.Hash()) == 1
}

// takeLink takes the token of a link and returns it with its person, locked. A link to an
// address that is no longer the person's is none, but for the change of address.
func (a *App) takeLink(ctx context.Context, s Stores, p identity.MailPurpose, token identity.Secret) (identity.MailToken, identity.User, error) {
	t, err := s.MailTokens.Take(ctx, p, token.Hash(), a.deps.Clock.Now())
	if err != nil {
		return t, identity.User{}, err
	}
	u, err := s.Users.Lock(ctx, t.User)
	if err != nil {
		return t, u, err
	}
	if p != identity.ChangeEmail && t.Email != u.Email || !t.OpenFor(u) {
		return t, u, identity.ErrInvalidLink
	}
	return t, u, nil
}
