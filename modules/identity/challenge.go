package identity

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// What can go wrong with a proof that is under way.
var (
	ErrSecondFactorRequired = fault.New(fault.Unauthenticated, "identity.second_factor_required", "This account has a second factor. Prove it with the challenge, and a code or a passkey.")
	ErrMailCodeWrong        = fault.New(fault.Invalid, "identity.mail_code_wrong", "The code is not right, or its time is over. Type the one in the latest mail, or open the link in it, which works even where its code is not taken any more. If neither helps, ask for another mail.")
	ErrChallengeUnknown     = fault.New(fault.Invalid, "identity.challenge_expired", "This was started too long ago, tried too often, or finished already. Start again.")
)

// ChallengePurpose is what a challenge may be used for, and nothing else.
type ChallengePurpose string

// The purposes.
const (
	SecondFactorChallenge ChallengePurpose = "second_factor" // after a right first one
	PasskeySignIn         ChallengePurpose = "passkey_sign_in"
	PasskeyConfirmation   ChallengePurpose = "passkey_confirmation" // of who is signed in
	PasskeyRegistration   ChallengePurpose = "passkey_registration"
	MailCode              ChallengePurpose = "mail_code" // beside a link that signs in
)

const (
	// ChallengeTTL is how long a proof may take.
	ChallengeTTL = 10 * time.Minute
	// ChallengeAttempts is how often one challenge may be answered.
	ChallengeAttempts = 5
)

// Challenge is a proof that is under way: whoever holds its secret may answer it a
// few times, and succeed once.
type Challenge struct {
	Hash      []byte // of the secret
	Purpose   ChallengePurpose
	User      UserID // empty: whomever the passkey names
	Data      []byte // what the purpose needs again
	Attempts  int
	ExpiresAt time.Time
}

// Challenges keeps proofs under way.
type Challenges interface {
	// Insert fails with ErrChallengeUnknown when a challenge with this hash is there.
	Insert(ctx context.Context, c Challenge) error
	// Try counts an attempt and returns the challenge. ErrChallengeUnknown when there
	// is none for the purpose, it is past its time, or its attempts are used up.
	Try(ctx context.Context, hash []byte, p ChallengePurpose, now time.Time) (Challenge, error)
	// Take removes the challenge. Of many at once one succeeds; ErrChallengeUnknown
	// for the others, and like Try, but for the attempts.
	Take(ctx context.Context, hash []byte, p ChallengePurpose, now time.Time) error
	// DeleteOf deletes what is under way for a person; with purposes, only of these.
	DeleteOf(ctx context.Context, id UserID, purposes ...ChallengePurpose) error
	// DeleteExpired deletes up to limit challenges that ended before t.
	DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error)
}

// FactorReads is what reading about second factors needs.
type FactorReads interface {
	// TOTPOf answers false for somebody without an authenticator app.
	TOTPOf(ctx context.Context, id UserID) (TOTP, bool, error)
	// RecoveryCodesLeft counts the codes that are not used.
	RecoveryCodesLeft(ctx context.Context, id UserID) (int, error)
	// PasskeysOf lists a person's passkeys by age.
	PasskeysOf(ctx context.Context, id UserID) ([]Passkey, error)
	// WithoutFactor returns those of the people who have no second factor, in no order;
	// who is not there is none of them.
	WithoutFactor(ctx context.Context, people ...UserID) ([]UserID, error)
	// Challenge returns what is under way; ErrChallengeUnknown as for Challenges.Try.
	Challenge(ctx context.Context, hash []byte, p ChallengePurpose, now time.Time) (Challenge, error)
}

// FactorProof is what somebody brings to prove a second factor: a code of their
// authenticator app, a recovery code, or a passkey's answer as JSON.
type FactorProof struct {
	Code    string
	Passkey []byte
}

// PasskeyChallenge is a ceremony that a browser is to run: its options as JSON, and
// the secret to come back with.
type PasskeyChallenge struct {
	Challenge Secret
	Options   []byte
}
