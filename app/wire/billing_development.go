//go:build !release

package wire

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/billinghttp/billingdev"
	"github.com/neoforge-dev/neoforge/adapters/payments/sandboxpay"
	"github.com/neoforge-dev/neoforge/app/config/billingconfig"
	"github.com/neoforge-dev/neoforge/app/wire/sample/plans"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// webhookTimeout bounds one delivery of the sandbox to this program.
const webhookTimeout = 5 * time.Second

// billingTools makes the payment sandbox.
func (p *Platform) billingTools(s billingconfig.Settings) (billingTools, error) {
	if !p.developing {
		return billingTools{}, nil
	}
	sandbox, err := sandboxpay.New(sandboxpay.Config{
		BaseURL: p.Config.HTTP.BaseURL, Secrets: s.SandboxSecrets, Clock: clock.System{}, // programs sign webhooks by real time
		HTTPClient: &http.Client{Timeout: webhookTimeout},
		Folder:     sandboxFolder(p.Config.Database.URL),
		Background: func(deliver func()) { go deliver() },
	})
	if err != nil {
		return billingTools{}, err
	}
	return billingTools{
		gateway: sandbox,
		seed:    plans.Seed,
		development: Development{
			Routes: func(s *fiberhttp.Server) error {
				return billingdev.Register(s, billingdev.Deps{Payments: payments{sandbox}})
			},
			People: plans.People(),
		},
	}, nil
}

// sandboxFolder is where the payment sandbox remembers what it was told to undo:
// beside the SQLite file; with another database the process remembers it.
func sandboxFolder(databaseURL string) string {
	path, isFile := strings.CutPrefix(databaseURL, "sqlite://")
	path, _, _ = strings.Cut(path, "?")
	if !isFile || path == "" || strings.HasPrefix(path, ":") {
		return ""
	}
	return filepath.Join(filepath.Dir(path), "sandbox")
}

// payments shows the sandbox to the pages of development.
type payments struct{ gateway *sandboxpay.Gateway }

func (p payments) Open(_ context.Context, token string) (billingdev.Checkout, error) {
	s, err := p.gateway.Open(token)
	return checkoutOf(s), over(err)
}

// over marks why a checkout cannot be paid any more.
func over(err error) error {
	if errors.Is(err, sandboxpay.ErrClosedCheckout) || errors.Is(err, sandboxpay.ErrExpiredCheckout) {
		return errors.Join(err, billingdev.ErrCheckoutOver)
	}
	return err
}

func (p payments) Settle(ctx context.Context, token, outcome string) (billingdev.Checkout, error) {
	s, err := p.gateway.Settle(ctx, token, outcome)
	return checkoutOf(s), over(err)
}

func checkoutOf(s sandboxpay.Session) billingdev.Checkout {
	return billingdev.Checkout{ID: s.Checkout, PlanName: s.PlanName, Interval: s.Interval, Money: s.Money, Email: s.Email, ReturnURL: s.ReturnURL}
}
