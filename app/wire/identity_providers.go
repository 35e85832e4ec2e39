package wire

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/app/config/identityconfig"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/breaker"
)

// providerTimeout bounds one call to a provider of sign-ins.
const providerTimeout = 10 * time.Second

// serviceSignIn, and the provider's name, is what metrics and /admin/services call a
// provider of sign-ins.
const serviceSignIn = "sign_in:"

// signInProviders sets up the outside providers to sign in with: those of the
// settings, and in development the built-in one before them.
func (p *Platform) signInProviders(settings identityconfig.Providers, builtIn []oauth.ProviderConfig) ([]identity.OAuthProvider, error) {
	list := slices.Clone(builtIn)
	for _, c := range settings {
		list = append(list, oauth.ProviderConfig(c))
	}
	made, err := oauth.New(list, p.Config.HTTP.BaseURL, &http.Client{Timeout: providerTimeout}, func(name string) *breaker.Breaker {
		return p.services.Breaker(serviceSignIn+name, oauth.Guard)
	})
	if err != nil {
		return nil, err
	}
	for i := range made {
		made[i] = loggedProvider{made[i], p.Log}
	}
	return made, nil
}

// providerRoutes begin the paths in which a provider of sign-ins is named.
var providerRoutes = []string{"/auth/", "/confirm/", "/account/connections/"}

// unshadowed fails when a provider's name is a word that another route has where
// providers are named: which of the two is meant could not be known. A module of a
// product may have such routes too.
func unshadowed(routes []fiberhttp.RouteInfo, providers []identity.OAuthProvider) error {
	served := map[string]bool{}
	for _, r := range routes {
		served[r.Path] = true
	}
	var faults []error
	for _, p := range providers {
		for path := range served {
			if named := strings.Replace(path, "{provider}", p.Name(), 1); named != path && namesProvider(path) && served[named] {
				faults = append(faults, fmt.Errorf("the sign-in provider %s has the name of the route %s: give it another one", p.Name(), named))
			}
		}
	}
	return errors.Join(faults...)
}

func namesProvider(path string) bool {
	for _, prefix := range providerRoutes {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}
