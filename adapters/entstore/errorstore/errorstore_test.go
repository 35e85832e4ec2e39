package errorstore_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
)

func TestErrorGroups_OnSQLite(t *testing.T) {
	t.Parallel()
	entstoretest.RunErrorGroups(t, func(t *testing.T) *entstore.DB { return entstoretest.MustSQLite(t) })
}
