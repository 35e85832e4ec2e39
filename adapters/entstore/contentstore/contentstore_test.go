package contentstore_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore/contentstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/content/contenttest"
)

func TestStoresOnSQLite(t *testing.T) {
	t.Parallel()
	contenttest.RunStores(t, func(t *testing.T) contenttest.Harness {
		db := entstoretest.MustSQLite(t)
		store, err := contentstore.New(db, entstoretest.MustOutbox(t, db))
		if err != nil {
			t.Fatal(err)
		}
		return contenttest.Harness{UnitOfWork: store, Reads: store, OlderProfile: entstoretest.OlderProfile(db), OlderSave: entstoretest.OlderSave(db)}
	})
}
