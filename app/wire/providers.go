package wire

import (
	"net/http"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
)

// providerTimeout bounds one call to a provider of sign-ins.
const providerTimeout = 10 * time.Second

// providers sets up the ways of signing in at somebody else's: those of the
// settings, and in development the built-in one before them.
func (a *Application) providers(p *Platform) error {
	var list []oauth.ProviderConfig
	for _, c := range a.cfg.OAuth {
		list = append(list, oauth.ProviderConfig(c))
	}
	list = append(a.kit.registrations(), list...)
	made, err := oauth.New(list, a.cfg.HTTP.BaseURL, &http.Client{Timeout: providerTimeout})
	if err != nil {
		return err
	}
	p.providers = made
	return nil
}
