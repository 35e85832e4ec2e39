package oauth

import (
	"context"
	"fmt"
	"net/http"

	"github.com/markbates/goth/providers/bitbucket"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	bitbucketExchange = "https://bitbucket.org/site/oauth2/access_token"
	bitbucketProfile  = "https://api.bitbucket.org/2.0/user"
	bitbucketEmails   = "https://api.bitbucket.org/2.0/user/emails"
)

// newBitbucket signs in at Bitbucket, which lists a person's addresses with whether
// each was confirmed. goth's own reading fails for somebody who confirmed none, in
// words only; here they come without an address.
func newBitbucket(s settings) identity.OAuthProvider {
	speaker := bitbucket.New(s.ClientID, s.ClientSecret, s.callback, "account", "email")
	speaker.SetName(s.Name)
	return &plain{
		settings: s, speaker: speaker, exchange: s.tokenAt(bitbucketExchange),
		read: func(ctx context.Context, client *http.Client, accessToken string) (identity.Claim, error) {
			var profile struct {
				ID   string `json:"uuid"`
				Name string `json:"display_name"`
			}
			if err := ask(ctx, client, bitbucketProfile, accessToken, &profile); err != nil {
				return identity.Claim{}, fmt.Errorf("read the profile: %w", err)
			}
			claim := identity.Claim{Subject: profile.ID, Name: profile.Name}
			var addresses bitbucket.MailList
			if err := ask(ctx, client, bitbucketEmails, accessToken, &addresses); err != nil {
				claim.Incomplete = fmt.Errorf("read the addresses: %w", err)
				return claim, nil
			}
			for _, a := range addresses.Values {
				if a.IsPrimary && a.IsConfirmed {
					claim.Email, claim.EmailVerified = a.Email, true
					break
				}
			}
			return claim, nil
		},
	}
}
