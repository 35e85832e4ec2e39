//go:build !release

package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/devhttp"
	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/adapters/oauth/devidp"
	"github.com/neoforge-dev/neoforge/adapters/payments/sandboxpay"
	"github.com/neoforge-dev/neoforge/app/config/billingconfig"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// webhookTimeout bounds one delivery of the sandbox to this program.
const webhookTimeout = 5 * time.Second

// devTools is what exists in development only: a sign-in provider, a payment sandbox, a
// mailbox, a clock that can be moved, sample people. A nil devTools has nothing.
type devTools struct {
	app      *Application
	provider *devidp.Provider
	sandbox  *sandboxpay.Gateway // nil in a program without billing
}

func newDevTools(a *Application) (*devTools, error) {
	if a.cfg.IsProduction() {
		return nil, nil
	}
	provider, err := devidp.New(devidp.Config{
		SiteName: a.product.Name, BaseURL: a.cfg.HTTP.BaseURL, Secret: a.cfg.Secrets.Keys[0],
		Clock: clock.System{}, // tokens are dated and checked by the machine's clock
		People: func(context.Context) ([]devidp.Person, error) {
			var out []devidp.Person
			for _, who := range sample.People() {
				out = append(out, devidp.Person{Name: who.Name, Email: who.Email, Note: who.About})
			}
			return out, nil
		},
	})
	if err != nil {
		return nil, err
	}
	return &devTools{app: a, provider: provider}, nil
}

// gateway makes the payment sandbox; nil in production.
func (t *devTools) gateway(s billingconfig.Settings) (billing.PaymentGateway, error) {
	if t == nil {
		return nil, nil
	}
	sandbox, err := sandboxpay.New(sandboxpay.Config{
		BaseURL: t.app.cfg.HTTP.BaseURL, Secrets: s.SandboxSecrets, Clock: clock.System{}, // programs sign webhooks by real time
		HTTPClient: &http.Client{Timeout: webhookTimeout},
		Folder:     sandboxFolder(t.app.cfg.Database.URL),
		Background: func(deliver func()) { go deliver() },
	})
	if err != nil {
		return nil, err
	}
	t.sandbox = sandbox
	return sandbox, nil
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

func (t *devTools) registrations() []oauth.ProviderConfig {
	if t == nil {
		return nil
	}
	return []oauth.ProviderConfig{t.provider.Registration()}
}

// signIns is what the sign-in page says of the sample people, and the name of the
// built-in provider.
func (t *devTools) signIns() (hint []string, provider string) {
	if t == nil {
		return nil, ""
	}
	hint = []string{"Development sign-in needs one click. Or use the password " + sample.Password + " as"}
	for _, who := range sample.People() {
		hint = append(hint, fmt.Sprintf("%s, %s", who.Email, who.About))
	}
	return hint, devidp.ProviderName
}

func (t *devTools) routes(s *fiberhttp.Server) error {
	if t == nil {
		return nil
	}
	d := devhttp.Deps{Provider: t.provider, Clock: t.app.infra.clock, Password: sample.Password}
	if t.sandbox != nil {
		d.Payments = payments{t.sandbox}
	}
	if queue := t.app.infra.queue; queue != nil {
		d.Advanced = queue.QueueSchedules
	}
	if box := t.app.infra.mailbox; box != nil {
		d.Mails = func(to string) []devhttp.Mail {
			mails := box.List(to)
			out := make([]devhttp.Mail, len(mails))
			for i, l := range mails {
				out[i] = devhttp.Mail(l)
			}
			return out
		}
	}
	return devhttp.Register(s, d)
}

// payments shows the sandbox to the pages of development.
type payments struct{ gateway *sandboxpay.Gateway }

func (p payments) Open(_ context.Context, token string) (devhttp.Checkout, error) {
	s, err := p.gateway.Open(token)
	return checkoutOf(s), over(err)
}

// over marks why a checkout cannot be paid any more.
func over(err error) error {
	if errors.Is(err, sandboxpay.ErrClosedCheckout) || errors.Is(err, sandboxpay.ErrExpiredCheckout) {
		return errors.Join(err, devhttp.ErrCheckoutOver)
	}
	return err
}

func (p payments) Settle(ctx context.Context, token, outcome string) (devhttp.Checkout, error) {
	s, err := p.gateway.Settle(ctx, token, outcome)
	return checkoutOf(s), over(err)
}

func checkoutOf(s sandboxpay.Session) devhttp.Checkout {
	return devhttp.Checkout{ID: s.Checkout, PlanName: s.PlanName, Interval: s.Interval, Money: s.Money, Email: s.Email, ReturnURL: s.ReturnURL}
}

// SamplePerson is somebody to sign in as.
type SamplePerson struct{ Email, About, Password string }

// People lists the sample people; nobody in production.
func (a *Application) People() []SamplePerson {
	if a.devTools == nil {
		return nil
	}
	var out []SamplePerson
	for _, p := range sample.People() {
		out = append(out, SamplePerson{Email: p.Email, About: p.About, Password: sample.Password})
	}
	return out
}

// Seed writes the sample people, plans and posts that are missing, and what modules of
// the product have beside them. It refuses in
// production.
func (a *Application) Seed(ctx context.Context, out io.Writer) error {
	if a.cfg.IsProduction() {
		return fmt.Errorf("sample people have a known password, so production gets none: use `%s user create`", a.product.CommandName())
	}
	identity, err := useCases[*identityapp.Rooms](a)
	if err != nil {
		return err
	}
	content, _ := useCases[*contentapp.App](a) // nil where there is none
	billing, _ := useCases[*billingapp.App](a)
	report, err := sample.Seed(ctx, sample.Deps{Identity: identity, Content: content, Billing: billing, Clock: a.infra.clock})
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if _, err = fmt.Fprintln(out, report); err != nil {
		return err
	}
	for _, m := range a.modules {
		if m.Parts.Seed == nil {
			continue
		}
		report, err := m.Parts.Seed(ctx)
		if err != nil {
			return fmt.Errorf("seed %s: %w", m.Name, err)
		}
		if _, err := fmt.Fprintf(out, "%s: %s\n", m.Name, report); err != nil {
			return err
		}
	}
	return nil
}
