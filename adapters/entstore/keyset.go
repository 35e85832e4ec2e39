package entstore

import entsql "entgo.io/ent/dialect/sql"

// Before continues a list that is ordered by two columns, both descending, after the row
// that has the values at and id. After continues one that is ascending. The pair is
// compared as one value, which both databases turn into one place of the index. A query
// whose text is put together ahead passes anything for the values: only the places that
// they leave in the text are used.
func Before(atColumn, idColumn string, at, id any) *entsql.Predicate {
	return compareRow(atColumn, idColumn, " < ", at, id)
}

// After is the ascending [Before].
func After(atColumn, idColumn string, at, id any) *entsql.Predicate {
	return compareRow(atColumn, idColumn, " > ", at, id)
}

func compareRow(atColumn, idColumn, operator string, at, id any) *entsql.Predicate {
	return entsql.P(func(b *entsql.Builder) {
		b.WriteString("(").Ident(atColumn).WriteString(", ").Ident(idColumn).WriteString(")" + operator + "(")
		b.Arg(at).WriteString(", ").Arg(id).WriteString(")")
	})
}
