package identitystore_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
)

func TestStoresOnSQLite(t *testing.T) {
	t.Parallel()
	identitytest.RunStores(t, func(t *testing.T) identitytest.Harness {
		db := entstoretest.MustSQLite(t)
		store, err := identitystore.New(db, entstoretest.MustOutbox(t, db))
		if err != nil {
			t.Fatal(err)
		}
		return identitytest.Harness{UnitOfWork: store, Reads: store, OlderName: entstoretest.OlderName(db)}
	})
}
