// Package identityhttp is identity over HTTP: the page and the routes of signing in
// and out, one's own account, and their API.
//
// It promises that a sign-in always makes a new session and takes the old cookie's
// session away, that errors of a form stand beside it with the address kept and
// the password not, and that signing out empties what the browser stored.
package identityhttp

import (
	"context"
	"net/http"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/modules/identity/signingkeys"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Deps is what the routes need.
type Deps struct {
	SignIn         SignInUseCases
	Account        AccountUseCases
	Organizations  OrganizationUseCases
	Privacy        PrivacyUseCases
	Administration AdministrationUseCases
	SigningKeys    SigningKeyUseCases
	// Services are outside of the program; nil: it calls none.
	Services func() []breaker.Status `deps:"optional"`
	// SignUps is how many people registered lately; nil: nobody counts them.
	SignUps func(context.Context) (SignUps, error) `deps:"optional"`
	// Unread is told of what the overview of administration could not read; it may be nil.
	Unread func(ctx context.Context, what string, err error) `deps:"optional"`
	// System tells how the program and its database fare; nil: nothing is known of them.
	System func(context.Context) System `deps:"optional"`
	// SampleSignIns is shown beneath the form in development: whom one can sign in as.
	SampleSignIns []string `deps:"optional"`
	// DevelopmentProvider is the name of the built-in provider; empty: there is none.
	DevelopmentProvider string `deps:"optional"`
}

type routes struct {
	Deps
	server *fiberhttp.Server
}

// Register adds identity's routes. It fails when a dependency is missing.
func Register(s *fiberhttp.Server, d Deps) error {
	if err := s.Require("identityhttp", d); err != nil {
		return err
	}
	if d.SignIn == nil { // the server only describes itself: methods are named, never called
		d.SignIn, d.Account, d.Organizations = (*signin.App)(nil), (*account.App)(nil), (*organizations.App)(nil)
		d.Privacy, d.Administration, d.SigningKeys = (*privacy.App)(nil), (*administration.App)(nil), (*signingkeys.App)(nil)
	}
	h := &routes{Deps: d, server: s}
	s.Flashes(map[string]layout.Flash{
		"signed-out": {Kind: layout.FlashSuccess, Message: "You are signed out."},
	})

	s.Page(http.MethodGet, "/login", fiberhttp.Public(), h.showLogin)
	s.Page(http.MethodPost, "/login", fiberhttp.Public(), h.login, h.hashing(), fiberhttp.Refused(h.loginRefused))
	s.Page(http.MethodPost, "/logout", fiberhttp.Public(), h.logout)
	h.mail() // before the names of providers, which its paths are not
	s.Page(http.MethodGet, "/auth/{provider}", fiberhttp.Public(), h.begin, fiberhttp.Head(h.beginNothing))
	s.Page(http.MethodGet, "/auth/{provider}/callback", fiberhttp.Public(), h.callback, fiberhttp.Head(h.beginNothing))
	s.Page(http.MethodPost, "/auth/{provider}/callback", fiberhttp.Public(), h.postedCallback,
		fiberhttp.CrossOrigin("comes from the provider; bound to the browser by state and cookie"))
	s.Page(http.MethodGet, "/account", fiberhttp.SignedIn(), h.account)
	s.Page(http.MethodGet, "/.well-known/jwks.json", fiberhttp.Public(), h.keys)

	h.api()
	h.factors()
	h.organizations()
	h.roles()
	h.connections()
	h.profile()
	h.data()
	h.admin()
	h.sessions()
	h.personalTokens()
	return nil
}

// keys are the public keys of access tokens, for whoever verifies them.
func (h *routes) keys(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
	set, err := h.SigningKeys.KeySet(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Bytes("application/jwk-set+json", set).
		Header("Cache-Control", "public, max-age="+fiberhttp.Seconds(identity.KeySetTTL)), nil
}
