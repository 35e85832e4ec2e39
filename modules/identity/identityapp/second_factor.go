package identityapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// factorLimit bounds the guesses at a person's codes. Three of a million are right
// at any time: twenty an hour leave who has the password one chance in seven
// hundred a day.
var factorLimit = ratelimit.Limit{Count: 20, Per: time.Hour}

// SecondFactorRequired refuses a program's sign-in until a second factor is proven.
// It is an ErrSecondFactorRequired.
type SecondFactorRequired struct {
	Challenge identity.Secret
	Methods   []string // "totp", "recovery_code", "passkey"
	Passkey   []byte   // options for the passkey's ceremony as JSON; nil without one
}

// Error implements error.
func (*SecondFactorRequired) Error() string { return identity.ErrSecondFactorRequired.Error() }

// Unwrap makes it an ErrSecondFactorRequired.
func (*SecondFactorRequired) Unwrap() error { return identity.ErrSecondFactorRequired }

// factors are what a person can prove beside a password.
type factors struct {
	totp     identity.TOTP
	passkeys []identity.Passkey
}

func (f factors) any() bool { return f.totp.Active() || len(f.passkeys) > 0 }

func factorsOf(ctx context.Context, s identity.Stores, id identity.UserID) (f factors, err error) {
	if f.totp, _, err = s.TOTPs.ByUser(ctx, id); err != nil {
		return f, err
	}
	f.passkeys, err = s.Passkeys.Of(ctx, id)
	return f, err
}

// offered is what a second-factor challenge keeps: the ceremony that any of the
// person's passkeys may answer, if there are some, and what the first factor was.
type offered struct {
	First   identity.SignedInBy `json:"first"`
	TOTP    bool                `json:"totp"`
	Options json.RawMessage     `json:"options,omitempty"`
	Session json.RawMessage     `json:"session,omitempty"`
	// Epoch is the person's LinksEpoch: what ends their sign-ins ends this one. Nil: of an
	// older release.
	Epoch *int `json:"epoch,omitempty"`
}

// methods are the ways in which the challenge may be answered.
func (o offered) methods() []string {
	methods := []string{"recovery_code"}
	if o.TOTP {
		methods = append(methods, "totp")
	}
	if len(o.Options) > 0 {
		methods = append(methods, "passkey")
	}
	return methods
}

// challengeFactors begins the proof of a second factor after the first; an empty
// secret when the person has none.
func (a *App) challengeFactors(ctx context.Context, s identity.Stores, u identity.User, first identity.SignedInBy, now time.Time) (identity.Secret, offered, error) {
	f, err := factorsOf(ctx, s, u.ID)
	if err != nil || !f.any() {
		return "", offered{}, err
	}
	offer := offered{First: first, TOTP: f.totp.Active(), Epoch: &u.LinksEpoch}
	if len(f.passkeys) > 0 {
		ceremony, err := a.deps.Ceremonies.BeginAssertion(u.ID, f.passkeys)
		if err != nil && !errors.Is(err, identity.ErrPasskeysOff) {
			return "", offered{}, err
		}
		offer.Options, offer.Session = ceremony.Options, ceremony.Session
	}
	data, err := json.Marshal(offer)
	if err != nil {
		return "", offered{}, fmt.Errorf("identityapp: encode a challenge: %w", err)
	}
	secret := identity.NewSecret()
	return secret, offer, s.Challenges.Insert(ctx, identity.Challenge{
		Hash: secret.Hash(), Purpose: identity.SecondFactorChallenge, User: u.ID, Data: data, ExpiresAt: now.Add(identity.ChallengeLife),
	})
}

// FactorProof is what somebody brings to prove a second factor: a code of their
// authenticator app, a recovery code, or a passkey's answer as JSON.
type FactorProof struct {
	Code    string
	Passkey []byte
}

// proveFactor checks a proof of the person's and uses it up, within the
// transaction of s. It fails with ErrCodeWrong, ErrPasskeyInvalid and
// ErrPasskeyCloned. Guesses were counted before.
func (a *App) proveFactor(ctx context.Context, s identity.Stores, id identity.UserID, p FactorProof, session []byte, now time.Time) (identity.SecondFactor, error) {
	if len(p.Passkey) > 0 {
		_, err := a.provePasskey(ctx, s, id, session, p.Passkey, now)
		return identity.FactorPasskey, err
	}
	if code, ok := identity.ParseRecoveryCode(p.Code); ok {
		if err := s.RecoveryCodes.Redeem(ctx, id, code.Hash(id), now); err != nil {
			return "", err
		}
		return identity.FactorRecoveryCode, a.post(ctx, s, letter{Kind: letterRecoveryCodeUsed, User: id})
	}
	t, ok, err := s.TOTPs.ByUser(ctx, id)
	if err != nil {
		return "", err
	}
	if !ok || !t.Active() {
		return "", identity.ErrCodeWrong
	}
	step, err := a.verifyCode(t, p.Code, now)
	if err != nil {
		return "", err
	}
	return identity.FactorTOTP, s.TOTPs.Accept(ctx, id, step)
}

