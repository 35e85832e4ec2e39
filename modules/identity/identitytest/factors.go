package identitytest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

// TOTP is an authenticator app of somebody that is being set up.
func TOTP(user identity.UserID) identity.TOTP {
	return identity.TOTP{User: user, SealedSecret: []byte("sealed for " + string(user)), CreatedAt: Now}
}

// Passkey is somebody's.
func Passkey(user identity.UserID) identity.Passkey {
	id := idgentest.New()
	return identity.Passkey{
		ID: id, User: user, CredentialID: []byte("credential " + id), Name: "Laptop", Record: []byte(`{"opaque":"to identity"}`),
		SignCount: 7, BackedUp: true, CreatedAt: Now,
	}
}

// Challenge is a proof under way.
func Challenge(p identity.ChallengePurpose, user identity.UserID) (identity.Challenge, identity.Secret) {
	secret := identity.NewSecret()
	return identity.Challenge{
		Hash: secret.Hash(), Purpose: p, User: user, Data: []byte(`{"opaque":"to the store"}`), ExpiresAt: Now.Add(identity.ChallengeTTL),
	}, secret
}

// insertTOTP writes a person with a confirmed authenticator app whose latest step is 100.
func (h Harness) insertTOTP(t *testing.T) identity.TOTP {
	t.Helper()
	u := h.insertUser(t)
	v := TOTP(u.ID)
	h.do(t, func(ctx context.Context, s identity.Stores) error {
		if err := s.TOTPs.Begin(ctx, v); err != nil {
			return err
		}
		return s.TOTPs.Confirm(ctx, v, 100, Now)
	})
	v.LastStep, v.ConfirmedAt = 100, Now
	return v
}

