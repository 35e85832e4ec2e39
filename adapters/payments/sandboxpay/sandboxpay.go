// Package sandboxpay is a payment provider for development: a checkout page that
// charges nobody, and signed webhooks that say what happened on it.
//
// It keeps nothing: a checkout is a token that carries the request under a
// signature, so any replica serves its page. It promises that the same checkout
// has the same page, that an outcome has one event id however often it is
// delivered, and that its webhooks follow Standard Webhooks 1.0
// (https://www.standardwebhooks.com), as a real provider's do.
package sandboxpay

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// Name is the provider's name in routes and rows.
const Name = "sandbox"

const (
	secretPrefix  = "whsec_"
	shortestKey   = 16 // bytes
	clientTimeout = 10 * time.Second
)

// Config says where the site is and how its webhooks are signed. Secret is
// "whsec_" and at least 16 bytes in base64. Clock is the machine's: whoever signs a
// webhook does so by real time, also while the site's own clock runs ahead.
// HTTPClient may be nil.
type Config struct {
	BaseURL    string
	Secret     string
	Clock      clock.Clock
	HTTPClient *http.Client
}

// Gateway implements billing.PaymentGateway.
type Gateway struct {
	baseURL string
	key     []byte // of tokens and ids
	hook    *standardwebhooks.Webhook
	clock   clock.Clock
	client  *http.Client
	pause   func(ctx context.Context, d time.Duration) error
}

var _ billing.PaymentGateway = (*Gateway)(nil)

// New returns the sandbox of one site.
func New(c Config) (*Gateway, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("sandboxpay: BaseURL %q is not an absolute URL", c.BaseURL)
	}
	if c.Clock == nil {
		return nil, errors.New("sandboxpay: missing Clock")
	}
	encoded, prefixed := strings.CutPrefix(c.Secret, secretPrefix)
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if !prefixed || err != nil || len(secret) < shortestKey {
		return nil, errors.New("sandboxpay: Secret must be whsec_ and at least 16 bytes in base64")
	}
	hook, err := standardwebhooks.NewWebhookRaw(secret)
	if err != nil {
		return nil, fmt.Errorf("sandboxpay: %w", err)
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Timeout: clientTimeout}
	}
	g := &Gateway{
		baseURL: strings.TrimRight(c.BaseURL, "/"), hook: hook,
		clock: c.Clock, client: c.HTTPClient, pause: pause,
	}
	// What signs webhooks signs nothing else.
	g.key = mac(secret, "sandboxpay tokens and ids")
	return g, nil
}

// Name implements billing.PaymentGateway.
func (g *Gateway) Name() string { return Name }

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// derive makes an id that is the same for the same text.
func (g *Gateway) derive(prefix, text string) string {
	return prefix + hex.EncodeToString(mac(g.key, prefix+text)[:16])
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
