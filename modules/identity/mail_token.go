package identity

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// ErrInvalidLink is the one answer for a link that is unknown, was used, is past
// its time, or was made for something else.
var ErrInvalidLink = fault.New(fault.Invalid, "identity.invalid_link", "This link was used already or is too old. Ask for a new one.")

// ErrPasswordNeeded asks who proves an address elsewhere than where it was
// registered for a password.
var ErrPasswordNeeded = fault.New(fault.Invalid, "identity.password_needed", "Type the password that you chose when you registered, or choose a new one.")

// MailPurpose is what the holder of a link in a mail may do with it. A token is
// good for its purpose alone.
type MailPurpose string

// The purposes.
const (
	VerifyEmail   MailPurpose = "verify_email"
	ResetPassword MailPurpose = "reset_password"
	ChangeEmail   MailPurpose = "change_email"
	MagicLink     MailPurpose = "magic_link"
)

// Life is how long a link of the purpose is good: the more it opens, the shorter.
func (p MailPurpose) TTL() time.Duration {
	switch p {
	case VerifyEmail, ChangeEmail:
		return 24 * time.Hour
	case ResetPassword:
		return time.Hour
	case MagicLink:
		return 10 * time.Minute // ASVS 5.0, 6.5.5
	}
	return 0
}

// MailToken proves that its holder reads the mails sent to Email. Its secret is
// in the mail only.
type MailToken struct {
	User    UserID
	Purpose MailPurpose
	Hash    []byte
	Email   Email
	// PasswordHash and Name are what a registration asked for, Agreed is what it agreed
	// to, from the network address Address. They take effect with the proof, so that
	// they come from who receives the mail's registration.
	PasswordHash string
	Name         string
	Agreed       Agreed
	IP           string
	BrowserHash  []byte    // of the secret of the browser that registered; empty: of no browser
	Epoch        int       // the person's LinksEpoch when the link was asked for
	CreatedAt    time.Time // of the registration, if it came from one
	ExpiresAt    time.Time
}

// NewMailToken makes a token that is good from now for as long as its purpose says.
func NewMailToken(user UserID, p MailPurpose, email Email, secret Secret, now time.Time) MailToken {
	return MailToken{User: user, Purpose: p, Hash: secret.Hash(), Email: email, CreatedAt: now, ExpiresAt: now.Add(p.TTL())}
}

// OpenFor reports whether nothing has ended the link since it was asked for. A
// registration ends by the proof of its address alone.
func (t MailToken) OpenFor(u User) bool { return t.Purpose == VerifyEmail || t.Epoch == u.LinksEpoch }

// MailTokens keeps the tokens of links in mails.
type MailTokens interface {
	Insert(ctx context.Context, t MailToken) error
	// Take removes the token and returns it; of many at once one succeeds.
	// ErrInvalidLink unless there is one of this purpose that is good now.
	Take(ctx context.Context, p MailPurpose, hash []byte, now time.Time) (MailToken, error)
	// DeleteOf removes a person's tokens of the purposes.
	DeleteOf(ctx context.Context, id UserID, purposes ...MailPurpose) error
	// EndLinks ends every link of a person to reset the password, to sign in, and to
	// change the address, also those that were asked for and not made yet, and what
	// address is pending. ErrUserNotFound.
	EndLinks(ctx context.Context, id UserID) error
	// OtherRegistrations reports whether a registration of the person with another
	// password waits for its proof.
	OtherRegistrations(ctx context.Context, id UserID, passwordHash string, now time.Time) (bool, error)
	// DeleteExpired deletes up to limit tokens that ended before t.
	DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error)
}

// MailTokenReads looks at tokens without taking them.
type MailTokenReads interface {
	// MailToken fails with ErrInvalidLink like MailTokens.Take.
	MailToken(ctx context.Context, p MailPurpose, hash []byte, now time.Time) (MailToken, error)
}