func (h Harness) totpOf(t *testing.T, id identity.UserID) (identity.TOTP, bool) {
	t.Helper()
	v, ok, err := h.Reads.TOTPOf(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return v, ok
}

var totpCases = map[string]func(t *testing.T, h Harness){
	"who has no second factor is found among others": func(t *testing.T, h Harness) {
		app, none, begun, stranger := h.insertTOTP(t), h.insertUser(t), h.insertUser(t), h.insertUser(t)
		key := h.insertUser(t)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.TOTPs.Begin(ctx, TOTP(begun.ID)); err != nil {
				return err
			}
			return s.Passkeys.Insert(ctx, Passkey(key.ID))
		})
		have := must[[]identity.UserID](t)(h.Reads.WithoutFactor(t.Context(), app.User, none.ID, begun.ID, key.ID, "nobody", identity.UserID(idgentest.New())))
		slices.Sort(have)
		want := []identity.UserID{none.ID, begun.ID}
		slices.Sort(want)
		equal(t, have, want)
		if slices.Contains(have, stranger.ID) {
			t.Error("somebody was found who was not asked for")
		}
		equal(t, len(must[[]identity.UserID](t)(h.Reads.WithoutFactor(t.Context()))), 0)
	},
	"an authenticator app reads back as written, before and after its first code": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		if _, ok := h.totpOf(t, u.ID); ok {
			t.Fatal("one is there already")
		}
		v := TOTP(u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Begin(ctx, v) })
		have, _ := h.totpOf(t, u.ID)
		equal(t, have, v)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.TOTPs.Confirm(ctx, v, 100, Now.Add(time.Minute))
		})
		v.LastStep, v.ConfirmedAt = 100, Now.Add(time.Minute)
		have, _ = h.totpOf(t, u.ID)
		equal(t, have, v)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			have, ok, err := s.TOTPs.ByUser(ctx, u.ID)
			equal(t, have, v)
			equal(t, ok, true)
			return err
		})
	},
	"a set-up that was begun anew cannot be confirmed by the old secret, nor one that was confirmed replaced": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		first, second := TOTP(u.ID), TOTP(u.ID)
		second.SealedSecret = []byte("another")
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Begin(ctx, first) })
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Begin(ctx, second) })
		h.fails(t, identity.ErrTOTPMissing, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Confirm(ctx, first, 1, Now) })
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Confirm(ctx, second, 1, Now) })
		h.fails(t, identity.ErrTOTPMissing, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Confirm(ctx, second, 2, Now) })
		h.fails(t, identity.ErrTOTPActive, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Begin(ctx, first) })
	},
	"a time step is accepted once and none before it": func(t *testing.T, h Harness) {
		v := h.insertTOTP(t)
		for step, want := range map[int64]error{100: identity.ErrCodeWrong, 99: identity.ErrCodeWrong} {
			h.fails(t, want, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Accept(ctx, v.User, step) })
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Accept(ctx, v.User, 102) })
		h.fails(t, identity.ErrCodeWrong, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Accept(ctx, v.User, 101) })
	},
	"a set-up under way accepts nothing": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Begin(ctx, TOTP(u.ID)) })
		h.fails(t, identity.ErrCodeWrong, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Accept(ctx, u.ID, 100) })
	},
	"of many who bring one code at once one is accepted": func(t *testing.T, h Harness) {
		v := h.insertTOTP(t)
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Accept(ctx, v.User, 101) })
		equal(t, succeeded(t, all, identity.ErrCodeWrong), 1)
	},
	"an authenticator app is deleted once": func(t *testing.T, h Harness) {
		v := h.insertTOTP(t)
		for _, want := range []bool{true, false} {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				have, err := s.TOTPs.Delete(ctx, v.User)
				equal(t, have, want)
				return err
			})
		}
		if _, ok := h.totpOf(t, v.User); ok {
			t.Fatal("it is still there")
		}
	},
	"a recovery code works once, for its person": func(t *testing.T, h Harness) {
		u, stranger := h.insertUser(t), h.insertUser(t)
		hashes := recoveryHashes(u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.RecoveryCodes.Replace(ctx, u.ID, hashes, Now)
		})
		equal(t, must[int](t)(h.Reads.RecoveryCodesLeft(t.Context(), u.ID)), identity.RecoveryCodeCount)
		redeem := func(id identity.UserID, hash []byte) func(ctx context.Context, s identity.Stores) error {
			return func(ctx context.Context, s identity.Stores) error { return s.RecoveryCodes.Redeem(ctx, id, hash, Now) }
		}
		h.fails(t, identity.ErrCodeWrong, redeem(stranger.ID, hashes[0]))
		h.fails(t, identity.ErrCodeWrong, redeem(u.ID, identity.NewSecret().Hash()))
		h.do(t, redeem(u.ID, hashes[0]))
		h.fails(t, identity.ErrCodeWrong, redeem(u.ID, hashes[0]))
		equal(t, must[int](t)(h.Reads.RecoveryCodesLeft(t.Context(), u.ID)), identity.RecoveryCodeCount-1)

		next := recoveryHashes(u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.RecoveryCodes.Replace(ctx, u.ID, next, Now)
		})
		h.fails(t, identity.ErrCodeWrong, redeem(u.ID, hashes[1]))
		h.do(t, redeem(u.ID, next[1]))
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.RecoveryCodes.Delete(ctx, u.ID) })
		equal(t, must[int](t)(h.Reads.RecoveryCodesLeft(t.Context(), u.ID)), 0)
	},
	"of many who redeem a recovery code at once one succeeds": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		hashes := recoveryHashes(u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.RecoveryCodes.Replace(ctx, u.ID, hashes, Now)
		})
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			return s.RecoveryCodes.Redeem(ctx, u.ID, hashes[3], Now)
		})
		equal(t, succeeded(t, all, identity.ErrCodeWrong), 1)
	},
}

func recoveryHashes(id identity.UserID) [][]byte {
	var hashes [][]byte
	for _, code := range identity.NewRecoveryCodes() {
		hashes = append(hashes, code.Hash(id))
	}
	return hashes
}

