package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Security is what protects somebody's account.
type Security struct {
	User              identity.User
	HasPassword       bool
	TOTP              identity.TOTP // zero: none; see Active
	Passkeys          []identity.Passkey
	RecoveryCodesLeft int
	Identities        []identity.ExternalIdentity
}

// HasSecondFactor reports whether a password alone no longer opens the account.
func (s Security) HasSecondFactor() bool { return s.TOTP.Active() || len(s.Passkeys) > 0 }

// Security returns what protects the actor's account; ErrNotSignedIn.
func (a *App) Security(ctx context.Context, actor identity.Actor) (Security, error) {
	if !actor.SignedIn() {
		return Security{}, identity.ErrNotSignedIn
	}
	s, err := a.securityOf(ctx, actor.UserID)
	if err != nil {
		return Security{}, fmt.Errorf("account: security of %s: %w", actor.UserID, err)
	}
	return s, nil
}

func (a *App) securityOf(ctx context.Context, id identity.UserID) (s Security, err error) {
	if s.User, err = a.deps.Reads.User(ctx, id); err != nil {
		return s, err
	}
	credential, err := a.deps.Reads.CredentialOf(ctx, id)
	if err != nil {
		return s, err
	}
	s.HasPassword = credential.Hash != ""
	if s.TOTP, _, err = a.deps.Reads.TOTPOf(ctx, id); err != nil {
		return s, err
	}
	if s.Passkeys, err = a.deps.Reads.PasskeysOf(ctx, id); err != nil {
		return s, err
	}
	if s.RecoveryCodesLeft, err = a.deps.Reads.RecoveryCodesLeft(ctx, id); err != nil {
		return s, err
	}
	identities, err := a.deps.Reads.IdentitiesOf(ctx, id)
	if err != nil {
		return s, err
	}
	for _, i := range identities {
		if a.deps.Providers.Has(i.Provider) {
			s.Identities = append(s.Identities, i)
		}
	}
	return s, nil
}
