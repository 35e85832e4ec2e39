package eventstore

import (
	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
)

// transaction is one with the client of the context's tables on it.
type transaction struct {
	entstore.Tx
	Ent *platforment.Client
}

func on(tx entstore.Tx) transaction {
	return transaction{tx, platforment.NewClient(platforment.Driver(tx.Driver()))}
}