var passkeyCases = map[string]func(t *testing.T, h Harness){
	"passkeys read back as written, the oldest first": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		first, second := Passkey(u.ID), Passkey(u.ID)
		second.CreatedAt = Now.Add(time.Minute)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return errors.Join(s.Passkeys.Insert(ctx, second), s.Passkeys.Insert(ctx, first))
		})
		equal(t, must[[]identity.Passkey](t)(h.Reads.PasskeysOf(t.Context(), u.ID)), []identity.Passkey{first, second})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			have, err := s.Passkeys.ByCredential(ctx, first.CredentialID)
			equal(t, have, first)
			return err
		})
		h.fails(t, identity.ErrPasskeyNotFound, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Passkeys.ByCredential(ctx, []byte("another"))
			return err
		})
	},
	"a credential is one person's": func(t *testing.T, h Harness) {
		u, stranger := h.insertUser(t), h.insertUser(t)
		p := Passkey(u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Insert(ctx, p) })
		again := Passkey(stranger.ID)
		again.CredentialID = p.CredentialID
		h.fails(t, identity.ErrPasskeyTaken, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Insert(ctx, again) })
	},
	"a use is kept": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		p := Passkey(u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Insert(ctx, p) })
		p.SignCount, p.BackedUp, p.Record, p.LastUsedAt = 8, false, []byte("changed"), Now.Add(time.Hour)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Used(ctx, p) })
		equal(t, must[[]identity.Passkey](t)(h.Reads.PasskeysOf(t.Context(), u.ID)), []identity.Passkey{p})
		p.ID = idgentest.New()
		h.fails(t, identity.ErrPasskeyNotFound, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Used(ctx, p) })
	},
	"a passkey is renamed and deleted by its person only": func(t *testing.T, h Harness) {
		u, stranger := h.insertUser(t), h.insertUser(t)
		p := Passkey(u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Insert(ctx, p) })
		for _, id := range append(notIDs, idgentest.New()) {
			h.fails(t, identity.ErrPasskeyNotFound, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Rename(ctx, u.ID, id, "x") })
			h.fails(t, identity.ErrPasskeyNotFound, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Delete(ctx, u.ID, id) })
		}
		h.fails(t, identity.ErrPasskeyNotFound, func(ctx context.Context, s identity.Stores) error {
			return s.Passkeys.Rename(ctx, stranger.ID, p.ID, "mine")
		})
		h.fails(t, identity.ErrPasskeyNotFound, func(ctx context.Context, s identity.Stores) error {
			return s.Passkeys.Delete(ctx, stranger.ID, p.ID)
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Rename(ctx, u.ID, p.ID, "Phone") })
		p.Name = "Phone"
		equal(t, must[[]identity.Passkey](t)(h.Reads.PasskeysOf(t.Context(), u.ID)), []identity.Passkey{p})
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Delete(ctx, u.ID, p.ID) })
		equal(t, len(must[[]identity.Passkey](t)(h.Reads.PasskeysOf(t.Context(), u.ID))), 0)
	},
	"all of a person's passkeys are deleted and nobody else's": func(t *testing.T, h Harness) {
		u, stranger := h.insertUser(t), h.insertUser(t)
		other := Passkey(stranger.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return errors.Join(s.Passkeys.Insert(ctx, Passkey(u.ID)), s.Passkeys.Insert(ctx, Passkey(u.ID)), s.Passkeys.Insert(ctx, other))
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Passkeys.DeleteAll(ctx, u.ID) })
		equal(t, len(must[[]identity.Passkey](t)(h.Reads.PasskeysOf(t.Context(), u.ID))), 0)
		equal(t, must[[]identity.Passkey](t)(h.Reads.PasskeysOf(t.Context(), stranger.ID)), []identity.Passkey{other})
	},
}

