package oauth

import (
	"context"
	"fmt"
	"net/http"

	"github.com/markbates/goth/providers/facebook"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const facebookExchange = "https://graph.facebook.com/oauth/access_token"

// newFacebook signs in at Facebook, which does not say whether an address was
// verified: it opens accounts that are connected with it and no others.
func newFacebook(s settings) identity.OAuthProvider {
	speak := func(client *http.Client) *facebook.Provider {
		p := facebook.New(s.ClientID, s.ClientSecret, s.callback)
		p.SetCustomFields([]string{"id", "name", "email"})
		p.SetName(s.Name)
		p.HTTPClient = client
		return p
	}
	return &plain{
		settings: s, speaker: speak(nil), anew: []string{"auth_type", "reauthenticate"}, exchange: s.tokenAt(facebookExchange),
		read: func(_ context.Context, client *http.Client, accessToken string) (identity.Claim, error) {
			user, err := speak(client).FetchUser(&facebook.Session{AccessToken: accessToken})
			if err != nil {
				return identity.Claim{}, fmt.Errorf("read the profile: %w", err)
			}
			return identity.Claim{Subject: user.UserID, Email: user.Email, Name: user.Name}, nil
		},
	}
}
