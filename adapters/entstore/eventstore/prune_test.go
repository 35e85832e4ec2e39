package eventstore_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
)

func TestRetention_OnSQLite(t *testing.T) {
	t.Parallel()
	entstoretest.RunRetention(t, func(t *testing.T) *entstore.DB { return entstoretest.MustSQLite(t) })
}

func TestAuditSeals_OnSQLite(t *testing.T) {
	t.Parallel()
	entstoretest.RunAuditSeals(t, func(t *testing.T) *entstore.DB { return entstoretest.MustSQLite(t) })
}
