package identity

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// What can go wrong with a passkey.
var (
	ErrPasskeyInvalid     = fault.New(fault.Unauthenticated, "identity.passkey_invalid", "The passkey could not be verified. Try again, or choose another way.")
	ErrPasskeyRefused     = fault.New(fault.Invalid, "identity.passkey_refused", "The new passkey could not be verified, so it was not added. Try again.")
	ErrPasskeyCloned      = fault.New(fault.Unauthenticated, "identity.passkey_cloned", "This passkey seems to exist twice, so it was not accepted. Choose another way, then remove it and add a new one.")
	ErrPasskeyTaken       = fault.New(fault.Conflict, "identity.passkey_taken", "This passkey is added already.")
	ErrPasskeyNotFound    = fault.New(fault.NotFound, "identity.passkey_not_found", "There is no such passkey.")
	ErrInvalidPasskeyName = fault.New(fault.Invalid, "identity.invalid_passkey_name", "The name of a passkey must have 1 to 60 characters.")
	ErrPasskeysOff        = fault.New(fault.Conflict, "identity.passkeys_off", "Passkeys work only where the site has a name, not at a bare network address. Choose another way.")
	ErrTooManyPasskeys    = fault.New(fault.Conflict, "identity.too_many_passkeys", "There are twenty passkeys already. Remove one first.")
)

// MaxPasskeys is how many passkeys a person may have.
const MaxPasskeys = 20

// Passkey is a public key credential (Web Authentication Level 3) of a person.
type Passkey struct {
	ID           string
	User         UserID
	CredentialID []byte // unique
	Name         string // for its person
	Record       []byte // what the ceremonies need of it again
	SignCount    int64  // the authenticator's counter; always 0 for most synced passkeys
	BackedUp     bool   // synced to other devices
	CreatedAt    time.Time
	LastUsedAt   time.Time // zero: never
}

// ParsePasskeyName trims a name; ErrInvalidPasskeyName unless 1 to 60 printable
// characters are left.
func ParsePasskeyName(s string) (string, error) {
	name, err := textform.Name(s, 60)
	if err != nil {
		return "", ErrInvalidPasskeyName
	}
	return name, nil
}

// PasskeyCeremony is a ceremony that was begun: options for the browser, as JSON,
// and what the server keeps until the browser answers.
type PasskeyCeremony struct {
	Options []byte
	Session []byte
}

// PasskeyAssertion is a proof that was verified. Passkey carries the counter and
// the record to be kept.
type PasskeyAssertion struct {
	Passkey      Passkey
	UserVerified bool // by fingerprint, face or PIN: the passkey is both factors
	Cloned       bool // the counter went back: somebody may hold a copy
	BecameSynced bool // it may be copied to other devices now, and could not be before
}

// PasskeyCeremonies runs the ceremonies of Web Authentication. What browsers and
// sessions hold is opaque to identity. All methods fail with ErrPasskeysOff where
// the site has no name that passkeys could be bound to.
type PasskeyCeremonies interface {
	// BeginRegistration asks for a new discoverable credential that is none of have.
	BeginRegistration(u User, have []Passkey) (PasskeyCeremony, error)
	// FinishRegistration returns the new passkey without id, name and times;
	// ErrPasskeyRefused.
	FinishRegistration(u User, session, response []byte) (Passkey, error)
	// BeginAssertion asks for one of the passkeys of a person, or, when there are
	// none to choose from, for any discoverable one with user verification.
	BeginAssertion(id UserID, have []Passkey) (PasskeyCeremony, error)
	// FinishAssertion verifies the answer against the passkeys of the person whom
	// the credential belongs to, which owner looks up; ErrPasskeyInvalid, and
	// whatever owner fails with.
	FinishAssertion(session, response []byte, owner func(credentialID []byte) ([]Passkey, error)) (PasskeyAssertion, error)
}

// Passkeys keeps passkeys, unique by credential.
type Passkeys interface {
	// Insert fails with ErrPasskeyTaken.
	Insert(ctx context.Context, p Passkey) error
	// Of lists a person's passkeys by age.
	Of(ctx context.Context, id UserID) ([]Passkey, error)
	// ByCredential fails with ErrPasskeyNotFound.
	ByCredential(ctx context.Context, credentialID []byte) (Passkey, error)
	// Used keeps the record, the counter and the time of a use; ErrPasskeyNotFound.
	Used(ctx context.Context, p Passkey) error
	// Rename and Delete fail with ErrPasskeyNotFound, also for somebody else's.
	Rename(ctx context.Context, owner UserID, id, name string) error
	Delete(ctx context.Context, owner UserID, id string) error
	// DeleteAll deletes all of a person's passkeys.
	DeleteAll(ctx context.Context, owner UserID) error
}
