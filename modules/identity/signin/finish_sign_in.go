package signin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
)

// SecondFactorOffer is what the page of a sign-in under way shows.
type SecondFactorOffer struct {
	TOTP    bool
	Passkey []byte // options for the passkey's ceremony as JSON; nil without one
}

// SecondFactor tells what a sign-in under way may be finished with;
// ErrChallengeUnknown.
func (a *App) SecondFactor(ctx context.Context, challenge identity.Secret) (SecondFactorOffer, error) {
	if challenge == "" {
		return SecondFactorOffer{}, identity.ErrChallengeUnknown
	}
	c, err := a.deps.Reads.Challenge(ctx, challenge.Hash(), identity.SecondFactorChallenge, a.deps.Clock.Now())
	if err != nil {
		return SecondFactorOffer{}, fmt.Errorf("signin: read a challenge: %w", err)
	}
	var offer factors.Offer
	if err := json.Unmarshal(c.Data, &offer); err != nil {
		return SecondFactorOffer{}, fmt.Errorf("signin: decode a challenge: %w", err)
	}
	return SecondFactorOffer{TOTP: offer.TOTP, Passkey: offer.Options}, nil
}

// FinishSignIn is a browser or a program that proves its second factor. Replaces
// is the session cookie that a browser still holds, if any.
type FinishSignIn struct {
	Challenge identity.Secret
	Proof     identity.FactorProof
	Device    identity.Device
	Replaces  identity.Secret
}

// FinishSignIn opens the browser's session that was waiting for a second factor.
// It fails with ErrChallengeUnknown, ErrCodeWrong, ErrPasskeyInvalid,
// ErrPasskeyCloned, ErrTooManyAttempts (with RetryAfter), ErrBusy, ErrSuspended and
// ErrSignInEnded.
func (a *App) FinishSignIn(ctx context.Context, cmd FinishSignIn) (in SignedIn, err error) {
	replaced, err := a.replacedSession(ctx, cmd.Replaces)
	if err != nil {
		return SignedIn{}, err
	}
	err = a.finishSecondFactor(ctx, cmd, func(ctx context.Context, s Stores, u identity.User, by identity.SignedInBy, now time.Time) (err error) {
		in, err = a.openBrowser(ctx, s, u, by, cmd.Device, replaced, now)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	if replaced != nil {
		cached.Invalidate(ctx, a.deps.Cache, identity.TagSession(replaced.ID))
	}
	return in, err
}

// FinishProgramSignIn is FinishSignIn for a program.
func (a *App) FinishProgramSignIn(ctx context.Context, cmd FinishSignIn) (TokenPair, error) {
	var opened programSession
	err := a.finishSecondFactor(ctx, cmd, func(ctx context.Context, s Stores, u identity.User, by identity.SignedInBy, now time.Time) (err error) {
		opened, err = a.openProgram(ctx, s, u, by, cmd.Device, now)
		return err
	})
	if err != nil {
		return TokenPair{}, err
	}
	return a.pairOf(ctx, opened, a.deps.Clock.Now())
}

// finishSecondFactor takes the challenge, checks the proof and opens what the
// person asked for, all or nothing.
func (a *App) finishSecondFactor(ctx context.Context, cmd FinishSignIn, open func(ctx context.Context, s Stores, u identity.User, by identity.SignedInBy, now time.Time) error) error {
	now := a.deps.Clock.Now()
	c, err := a.deps.Factors.Try(ctx, cmd.Challenge, identity.SecondFactorChallenge, now)
	if err != nil {
		return err
	}
	var guess throttle.Attempt
	if len(cmd.Proof.Passkey) == 0 {
		from, err := a.deps.Devices.RecognizeByID(ctx, c.User, cmd.Device)
		if err != nil {
			return err
		}
		if guess, err = a.deps.Factors.CountCode(ctx, c.User, from); err != nil {
			return err
		}
	}
	var offer factors.Offer
	if err := json.Unmarshal(c.Data, &offer); err != nil {
		return fmt.Errorf("signin: decode a challenge: %w", err)
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		u, err := s.Users.Lock(ctx, c.User)
		if err != nil {
			return err
		}
		if offer.Epoch != nil && u.LinksEpoch != *offer.Epoch {
			return identity.ErrSignInEnded
		}
		if err := s.Challenges.Take(ctx, c.Hash, c.Purpose, now); err != nil {
			return err
		}
		by := offer.First
		if by.SecondFactor, err = a.deps.Factors.Prove(ctx, s.factors(), u.ID, cmd.Proof, offer.Session, now); err != nil {
			return err
		}
		return open(ctx, s, u, by, now)
	})
	if err != nil {
		err = fmt.Errorf("signin: finish a sign-in of %s: %w", c.User, err)
		if factors.Refused(err) {
			return a.deps.Factors.NoteRefused(ctx, c.User, "second factor", cmd.Device.IP, now, err)
		}
		return err
	}
	a.deps.Limits.GiveBack(ctx, guess)
	return nil
}
