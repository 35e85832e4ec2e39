package administration

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Figures counts people, for operators. It takes as long as going through everybody, so a
// job asks now and then.
func (a *App) Figures(ctx context.Context) (identity.Figures, error) {
	return a.deps.Reads.Figures(ctx, a.deps.Clock.Now())
}
