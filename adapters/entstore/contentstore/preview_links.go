package contentstore

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/post"
	"github.com/neoforge-dev/neoforge/ent/contentent/previewlink"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var previewRules = entstore.Rules{Absent: content.ErrPreviewNotFound}

type previewLinks struct{ tx transaction }

// Insert implements content.PreviewLinks.
func (s previewLinks) Insert(ctx context.Context, l content.PreviewLink) error {
	keys := make([]uuid.UUID, 3)
	for i, id := range []string{l.ID, string(l.Post), string(l.By)} {
		var err error
		if keys[i], err = entstore.ID(id); err != nil {
			return entstore.Failure(err, postRules, "contentstore: insert preview link")
		}
	}
	// Whoever makes another at the same moment waits here, so that the bound holds.
	query := s.tx.Ent.Post.Query().Where(post.ID(keys[1])).Select(post.FieldID)
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate()
	}
	if _, err := query.Only(ctx); err != nil {
		return entstore.Failure(err, postRules, "contentstore: insert a preview link of post %s", l.Post)
	}
	good, err := s.tx.Ent.PreviewLink.Query().Where(previewlink.PostID(keys[1]), previewlink.EndsAtGT(l.CreatedAt.UTC())).Count(ctx)
	if err == nil && good >= content.MaxPreviewLinks {
		err = content.ErrTooManyPreviews
	}
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: preview links of post %s", l.Post)
	}
	err = s.tx.Ent.PreviewLink.Create().SetID(keys[0]).SetPostID(keys[1]).SetHash(l.Hash).SetCreatedBy(keys[2]).
		SetCreatedAt(l.CreatedAt.UTC()).SetEndsAt(l.EndsAt.UTC()).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: insert a preview link of post %s", l.Post)
}

// Delete implements content.PreviewLinks.
func (s previewLinks) Delete(ctx context.Context, id content.PostID, link string) error {
	of, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, previewRules, "contentstore: delete preview link")
	}
	key, err := entstore.ID(link)
	if err != nil {
		return entstore.Failure(err, previewRules, "contentstore: delete preview link")
	}
	n, err := s.tx.Ent.PreviewLink.Delete().Where(previewlink.ID(key), previewlink.PostID(of)).Exec(ctx)
	if err == nil && n == 0 {
		err = content.ErrPreviewNotFound
	}
	return entstore.Failure(err, previewRules, "contentstore: delete preview link %s of post %s", link, id)
}

// DeleteBy implements content.PreviewLinks. It looks through the table, which has no more rows
// than people made links that are good.
func (s previewLinks) DeleteBy(ctx context.Context, maker identityport.UserID) error {
	key, err := entstore.ID(maker)
	if err != nil {
		return nil // nobody has that id
	}
	_, err = s.tx.Ent.PreviewLink.Delete().Where(previewlink.CreatedBy(key)).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: delete the preview links of %s", maker)
}

// DeleteEnded implements content.PreviewLinks.
func (s previewLinks) DeleteEnded(ctx context.Context, now time.Time, limit int) (int, error) {
	ids, err := s.tx.Ent.PreviewLink.Query().Where(previewlink.EndsAtLTE(now.UTC())).Order(previewlink.ByEndsAt()).Limit(limit).IDs(ctx)
	if err != nil || len(ids) == 0 {
		return 0, entstore.Failure(err, noRules, "contentstore: preview links that are over")
	}
	n, err := s.tx.Ent.PreviewLink.Delete().Where(previewlink.IDIn(ids...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "contentstore: delete preview links that are over")
}

// PreviewLinksOf implements content.PreviewLinkReads.
func (s *Store) PreviewLinksOf(ctx context.Context, id content.PostID, now time.Time) ([]content.PreviewLink, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return []content.PreviewLink{}, nil
	}
	rows, err := s.reads.PreviewLink.Query().Where(previewlink.PostID(key), previewlink.EndsAtGT(now.UTC())).
		Order(previewlink.ByEndsAt(), previewlink.ByID()).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: preview links of post %s", id)
	}
	out := make([]content.PreviewLink, len(rows))
	for i, row := range rows {
		out[i] = previewLinkOf(row)
	}
	return out, nil
}

// PreviewLinkByHash implements content.PreviewLinkReads.
func (s *Store) PreviewLinkByHash(ctx context.Context, hash []byte, now time.Time) (content.PreviewLink, error) {
	row, err := s.reads.PreviewLink.Query().Where(previewlink.Hash(hash), previewlink.EndsAtGT(now.UTC())).Only(ctx)
	if err != nil {
		return content.PreviewLink{}, entstore.Failure(err, previewRules, "contentstore: preview link")
	}
	return previewLinkOf(row), nil
}

func previewLinkOf(row *contentent.PreviewLink) content.PreviewLink {
	return content.PreviewLink{
		ID: row.ID.String(), Post: content.PostID(row.PostID.String()), Hash: row.Hash, By: identityport.UserID(row.CreatedBy.String()),
		CreatedAt: row.CreatedAt.UTC(), EndsAt: row.EndsAt.UTC(),
	}
}
