// Package sandboxpay is a payment provider for development: a checkout page that
// charges nobody, and signed webhooks that say what happened on it.
//
// A checkout is a token that carries the request under a signature, so any replica
// serves its page. What was closed, cancelled and refunded is kept as facts, in a
// folder where there is one. It promises that the same checkout
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
	"sync"
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

// Config says where the site is and how its webhooks are signed. Secrets are each
// "whsec_" and at least 16 bytes in base64: the first signs, all verify, so that a
// secret is rotated without refusing what was signed by the one before. Clock is the machine's: whoever signs a
// webhook does so by real time, also while the site's own clock runs ahead.
// HTTPClient may be nil.
type Config struct {
	BaseURL    string
	Secrets    []string
	Clock      clock.Clock
	HTTPClient *http.Client
	// Folder keeps what the sandbox was told to undo; empty: the process does.
	Folder string
	// Background runs the delivery of the webhooks that follow from the site's own
	// calls; nil: they are not sent.
	Background func(deliver func())
}

// Gateway implements billing.PaymentGateway.
type Gateway struct {
	baseURL string
	keys    []key // the first signs
	clock   clock.Clock
	client  *http.Client
	pause   func(ctx context.Context, d time.Duration) error
	facts   *facts

	background func(func())
	mu         sync.Mutex
	failing    map[Operation]int // calls that are still to fail
}

// key is one secret's: hook signs webhooks, seal tokens and ids.
type key struct {
	hook *standardwebhooks.Webhook
	seal []byte
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
	if len(c.Secrets) == 0 {
		return nil, errors.New("sandboxpay: missing Secrets")
	}
	var keys []key
	for i, text := range c.Secrets {
		encoded, prefixed := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
		secret, err := base64.StdEncoding.DecodeString(encoded)
		if !prefixed || err != nil || len(secret) < shortestKey {
			return nil, fmt.Errorf("sandboxpay: Secrets[%d] must be whsec_ and at least 16 bytes in base64", i)
		}
		hook, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return nil, fmt.Errorf("sandboxpay: %w", err)
		}
		// What signs webhooks signs nothing else.
		keys = append(keys, key{hook: hook, seal: mac(secret, "sandboxpay tokens and ids")})
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Timeout: clientTimeout}
	}
	g := &Gateway{
		baseURL: strings.TrimRight(c.BaseURL, "/"), keys: keys,
		clock: c.Clock, client: c.HTTPClient, pause: pause,
		facts:      &facts{folder: c.Folder, known: map[string]fact{}},
		background: c.Background, failing: map[Operation]int{},
	}
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
func (k key) derive(prefix, text string) string {
	return prefix + hex.EncodeToString(mac(k.seal, prefix+text)[:16])
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
