package identitytest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// MailToken is a link in a mail to somebody, with what a registration asked for.
func MailToken(user identity.UserID, p identity.MailPurpose) identity.MailToken {
	t := identity.NewMailToken(user, p, "somebody@neoforge.test", identity.NewSecret(), Now)
	t.PasswordHash, t.Name = "$argon2id$asked", "Zoë “Ü”"
	t.Agreed, t.IP = identity.Texts(nil).AgreedAtSignUp(true), "2001:db8::7"
	return t
}

// insertMailToken writes a person with a token.
func (h Harness) insertMailToken(t *testing.T, p identity.MailPurpose) identity.MailToken {
	t.Helper()
	token := MailToken(h.insertUser(t).ID, p)
	h.do(t, func(ctx context.Context, s identity.Stores) error { return s.MailTokens.Insert(ctx, token) })
	return token
}

func takeMailToken(token identity.MailToken) func(ctx context.Context, s identity.Stores) error {
	return func(ctx context.Context, s identity.Stores) error {
		_, err := s.MailTokens.Take(ctx, token.Purpose, token.Hash, Now)
		return err
	}
}

var mailTokenCases = map[string]func(t *testing.T, h Harness){
	"a mail token reads back as written and is taken once": func(t *testing.T, h Harness) {
		token := h.insertMailToken(t, identity.VerifyEmail)
		equal(t, must[identity.MailToken](t)(h.Reads.MailToken(t.Context(), token.Purpose, token.Hash, Now)), token)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			have, err := s.MailTokens.Take(ctx, token.Purpose, token.Hash, Now)
			equal(t, have, token)
			return err
		})
		h.fails(t, identity.ErrInvalidLink, takeMailToken(token))
		_, err := h.Reads.MailToken(t.Context(), token.Purpose, token.Hash, Now)
		is(t, err, identity.ErrInvalidLink)
	},
	"a mail token is good for its purpose and within its time": func(t *testing.T, h Harness) {
		token := h.insertMailToken(t, identity.MagicLink)
		for _, c := range []struct {
			purpose identity.MailPurpose
			hash    []byte
			at      time.Time
		}{
			{identity.ResetPassword, token.Hash, Now},
			{"", token.Hash, Now},
			{token.Purpose, identity.NewSecret().Hash(), Now},
			{token.Purpose, nil, Now},
			{token.Purpose, token.Hash, token.ExpiresAt},
		} {
			h.fails(t, identity.ErrInvalidLink, func(ctx context.Context, s identity.Stores) error {
				_, err := s.MailTokens.Take(ctx, c.purpose, c.hash, c.at)
				return err
			})
			_, err := h.Reads.MailToken(t.Context(), c.purpose, c.hash, c.at)
			is(t, err, identity.ErrInvalidLink)
		}
		h.do(t, takeMailToken(token))
	},
	"a mail token whose taking is rolled back can be taken": func(t *testing.T, h Harness) {
		token, failed := h.insertMailToken(t, identity.ResetPassword), errors.New("the password is weak")
		h.fails(t, failed, func(ctx context.Context, s identity.Stores) error {
			if err := takeMailToken(token)(ctx, s); err != nil {
				return err
			}
			return failed
		})
		h.do(t, takeMailToken(token))
	},
	"of many who take a mail token at once one succeeds": func(t *testing.T, h Harness) {
		token := h.insertMailToken(t, identity.ResetPassword)
		equal(t, succeeded(t, h.atOnce(t, 16, takeMailToken(token)), identity.ErrInvalidLink), 1)
	},
	"a person's mail tokens of some purposes are deleted, and nobody else's": func(t *testing.T, h Harness) {
		reset, stranger := h.insertMailToken(t, identity.ResetPassword), h.insertMailToken(t, identity.ResetPassword)
		magic, verify := MailToken(reset.User, identity.MagicLink), MailToken(reset.User, identity.VerifyEmail)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return errors.Join(
				s.MailTokens.Insert(ctx, magic), s.MailTokens.Insert(ctx, verify),
				s.MailTokens.DeleteOf(ctx, reset.User, identity.ResetPassword, identity.MagicLink),
				s.MailTokens.DeleteOf(ctx, "no id", identity.VerifyEmail),
			)
		})
		h.fails(t, identity.ErrInvalidLink, takeMailToken(reset))
		h.fails(t, identity.ErrInvalidLink, takeMailToken(magic))
		h.do(t, takeMailToken(verify))
		h.do(t, takeMailToken(stranger))
	},
	"expired mail tokens are deleted, as many as asked": func(t *testing.T, h Harness) {
		open := h.insertMailToken(t, identity.VerifyEmail)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for range 3 {
				old := MailToken(open.User, identity.VerifyEmail)
				old.ExpiresAt = Now.Add(-time.Second)
				if err := s.MailTokens.Insert(ctx, old); err != nil {
					return err
				}
			}
			return nil
		})
		for _, want := range []int{2, 1, 0} {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				n, err := s.MailTokens.DeleteExpired(ctx, Now, 2)
				equal(t, n, want)
				return err
			})
		}
		h.do(t, takeMailToken(open))
	},
	"a mail token goes with its person": func(t *testing.T, h Harness) {
		token := h.insertMailToken(t, identity.ChangeEmail)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Users.Delete(ctx, token.User)
			return err
		})
		h.fails(t, identity.ErrInvalidLink, takeMailToken(token))
	},
}
