//go:build release

package wire

import (
	"context"
	"errors"
	"io"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/app/config/billingconfig"
	"github.com/neoforge-dev/neoforge/modules/billing"
)

// devTools has nothing in a release: neither the development provider nor the payment
// sandbox nor their pages are part of it.
type devTools struct{}

func newDevTools(*Application) (*devTools, error) { return nil, nil }

func (*devTools) gateway(billingconfig.Settings) (billing.PaymentGateway, error) { return nil, nil }

func (*devTools) registrations() []oauth.ProviderConfig { return nil }

func (*devTools) signIns() (hint []string, provider string) { return nil, "" }

func (*devTools) routes(*fiberhttp.Server) error { return nil }

// SamplePerson is somebody to sign in as; a release has none.
type SamplePerson struct{ Email, About, Password string }

// People lists nobody.
func (*Application) People() []SamplePerson { return nil }

// Seed is not part of a release.
func (*Application) Seed(context.Context, io.Writer) error {
	return errors.New("a release has no sample data: run the program from its source instead, with `go run`")
}
