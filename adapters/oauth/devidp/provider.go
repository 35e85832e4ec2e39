// Package devidp is an OpenID Connect provider for development: a page of sample
// people, one of whom is chosen by a click, and switches to answer wrongly on
// purpose.
//
// It speaks the protocol in full (discovery, authorization code, PKCE by S256,
// nonce, signed ID tokens, userinfo), so what signs in here signs in elsewhere. It
// proves nothing about anybody and must not exist in a release: only the wiring of
// development imports it.
//
// Nothing is stored. A request, a code and an access token are what the provider
// needs to know, sealed under a key that derives from Config.Secret, as does the
// key that signs; so replicas with one secret are one provider. That a code was
// redeemed is remembered by the process that redeemed it, for the minute it lives.
package devidp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

const (
	// Path is where Handler is mounted. LoginPath, below it, is the page of people;
	// it is not served by Handler. Its parameter "request" goes to [Provider.Pending]
	// and [Provider.Approve].
	Path      = "/dev/idp"
	LoginPath = Path + "/login"
	// ProviderName is the name of this provider among the ways of signing in.
	ProviderName = "dev"

	clientID = "neoforge"
)

const (
	requestTTL = 10 * time.Minute // to choose somebody
	codeTTL    = time.Minute
	tokenTTL   = 5 * time.Minute
	slowness   = 3 * time.Second
)

// Config is what the provider needs. Secret has at least 32 bytes. Clock is the
// one that the process's tokens are verified by.
type Config struct {
	SiteName string // who asks, for people
	BaseURL  string // origin of the site
	Secret   []byte
	People   func(ctx context.Context) ([]Person, error)
	Clock    clock.Clock
	Logger   *slog.Logger // may be nil
}

// Person is somebody one can sign in as. Email identifies them.
type Person struct {
	Name  string
	Email string
	Note  string // what they may do, for the page
}

// Provider is the development provider.
type Provider struct {
	siteName string
	people   func(ctx context.Context) ([]Person, error)
	clock    clock.Clock
	issuer   string
	callback string
	secret   string // the client's
	seal     sealer
	key      signingKey
	used     *redeemed
	slowness time.Duration
	handler  http.Handler
}

// New makes the provider, with the site as its only client.
func New(c Config) (*Provider, error) {
	switch {
	case len(c.Secret) < 32:
		return nil, errors.New("devidp: the secret must have at least 32 bytes")
	case c.People == nil:
		return nil, errors.New("devidp: people are needed")
	case c.Clock == nil:
		return nil, errors.New("devidp: a clock is needed")
	}
	site, err := url.Parse(c.BaseURL)
	if err != nil || site.Host == "" || (site.Scheme != "http" && site.Scheme != "https") {
		return nil, fmt.Errorf("devidp: the base URL %q must be an http or https origin", c.BaseURL)
	}
	base := strings.TrimRight(c.BaseURL, "/")
	p := &Provider{
		siteName: c.SiteName,
		people:   c.People,
		clock:    c.Clock,
		issuer:   base + Path,
		callback: base + "/auth/" + ProviderName + "/callback",
		used:     newRedeemed(),
		slowness: slowness,
	}
	if p.seal, err = newSealer(c.Secret); err != nil {
		return nil, err
	}
	if p.key, err = newSigningKey(c.Secret); err != nil {
		return nil, err
	}
	if p.secret, err = deriveText(c.Secret, "client secret"); err != nil {
		return nil, err
	}
	log := c.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	served, err := op.NewProvider(
		&op.Config{CodeMethodS256: true, SupportedScopes: []string{"openid", "email", "profile"}},
		&storage{p}, op.StaticIssuer(p.issuer),
		op.WithAllowInsecure(), op.WithCrypto(p.seal), op.WithCORSOptions(nil), op.WithLogger(log),
	)
	if err != nil {
		return nil, fmt.Errorf("devidp: set up the provider: %w", err)
	}
	p.handler = http.StripPrefix(Path, p.routes(served))
	return p, nil
}

// Handler serves the protocol at the paths under [Path], which it expects whole.
func (p *Provider) Handler() http.Handler { return p.handler }

// Registration is the site's registration at this provider.
func (p *Provider) Registration() oauth.ProviderConfig {
	return oauth.ProviderConfig{
		Name: ProviderName, Label: "Development sign-in", Kind: "oidc",
		Issuer: p.issuer, ClientID: clientID, ClientSecret: p.secret,
	}
}
