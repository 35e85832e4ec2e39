package signin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
)

// BeginPasskeySignIn starts a sign-in by whichever passkey the browser has. Every view
// of the sign-in page asks for one, so nothing is written down: the browser carries
// the ceremony, sealed, and only an answer takes a row.
func (a *App) BeginPasskeySignIn(context.Context) (identity.PasskeyChallenge, error) {
	ceremony, err := a.deps.Ceremonies.BeginAssertion("", nil)
	if err != nil {
		return identity.PasskeyChallenge{}, fmt.Errorf("signin: begin a passkey sign-in: %w", err)
	}
	carried, err := json.Marshal(carriedCeremony{Session: ceremony.Session, ExpiresAt: a.deps.Clock.Now().Add(identity.ChallengeTTL)})
	if err != nil {
		return identity.PasskeyChallenge{}, fmt.Errorf("signin: encode a ceremony: %w", err)
	}
	sealed, err := a.deps.Sealer.Seal(carriedLabel, carried)
	if err != nil {
		return identity.PasskeyChallenge{}, fmt.Errorf("signin: seal a ceremony: %w", err)
	}
	return identity.PasskeyChallenge{Challenge: identity.Secret(base64.RawURLEncoding.EncodeToString(sealed)), Options: ceremony.Options}, nil
}

// carriedCeremony is a sign-in by passkey as the browser carries it.
type carriedCeremony struct {
	Session   []byte    `json:"session"`
	ExpiresAt time.Time `json:"expires_at"`
}

const carriedLabel = "passkey sign-in"

// openCarried returns what BeginPasskeySignIn sealed, as the challenge that is spent
// by its answer; ErrChallengeUnknown for anything else, and past its time.
func (a *App) openCarried(secret identity.Secret, now time.Time) (identity.Challenge, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(secret.Reveal())
	if err != nil {
		return identity.Challenge{}, identity.ErrChallengeUnknown
	}
	plain, err := a.deps.Sealer.Open(carriedLabel, sealed)
	if err != nil {
		return identity.Challenge{}, identity.ErrChallengeUnknown
	}
	var carried carriedCeremony
	if err := json.Unmarshal(plain, &carried); err != nil || !now.Before(carried.ExpiresAt) {
		return identity.Challenge{}, identity.ErrChallengeUnknown
	}
	hash := sha256.Sum256(sealed)
	return identity.Challenge{
		Hash: hash[:], Purpose: identity.PasskeySignIn, Data: carried.Session, Attempts: identity.ChallengeAttempts, ExpiresAt: carried.ExpiresAt,
	}, nil
}

// SignInWithPasskey is a browser or a program that answers a passkey sign-in.
// Replaces is the session cookie that a browser still holds, if any.
type SignInWithPasskey struct {
	Challenge identity.Secret
	Response  []byte // the authenticator's answer as JSON
	Device    identity.Device
	Replaces  identity.Secret
}

// SignInWithPasskey opens a browser's session. The passkey is both factors: what
// the person has, unlocked by what they are or know, so no second one is asked for.
// A challenge is good for one answer: who is refused begins another. It fails with
// ErrChallengeUnknown, ErrPasskeyInvalid, ErrPasskeyCloned, ErrSuspended,
// ErrTooManyAttempts and ErrBusy.
func (a *App) SignInWithPasskey(ctx context.Context, cmd SignInWithPasskey) (in SignedIn, err error) {
	replaced, err := a.replacedSession(ctx, cmd.Replaces)
	if err != nil {
		return SignedIn{}, err
	}
	err = a.finishPasskey(ctx, cmd, func(ctx context.Context, s Stores, u identity.User, now time.Time) (err error) {
		in, err = a.openBrowser(ctx, s, u, identity.SignedInBy{Method: identity.ByPasskey}, cmd.Device, replaced, now)
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

// SignInProgramWithPasskey is SignInWithPasskey for a program.
func (a *App) SignInProgramWithPasskey(ctx context.Context, cmd SignInWithPasskey) (TokenPair, error) {
	var opened programSession
	err := a.finishPasskey(ctx, cmd, func(ctx context.Context, s Stores, u identity.User, now time.Time) (err error) {
		opened, err = a.openProgram(ctx, s, u, identity.SignedInBy{Method: identity.ByPasskey}, cmd.Device, now)
		return err
	})
	if err != nil {
		return TokenPair{}, err
	}
	return a.pairOf(ctx, opened, a.deps.Clock.Now())
}

func (a *App) finishPasskey(ctx context.Context, cmd SignInWithPasskey, open func(ctx context.Context, s Stores, u identity.User, now time.Time) error) error {
	now := a.deps.Clock.Now()
	c, err := a.openCarried(cmd.Challenge, now)
	if err != nil {
		return err
	}
	guess, err := a.deps.Limits.CountAll(ctx, a.deps.Devices.OfVisitor("identity.passkey", cmd.Device, passkeyLimit)...)
	if err != nil {
		return err
	}
	// Its first answer spends it, whatever that is.
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		return s.Challenges.Insert(ctx, c)
	})
	if err != nil {
		return fmt.Errorf("signin: spend a challenge: %w", err) // there already: it was answered
	}
	var whose identity.UserID
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		proof, err := a.deps.Factors.ProvePasskey(ctx, s.factors(), "", c.Data, cmd.Response, now)
		whose = proof.Passkey.User
		if err != nil {
			return err
		}
		if !proof.UserVerified {
			return identity.ErrPasskeyInvalid
		}
		u, err := s.Users.Lock(ctx, whose)
		if err != nil {
			return err
		}
		return open(ctx, s, u, now)
	})
	if err != nil {
		err = fmt.Errorf("signin: sign in by passkey: %w", err)
		if throttle.Refused(err) {
			return a.deps.Factors.NoteRefused(ctx, whose, "passkey", cmd.Device.IP, now, err)
		}
		return err
	}
	a.deps.Limits.GiveBack(ctx, guess)
	return nil
}
