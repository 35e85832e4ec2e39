package contentstore

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/post"
	"github.com/neoforge-dev/neoforge/ent/contentent/workingcopy"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var copyRules = entstore.Rules{
	Absent:  content.ErrWorkingCopyNotFound,
	Indexes: contentent.UniqueIndexes, Unique: map[string]error{"content_working_copies_post": content.ErrWorkingCopyChanged},
}

type workingCopies struct {
	tx    transaction
	media mediaStore
}

// Put implements content.WorkingCopies.
func (s workingCopies) Put(ctx context.Context, c content.WorkingCopy, seen int) error {
	id, err := entstore.ID(c.Post)
	if err != nil {
		return entstore.Failure(err, postRules, "contentstore: put a working copy")
	}
	editor, err := entstore.ID(c.Editor)
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: put the working copy of post %s: editor", c.Post)
	}
	// Whoever unpublishes the post at the same moment waits here, or is seen to have done so.
	query := s.tx.Ent.Post.Query().Where(post.ID(id)).Select(post.FieldStatus)
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate()
	}
	row, err := query.Only(ctx)
	if err == nil {
		switch status := content.Status(row.Status); {
		case status.Inactive():
			err = content.ErrPostInactive
		case status != content.Published:
			err = content.ErrNotPublished
		}
	}
	if err != nil {
		return entstore.Failure(err, postRules, "contentstore: put the working copy of post %s", c.Post)
	}
	var autosaved *time.Time
	if at := c.AutosavedFrom.UTC(); !at.IsZero() {
		autosaved = &at
	}
	if seen == 0 {
		err = s.tx.Ent.WorkingCopy.Create().
			SetPostID(id).
			SetSave(c.Save).
			SetBase(c.Base).
			SetEditorID(editor).
			SetBegunAt(c.BegunAt.UTC()).
			SetSavedAt(c.SavedAt.UTC()).
			SetNillableAutosavedFrom(autosaved).
			SetSlug(c.Text.Slug).
			SetTitle(c.Text.Title).
			SetVisibility(string(c.Text.Visibility)).
			SetTags(c.Text.Tags).
			SetExcerpt(c.Text.Excerpt).
			SetMarkdown(c.Text.Markdown).
			Exec(ctx)
		if shown := content.MediaIn(c.Text.Markdown); err == nil && len(shown) > 0 {
			err = s.media.setUses(ctx, id, content.InCopy, shown)
		}
		return entstore.Failure(err, copyRules, "contentstore: begin the working copy of post %s", c.Post)
	}
	update := s.tx.Ent.WorkingCopy.Update().SetNillableAutosavedFrom(autosaved)
	if autosaved == nil {
		update.ClearAutosavedFrom()
	}
	n, err := update.
		Where(workingcopy.PostID(id), workingcopy.Save(seen)).
		SetSave(c.Save).
		SetEditorID(editor).
		SetSavedAt(c.SavedAt.UTC()).
		SetSlug(c.Text.Slug).
		SetTitle(c.Text.Title).
		SetVisibility(string(c.Text.Visibility)).
		SetTags(c.Text.Tags).
		SetExcerpt(c.Text.Excerpt).
		SetMarkdown(c.Text.Markdown).
		Save(ctx)
	if err == nil && n == 0 {
		err = content.ErrWorkingCopyChanged
	}
	if err == nil {
		err = s.media.setUses(ctx, id, content.InCopy, content.MediaIn(c.Text.Markdown))
	}
	return entstore.Failure(err, copyRules, "contentstore: put the working copy of post %s", c.Post)
}

// Delete implements content.WorkingCopies.
func (s workingCopies) Delete(ctx context.Context, id content.PostID, seen int) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, postRules, "contentstore: delete a working copy")
	}
	if seen == 0 {
		exists, err := s.tx.Ent.WorkingCopy.Query().Where(workingcopy.PostID(key)).Exist(ctx)
		if err == nil && exists {
			err = content.ErrWorkingCopyChanged
		}
		return entstore.Failure(err, copyRules, "contentstore: the working copy of post %s", id)
	}
	n, err := s.tx.Ent.WorkingCopy.Delete().Where(workingcopy.PostID(key), workingcopy.Save(seen)).Exec(ctx)
	if err == nil && n == 0 {
		err = content.ErrWorkingCopyChanged
	}
	if err == nil {
		err = s.media.setUses(ctx, key, content.InCopy, nil)
	}
	return entstore.Failure(err, copyRules, "contentstore: delete the working copy of post %s", id)
}

// WorkingCopy implements content.WorkingCopyReads.
func (s *Store) WorkingCopy(ctx context.Context, id content.PostID) (content.WorkingCopy, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return content.WorkingCopy{}, entstore.Failure(err, copyRules, "contentstore: working copy")
	}
	row, err := s.reads.WorkingCopy.Query().Where(workingcopy.PostID(key)).Only(ctx)
	if err != nil {
		return content.WorkingCopy{}, entstore.Failure(err, copyRules, "contentstore: the working copy of post %s", id)
	}
	out := content.WorkingCopy{
		Post: id, Save: row.Save, Base: row.Base, Editor: identityport.UserID(row.EditorID.String()), BegunAt: row.BegunAt.UTC(), SavedAt: row.SavedAt.UTC(),
		Text: content.Text{
			Slug: row.Slug, Title: row.Title, Excerpt: row.Excerpt, Markdown: row.Markdown, Tags: row.Tags, Visibility: content.Visibility(row.Visibility),
		},
	}
	if row.AutosavedFrom != nil {
		out.AutosavedFrom = row.AutosavedFrom.UTC()
	}
	return out, nil
}