var challengeCases = map[string]func(t *testing.T, h Harness){
	"a challenge reads back as written and counts its attempts": func(t *testing.T, h Harness) {
		for _, user := range []identity.UserID{"", h.insertUser(t).ID} {
			c, _ := Challenge(identity.PasskeySignIn, user)
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Challenges.Insert(ctx, c) })
			equal(t, must[identity.Challenge](t)(h.Reads.Challenge(t.Context(), c.Hash, c.Purpose, Now)), c)
			for range identity.ChallengeAttempts {
				c.Attempts++
				h.do(t, func(ctx context.Context, s identity.Stores) error {
					have, err := s.Challenges.Try(ctx, c.Hash, c.Purpose, Now)
					equal(t, have, c)
					return err
				})
			}
			h.fails(t, identity.ErrChallengeUnknown, func(ctx context.Context, s identity.Stores) error {
				_, err := s.Challenges.Try(ctx, c.Hash, c.Purpose, Now)
				return err
			})
			_, err := h.Reads.Challenge(t.Context(), c.Hash, c.Purpose, Now)
			is(t, err, identity.ErrChallengeUnknown)
		}
	},
	"a challenge serves its purpose, in its time, and is taken once": func(t *testing.T, h Harness) {
		c, _ := Challenge(identity.SecondFactorChallenge, h.insertUser(t).ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Challenges.Insert(ctx, c) })
		for _, no := range []struct {
			hash    []byte
			purpose identity.ChallengePurpose
			at      time.Time
		}{
			{c.Hash, identity.PasskeySignIn, Now},
			{identity.NewSecret().Hash(), c.Purpose, Now},
			{nil, c.Purpose, Now},
			{c.Hash, c.Purpose, c.ExpiresAt},
		} {
			h.fails(t, identity.ErrChallengeUnknown, func(ctx context.Context, s identity.Stores) error {
				_, err := s.Challenges.Try(ctx, no.hash, no.purpose, no.at)
				return err
			})
			h.fails(t, identity.ErrChallengeUnknown, func(ctx context.Context, s identity.Stores) error {
				return s.Challenges.Take(ctx, no.hash, no.purpose, no.at)
			})
			_, err := h.Reads.Challenge(t.Context(), no.hash, no.purpose, no.at)
			is(t, err, identity.ErrChallengeUnknown)
		}
		take := func(ctx context.Context, s identity.Stores) error {
			return s.Challenges.Take(ctx, c.Hash, c.Purpose, Now)
		}
		h.do(t, take)
		h.fails(t, identity.ErrChallengeUnknown, take)
	},
	"of many who answer a challenge at once one takes it, and few may try": func(t *testing.T, h Harness) {
		c, _ := Challenge(identity.SecondFactorChallenge, h.insertUser(t).ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Challenges.Insert(ctx, c) })
		tries := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Challenges.Try(ctx, c.Hash, c.Purpose, Now)
			return err
		})
		equal(t, succeeded(t, tries, identity.ErrChallengeUnknown), identity.ChallengeAttempts)
		takes := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			return s.Challenges.Take(ctx, c.Hash, c.Purpose, Now)
		})
		equal(t, succeeded(t, takes, identity.ErrChallengeUnknown), 1)
		inserts := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error { return s.Challenges.Insert(ctx, c) })
		equal(t, succeeded(t, inserts, identity.ErrChallengeUnknown), 1)
	},
	"a person's challenges are deleted, and expired ones, as many as asked": func(t *testing.T, h Harness) {
		u, stranger := h.insertUser(t), h.insertUser(t)
		own, _ := Challenge(identity.SecondFactorChallenge, u.ID)
		other, _ := Challenge(identity.SecondFactorChallenge, stranger.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for range 3 {
				expired, _ := Challenge(identity.PasskeySignIn, "")
				expired.ExpiresAt = Now.Add(-time.Second)
				if err := s.Challenges.Insert(ctx, expired); err != nil {
					return err
				}
			}
			return errors.Join(s.Challenges.Insert(ctx, own), s.Challenges.Insert(ctx, other))
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.Challenges.DeleteOf(ctx, u.ID, identity.MailCode, identity.PasskeyConfirmation)
		})
		equal(t, must[identity.Challenge](t)(h.Reads.Challenge(t.Context(), own.Hash, own.Purpose, Now)), own)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.Challenges.DeleteOf(ctx, u.ID, own.Purpose)
		})
		_, err := h.Reads.Challenge(t.Context(), own.Hash, own.Purpose, Now)
		is(t, err, identity.ErrChallengeUnknown)
		for _, want := range []int{2, 1, 0} {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				n, err := s.Challenges.DeleteExpired(ctx, Now, 2)
				equal(t, n, want)
				return err
			})
		}
		equal(t, must[identity.Challenge](t)(h.Reads.Challenge(t.Context(), other.Hash, other.Purpose, Now)), other)
	},
}
