package contentstore

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/savedview"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var viewRules = entstore.Rules{Absent: content.ErrViewNotFound}

type savedViews struct{ tx transaction }

// Put implements content.SavedViews.
func (s savedViews) Put(ctx context.Context, v content.SavedView) error {
	fail := func(err error) error {
		return entstore.Failure(err, viewRules, "contentstore: put a view of %s", v.Owner)
	}
	id, err := entstore.ID(v.ID)
	if err != nil {
		return fail(err)
	}
	owner, err := entstore.ID(v.Owner)
	if err != nil {
		return fail(err)
	}
	n, err := s.tx.Ent.SavedView.Update().Where(savedview.OwnerID(owner), savedview.Name(v.Name)).SetQuery(v.Query).Save(ctx)
	if err != nil || n > 0 {
		return fail(err)
	}
	// Of two that come at once both may find room: there is one more then, which harms nobody.
	kept, err := s.tx.Ent.SavedView.Query().Where(savedview.OwnerID(owner)).Count(ctx)
	if err == nil && kept >= content.MaxViews {
		err = content.ErrTooManyViews
	}
	if err != nil {
		return fail(err)
	}
	return fail(s.tx.Ent.SavedView.Create().SetID(id).SetOwnerID(owner).SetName(v.Name).SetQuery(v.Query).SetCreatedAt(v.CreatedAt.UTC()).
		OnConflict(entsql.ConflictColumns(savedview.FieldOwnerID, savedview.FieldName)).Update(func(u *contentent.SavedViewUpsert) { u.UpdateQuery() }).Exec(ctx))
}

// Delete implements content.SavedViews.
func (s savedViews) Delete(ctx context.Context, owner identityport.UserID, id string) error {
	of, err := entstore.ID(owner)
	var key uuid.UUID
	if err == nil {
		key, err = entstore.ID(id)
	}
	n := 0
	if err == nil {
		n, err = s.tx.Ent.SavedView.Delete().Where(savedview.ID(key), savedview.OwnerID(of)).Exec(ctx)
	}
	if err == nil && n == 0 {
		err = content.ErrViewNotFound
	}
	return entstore.Failure(err, viewRules, "contentstore: delete view %s", id)
}

// DeleteOf implements content.SavedViews.
func (s savedViews) DeleteOf(ctx context.Context, owner identityport.UserID) error {
	of, err := entstore.ID(owner)
	if err != nil {
		return nil // nobody has that id, and so keeps none
	}
	_, err = s.tx.Ent.SavedView.Delete().Where(savedview.OwnerID(of)).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: delete the views of %s", owner)
}

// SavedViews implements content.SavedViewReads.
func (s *Store) SavedViews(ctx context.Context, owner identityport.UserID) ([]content.SavedView, error) {
	of, err := entstore.ID(owner)
	if err != nil {
		return []content.SavedView{}, nil
	}
	rows, err := s.reads.SavedView.Query().Where(savedview.OwnerID(of)).Order(savedview.ByName()).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: views of %s", owner)
	}
	out := make([]content.SavedView, len(rows))
	for i, row := range rows {
		out[i] = viewOf(row)
	}
	return out, nil
}

func viewOf(row *contentent.SavedView) content.SavedView {
	return content.SavedView{ID: row.ID.String(), Owner: identityport.UserID(row.OwnerID.String()), Name: row.Name, Query: row.Query, CreatedAt: row.CreatedAt.UTC()}
}
