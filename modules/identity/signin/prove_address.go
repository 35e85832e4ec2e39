package signin

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// proveAddress is the moment in which an address is shown to be somebody's: by a
// link in a mail to it, or by a provider that vouches for it. Until then whoever
// registered it could be anybody, so whatever was made on the account before goes,
// and a deletion that was set ends. For an address that was proven already nothing
// happens. name is what the person calls themselves; empty: as before.
func (a *App) proveAddress(ctx context.Context, s Stores, u *identity.User, name string, now time.Time) error {
	if u.EmailVerified {
		return nil
	}
	if err := a.revokeAllAccess(ctx, s, u.ID, now); err != nil {
		return err
	}
	u.EmailVerified, u.EraseAt, u.UpdatedAt = true, time.Time{}, now
	renamed := name != "" && name != u.Name
	if renamed {
		u.Name = name
	}
	if err := a.deps.People.Update(ctx, s.people(), *u, renamed, now); err != nil {
		return err
	}
	u.Version++
	u.LinksEpoch++                                       // revokeAllAccess counted it up in the database
	return s.MailFailures.DeleteTo(ctx, string(u.Email)) // mail arrives there now
}

// tagsOfProven are the tags of what proveAddress changes.
func tagsOfProven(id identity.UserID) []string {
	return []string{identity.TagUser(id), identity.TagAvatar(id)}
}

// revokeAllAccess takes from an account everything by which somebody could come in
// or has, and what they did in its name: password, identities, passkeys, second
// factors, links in mails, what is under way, tokens, sessions, a change of address
// that is pending, invitations and grants given and held, the picture, exports. The
// news go too, which they asked for in somebody else's name; what the account rests
// on stays.
func (a *App) revokeAllAccess(ctx context.Context, s Stores, id identity.UserID, now time.Time) error {
	linked, err := s.Identities.Of(ctx, id)
	if err != nil {
		return err
	}
	for _, i := range linked {
		if err := s.Identities.Delete(ctx, id, i.ID); err != nil {
			return err
		}
	}
	for _, revoke := range []func() error{
		func() error { return s.Credentials.Delete(ctx, id) },
		func() error { return factors.Drop(ctx, s.factors(), id) },
		func() error { return s.MailTokens.DeleteOf(ctx, id, identity.VerifyEmail) },
		func() error { return s.MailTokens.EndLinks(ctx, id) },
		func() error { return s.Tokens.RevokeAll(ctx, id, now) },
		func() error {
			return a.deps.Trail.Publish(ctx, s.Events, now, identityport.UserTokensRevoked{UserID: id})
		},
		func() error { return s.Invitations.RevokeBy(ctx, id, now) },
		func() error { return s.Grants.DeleteAll(ctx, id) },
		func() error { return s.Avatars.Delete(ctx, id) },
		func() error { return s.Exports.DeleteOf(ctx, id) },
		func() error { return s.Consents.Delete(ctx, id, identity.ConsentNews) },
		func() error { _, err := s.Sessions.RevokeAll(ctx, id, now); return err },
	} {
		if err := revoke(); err != nil {
			return err
		}
	}
	return nil
}
