package identitystore

import (
	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
)

// transaction is one with the client of the context's tables on it.
type transaction struct {
	entstore.Tx
	Ent *identityent.Client
}

func on(tx entstore.Tx) transaction {
	return transaction{tx, identityent.NewClient(identityent.Driver(tx.Driver()))}
}
