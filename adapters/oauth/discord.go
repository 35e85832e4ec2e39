package oauth

import (
	"context"
	"fmt"
	"net/http"

	"github.com/markbates/goth/providers/discord"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const discordExchange = "https://discord.com/api/oauth2/token"

// newDiscord signs in at Discord, whose profile says whether it has verified the
// address.
func newDiscord(s settings) identity.OAuthProvider {
	speak := func(client *http.Client) *discord.Provider {
		p := discord.New(s.ClientID, s.ClientSecret, s.callback, discord.ScopeIdentify, discord.ScopeEmail)
		p.SetName(s.Name)
		p.HTTPClient = client
		return p
	}
	return &plain{
		settings: s, speaker: speak(nil), anew: []string{"prompt", "consent"}, exchange: s.tokenAt(discordExchange),
		read: func(_ context.Context, client *http.Client, accessToken string) (identity.Claim, error) {
			user, err := speak(client).FetchUser(&discord.Session{AccessToken: accessToken})
			if err != nil {
				return identity.Claim{}, fmt.Errorf("read the profile: %w", err)
			}
			verified, _ := user.RawData["verified"].(bool)
			name, _ := user.RawData["global_name"].(string)
			if name == "" {
				name = user.Name
			}
			return identity.Claim{Subject: user.UserID, Email: user.Email, EmailVerified: verified, Name: name}, nil
		},
	}
}
