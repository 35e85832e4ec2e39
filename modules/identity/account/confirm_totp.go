package account

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// ConfirmTOTP makes the app that is being set up a second factor, by a code of it.
// With the person's first factor come recovery codes, to be shown this once; nil
// when there are some already. It fails with ErrNotSignedIn, ErrNotRecent,
// ErrTOTPMissing, ErrCodeWrong, ErrTooManyAttempts and ErrBusy.
func (a *App) ConfirmTOTP(ctx context.Context, actor identity.Actor, code string) (codes []identity.RecoveryCode, err error) {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return nil, err
	}
	guess, err := a.deps.Factors.CountCode(ctx, actor.UserID, throttle.SignedIn(actor))
	if err != nil {
		return nil, err
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if _, err := access.LockActor(ctx, s.Users, s.Sessions, actor, now); err != nil {
			return err
		}
		f, err := factors.Of(ctx, s.factors(), actor.UserID)
		if err != nil {
			return err
		}
		if f.TOTP.User == "" || f.TOTP.Active() {
			return identity.ErrTOTPMissing
		}
		step, err := a.deps.Factors.VerifyCode(f.TOTP, code, now)
		if err != nil {
			return err
		}
		if err := s.TOTPs.Confirm(ctx, f.TOTP, step, now); err != nil {
			return err
		}
		if !f.Any() {
			if codes, err = a.replaceRecoveryCodes(ctx, s, actor.UserID, now); err != nil {
				return err
			}
		}
		return a.factorChanged(ctx, s, actor, "identity.totp_enabled", mails.Mail{Kind: mails.TOTPEnabled, User: actor.UserID}, now)
	})
	if err != nil {
		err = fmt.Errorf("account: confirm totp of %s: %w", actor.UserID, err)
		if factors.Refused(err) {
			err = a.deps.Factors.NoteRefused(ctx, actor.UserID, "code of a new authenticator app", actor.IP, now, err)
		}
		return nil, err
	}
	a.deps.Limits.GiveBack(ctx, guess)
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(actor.UserID))
	return codes, nil
}

func (a *App) replaceRecoveryCodes(ctx context.Context, s Stores, id identity.UserID, now time.Time) ([]identity.RecoveryCode, error) {
	codes := identity.NewRecoveryCodes()
	hashes := make([][]byte, len(codes))
	for i, c := range codes {
		hashes[i] = c.Hash(id)
	}
	return codes, s.RecoveryCodes.Replace(ctx, id, hashes, now)
}

// factorChanged notes a change of what protects the actor's account, and tells
// them by mail: if it was not them, that is how they learn of it.
func (a *App) factorChanged(ctx context.Context, s Stores, actor identity.Actor, action string, l mails.Mail, now time.Time) error {
	if err := s.Audit.Append(ctx, a.deps.Trail.Entry(string(actor.UserID), action, trail.User(actor.UserID), actor.IP, now)); err != nil {
		return err
	}
	return mails.Post(ctx, s.Jobs, l)
}

// dropCodesWithoutFactor forgets the recovery codes when no factor is left for them to stand in
// for, and whatever proof of the lost one is under way.
func dropCodesWithoutFactor(ctx context.Context, s Stores, id identity.UserID) error {
	if err := s.Challenges.DeleteOf(ctx, id); err != nil {
		return err
	}
	f, err := factors.Of(ctx, s.factors(), id)
	if err != nil || f.Any() {
		return err
	}
	return s.RecoveryCodes.Delete(ctx, id)
}
