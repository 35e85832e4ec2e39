package billingstore

import (
	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/billingent"
)

// transaction is one with the client of the context's tables on it.
type transaction struct {
	entstore.Tx
	Ent *billingent.Client
}

func on(tx entstore.Tx) transaction {
	return transaction{tx, billingent.NewClient(billingent.Driver(tx.Driver()))}
}
