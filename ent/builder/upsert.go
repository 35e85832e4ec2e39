package builder

import (
	"context"

	"entgo.io/ent/dialect/sql"
)

// Upsert is an insert that says what happens to rows which are there already. Set is
// the generated setter of their columns.
type Upsert[Self, Set any] struct {
	self    Self
	set     func(*sql.UpdateSet) Set
	options *[]sql.ConflictOption
	ignored func() []string // what UpdateNewValues leaves as it is
	exec    func(context.Context) error
}

// OnConflict makes an upsert of an insert ready, and returns it.
func OnConflict[Self, Set, Builder, Node any](
	u *Upsert[Self, Set], self Self, set func(*sql.UpdateSet) Set, c *Create[Builder, Node], immutable []string, opts []sql.ConflictOption,
) Self {
	c.spec.OnConflict = opts
	*u = Upsert[Self, Set]{self, set, &c.spec.OnConflict, func() []string { return ignored(immutable, c) }, c.Exec}
	return self
}

// OnBulkConflict makes an upsert of an insert of many rows ready, and returns it.
func OnBulkConflict[Self, Set, Builder, Node any](
	u *Upsert[Self, Set], self Self, set func(*sql.UpdateSet) Set, b *CreateBulk[Builder, Node], immutable []string, opts []sql.ConflictOption,
) Self {
	b.onConflict = opts
	*u = Upsert[Self, Set]{self, set, &b.onConflict, func() []string { return ignored(immutable, b.rows...) }, b.Exec}
	return self
}

// ignored are the columns that never change, of those that are inserted.
func ignored[Builder, Node any](immutable []string, rows ...*Create[Builder, Node]) []string {
	var out []string
	for _, c := range rows {
		if HasID(c) {
			out = distinct(c.table.ID, out)
		}
		for _, column := range immutable {
			if Has(c, column) {
				out = distinct(column, out)
			}
		}
	}
	return out
}

func (u *Upsert[Self, Set]) add(opts ...sql.ConflictOption) Self {
	*u.options = append(*u.options, opts...)
	return u.self
}

// Ignore sets each column to itself.
func (u *Upsert[Self, Set]) Ignore() Self { return u.add(sql.ResolveWithIgnore()) }

// DoNothing leaves the rows alone.
func (u *Upsert[Self, Set]) DoNothing() Self { return u.add(sql.DoNothing()) }

// UpdateNewValues takes over every value that may change.
func (u *Upsert[Self, Set]) UpdateNewValues() Self {
	return u.add(sql.ResolveWithNewValues(), sql.ResolveWith(func(s *sql.UpdateSet) {
		for _, column := range u.ignored() {
			s.SetIgnore(column)
		}
	}))
}

// Update sets columns of the rows.
func (u *Upsert[Self, Set]) Update(set func(Set)) Self {
	return u.add(sql.ResolveWith(func(s *sql.UpdateSet) { set(u.set(s)) }))
}

// Exec inserts the rows, or resolves the conflicts. Where nothing is to be done for an
// insert of one row, it fails with database/sql's ErrNoRows.
func (u *Upsert[Self, Set]) Exec(ctx context.Context) error { return u.exec(ctx) }
