package identitystore

import (
	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

func userOf(r *identityent.User) identity.User {
	return identity.User{
		ID:            identity.UserID(r.ID.String()),
		Email:         identity.Email(r.Email),
		EmailVerified: r.EmailVerified,
		Name:          r.Name,
		Role:          identity.Role(r.Role),
		SuspendedAt:   entstore.Time(r.SuspendedAt),
		EraseAt:       entstore.Time(r.EraseAt),
		CreatedAt:     r.CreatedAt.UTC(),
		UpdatedAt:     r.UpdatedAt.UTC(),
		Version:       r.Version,
		LinksEpoch:    r.LinksEpoch,

		FactorRequiredSince: entstore.Time(r.FactorRequiredSince),
		LastActiveAt:        entstore.Time(r.LastActiveAt),
	}
}

func identityOf(r *identityent.ExternalIdentity) identity.ExternalIdentity {
	return identity.ExternalIdentity{
		ID:        r.ID.String(),
		User:      identity.UserID(r.UserID.String()),
		Provider:  r.Provider,
		Subject:   r.Subject,
		Email:     r.Email,
		CreatedAt: r.CreatedAt.UTC(),
	}
}

func sessionOf(r *identityent.Session) identity.Session {
	authenticated := r.CreatedAt
	if r.AuthenticatedAt != nil {
		authenticated = *r.AuthenticatedAt
	}
	var impersonator identity.UserID
	if r.ImpersonatorID != nil {
		impersonator = identity.UserID(r.ImpersonatorID.String())
	}
	return identity.Session{
		ID:        r.ID.String(),
		User:      identity.UserID(r.UserID.String()),
		Kind:      identity.SessionKind(r.Kind),
		TokenHash: r.TokenHash,
		Device:    identity.Device{UserAgent: r.UserAgent, IP: r.Address},
		By: identity.SignedInBy{
			Method: identity.SignInMethod(r.Method), Provider: r.Provider, SecondFactor: identity.SecondFactor(r.SecondFactor),
		},
		Impersonator: impersonator, AuthenticatedAt: authenticated.UTC(),
		CreatedAt:  r.CreatedAt.UTC(),
		LastSeenAt: r.LastSeenAt.UTC(),
		ExpiresAt:  r.ExpiresAt.UTC(),
		RevokedAt:  entstore.Time(r.RevokedAt),
	}
}

func refreshTokenOf(r *identityent.RefreshToken) identity.RefreshToken {
	return identity.RefreshToken{
		Hash:      r.Hash,
		Session:   r.SessionID.String(),
		CreatedAt: r.CreatedAt.UTC(),
		ExpiresAt: r.ExpiresAt.UTC(),
		UsedAt:    entstore.Time(r.UsedAt),
	}
}

func flowOf(r *identityent.OAuthFlow) identity.OAuthFlow {
	var person identity.UserID
	if r.UserID != nil {
		person = identity.UserID(r.UserID.String())
	}
	return identity.OAuthFlow{
		Purpose:     purposeOf(r),
		User:        person,
		StateHash:   r.StateHash,
		BrowserHash: r.BrowserHash,
		Provider:    r.Provider,
		Nonce:       r.Nonce,
		Verifier:    r.Verifier,
		Session:     r.Session,
		ReturnTo:    r.ReturnTo,
		Agreed:      versions[identity.ConsentKind](r.Agreed),
		ExpiresAt:   r.ExpiresAt.UTC(),
	}
}

// purposeOf reads what a flow is for; one without a purpose is from a version that
// knew of signing in only.
func purposeOf(r *identityent.OAuthFlow) identity.FlowPurpose {
	if r.Purpose == "" {
		return identity.FlowSignIn
	}
	return identity.FlowPurpose(r.Purpose)
}
