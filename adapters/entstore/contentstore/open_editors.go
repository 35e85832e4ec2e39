package contentstore

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/openeditor"
	"github.com/neoforge-dev/neoforge/ent/contentent/post"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

type openEditors struct{ tx transaction }

// Hear implements content.OpenEditors.
func (s openEditors) Hear(ctx context.Context, e content.OpenEditor, before time.Time) error {
	fail := func(err error) error {
		return entstore.Failure(err, postRules, "contentstore: %s has post %s open", e.Editor, e.Post)
	}
	id, err := entstore.ID(e.Post)
	if err != nil {
		return fail(content.ErrPostNotFound)
	}
	editor, err := entstore.ID(e.Editor)
	if err != nil {
		return fail(err)
	}
	there, err := s.tx.Ent.Post.Query().Where(post.ID(id)).Exist(ctx)
	if err == nil && !there {
		err = content.ErrPostNotFound
	}
	// First, because who comes back holds a row by then that another one's deletion waits for.
	if err == nil {
		_, err = s.tx.Ent.OpenEditor.Delete().Where(openeditor.HeardAtLT(before.UTC())).Exec(ctx)
	}
	if err == nil {
		err = s.tx.Ent.OpenEditor.Create().SetPostID(id).SetEditorID(editor).SetHeardAt(e.HeardAt.UTC()).
			OnConflict(entsql.ConflictColumns(openeditor.FieldPostID, openeditor.FieldEditorID)).
			Update(func(u *contentent.OpenEditorUpsert) { u.UpdateHeardAt() }).Exec(ctx)
	}
	return fail(err)
}

// Leave implements content.OpenEditors.
func (s openEditors) Leave(ctx context.Context, id content.PostID, editor identityport.UserID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // there is no such post
	}
	by, err := entstore.ID(editor)
	if err != nil {
		return nil // nor such a person
	}
	_, err = s.tx.Ent.OpenEditor.Delete().Where(openeditor.PostID(key), openeditor.EditorID(by)).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: %s leaves post %s", editor, id)
}

// LeaveAll implements content.OpenEditors.
func (s openEditors) LeaveAll(ctx context.Context, editor identityport.UserID) error {
	by, err := entstore.ID(editor)
	if err != nil {
		return nil
	}
	_, err = s.tx.Ent.OpenEditor.Delete().Where(openeditor.EditorID(by)).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: %s leaves", editor)
}

// OpenEditors implements content.OpenEditorReads.
func (s *Store) OpenEditors(ctx context.Context, id content.PostID, since time.Time, limit int) ([]content.OpenEditor, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return []content.OpenEditor{}, nil
	}
	rows, err := s.reads.OpenEditor.Query().Where(openeditor.PostID(key), openeditor.HeardAtGTE(since.UTC())).
		Order(openeditor.ByEditorID()).Limit(max(limit, 1)).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: who has post %s open", id)
	}
	out := make([]content.OpenEditor, len(rows))
	for i, row := range rows {
		out[i] = content.OpenEditor{Post: id, Editor: identityport.UserID(row.EditorID.String()), HeardAt: row.HeardAt.UTC()}
	}
	return out, nil
}
