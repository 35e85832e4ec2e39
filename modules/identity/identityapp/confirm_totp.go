package identityapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// ConfirmTOTP makes the app that is being set up a second factor, by a code of it.
// With the person's first factor come recovery codes, to be shown this once; nil
// when there are some already. It fails with ErrNotSignedIn, ErrNotRecent,
// ErrTOTPMissing, ErrCodeWrong, ErrTooManyAttempts and ErrBusy.
func (a *App) ConfirmTOTP(ctx context.Context, actor identity.Actor, code string) (codes []identity.RecoveryCode, err error) {
	if err := a.recently(actor); err != nil {
		return nil, err
	}
	guess, err := a.countCode(ctx, actor.UserID, signedInSource(actor))
	if err != nil {
		return nil, err
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if _, err := lockActor(ctx, s, actor, now); err != nil {
			return err
		}
		f, err := factorsOf(ctx, s, actor.UserID)
		if err != nil {
			return err
		}
		if f.totp.User == "" || f.totp.Active() {
			return identity.ErrTOTPMissing
		}
		step, err := a.verifyCode(f.totp, code, now)
		if err != nil {
			return err
		}
		if err := s.TOTPs.Confirm(ctx, f.totp, step, now); err != nil {
			return err
		}
		if !f.any() {
			if codes, err = a.replaceRecoveryCodes(ctx, s, actor.UserID, now); err != nil {
				return err
			}
		}
		return a.factorChanged(ctx, s, actor, "identity.totp_enabled", letter{Kind: letterTOTPEnabled, User: actor.UserID}, now)
	})
	if err != nil {
		err = fmt.Errorf("identityapp: confirm totp of %s: %w", actor.UserID, err)
		if refusal(err) {
			err = a.refusedProof(ctx, actor.UserID, "code of a new authenticator app", actor.Address, now, err)
		}
		return nil, err
	}
	a.succeeded(ctx, guess)
	return codes, a.forget(ctx, identity.TagUser(actor.UserID))
}

func (a *App) replaceRecoveryCodes(ctx context.Context, s identity.Stores, id identity.UserID, now time.Time) ([]identity.RecoveryCode, error) {
	codes := identity.NewRecoveryCodes()
	hashes := make([][]byte, len(codes))
	for i, c := range codes {
		hashes[i] = c.Hash(id)
	}
	return codes, s.RecoveryCodes.Replace(ctx, id, hashes, now)
}

// factorChanged notes a change of what protects the actor's account, and tells
// them by letter: if it was not them, that is how they learn of it.
func (a *App) factorChanged(ctx context.Context, s identity.Stores, actor identity.Actor, action string, l letter, now time.Time) error {
	if err := s.Audit.Append(ctx, a.entry(string(actor.UserID), action, userResource(actor.UserID), actor.Address, now)); err != nil {
		return err
	}
	return a.post(ctx, s, l)
}

// factorGone forgets the recovery codes when no factor is left for them to stand in
// for, and whatever proof of the lost one is under way.
func factorGone(ctx context.Context, s identity.Stores, id identity.UserID) error {
	if err := s.Challenges.DeleteOf(ctx, id); err != nil {
		return err
	}
	f, err := factorsOf(ctx, s, id)
	if err != nil || f.any() {
		return err
	}
	return s.RecoveryCodes.Delete(ctx, id)
}
