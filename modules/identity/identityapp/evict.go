package identityapp

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// evict takes from an account everything by which somebody could come in or has:
// password, identities, passkeys, second factors, links in letters, what is under
// way, access tokens, sessions. The news go too, which they asked for in somebody
// else's name; what the account rests on stays. It is for the one who registered an
// address that was not theirs.
func (a *App) evict(ctx context.Context, s identity.Stores, id identity.UserID, now time.Time) error {
	linked, err := s.Identities.Of(ctx, id)
	if err != nil {
		return err
	}
	for _, i := range linked {
		if err := s.Identities.Delete(ctx, id, i.ID); err != nil {
			return err
		}
	}
	if err := s.Credentials.Delete(ctx, id); err != nil {
		return err
	}
	if err := dropFactors(ctx, s, id); err != nil {
		return err
	}
	err = s.MailTokens.DeleteOf(ctx, id, identity.VerifyEmail, identity.ResetPassword, identity.ChangeEmail, identity.MagicLink)
	if err != nil {
		return err
	}
	if err := s.Tokens.RevokeAll(ctx, id, now); err != nil {
		return err
	}
	if err := s.Consents.Delete(ctx, id, identity.ConsentNews); err != nil {
		return err
	}
	_, err = s.Sessions.RevokeAll(ctx, id, now)
	return err
}
