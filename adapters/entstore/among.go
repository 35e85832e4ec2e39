package entstore

import entsql "entgo.io/ent/dialect/sql"

// Among finds rows whose column is among the references of those rows of a table for which
// all of where hold: what an edge's HasWith finds, by IN. SQLite reads a table to its end
// for the EXISTS that ent writes, and looks up each of a few for an IN. To find rows of
// which there is none in the other table, Not of HasWith is right.
func Among[P, W ~func(*entsql.Selector)](column, table, reference string, where ...W) P {
	return func(s *entsql.Selector) {
		from := entsql.Dialect(s.Dialect()).Table(table)
		of := entsql.Dialect(s.Dialect()).Select(from.C(reference)).From(from)
		for _, w := range where {
			w(of)
		}
		s.Where(entsql.In(s.C(column), of))
	}
}
