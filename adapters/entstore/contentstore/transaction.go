package contentstore

import (
	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
)

// transaction is one with the client of the context's tables on it.
type transaction struct {
	entstore.Tx
	Ent *contentent.Client
}

func on(tx entstore.Tx) transaction {
	return transaction{tx, contentent.NewClient(contentent.Driver(tx.Driver()))}
}
