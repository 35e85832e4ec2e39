package identitytest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

// PersonalToken is an access token of somebody that lasts a month, and its secret.
func PersonalToken(user identity.UserID) (identity.PersonalToken, identity.Secret) {
	secret := identity.NewPersonalSecret()
	return identity.PersonalToken{
		ID: idgentest.New(), User: user, Name: "Backups", Hash: secret.Hash(), Hint: "WXYZ",
		Scopes: []identity.Scope{"content.post.publish", identity.ScopeRead}, CreatedAt: Now, ExpiresAt: Now.AddDate(0, 0, 30),
	}, secret
}

func (h Harness) insertToken(t *testing.T, v identity.PersonalToken) {
	t.Helper()
	h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Tokens.Insert(ctx, v, Now, 1000) })
}

var personalTokenCases = map[string]func(t *testing.T, h Harness){
	"a personal token reads back as written, the latest first": func(t *testing.T, h Harness) {
		u, stranger := h.insertUser(t), h.insertUser(t)
		first, secret := PersonalToken(u.ID)
		second, _ := PersonalToken(u.ID)
		second.CreatedAt, second.ExpiresAt, second.Scopes = Now.Add(time.Minute), time.Time{}, []identity.Scope{}
		other, _ := PersonalToken(stranger.ID)
		for _, v := range []identity.PersonalToken{first, second, other} {
			h.insertToken(t, v)
		}
		equal(t, must[identity.PersonalToken](t)(h.Reads.PersonalToken(t.Context(), first.ID)), first)
		equal(t, must[identity.PersonalToken](t)(h.Reads.PersonalTokenByHash(t.Context(), secret.Hash())), first)
		equal(t, must[[]identity.PersonalToken](t)(h.Reads.PersonalTokensOf(t.Context(), u.ID)), []identity.PersonalToken{second, first})
	},
	"an absent personal token is absent": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		for _, id := range append(notIDs, idgentest.New()) {
			_, err := h.Reads.PersonalToken(t.Context(), id)
			is(t, err, identity.ErrTokenNotFound)
			h.fails(t, identity.ErrTokenNotFound, func(ctx context.Context, s identity.Stores) error {
				return s.Tokens.Revoke(ctx, u.ID, id, Now)
			})
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Tokens.Touch(ctx, id, "203.0.113.7", Now) })
			equal(t, len(must[[]identity.PersonalToken](t)(h.Reads.PersonalTokensOf(t.Context(), identity.UserID(id)))), 0)
		}
		_, err := h.Reads.PersonalTokenByHash(t.Context(), identity.NewSecret().Hash())
		is(t, err, identity.ErrTokenNotFound)
		_, err = h.Reads.PersonalTokenByHash(t.Context(), nil)
		is(t, err, identity.ErrTokenNotFound)
	},
	"a personal token is touched forward and never back": func(t *testing.T, h Harness) {
		v, _ := PersonalToken(h.insertUser(t).ID)
		h.insertToken(t, v)
		v.LastUsedAt, v.LastUsedFrom = Now.Add(time.Hour), "203.0.113.7"
		for _, use := range []struct {
			at   time.Time
			from string
		}{{Now.Add(time.Hour), "203.0.113.7"}, {Now.Add(time.Minute), "203.0.113.8"}} {
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Tokens.Touch(ctx, v.ID, use.from, use.at) })
			equal(t, must[identity.PersonalToken](t)(h.Reads.PersonalToken(t.Context(), v.ID)), v)
		}
	},
	"a personal token is revoked once, by its person": func(t *testing.T, h Harness) {
		u, stranger := h.insertUser(t), h.insertUser(t)
		v, _ := PersonalToken(u.ID)
		h.insertToken(t, v)
		h.fails(t, identity.ErrTokenNotFound, func(ctx context.Context, s identity.Stores) error {
			return s.Tokens.Revoke(ctx, stranger.ID, v.ID, Now)
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Tokens.Revoke(ctx, u.ID, v.ID, Now) })
		h.fails(t, identity.ErrTokenNotFound, func(ctx context.Context, s identity.Stores) error {
			return s.Tokens.Revoke(ctx, u.ID, v.ID, Now.Add(time.Hour))
		})
		v.RevokedAt = Now
		equal(t, must[identity.PersonalToken](t)(h.Reads.PersonalToken(t.Context(), v.ID)), v)
		equal(t, len(must[[]identity.PersonalToken](t)(h.Reads.PersonalTokensOf(t.Context(), u.ID))), 0)
	},
	"a person's personal tokens are revoked together, and nobody else's": func(t *testing.T, h Harness) {
		u, stranger := h.insertUser(t), h.insertUser(t)
		one, _ := PersonalToken(u.ID)
		other, _ := PersonalToken(u.ID)
		theirs, _ := PersonalToken(stranger.ID)
		for _, v := range []identity.PersonalToken{one, other, theirs} {
			h.insertToken(t, v)
		}
		for _, id := range []identity.UserID{u.ID, "no id"} {
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Tokens.RevokeAll(ctx, id, Now) })
		}
		equal(t, len(must[[]identity.PersonalToken](t)(h.Reads.PersonalTokensOf(t.Context(), u.ID))), 0)
		equal(t, must[[]identity.PersonalToken](t)(h.Reads.PersonalTokensOf(t.Context(), stranger.ID)), []identity.PersonalToken{theirs})
	},
	"of many who make tokens at once no more succeed than there may be": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		revoked, _ := PersonalToken(u.ID)
		revoked.RevokedAt = Now
		expired, _ := PersonalToken(u.ID)
		expired.ExpiresAt = Now
		h.insertToken(t, revoked)
		h.insertToken(t, expired)
		all := h.atOnce(t, 12, func(ctx context.Context, s identity.Stores) error {
			v, _ := PersonalToken(u.ID)
			return s.Tokens.Insert(ctx, v, Now, 5)
		})
		equal(t, succeeded(t, all, identity.ErrTooManyTokens), 5)
	},
	"personal tokens that ended are deleted, as many as asked": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		open, _ := PersonalToken(u.ID)
		endless, _ := PersonalToken(u.ID)
		endless.ExpiresAt = time.Time{}
		h.insertToken(t, open)
		h.insertToken(t, endless)
		for i := range 3 {
			v, _ := PersonalToken(u.ID)
			if i == 0 {
				v.RevokedAt = Now.Add(-time.Second)
			} else {
				v.ExpiresAt = Now.Add(-time.Second)
			}
			h.insertToken(t, v)
		}
		for _, want := range []int{2, 1, 0} {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				n, err := s.Tokens.DeleteEnded(ctx, Now, 2)
				equal(t, n, want)
				return err
			})
		}
		equal(t, len(must[[]identity.PersonalToken](t)(h.Reads.PersonalTokensOf(t.Context(), u.ID))), 2)
	},
	"an erased person's tokens are gone": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		v, secret := PersonalToken(u.ID)
		h.insertToken(t, v)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Users.Delete(ctx, u.ID)
			return err
		})
		_, err := h.Reads.PersonalTokenByHash(t.Context(), secret.Hash())
		is(t, err, identity.ErrTokenNotFound)
		h.fails(t, identity.ErrUserNotFound, func(ctx context.Context, s identity.Stores) error {
			again, _ := PersonalToken(u.ID)
			return s.Tokens.Insert(ctx, again, Now, 5)
		})
	},
}
