package administration

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
)

// SignOutUser ends every sign-in of somebody else, programs included, from their
// next request on.
func (a *App) SignOutUser(ctx context.Context, by identity.Actor, id identity.UserID) error {
	return a.administer(ctx, adminAction{
		by: by, person: id, action: "identity.user_signed_out",
		do: func(ctx context.Context, s Stores, u identity.User, now time.Time) error {
			if err := s.MailTokens.EndLinks(ctx, u.ID); err != nil {
				return err
			}
			_, err := s.Sessions.RevokeAll(ctx, u.ID, now)
			return err
		},
	})
}

// SendPasswordReset writes somebody a mail whose link sets a new password.
func (a *App) SendPasswordReset(ctx context.Context, by identity.Actor, id identity.UserID) error {
	return a.administer(ctx, adminAction{
		by: by, person: id, action: "identity.password_reset_sent",
		do: func(ctx context.Context, s Stores, u identity.User, _ time.Time) error {
			return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.ResetPassword, User: u.ID, Epoch: u.LinksEpoch})
		},
	})
}

// SendUserVerification writes somebody a mail whose link proves their address;
// ErrEmailVerified when they have proven it.
func (a *App) SendUserVerification(ctx context.Context, by identity.Actor, id identity.UserID) error {
	return a.administer(ctx, adminAction{
		by: by, person: id, action: "identity.verification_sent",
		do: func(ctx context.Context, s Stores, u identity.User, _ time.Time) error {
			if u.EmailVerified {
				return identity.ErrEmailVerified
			}
			return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.VerifyEmail, User: u.ID})
		},
	})
}
