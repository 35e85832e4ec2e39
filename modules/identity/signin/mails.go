package signin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
)

// Mails is what completes the mails of this room before they are sent: those whose link
// leads here, those that are not sent to everybody, and the code beside a link.
func (a *App) Mails() map[mails.Kind]mails.Prepare {
	return map[mails.Kind]mails.Prepare{
		mails.VerifyEmail:        a.addToken,
		mails.ResetPassword:      a.addToken,
		mails.ChangeEmail:        a.addToken,
		mails.MagicLink:          a.addTokenAndCode,
		mails.Welcome:            welcomeProven,
		mails.SecondFactorNeeded: a.unlessHasFactor,
	}
}

// welcomeProven has nobody welcomed who never proved the address: they are when they do.
func welcomeProven(_ context.Context, _ *mails.Mail, u *identity.User) (identity.Secret, error) {
	if !u.EmailVerified {
		return "", mails.ErrSettled
	}
	return "", nil
}

// unlessHasFactor has nobody written to who set a second factor up meanwhile.
func (a *App) unlessHasFactor(ctx context.Context, m *mails.Mail, _ *identity.User) (identity.Secret, error) {
	has, err := factors.Has(ctx, a.deps.Reads, m.User)
	if err == nil && has {
		err = mails.ErrSettled
	}
	return "", err
}

// addToken makes and keeps the token of a mail. It fails with mails.ErrSettled when what
// the link is about has ended.
func (a *App) addToken(ctx context.Context, m *mails.Mail, u *identity.User) (identity.Secret, error) {
	secret, err := a.mailToken(ctx, *m, u)
	if errors.Is(err, identity.ErrInvalidLink) || errors.Is(err, identity.ErrUserNotFound) {
		err = mails.ErrSettled
	}
	return secret, err
}

// addTokenAndCode is addToken for a mail that has a code beside the link.
func (a *App) addTokenAndCode(ctx context.Context, m *mails.Mail, u *identity.User) (identity.Secret, error) {
	secret, err := a.addToken(ctx, m, u)
	if err != nil {
		return "", err
	}
	code, err := a.mailCode(ctx, *m, *u)
	m.Data = map[string]string{"code": code}
	return secret, err
}

// mailToken makes and keeps the token of a mail. One about a registration calls u what the
// registration did. It fails with ErrInvalidLink when what it is about has ended.
func (a *App) mailToken(ctx context.Context, m mails.Mail, u *identity.User) (identity.Secret, error) {
	purpose, ok := m.Kind.Purpose()
	if !ok {
		return "", nil
	}
	now := a.deps.Clock.Now()
	secret := identity.NewSecret()
	t := identity.NewMailToken(u.ID, purpose, identity.Email(m.To), secret, now)
	t.Epoch = m.Epoch
	if purpose == identity.ChangeEmail {
		pending, found, err := a.deps.Reads.PendingEmailOf(ctx, u.ID, now)
		if err != nil {
			return "", err
		}
		if !found || pending.ID != m.Pending {
			return "", identity.ErrInvalidLink // another wish, or what ends all of them, came first
		}
		t.Email, t.ExpiresAt = pending.Email, pending.ExpiresAt
	}
	if !t.OpenFor(*u) {
		return "", identity.ErrInvalidLink
	}
	if m.Registration != "" {
		hash, err := hex.DecodeString(m.Registration)
		if err != nil {
			return "", fmt.Errorf("signin: decode registration: %w", err)
		}
		asked, err := a.deps.Reads.MailToken(ctx, purpose, hash, now)
		if err != nil {
			return "", err
		}
		t.PasswordHash, t.Name, t.Email = asked.PasswordHash, asked.Name, asked.Email
		t.Agreed, t.IP, t.CreatedAt, t.BrowserHash = asked.Agreed, asked.IP, asked.CreatedAt, asked.BrowserHash
		u.Name = asked.Name
	}
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		return s.MailTokens.Insert(ctx, t)
	})
	return secret, err
}
