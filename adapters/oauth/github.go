package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/github"
	"golang.org/x/oauth2"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// gitHub signs in at GitHub, which speaks OAuth 2.0 without ID tokens: who it is
// comes from its API, asked with the access token.
type gitHub struct {
	settings
	goth   *github.Provider
	token  *oauth2.Config // goth's own exchange cannot send a verifier
	emails string
}

var _ identity.OAuthProvider = (*gitHub)(nil)

func newGitHub(s settings) identity.OAuthProvider {
	authorize, token, profile, emails := github.AuthURL, github.TokenURL, github.ProfileURL, github.EmailURL
	if origin := strings.TrimRight(s.Issuer, "/"); origin != "" {
		authorize, token = origin+"/login/oauth/authorize", origin+"/login/oauth/access_token"
		profile, emails = origin+"/api/v3/user", origin+"/api/v3/user/emails"
	}
	p := &gitHub{
		settings: s,
		goth:     github.NewCustomisedURL(s.ClientID, s.ClientSecret, s.callback, authorize, token, profile, emails, "read:user", "user:email"),
		token: &oauth2.Config{
			ClientID: s.ClientID, ClientSecret: s.ClientSecret, RedirectURL: s.callback,
			Endpoint: oauth2.Endpoint{TokenURL: token, AuthStyle: oauth2.AuthStyleInParams},
		},
		emails: emails,
	}
	p.goth.SetName(s.Name)
	return p
}

func (p *gitHub) Name() string  { return p.ProviderConfig.Name }
func (p *gitHub) Label() string { return p.ProviderConfig.Label }

// Begin implements [identity.OAuthProvider].
func (p *gitHub) Begin(_ context.Context, r identity.AuthorizationRequest) (identity.AuthorizationStart, error) {
	session, err := p.goth.BeginAuth(r.State)
	if err != nil {
		return identity.AuthorizationStart{}, fmt.Errorf("oauth: begin at %s: %w", p.Name(), err)
	}
	authURL, err := session.GetAuthURL()
	if err == nil {
		authURL, err = challenged(authURL, r, "login", r.LoginHint)
	}
	if err != nil {
		return identity.AuthorizationStart{}, fmt.Errorf("oauth: begin at %s: %w", p.Name(), err)
	}
	return identity.AuthorizationStart{URL: authURL, Session: github.Session{}.Marshal()}, nil
}

// Complete implements [identity.OAuthProvider].
func (p *gitHub) Complete(ctx context.Context, r identity.AuthorizationResponse) (identity.Claim, error) {
	code, err := codeFrom(r.Params)
	if err != nil {
		return identity.Claim{}, fmt.Errorf("oauth: complete at %s: %w", p.Name(), err)
	}
	l, client, done := newLine(ctx, p.client)
	defer done()
	claim, err := p.claim(l.ctx, client, r, code)
	if err != nil {
		return identity.Claim{}, fmt.Errorf("oauth: complete at %s: %w", p.Name(), verdict(l, err))
	}
	return claim, nil
}

func (p *gitHub) claim(ctx context.Context, client *http.Client, r identity.AuthorizationResponse, code string) (identity.Claim, error) {
	speaker := *p.goth // a copy, so that each sign-in has a line of its own
	speaker.HTTPClient = client
	restored, err := speaker.UnmarshalSession(r.Session)
	if err != nil {
		return identity.Claim{}, fmt.Errorf("read the session: %w", err)
	}
	session, ok := restored.(*github.Session)
	if !ok {
		return identity.Claim{}, fmt.Errorf("the session is a %T", restored)
	}
	token, err := p.token.Exchange(context.WithValue(ctx, oauth2.HTTPClient, client), code, oauth2.VerifierOption(r.Verifier))
	if err != nil {
		return identity.Claim{}, err
	}
	session.AccessToken = token.AccessToken
	user, err := fetch(&speaker, session)
	if err != nil {
		return identity.Claim{}, fmt.Errorf("read the profile: %w", err)
	}
	if user.UserID == "" || user.UserID == "0" {
		return identity.Claim{}, errors.New("the profile has no id")
	}
	email, err := p.verifiedEmail(ctx, client, token.AccessToken)
	if err != nil {
		return identity.Claim{}, fmt.Errorf("read the addresses: %w", err)
	}
	name := user.Name
	if name == "" {
		name = user.NickName
	}
	return identity.Claim{
		Provider: p.Name(), Subject: user.UserID, Email: email, EmailVerified: email != "", Name: name,
	}, nil
}

// fetch has goth read the profile. That somebody has no verified address is no
// fault here: what becomes of them is for the caller to decide.
func fetch(p goth.Provider, s goth.Session) (goth.User, error) {
	user, err := p.FetchUser(s)
	if errors.Is(err, github.ErrNoVerifiedGitHubPrimaryEmail) {
		err = nil
	}
	return user, err
}

// verifiedEmail returns the address that GitHub calls primary and verified; empty
// when there is none. The address of the public profile carries no such mark.
func (p *gitHub) verifiedEmail(ctx context.Context, client *http.Client, token string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.emails, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the server answered %d", resp.StatusCode)
	}
	var addresses []struct {
		Email    string `json:"email"`
		Primary  bool   `json:"primary"`
		Verified bool   `json:"verified"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&addresses); err != nil {
		return "", fmt.Errorf("decode: %w", err)
	}
	for _, a := range addresses {
		if a.Primary && a.Verified {
			return a.Email, nil
		}
	}
	return "", nil
}
