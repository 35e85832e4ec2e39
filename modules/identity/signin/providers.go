package signin

import (
	"context"
	"net/url"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Providers lists the ways of signing in, in the order of the configuration.
func (a *App) Providers() []identity.ProviderInfo { return a.deps.Providers.List() }

// ReturnPurpose tells what a browser that comes back from a provider had gone for. A state
// that nobody knows counts as a sign-in, which then refuses it.
func (a *App) ReturnPurpose(ctx context.Context, params url.Values) (identity.FlowPurpose, error) {
	return a.deps.Providers.ReturnPurpose(ctx, params)
}
