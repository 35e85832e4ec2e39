package billingapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

// Figures counts what is sold, for operators. It goes through all subscriptions, so a job
// asks now and then.
func (a *App) Figures(ctx context.Context) (billing.Figures, error) {
	return a.reads.Figures(ctx, a.clock.Now())
}
