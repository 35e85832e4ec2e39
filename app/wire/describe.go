package wire

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/app/config"
)

// OpenToDescribe opens the program to be asked about itself: its routes, its API,
// its modules. It reads no setting and keeps its database in memory, so that the
// answers are the same on every machine.
func OpenToDescribe(ctx context.Context, product Product) (*Application, error) {
	cfg, err := config.Load([]string{"DATABASE_URL=sqlite://:memory:", "SECRET_KEY=" + config.SampleKey, "ADMIN_ADDR=off"}, Sections(product.Modules...)...)
	if err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	return Open(ctx, cfg, zap.NewNop(), product)
}
