package oauth

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/markbates/goth/providers/github"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// newGitHub signs in at GitHub, or at the GitHub Enterprise server whose origin is
// the issuer.
func newGitHub(s settings) identity.OAuthProvider {
	authorize, token, profile, emails := github.AuthURL, github.TokenURL, github.ProfileURL, github.EmailURL
	if origin := strings.TrimRight(s.Issuer, "/"); origin != "" {
		authorize, token = origin+"/login/oauth/authorize", origin+"/login/oauth/access_token"
		profile, emails = origin+"/api/v3/user", origin+"/api/v3/user/emails"
	}
	speak := func(client *http.Client) *github.Provider {
		p := github.NewCustomisedURL(s.ClientID, s.ClientSecret, s.callback, authorize, token, profile, emails, "read:user", "user:email")
		p.SetName(s.Name)
		p.HTTPClient = client
		return p
	}
	return &plain{
		settings: s, speaker: speak(nil), hint: "login", anew: []string{"prompt", "select_account"}, exchange: s.tokenAt(token),
		read: func(ctx context.Context, client *http.Client, accessToken string) (identity.Claim, error) {
			user, err := speak(client).FetchUser(&github.Session{AccessToken: accessToken})
			// That the addresses could not be read is no fault here, nor that none of them is
			// verified: what becomes of that person is for the caller to decide.
			if err != nil && user.UserID == "" {
				return identity.Claim{}, fmt.Errorf("read the profile: %w", err)
			}
			claim := identity.Claim{Subject: user.UserID, Name: user.Name}
			if claim.Name == "" {
				claim.Name = user.NickName
			}
			email, err := gitHubAddress(ctx, client, emails, accessToken)
			if err != nil {
				claim.Incomplete = fmt.Errorf("read the addresses: %w", err)
			}
			claim.Email, claim.EmailVerified = email, email != ""
			return claim, nil
		},
	}
}

// gitHubAddress returns the address that GitHub calls primary and verified; empty
// when there is none, or more than one. The address of the public profile carries no such mark.
func gitHubAddress(ctx context.Context, client *http.Client, url, accessToken string) (string, error) {
	var addresses []struct {
		Email    string `json:"email"`
		Primary  bool   `json:"primary"`
		Verified bool   `json:"verified"`
	}
	if err := ask(ctx, client, url, accessToken, &addresses); err != nil {
		return "", err
	}
	email := ""
	for _, a := range addresses {
		if !a.Primary || !a.Verified {
			continue
		}
		if email != "" {
			return "", nil // two are none: which of them is meant cannot be known
		}
		email = a.Email
	}
	return email, nil
}
