package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/markbates/goth"
	"golang.org/x/oauth2"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// plain signs in at a provider that speaks OAuth 2.0 without ID tokens: who it is
// comes from its API, asked with the access token. That the answer belongs to this
// sign-in rests on the state, on PKCE where the provider checks it, and on the
// token coming straight from the provider.
type plain struct {
	settings
	speaker  goth.Provider // builds the authorization URL
	hint     string        // the parameter that takes an address; empty: none does
	anew     []string      // sent to ask for a fresh proof
	exchange *oauth2.Config
	// read fails when it is not certain who it is; what else is missing is Incomplete.
	read func(ctx context.Context, client *http.Client, accessToken string) (identity.Claim, error)
}

var _ identity.OAuthProvider = (*plain)(nil)

// tokenAt is the exchange of a code. goth's own cannot send a verifier.
func (s settings) tokenAt(endpoint string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: s.ClientID, ClientSecret: s.ClientSecret, RedirectURL: s.callback,
		Endpoint: oauth2.Endpoint{TokenURL: endpoint, AuthStyle: oauth2.AuthStyleInParams},
	}
}

func (p *plain) Name() string  { return p.ProviderConfig.Name }
func (p *plain) Label() string { return p.ProviderConfig.Label }

// Begin implements [identity.OAuthProvider].
func (p *plain) Begin(_ context.Context, r identity.AuthorizationRequest) (identity.AuthorizationStart, error) {
	session, err := p.speaker.BeginAuth(r.State)
	if err != nil {
		return identity.AuthorizationStart{}, p.notBegun(err)
	}
	var extra []string
	if p.hint != "" {
		extra = append(extra, p.hint, r.LoginHint)
	}
	if r.Fresh {
		extra = append(extra, p.anew...)
	}
	authURL, err := session.GetAuthURL()
	if err == nil {
		authURL, err = challenged(authURL, r, extra...)
	}
	if err != nil {
		return identity.AuthorizationStart{}, p.notBegun(err)
	}
	return identity.AuthorizationStart{URL: authURL}, nil
}

// Complete implements [identity.OAuthProvider].
func (p *plain) Complete(ctx context.Context, r identity.AuthorizationResponse) (identity.Claim, error) {
	code, err := codeFrom(r.Params)
	if err != nil {
		return identity.Claim{}, fmt.Errorf("oauth: complete at %s: %w", p.Name(), failed(identity.StepCallback, err))
	}
	l, client, done := newLine(ctx, p.client, p.ClientSecret, code, r.Verifier)
	defer done()
	claim, err := p.claim(l, client, r.Verifier, code)
	if err != nil {
		return identity.Claim{}, fmt.Errorf("oauth: complete at %s: %w", p.Name(), err)
	}
	return claim, nil
}

func (p *plain) notBegun(err error) error {
	return fmt.Errorf("oauth: begin at %s: %w", p.Name(), failed(identity.StepAuthorization, err))
}

func (p *plain) claim(l *line, client *http.Client, verifier, code string) (identity.Claim, error) {
	token, err := p.exchange.Exchange(context.WithValue(l.ctx, oauth2.HTTPClient, client), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return identity.Claim{}, l.failed(identity.StepToken, err)
	}
	l.conceal(token.AccessToken)
	claim, err := p.read(l.ctx, client, token.AccessToken)
	if err != nil {
		return identity.Claim{}, l.failed(identity.StepProfile, err)
	}
	if claim.Subject == "" || claim.Subject == "0" {
		return identity.Claim{}, l.failed(identity.StepProfile, errors.New("the profile has no id"))
	}
	if claim.Incomplete != nil {
		claim.Incomplete = l.failed(identity.StepProfile, claim.Incomplete)
	}
	claim.Provider = p.Name()
	claim.EmailVerified = claim.EmailVerified && claim.Email != ""
	return claim, nil
}

// ask reads one JSON document of a provider's API into v.
func ask(ctx context.Context, client *http.Client, url, accessToken string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+accessToken)
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %d", resp.StatusCode)
	}
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}
