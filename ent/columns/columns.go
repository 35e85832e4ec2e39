// Package columns is what the schemas of all contexts have in common.
package columns

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"github.com/google/uuid"
)

// Table names a schema's table. The name begins with its context.
func Table(name string) []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: name}}
}

// ID is the key of a row whose id the domain gives: a UUID of version 7.
func ID() ent.Field { return field.UUID("id", uuid.UUID{}).Immutable() }

// OwnID is the key of a row that the domain finds by other values: it makes its own.
func OwnID() ent.Field {
	return field.UUID("id", uuid.UUID{}).Immutable().Default(newID)
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// Reference is a column that holds the id of another row.
func Reference(name string) ent.Field { return field.UUID(name, uuid.UUID{}).Immutable() }

// OptionalReference is a Reference where there may be no other row.
func OptionalReference(name string) ent.Field {
	return field.UUID(name, uuid.UUID{}).Immutable().Optional().Nillable()
}

// CascadeDelete deletes the rows at the other end of an edge together with this one.
func CascadeDelete() schema.Annotation { return entsql.OnDelete(entsql.Cascade) }
