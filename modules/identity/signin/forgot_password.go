package signin

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
)

// AskedByMail is a stranger who asks for a mail with a link to their account.
type AskedByMail struct {
	Email   string
	Captcha identity.CaptchaAnswer // its Address is filled in
	IP      string                 // network address of the request
	// Token is what the browser is known by; empty for a program, and for another browser.
	Token identity.Secret
	// Browser is a secret of the browser that asks for a link to sign in by: it alone
	// may use the code that stands beside the link. Empty: the mail has no code.
	Browser identity.Secret
}

// ForgotPassword writes somebody a link to choose a new password by. The answer is
// the same, in the same time, when there is nobody, and when several such links were
// sent lately: they are good, and no other is written. It fails with ErrInvalidEmail,
// ErrCaptchaFailed, ErrTooManyAttempts and ErrBusy.
func (a *App) ForgotPassword(ctx context.Context, cmd AskedByMail) error {
	return a.mailLink(ctx, mails.ResetPassword, cmd, true)
}

// SendMagicLink writes somebody a link that signs them in. It answers and fails
// like ForgotPassword.
func (a *App) SendMagicLink(ctx context.Context, cmd AskedByMail) error {
	return a.mailLink(ctx, mails.MagicLink, cmd, false)
}

// How long an answer takes at least that must not tell whether there is an account: to
// read a row takes longer than to find none, and to make an account longer than the work
// that stands in for it. It is a few times what the work takes.
const (
	minAnswerTime = 10 * time.Millisecond
	minSignUpTime = 30 * time.Millisecond // of what comes after the hash
)

// takeAtLeast returns what waits until least has passed since now. It is called once no
// transaction and no turn of another is held.
func takeAtLeast(least time.Duration) (wait func()) {
	even := time.NewTimer(least)
	return func() { <-even.C }
}

// mailLink queues a mail to whoever has an address; to nobody when nobody
// does. Both take the same reads, one transaction of one row, and the same time.
func (a *App) mailLink(ctx context.Context, kind mails.Kind, cmd AskedByMail, challenged bool) error {
	email, err := identity.ParseEmail(cmd.Email)
	if err != nil {
		return identity.InField("email", err)
	}
	defer takeAtLeast(minAnswerTime)()
	u, err := a.deps.People.WhoseEmail(ctx, email)
	if err != nil {
		return err
	}
	from, err := a.deps.Devices.Recognize(ctx, u, identity.Device{IP: cmd.IP, Token: cmd.Token})
	if err != nil {
		return err
	}
	if err := a.countAsking(ctx, from); err != nil {
		return err
	}
	if challenged {
		if err := a.verifyCaptcha(ctx, cmd.Captcha, cmd.IP); err != nil {
			return err
		}
	}
	u.Email = email // nobody has none
	counted, write, err := a.countLink(ctx, kind, linksOf(u), u, from)
	if err != nil {
		return err
	}
	l := mails.Mail{Kind: kind, User: u.ID, Epoch: u.LinksEpoch}
	if u.ID == identity.Nobody || !write {
		l = mails.Mail{Kind: mails.ToNobody, User: identity.Nobody}
	} else if cmd.Browser != "" {
		l.Browser = hex.EncodeToString(cmd.Browser.Hash())
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error { return mails.Post(ctx, s.Jobs, l) })
	if err != nil {
		a.deps.Limits.GiveBack(ctx, counted) // no mail is written
		return fmt.Errorf("signin: queue mail %s: %w", kind, err)
	}
	return nil
}
