package signin

import "github.com/neoforge-dev/neoforge/modules/identity"

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
