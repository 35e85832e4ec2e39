package identityapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// AskedByMail is a stranger who asks for a letter with a link to their account.
type AskedByMail struct {
	Email   string
	Human   identity.HumanAnswer // its Address is filled in
	Address string               // network address of the request
}

// ForgotPassword writes somebody a link to choose a new password by. The answer is
// the same, in the same time, when there is nobody. It fails with ErrInvalidEmail,
// ErrNotHuman, ErrTooManyAttempts and ErrBusy.
func (a *App) ForgotPassword(ctx context.Context, cmd AskedByMail) error {
	return a.postToWhoever(ctx, letterResetPassword, cmd, true)
}

// SendMagicLink writes somebody a link that signs them in. It answers and fails
// like ForgotPassword.
func (a *App) SendMagicLink(ctx context.Context, cmd AskedByMail) error {
	return a.postToWhoever(ctx, letterMagicLink, cmd, false)
}

// postToWhoever queues a letter to whoever has an address; to nobody when nobody
// does. Both take one read and one transaction of one row.
func (a *App) postToWhoever(ctx context.Context, kind letterKind, cmd AskedByMail, challenged bool) error {
	email, err := identity.ParseEmail(cmd.Email)
	if err != nil {
		return inField("email", err)
	}
	if err := a.countLetter(ctx, email, cmd.Address); err != nil {
		return err
	}
	if challenged {
		if err := a.humanCheck(ctx, cmd.Human, cmd.Address); err != nil {
			return err
		}
	}
	l := letter{Kind: kind}
	u, err := a.deps.Reads.UserByEmail(ctx, email)
	switch {
	case errors.Is(err, identity.ErrUserNotFound):
		l = letter{Kind: letterToNobody, User: nobody}
	case err != nil:
		return fmt.Errorf("identityapp: find who asks for a letter: %w", err)
	default:
		l.User, l.Epoch = u.ID, u.LinksEpoch
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error { return a.post(ctx, s, l) })
	if err != nil {
		return fmt.Errorf("identityapp: queue letter %s: %w", kind, err)
	}
	return nil
}