// verifyCode returns the step of a code of the app; ErrCodeWrong.
func (a *App) verifyCode(t identity.TOTP, code string, now time.Time) (int64, error) {
	secret, err := a.deps.Sealer.Open(identity.TOTPLabel(t.User), t.SealedSecret)
	if err != nil {
		return 0, fmt.Errorf("identityapp: open the authenticator's secret of %s: %w", t.User, err)
	}
	step, ok, err := a.deps.TimeCodes.Verify(string(secret), identity.CodeAsTyped(code), now)
	if err != nil {
		return 0, fmt.Errorf("identityapp: verify a code of %s: %w", t.User, err)
	}
	if !ok {
		return 0, identity.ErrCodeWrong
	}
	return step, nil
}

// provePasskey verifies a passkey's answer and keeps the use. id is whose it must
// be; empty for whomever the passkey belongs to.
func (a *App) provePasskey(ctx context.Context, s identity.Stores, id identity.UserID, session, response []byte, now time.Time) (identity.PasskeyAssertion, error) {
	if len(session) == 0 {
		return identity.PasskeyAssertion{}, identity.ErrPasskeyInvalid
	}
	proof, err := a.deps.Ceremonies.FinishAssertion(session, response, func(credentialID []byte) ([]identity.Passkey, error) {
		p, err := s.Passkeys.ByCredential(ctx, credentialID)
		if errors.Is(err, identity.ErrPasskeyNotFound) || err == nil && id != "" && p.User != id {
			return nil, identity.ErrPasskeyInvalid
		}
		if err != nil {
			return nil, err
		}
		// Before the passkey is written, as by everybody who locks both; read then, its
		// counter is that of the answer before.
		if _, err := s.Users.Lock(ctx, p.User); err != nil {
			return nil, err
		}
		return s.Passkeys.Of(ctx, p.User)
	})
	if err != nil {
		return proof, err
	}
	if proof.Cloned {
		return proof, identity.ErrPasskeyCloned
	}
	proof.Passkey.LastUsedAt = now
	if err := s.Passkeys.Used(ctx, proof.Passkey); err != nil || !proof.BecameSynced {
		return proof, err
	}
	whose := proof.Passkey.User
	return proof, s.Audit.Append(ctx, a.entry(string(whose), "identity.passkey_became_synced", passkeyResource(proof.Passkey.ID), "", now))
}

// countCode counts a guess at a person's codes before it is checked. It fails with
// ErrTooManyAttempts, and with ErrBusy when nobody can count.
func (a *App) countCode(ctx context.Context, id identity.UserID, from source) (attempt, error) {
	return a.countAll(ctx, counted{accountKey("identity.second_factor", string(id), from), factorLimit})
}

// try counts an attempt at a challenge, in a transaction of its own: an attempt
// that fails stays counted.
func (a *App) try(ctx context.Context, secret identity.Secret, p identity.ChallengePurpose, now time.Time) (c identity.Challenge, err error) {
	if secret == "" {
		return c, identity.ErrChallengeUnknown
	}
	// Looked at first: a secret that somebody made up takes no transaction.
	if _, err := a.deps.Reads.Challenge(ctx, secret.Hash(), p, now); err != nil {
		return c, fmt.Errorf("identityapp: look for a challenge: %w", err)
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) (err error) {
		c, err = s.Challenges.Try(ctx, secret.Hash(), p, now)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("identityapp: answer a challenge: %w", err)
	}
	return c, nil
}

// refusedProof notes a proof that was refused, in a transaction of its own. One by a
// passkey that exists twice is always an entry of its own.
func (a *App) refusedProof(ctx context.Context, id identity.UserID, how, address string, now time.Time, cause error) error {
	if !errors.Is(cause, identity.ErrPasskeyCloned) {
		return a.failedSignIn(ctx, id, how, address, cause)
	}
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		return s.Audit.Append(ctx, a.entry(string(id), "identity.passkey_cloned", userResource(id), address, now))
	})
	return errors.Join(cause, err)
}

func refusal(err error) bool {
	return errors.Is(err, identity.ErrCodeWrong) || errors.Is(err, identity.ErrPasskeyInvalid) || errors.Is(err, identity.ErrPasskeyCloned)
}

// endBegun forgets what was begun by an old password: proofs under way, and an
// authenticator app that was not confirmed, whose secret somebody else may have read.
func endBegun(ctx context.Context, s identity.Stores, id identity.UserID) error {
	t, ok, err := s.TOTPs.ByUser(ctx, id)
	if err != nil {
		return err
	}
	if ok && !t.Active() {
		if _, err := s.TOTPs.Delete(ctx, id); err != nil {
			return err
		}
	}
	return s.Challenges.DeleteOf(ctx, id)
}

// dropFactors forgets every second factor of a person, with what is under way.
func dropFactors(ctx context.Context, s identity.Stores, id identity.UserID) error {
	if _, err := s.TOTPs.Delete(ctx, id); err != nil {
		return err
	}
	if err := s.RecoveryCodes.Delete(ctx, id); err != nil {
		return err
	}
	if err := s.Passkeys.DeleteAll(ctx, id); err != nil {
		return err
	}
	return s.Challenges.DeleteOf(ctx, id)
}
