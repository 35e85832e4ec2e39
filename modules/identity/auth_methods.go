package identity

// AuthMethods is by what a person can sign in. Mailed links are none of them: they
// recover an account, and only for as long as its address takes mail. An identity
// at a provider that is not set up any more opens nothing and is not counted.
type AuthMethods struct {
	Password   bool
	Passkeys   int // those that sign in by themselves
	Identities int // accounts at providers that are set up
}

// Any reports whether there is a way in.
func (w AuthMethods) Any() bool { return w.Password || w.Passkeys > 0 || w.Identities > 0 }

// MustRemain reports ErrLastAuthMethod when w, which is what an act would leave, lets
// its person in no more.
func (w AuthMethods) MustRemain() error {
	if !w.Any() {
		return ErrLastAuthMethod
	}
	return nil
}
