package billingstore_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore/billingstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/billing/billingtest"
)

func TestStoresOnSQLite(t *testing.T) {
	t.Parallel()
	billingtest.RunStores(t, func(t *testing.T) billingtest.Harness {
		db := entstoretest.MustSQLite(t)
		store, err := billingstore.New(db, entstoretest.MustOutbox(t, db))
		if err != nil {
			t.Fatal(err)
		}
		return billingtest.Harness{UnitOfWork: store, Reads: store}
	})
}
