// Package factors is what somebody can prove beside a password: authenticator apps,
// passkeys and recovery codes. Rooms begin a proof, have it checked and take factors away
// through it, each in the transaction of what the proof is for.
//
// It promises that a guess is counted before it is checked, that an attempt at a challenge
// stays counted whatever comes of it, and that a code or a passkey's answer is good once.
package factors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Stores is what proving a second factor writes.
type Stores struct {
	Users         identity.Users
	TOTPs         identity.TOTPs
	Passkeys      identity.Passkeys
	RecoveryCodes identity.RecoveryCodes
	Challenges    identity.Challenges
	Audit         audit.Trail
	Jobs          jobs.Enqueuer
}

// Reads is what somebody has, without a transaction.
type Reads interface {
	TOTPOf(ctx context.Context, id identity.UserID) (identity.TOTP, bool, error)
	PasskeysOf(ctx context.Context, id identity.UserID) ([]identity.Passkey, error)
}

// ChallengeReads looks at a challenge; ErrChallengeUnknown.
type ChallengeReads interface {
	Challenge(ctx context.Context, hash []byte, p identity.ChallengePurpose, now time.Time) (identity.Challenge, error)
}

// Prover begins proofs of second factors and checks them.
type Prover struct {
	Sealer     identity.Sealer
	TimeCodes  identity.TimeCodes
	Ceremonies identity.PasskeyCeremonies
	Clock      clock.Clock
	Trail      trail.Writer
	Limits     throttle.Limits
	Failures   throttle.Failures
	Reads      ChallengeReads
	// Do runs fn in a transaction.
	Do func(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// factorLimit bounds the guesses at a person's codes. Three of a million are right
// at any time: twenty an hour leave who has the password one chance in seven
// hundred a day.
var factorLimit = ratelimit.Limit{Count: 20, Per: time.Hour}

// Held is what a person can prove beside a password.
type Held struct {
	TOTP     identity.TOTP
	Passkeys []identity.Passkey
}

// Any reports whether a password alone no longer opens the account.
func (f Held) Any() bool { return f.TOTP.Active() || len(f.Passkeys) > 0 }

// Of reads what a person has, in the transaction of s.
func Of(ctx context.Context, s Stores, id identity.UserID) (f Held, err error) {
	if f.TOTP, _, err = s.TOTPs.ByUser(ctx, id); err != nil {
		return f, err
	}
	f.Passkeys, err = s.Passkeys.Of(ctx, id)
	return f, err
}

// Has reports whether somebody has a second factor.
func Has(ctx context.Context, reads Reads, id identity.UserID) (bool, error) {
	app, _, err := reads.TOTPOf(ctx, id)
	if err != nil || app.Active() {
		return err == nil, err
	}
	passkeys, err := reads.PasskeysOf(ctx, id)
	return len(passkeys) > 0, err
}

// Offer is what a second-factor challenge keeps: the ceremony that any of the
// person's passkeys may answer, if there are some, and what the first factor was.
type Offer struct {
	First   identity.SignedInBy `json:"first"`
	TOTP    bool                `json:"totp"`
	Options json.RawMessage     `json:"options,omitempty"`
	Session json.RawMessage     `json:"session,omitempty"`
	// Epoch is the person's LinksEpoch: what ends their sign-ins ends this one. Nil: of an
	// older release.
	Epoch *int `json:"epoch,omitempty"`
}

// Methods are the ways in which the challenge may be answered.
func (o Offer) Methods() []string {
	methods := []string{"recovery_code"}
	if o.TOTP {
		methods = append(methods, "totp")
	}
	if len(o.Options) > 0 {
		methods = append(methods, "passkey")
	}
	return methods
}

// Challenge begins the proof of a second factor after the first; an empty
// secret when the person has none.
func (p Prover) Challenge(ctx context.Context, s Stores, u identity.User, first identity.SignedInBy, now time.Time) (identity.Secret, Offer, error) {
	f, err := Of(ctx, s, u.ID)
	if err != nil || !f.Any() {
		return "", Offer{}, err
	}
	offer := Offer{First: first, TOTP: f.TOTP.Active(), Epoch: &u.LinksEpoch}
	if len(f.Passkeys) > 0 {
		ceremony, err := p.Ceremonies.BeginAssertion(u.ID, f.Passkeys)
		if err != nil && !errors.Is(err, identity.ErrPasskeysOff) {
			return "", Offer{}, err
		}
		offer.Options, offer.Session = ceremony.Options, ceremony.Session
	}
	data, err := json.Marshal(offer)
	if err != nil {
		return "", Offer{}, fmt.Errorf("factors: encode a challenge: %w", err)
	}
	secret := identity.NewSecret()
	return secret, offer, s.Challenges.Insert(ctx, identity.Challenge{
		Hash: secret.Hash(), Purpose: identity.SecondFactorChallenge, User: u.ID, Data: data, ExpiresAt: now.Add(identity.ChallengeTTL),
	})
}

// KeepCeremony keeps a ceremony of a person until the browser comes back with its answer.
func (p Prover) KeepCeremony(ctx context.Context, purpose identity.ChallengePurpose, id identity.UserID, c identity.PasskeyCeremony) (identity.PasskeyChallenge, error) {
	secret := identity.NewSecret()
	err := p.Do(ctx, func(ctx context.Context, s Stores) error {
		return s.Challenges.Insert(ctx, identity.Challenge{
			Hash: secret.Hash(), Purpose: purpose, User: id, Data: c.Session, ExpiresAt: p.Clock.Now().Add(identity.ChallengeTTL),
		})
	})
	if err != nil {
		return identity.PasskeyChallenge{}, fmt.Errorf("factors: keep a ceremony: %w", err)
	}
	return identity.PasskeyChallenge{Challenge: secret, Options: c.Options}, nil
}

// Try counts an attempt at a challenge, in a transaction of its own: an attempt
// that fails stays counted.
func (p Prover) Try(ctx context.Context, secret identity.Secret, purpose identity.ChallengePurpose, now time.Time) (c identity.Challenge, err error) {
	if secret == "" {
		return c, identity.ErrChallengeUnknown
	}
	// Looked at first: a secret that somebody made up takes no transaction.
	if _, err := p.Reads.Challenge(ctx, secret.Hash(), purpose, now); err != nil {
		return c, fmt.Errorf("factors: look for a challenge: %w", err)
	}
	err = p.Do(ctx, func(ctx context.Context, s Stores) (err error) {
		c, err = s.Challenges.Try(ctx, secret.Hash(), purpose, now)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("factors: answer a challenge: %w", err)
	}
	return c, nil
}

// CountCode counts a guess at a person's codes before it is checked. It fails with
// ErrTooManyAttempts, and with ErrBusy when nobody can count.
func (p Prover) CountCode(ctx context.Context, id identity.UserID, from throttle.Source) (throttle.Attempt, error) {
	return p.Limits.CountAll(ctx, throttle.Counted{Key: throttle.AccountKey("identity.second_factor", string(id), from), Limit: factorLimit})
}

// Prove checks a proof of the person's and uses it up, within the
// transaction of s. It fails with ErrCodeWrong, ErrPasskeyInvalid and
// ErrPasskeyCloned. Guesses were counted before.
func (p Prover) Prove(ctx context.Context, s Stores, id identity.UserID, proof identity.FactorProof, session []byte, now time.Time) (identity.SecondFactor, error) {
	if len(proof.Passkey) > 0 {
		_, err := p.ProvePasskey(ctx, s, id, session, proof.Passkey, now)
		return identity.FactorPasskey, err
	}
	if code, ok := identity.ParseRecoveryCode(proof.Code); ok {
		if err := s.RecoveryCodes.Redeem(ctx, id, code.Hash(id), now); err != nil {
			return "", err
		}
		return identity.FactorRecoveryCode, mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.RecoveryCodeUsed, User: id})
	}
	t, ok, err := s.TOTPs.ByUser(ctx, id)
	if err != nil {
		return "", err
	}
	if !ok || !t.Active() {
		return "", identity.ErrCodeWrong
	}
	step, err := p.VerifyCode(t, proof.Code, now)
	if err != nil {
		return "", err
	}
	return identity.FactorTOTP, s.TOTPs.Accept(ctx, id, step)
}

// VerifyCode returns the step of a code of the app; ErrCodeWrong.
func (p Prover) VerifyCode(t identity.TOTP, code string, now time.Time) (int64, error) {
	secret, err := p.Sealer.Open(identity.TOTPLabel(t.User), t.SealedSecret)
	if err != nil {
		return 0, fmt.Errorf("factors: open the authenticator's secret of %s: %w", t.User, err)
	}
	step, ok, err := p.TimeCodes.Verify(string(secret), identity.CodeAsTyped(code), now)
	if err != nil {
		return 0, fmt.Errorf("factors: verify a code of %s: %w", t.User, err)
	}
	if !ok {
		return 0, identity.ErrCodeWrong
	}
	return step, nil
}

// ProvePasskey verifies a passkey's answer and keeps the use. id is whose it must
// be; empty for whomever the passkey belongs to.
func (p Prover) ProvePasskey(ctx context.Context, s Stores, id identity.UserID, session, response []byte, now time.Time) (identity.PasskeyAssertion, error) {
	if len(session) == 0 {
		return identity.PasskeyAssertion{}, identity.ErrPasskeyInvalid
	}
	proof, err := p.Ceremonies.FinishAssertion(session, response, func(credentialID []byte) ([]identity.Passkey, error) {
		key, err := s.Passkeys.ByCredential(ctx, credentialID)
		if errors.Is(err, identity.ErrPasskeyNotFound) || err == nil && id != "" && key.User != id {
			return nil, identity.ErrPasskeyInvalid
		}
		if err != nil {
			return nil, err
		}
		// Before the passkey is written, as by everybody who locks both; read then, its
		// counter is that of the answer before.
		if _, err := s.Users.Lock(ctx, key.User); err != nil {
			return nil, err
		}
		return s.Passkeys.Of(ctx, key.User)
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
	return proof, s.Audit.Append(ctx, p.Trail.Entry(string(whose), "identity.passkey_became_synced", trail.Passkey(proof.Passkey.ID), "", now))
}

// NoteRefused notes a proof that was refused, in a transaction of its own. One by a
// passkey that exists twice is always an entry of its own.
func (p Prover) NoteRefused(ctx context.Context, id identity.UserID, how, address string, now time.Time, cause error) error {
	if !errors.Is(cause, identity.ErrPasskeyCloned) {
		return p.Failures.Note(ctx, id, how, address, cause)
	}
	err := p.Do(ctx, func(ctx context.Context, s Stores) error {
		return s.Audit.Append(ctx, p.Trail.Entry(string(id), "identity.passkey_cloned", trail.User(id), address, now))
	})
	return errors.Join(cause, err)
}

// Refused reports whether an error says that a proof was not good.
func Refused(err error) bool {
	return errors.Is(err, identity.ErrCodeWrong) || errors.Is(err, identity.ErrPasskeyInvalid) || errors.Is(err, identity.ErrPasskeyCloned)
}

// EndBegun deletes what was begun by an old password: proofs under way, and an
// authenticator app that was not confirmed, whose secret somebody else may have read.
func EndBegun(ctx context.Context, s Stores, id identity.UserID) error {
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

// Drop deletes every second factor of a person, with what is under way.
func Drop(ctx context.Context, s Stores, id identity.UserID) error {
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
