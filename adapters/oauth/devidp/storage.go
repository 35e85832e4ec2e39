package devidp

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is what the library keeps things in. It keeps nothing: ids are sealed
// tickets.
type storage struct{ p *Provider }

var (
	_ op.Storage                   = (*storage)(nil)
	_ op.CanSetUserinfoFromRequest = (*storage)(nil)
)

var errUnsupported = errors.New("devidp: this provider issues no such token")

// CreateAuthRequest seals a request. One that hints at a person who exists is
// answered at once: a cookie jar is then enough to sign in.
func (s *storage) CreateAuthRequest(ctx context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if r.CodeChallenge == "" || r.CodeChallengeMethod != oidc.CodeChallengeMethodS256 {
		return nil, oidc.ErrInvalidRequest().WithDescription("PKCE is required: send code_challenge with code_challenge_method=S256")
	}
	if r.Nonce == "" || r.State == "" {
		return nil, oidc.ErrInvalidRequest().WithDescription("nonce and state are required")
	}
	now := s.p.clock.Now()
	t := ticket{
		ID: rand.Text(), Redirect: r.RedirectURI, State: r.State, Nonce: r.Nonce, Challenge: r.CodeChallenge,
		Scopes: r.Scopes, Hint: r.LoginHint, Until: now.Add(requestTTL),
	}
	person, ok, err := s.p.find(ctx, r.LoginHint)
	if err != nil {
		return nil, err
	}
	if ok {
		t.approve(person, Behave, now)
	}
	id, err := s.p.seal.pack(requestPurpose, t)
	if err != nil {
		return nil, err
	}
	return &authRequest{ticket: t, id: id}, nil
}

// AuthRequestByID opens a request.
func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	t, err := s.p.openRequest(id)
	if err != nil {
		return nil, err
	}
	return &authRequest{ticket: t, id: id}, nil
}

// AuthRequestByCode opens a code, once.
func (s *storage) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	t, err := s.p.ticketOf(code)
	if err != nil {
		return nil, err
	}
	if !s.p.used.take(t, s.p.clock.Now()) {
		return nil, errors.New("devidp: the code was redeemed before")
	}
	return &authRequest{ticket: t, id: t.ID}, nil
}

// ticketOf opens the request inside a code. A request that nobody answered is no
// code, whoever wraps it.
func (p *Provider) ticketOf(code string) (ticket, error) {
	id, err := p.seal.Decrypt(code)
	if err != nil {
		return ticket{}, err
	}
	t, err := p.openRequest(id)
	if err == nil && t.ApprovedAt.IsZero() {
		err = ErrRequestUnknown
	}
	return t, err
}

// SaveAuthCode has nothing to do: the code carries its request.
func (s *storage) SaveAuthCode(context.Context, string, string) error { return nil }

// DeleteAuthRequest has nothing to do: AuthRequestByCode opens a code once.
func (s *storage) DeleteAuthRequest(context.Context, string) error { return nil }

// CreateAccessToken seals what userinfo will answer.
func (s *storage) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	request, ok := r.(*authRequest)
	if !ok {
		return "", time.Time{}, errUnsupported
	}
	now := s.p.clock.Now()
	t := ticket{ID: request.ID, Email: request.Email, Name: request.Name, Misbehave: request.Misbehave, Scopes: request.Scopes, Until: now.Add(tokenTTL)}
	id, err := s.p.seal.pack(tokenPurpose, t)
	return id, time.Now().Add(tokenTTL), err // the library subtracts the machine's time
}

// SetUserinfoFromRequest fills an ID token.
func (s *storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, _ []string) error {
	request, ok := r.(*authRequest)
	if !ok {
		return errUnsupported
	}
	request.describe(info)
	return nil
}

// SetUserinfoFromToken answers userinfo.
func (s *storage) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, tokenID, subject, _ string) error {
	t, err := s.p.openTicket(tokenPurpose, tokenID)
	if err != nil || subjectOf(t.Email) != subject {
		return oidc.ErrAccessDenied().WithDescription("the access token is not good, or no longer")
	}
	t.describe(info)
	return nil
}

func (t ticket) describe(info *oidc.UserInfo) {
	info.Subject = subjectOf(t.Email)
	info.Name = t.Name
	info.Email = t.Email
	info.EmailVerified = oidc.Bool(t.Misbehave != UnverifiedEmail)
}

// GetClientByClientID returns the site.
func (s *storage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	if id != clientID {
		return nil, errors.New("devidp: there is no such client")
	}
	m, _ := ctx.Value(misbehaviourKey{}).(Misbehaviour)
	return &client{p: s.p, misbehave: m}, nil
}

// AuthorizeClientIDSecret checks the site's secret.
func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != clientID || subtle.ConstantTimeCompare([]byte(secret), []byte(s.p.secret)) != 1 {
		return errors.New("devidp: the client is not who it says")
	}
	return nil
}

// SigningKey implements op.Storage.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return s.p.key, nil }

// SignatureAlgorithms implements op.Storage.
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

// KeySet implements op.Storage.
func (s *storage) KeySet(context.Context) ([]op.Key, error) { return []op.Key{publicKey{s.p.key}}, nil }

// Health implements op.Storage.
func (s *storage) Health(context.Context) error { return nil }

// The rest of op.Storage belongs to endpoints and grants that routes lets nobody
// reach.

// SetUserinfoFromScopes is superseded by SetUserinfoFromRequest.
func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// CreateAccessAndRefreshTokens refuses: there are no refresh tokens.
func (s *storage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errUnsupported
}

// TokenRequestByRefreshToken refuses: there are no refresh tokens.
func (s *storage) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, op.ErrInvalidRefreshToken
}

// GetRefreshTokenInfo refuses: there are no refresh tokens.
func (s *storage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}

// TerminateSession has nothing to end: the provider keeps no sessions.
func (s *storage) TerminateSession(context.Context, string, string) error { return nil }

// RevokeToken refuses: tokens end by themselves.
func (s *storage) RevokeToken(context.Context, string, string, string) *oidc.Error {
	return oidc.ErrInvalidRequest().WithDescription("tokens are not revoked here")
}

// SetIntrospectionFromToken refuses: there is no introspection.
func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errUnsupported
}

// GetPrivateClaimsFromScopes adds nothing.
func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

// GetKeyByIDAndClientID refuses: clients have no keys.
func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errUnsupported
}

// ValidateJWTProfileScopes refuses: there is no such grant.
func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errUnsupported
}
