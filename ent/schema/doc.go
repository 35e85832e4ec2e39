// Package schema declares every table, one file per context.
//
// A table's name begins with its context. Edges, and so foreign keys, stay within
// a context: what another context owns is an id without a constraint. Unique
// indices have names of their own, because entstore tells by them which rule an
// insert broke. Ids are UUIDs of version 7; rows that no rule ever speaks of by id
// make their own.
//
// A change here needs `go generate ./ent/generate.go` and a migration, which
// `go run ./adapters/entstore/migrations/diff NAME` writes.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"github.com/google/uuid"
)

// id is the key of a row whose id the domain gives.
func id() ent.Field { return field.UUID("id", uuid.UUID{}).Immutable() }

// ownID is the key of a row that the domain finds by other values.
func ownID() ent.Field {
	return field.UUID("id", uuid.UUID{}).Immutable().Default(newID)
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// ref is a column that holds the id of another row.
func ref(name string) ent.Field { return field.UUID(name, uuid.UUID{}).Immutable() }

func table(name string) []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: name}}
}

// gone deletes the rows at the other end together with this one.
func gone() schema.Annotation { return entsql.OnDelete(entsql.Cascade) }

// maybeRef is ref where there may be no other row.
func maybeRef(name string) ent.Field {
	return field.UUID(name, uuid.UUID{}).Immutable().Optional().Nillable()
}
