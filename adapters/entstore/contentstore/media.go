package contentstore

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/media"
	"github.com/neoforge-dev/neoforge/ent/contentent/mediause"
	"github.com/neoforge-dev/neoforge/ent/contentent/post"
	"github.com/neoforge-dev/neoforge/ent/contentent/predicate"
	"github.com/neoforge-dev/neoforge/ent/contentent/sitepage"
	"github.com/neoforge-dev/neoforge/ent/contentent/upload"
	"github.com/neoforge-dev/neoforge/ent/contentent/uploadquota"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var mediaRules = entstore.Rules{
	Absent:  content.ErrMediaNotFound,
	Indexes: contentent.UniqueIndexes, Unique: map[string]error{"content_media_pkey": content.ErrMediaExists},
}

// shownIn are the places in which a picture is in use.
var shownIn = []string{string(content.InText), string(content.InCover), string(content.InCopy)}

// mediaStore locks pictures behind posts and before their uses, so that a save which begins to show one and
// somebody who deletes it wait for each other.
type mediaStore struct{ tx transaction }

// Insert implements content.MediaStore.
func (s mediaStore) Insert(ctx context.Context, m content.Media) error {
	id, err := entstore.ID(m.ID)
	if err != nil {
		return entstore.Failure(err, mediaRules, "contentstore: insert picture")
	}
	owner, err := entstore.ID(m.Owner)
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: insert picture %s", m.ID)
	}
	err = s.tx.Ent.Media.Create().SetID(id).SetOwnerID(owner).
		SetName(m.Name).SetAlt(m.Alt).SetWords(m.Words()).SetFormat(string(m.Format)).SetAnimated(m.Animated).SetBytes(m.Bytes).
		SetWidth(m.Width).SetHeight(m.Height).SetTone(m.Tone).SetState(string(m.State)).SetVersion(m.Version).SetRevision(m.Revision).SetEdits(m.Edits).
		SetVariants(variantFiles(m.Variants)).SetCreatedAt(m.CreatedAt.UTC()).SetUpdatedAt(m.UpdatedAt.UTC()).Exec(ctx)
	return entstore.Failure(err, mediaRules, "contentstore: insert picture %s", m.ID)
}

// Update implements content.MediaStore.
func (s mediaStore) Update(ctx context.Context, m content.Media, seen int) error {
	id, err := entstore.ID(m.ID)
	if err != nil {
		return entstore.Failure(err, mediaRules, "contentstore: update picture")
	}
	n, err := s.tx.Ent.Media.Update().Where(media.ID(id), media.Revision(seen)).
		SetName(m.Name).SetAlt(m.Alt).SetWords(m.Words()).SetFormat(string(m.Format)).SetAnimated(m.Animated).SetBytes(m.Bytes).
		SetWidth(m.Width).SetHeight(m.Height).SetTone(m.Tone).SetState(string(m.State)).SetVersion(m.Version).SetRevision(m.Revision).SetEdits(m.Edits).
		SetVariants(variantFiles(m.Variants)).SetUpdatedAt(m.UpdatedAt.UTC()).Save(ctx)
	if err == nil && n == 0 {
		var there bool
		if there, err = s.tx.Ent.Media.Query().Where(media.ID(id)).Exist(ctx); err == nil {
			err = content.ErrMediaNotFound
			if there {
				err = content.ErrMediaChanged
			}
		}
	}
	if err == nil {
		err = s.tx.Ent.MediaUse.Update().Where(mediause.MediaID(id), mediause.PlaceIn(string(content.InText), string(content.InCover))).SetOutdated(true).Exec(ctx)
	}
	return entstore.Failure(err, mediaRules, "contentstore: update picture %s", m.ID)
}

// lock takes the pictures of ids that are there, in one order.
func (s mediaStore) lock(ctx context.Context, ids []uuid.UUID) ([]*contentent.Media, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	query := s.tx.Ent.Media.Query().Where(media.IDIn(ids...)).Order(media.ByID()).Select(media.FieldID, media.FieldRevision, media.FieldEdits)
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate()
	}
	return query.All(ctx)
}

// Delete implements content.MediaStore.
func (s mediaStore) Delete(ctx context.Context, id content.MediaID, edits int) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, mediaRules, "contentstore: delete picture")
	}
	rows, err := s.lock(ctx, []uuid.UUID{key})
	switch {
	case err == nil && len(rows) == 0:
		err = content.ErrMediaNotFound
	case err == nil && rows[0].Edits != edits:
		err = content.ErrMediaEdited
	}
	if err == nil {
		var used bool
		used, err = s.tx.Ent.MediaUse.Query().Where(mediause.MediaID(key), mediause.PlaceIn(shownIn...)).Exist(ctx)
		if err == nil && used {
			err = content.ErrMediaInUse
		}
	}
	if err == nil {
		err = s.inSitePages(ctx, key)
	}
	if err == nil {
		_, err = s.tx.Ent.Media.Delete().Where(media.ID(key)).Exec(ctx)
	}
	return entstore.Failure(err, mediaRules, "contentstore: delete picture %s", id)
}

// Shown implements content.MediaStore.
func (s mediaStore) Shown(ctx context.Context, id content.MediaID) (bool, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return false, nil // it is not there
	}
	if _, err = s.lock(ctx, []uuid.UUID{key}); err != nil {
		return false, entstore.Failure(err, mediaRules, "contentstore: lock picture %s", id)
	}
	shown, err := shownInPosts(ctx, s.tx.Ent, key)
	if err == nil && !shown {
		if err = s.inSitePages(ctx, key); errors.Is(err, content.ErrMediaInSitePage) {
			shown, err = true, nil
		}
	}
	return shown, entstore.Failure(err, mediaRules, "contentstore: whether readers see picture %s", id)
}

// shownInPosts reports whether readers of a post see a picture, or will by itself.
func shownInPosts(ctx context.Context, client *contentent.Client, id uuid.UUID) (bool, error) {
	return client.MediaUse.Query().Where(
		mediause.MediaID(id), mediause.PlaceIn(string(content.InText), string(content.InCover)),
		mediause.HasPostWith(post.StatusIn(string(content.Published), string(content.Scheduled))),
	).Exist(ctx)
}

// inSitePages fails with content.ErrMediaInSitePage for a picture that a page of the site
// shows. Whoever publishes one locks its pictures, too.
func (s mediaStore) inSitePages(ctx context.Context, id uuid.UUID) error {
	shown, err := s.tx.Ent.SitePage.Query().Where(sitepage.MarkdownContainsFold(content.MediaPath(content.MediaID(id.String())))).Exist(ctx)
	if err == nil && shown {
		err = content.ErrMediaInSitePage
	}
	return err
}

// SetUses implements content.MediaStore.
func (s mediaStore) SetUses(ctx context.Context, id content.PostID, place content.MediaPlace, ids []content.MediaID) error {
	key, err := entstore.ID(id)
	if err == nil {
		err = s.setUses(ctx, key, place, ids)
	}
	return entstore.Failure(err, postRules, "contentstore: pictures of post %s", id)
}

func (s mediaStore) setUses(ctx context.Context, id uuid.UUID, place content.MediaPlace, ids []content.MediaID) error {
	there, err := s.lock(ctx, entstore.IDs(ids))
	if err != nil {
		return err
	}
	shown := make([]uuid.UUID, len(there))
	for i, row := range there {
		shown[i] = row.ID
	}
	left, err := s.tx.Ent.MediaUse.Query().Where(mediause.PostID(id), mediause.Place(string(place)), mediause.MediaIDNotIn(shown...)).All(ctx)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		gone := make([]uuid.UUID, len(left))
		for i, row := range left {
			gone[i] = row.MediaID
		}
		if place != content.InCover { // of covers no history is kept
			if err := s.insertUses(ctx, id, content.InHistory, gone); err != nil {
				return err
			}
		}
		if _, err := s.tx.Ent.MediaUse.Delete().Where(mediause.PostID(id), mediause.Place(string(place)), mediause.MediaIDIn(gone...)).Exec(ctx); err != nil {
			return err
		}
	}
	if len(shown) == 0 {
		return nil
	}
	if err := s.keep(ctx, shown); err != nil {
		return err
	}
	if err := s.insertUses(ctx, id, place, shown); err != nil || place != content.InText {
		return err
	}
	// It may have been rendered with a picture that was changed since.
	return s.tx.Ent.MediaUse.Update().Where(mediause.PostID(id), mediause.Place(string(place))).SetOutdated(true).Exec(ctx)
}

// insertUses adds those that are not there yet.
func (s mediaStore) insertUses(ctx context.Context, id uuid.UUID, place content.MediaPlace, ids []uuid.UUID) error {
	known, err := s.tx.Ent.MediaUse.Query().Where(mediause.PostID(id), mediause.Place(string(place)), mediause.MediaIDIn(ids...)).All(ctx)
	if err != nil {
		return err
	}
	var rows []*contentent.MediaUseCreate
	for _, picture := range ids {
		if !slices.ContainsFunc(known, func(row *contentent.MediaUse) bool { return row.MediaID == picture }) {
			rows = append(rows, s.tx.Ent.MediaUse.Create().SetMediaID(picture).SetPostID(id).SetPlace(string(place)).SetOutdated(place == content.InText))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return s.tx.Ent.MediaUse.CreateBulk(rows...).Exec(ctx)
}

// Rendered implements content.MediaStore.
func (s mediaStore) Rendered(ctx context.Context, id content.PostID, revisions map[content.MediaID]int) (bool, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return false, entstore.Failure(err, postRules, "contentstore: pictures of a post")
	}
	ids := make([]content.MediaID, 0, len(revisions))
	for picture := range revisions {
		ids = append(ids, picture)
	}
	rows, err := s.lock(ctx, entstore.IDs(ids))
	if err != nil {
		return false, entstore.Failure(err, noRules, "contentstore: pictures of post %s", id)
	}
	for _, row := range rows {
		if revisions[content.MediaID(row.ID.String())] != row.Revision {
			return false, nil
		}
	}
	if len(rows) != len(revisions) {
		return false, nil
	}
	err = s.tx.Ent.MediaUse.Update().Where(mediause.PostID(key), mediause.Outdated(true)).SetOutdated(false).Exec(ctx)
	return err == nil, entstore.Failure(err, noRules, "contentstore: pictures of post %s are shown", id)
}

// MarkUnused implements content.MediaStore.
func (s mediaStore) MarkUnused(ctx context.Context, now time.Time, but []content.MediaID) error {
	err := s.tx.Ent.Media.Update().Where(media.UnusedSinceIsNil(), media.Not(media.HasUses()), media.IDNotIn(entstore.IDs(but)...)).SetUnusedSince(now.UTC()).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: mark unused pictures")
}

// Keep implements content.MediaStore.
func (s mediaStore) Keep(ctx context.Context, ids []content.MediaID) error {
	return entstore.Failure(s.keep(ctx, entstore.IDs(ids)), noRules, "contentstore: keep %d pictures", len(ids))
}

func (s mediaStore) keep(ctx context.Context, ids []uuid.UUID) error {
	return s.tx.Ent.Media.Update().Where(media.IDIn(ids...), media.UnusedSinceNotNil()).ClearUnusedSince().Exec(ctx)
}

// DeleteUnused implements content.MediaStore.
func (s mediaStore) DeleteUnused(ctx context.Context, id content.MediaID, t time.Time) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, mediaRules, "contentstore: delete an unused picture")
	}
	rows, err := s.lock(ctx, []uuid.UUID{key})
	if err == nil && len(rows) == 0 {
		err = content.ErrMediaNotFound
	}
	if err == nil {
		err = s.inSitePages(ctx, key)
	}
	if err == nil {
		var n int
		n, err = s.tx.Ent.Media.Delete().Where(media.ID(key), media.UnusedSinceLT(t.UTC()), media.Not(media.HasUses())).Exec(ctx)
		if err == nil && n == 0 {
			err = content.ErrMediaInUse
		}
	}
	return entstore.Failure(err, mediaRules, "contentstore: delete the unused picture %s", id)
}

// MediaUnused implements content.MediaReads.
func (s *Store) MediaUnused(ctx context.Context, t time.Time, limit int) ([]content.MediaID, error) {
	ids, err := s.reads.Media.Query().Where(media.UnusedSinceLT(t.UTC())).Order(media.ByUnusedSince(), media.ByID()).Limit(limit).IDs(ctx)
	out := make([]content.MediaID, len(ids))
	for i, id := range ids {
		out[i] = content.MediaID(id.String())
	}
	return out, entstore.Failure(err, noRules, "contentstore: unused pictures")
}

// MediaInSitePages implements content.MediaReads.
func (s *Store) MediaInSitePages(ctx context.Context) ([]content.MediaID, error) {
	texts, err := s.reads.SitePage.Query().Where(sitepage.MarkdownContains("/media/")).Select(sitepage.FieldMarkdown).Strings(ctx)
	var out []content.MediaID
	for _, text := range texts { // each has as many as a text may have
		out = append(out, content.MediaIn(text)...)
	}
	slices.Sort(out)
	return slices.Compact(out), entstore.Failure(err, noRules, "contentstore: pictures of site pages")
}

// UploadsByIDs implements content.UploadReads.
func (s *Store) UploadsByIDs(ctx context.Context, ids []content.MediaID) ([]content.Upload, error) {
	keys := entstore.IDs(ids)
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := s.reads.Upload.Query().Where(upload.IDIn(keys...)).All(ctx)
	return uploadsOf(rows), entstore.Failure(err, noRules, "contentstore: %d uploads", len(ids))
}

// EraseOwner implements content.MediaStore.
func (s mediaStore) EraseOwner(ctx context.Context, owner identityport.UserID) ([]content.MediaID, error) {
	key, err := entstore.ID(owner)
	if err != nil {
		return nil, nil // nobody has that id
	}
	fail := func(err error) ([]content.MediaID, error) {
		return nil, entstore.Failure(err, noRules, "contentstore: erase the pictures of %s", owner)
	}
	// A finished one is a picture, of which others' posts may have the files.
	uploads, err := s.tx.Ent.Upload.Query().Where(upload.OwnerID(key), upload.Finished(false)).IDs(ctx)
	if err != nil {
		return fail(err)
	}
	if _, err := s.tx.Ent.Upload.Delete().Where(upload.OwnerID(key)).Exec(ctx); err != nil {
		return fail(err)
	}
	if _, err := s.tx.Ent.UploadQuota.Delete().Where(uploadquota.OwnerID(key)).Exec(ctx); err != nil {
		return fail(err)
	}
	owned, err := s.tx.Ent.Media.Query().Where(media.OwnerID(key)).Order(media.ByID()).IDs(ctx)
	if err != nil {
		return fail(err)
	}
	out := uploads
	for batch := range slices.Chunk(owned, 500) {
		if _, err := s.lock(ctx, batch); err != nil {
			return fail(err)
		}
		uses, err := s.tx.Ent.MediaUse.Query().Where(mediause.MediaIDIn(batch...)).Select(mediause.FieldMediaID).All(ctx)
		if err != nil {
			return fail(err)
		}
		unused := slices.DeleteFunc(slices.Clone(batch), func(id uuid.UUID) bool {
			return slices.ContainsFunc(uses, func(row *contentent.MediaUse) bool { return row.MediaID == id })
		})
		if len(unused) > 0 {
			if _, err := s.tx.Ent.Media.Delete().Where(media.IDIn(unused...)).Exec(ctx); err != nil {
				return fail(err)
			}
		}
		out = append(out, unused...)
	}
	if err := s.tx.Ent.Media.Update().Where(media.OwnerID(key)).ClearOwnerID().Exec(ctx); err != nil {
		return fail(err)
	}
	ids := make([]content.MediaID, len(out))
	for i, id := range out {
		ids[i] = content.MediaID(id.String())
	}
	return ids, nil
}

// MediaByID implements content.MediaReads.
func (s *Store) MediaByID(ctx context.Context, id content.MediaID) (content.Media, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return content.Media{}, entstore.Failure(err, mediaRules, "contentstore: picture")
	}
	row, err := s.reads.Media.Get(ctx, key)
	if err != nil {
		return content.Media{}, entstore.Failure(err, mediaRules, "contentstore: picture %s", id)
	}
	return mediaOf(row), nil
}

// MediaByIDs implements content.MediaReads.
func (s *Store) MediaByIDs(ctx context.Context, ids []content.MediaID) ([]content.Media, error) {
	keys := entstore.IDs(ids)
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := s.reads.Media.Query().Where(media.IDIn(keys...)).All(ctx)
	return mediaListOf(rows), entstore.Failure(err, mediaRules, "contentstore: %d pictures", len(ids))
}

// MediaList implements content.MediaReads.
func (s *Store) MediaList(ctx context.Context, l content.MediaListing) ([]content.Media, error) {
	var where []predicate.Media
	if l.Owner != "" {
		owner, err := entstore.ID(l.Owner)
		if err != nil {
			return nil, nil // nobody has that id
		}
		where = append(where, media.OwnerID(owner))
	}
	for word := range strings.FieldsSeq(l.Words) {
		where = append(where, media.WordsContains(word))
	}
	if !l.After.At.IsZero() {
		id, err := entstore.ID(l.After.ID)
		if err != nil {
			return nil, nil // nothing follows what is not there
		}
		where = append(where, func(q *entsql.Selector) {
			q.Where(entstore.Before(q.C(media.FieldCreatedAt), q.C(media.FieldID), l.After.At.UTC(), id))
		})
	}
	rows, err := s.reads.Media.Query().Where(where...).Order(media.ByCreatedAt(entsql.OrderDesc()), media.ByID(entsql.OrderDesc())).Limit(max(l.Limit, 1)).All(ctx)
	return mediaListOf(rows), entstore.Failure(err, mediaRules, "contentstore: pictures")
}

// MediaUses implements content.MediaReads.
func (s *Store) MediaUses(ctx context.Context, id content.MediaID, limit int) ([]content.MediaUse, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil // it is not there
	}
	rows, err := s.reads.MediaUse.Query().Where(mediause.MediaID(key), mediause.PlaceIn(shownIn...)).
		Order(mediause.ByPostID(), mediause.ByPlace(entsql.OrderDesc())).Limit(limit).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, mediaRules, "contentstore: uses of picture %s", id)
	}
	ids := make([]uuid.UUID, len(rows))
	for i, row := range rows {
		ids[i] = row.PostID
	}
	posts, err := s.reads.Post.Query().Where(post.IDIn(ids...)).Select(post.FieldID, post.FieldTitle, post.FieldAuthorID, post.FieldStatus).WithCoAuthors(inOrder).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, postRules, "contentstore: uses of picture %s", id)
	}
	var out []content.MediaUse
	for _, row := range rows {
		at := slices.IndexFunc(posts, func(p *contentent.Post) bool { return p.ID == row.PostID })
		if at < 0 || len(out) > 0 && out[len(out)-1].Post == content.PostID(row.PostID.String()) {
			continue // deleted meanwhile; in the text as well as in a copy of it
		}
		p := posts[at]
		authors := authorsOfRow(p)
		out = append(out, content.MediaUse{
			Post: content.PostID(p.ID.String()), Title: p.Title, Author: authors[0], CoAuthors: append([]identityport.UserID(nil), authors[1:]...), Status: content.Status(p.Status), Place: content.MediaPlace(row.Place),
		})
	}
	return out, nil
}

// MediaUseCounts implements content.MediaReads.
func (s *Store) MediaUseCounts(ctx context.Context, ids []content.MediaID) (map[content.MediaID]int, error) {
	out := map[content.MediaID]int{}
	keys := entstore.IDs(ids)
	if len(keys) == 0 {
		return out, nil
	}
	t := entsql.Table(mediause.Table)
	query, args := entsql.Dialect(s.db.Dialect()).Select(t.C(mediause.FieldMediaID), entsql.As("COUNT(DISTINCT "+t.C(mediause.FieldPostID)+")", "posts")).From(t).
		Where(entsql.And(
			entsql.In(t.C(mediause.FieldMediaID), anyOf(keys)...),
			entsql.In(t.C(mediause.FieldPlace), anyOf(shownIn)...),
		)).GroupBy(t.C(mediause.FieldMediaID)).Query()
	err := s.db.Each(ctx, query, args, func(scan func(dest ...any) error) error {
		var id uuid.UUID
		var count int
		if err := scan(&id, &count); err != nil {
			return err
		}
		out[content.MediaID(id.String())] = count
		return nil
	})
	return out, entstore.Failure(err, noRules, "contentstore: count the uses of pictures")
}

func anyOf[T any](all []T) []any {
	out := make([]any, len(all))
	for i, v := range all {
		out[i] = v
	}
	return out
}

// MediaShown implements content.MediaReads.
func (s *Store) MediaShown(ctx context.Context, id content.MediaID) (bool, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return false, nil // it is not there
	}
	shown, err := shownInPosts(ctx, s.reads, key)
	return shown, entstore.Failure(err, noRules, "contentstore: whether readers see picture %s", id)
}

// OutdatedMediaUses implements content.MediaReads.
func (s *Store) OutdatedMediaUses(ctx context.Context, after content.PostID, limit int) ([]content.PostID, error) {
	t := entsql.Table(mediause.Table)
	q := entsql.Dialect(s.db.Dialect()).Select(t.C(mediause.FieldPostID)).Distinct().From(t).
		Where(entsql.P(func(b *entsql.Builder) { b.WriteString("outdated") })) // as its index has it
	if id, err := entstore.ID(after); err == nil {
		q.Where(entsql.GT(t.C(mediause.FieldPostID), id))
	}
	query, args := q.OrderBy(t.C(mediause.FieldPostID)).Limit(limit).Query()
	var out []content.PostID
	err := s.db.Each(ctx, query, args, func(scan func(dest ...any) error) error {
		var id uuid.UUID
		if err := scan(&id); err != nil {
			return err
		}
		out = append(out, content.PostID(id.String()))
		return nil
	})
	return out, entstore.Failure(err, noRules, "contentstore: posts with changed pictures")
}

// MediaCounts implements content.MediaReads.
func (s *Store) MediaCounts(ctx context.Context) (map[content.MediaState]int, int64, error) {
	t := entsql.Table(media.Table)
	query, args := entsql.Dialect(s.db.Dialect()).Select(t.C(media.FieldState), entsql.Count("*"), "CAST("+entsql.Sum(t.C(media.FieldBytes))+" AS bigint)").From(t).GroupBy(t.C(media.FieldState)).Query()
	states, total := map[content.MediaState]int{}, int64(0)
	err := s.db.Each(ctx, query, args, func(scan func(dest ...any) error) error {
		var state string
		var count int
		var bytes int64
		if err := scan(&state, &count, &bytes); err != nil {
			return err
		}
		states[content.MediaState(state)], total = count, total+bytes
		return nil
	})
	return states, total, entstore.Failure(err, noRules, "contentstore: count pictures")
}

func variantFiles(all []content.MediaVariant) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = v.File()
	}
	return out
}

func mediaListOf(rows []*contentent.Media) []content.Media {
	out := make([]content.Media, len(rows))
	for i, row := range rows {
		out[i] = mediaOf(row)
	}
	return out
}

func mediaOf(row *contentent.Media) content.Media {
	m := content.Media{
		ID: content.MediaID(row.ID.String()), Name: row.Name, Alt: row.Alt, Format: content.MediaFormat(row.Format), Animated: row.Animated, Bytes: row.Bytes,
		Width: row.Width, Height: row.Height, Tone: row.Tone, State: content.MediaState(row.State), Version: row.Version, Revision: row.Revision, Edits: row.Edits,
		CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(), UnusedSince: entstore.Time(row.UnusedSince),
	}
	if row.OwnerID != nil {
		m.Owner = identityport.UserID(row.OwnerID.String())
	}
	m.Variants = variantsOf(row.Variants)
	return m
}

func variantsOf(files []string) []content.MediaVariant {
	out := make([]content.MediaVariant, 0, len(files))
	for _, file := range files {
		if v, ok := content.ParseMediaVariant(file); ok {
			out = append(out, v)
		}
	}
	return out
}

var uploadRules = entstore.Rules{Absent: content.ErrUploadNotFound}

// quotaDay is the day of a moment, as days are kept.
func quotaDay(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// TakeQuota implements content.UploadStore. The row is locked by its change, also where
// that takes nothing.
func (s mediaStore) TakeQuota(ctx context.Context, owner identityport.UserID, at time.Time, bytes, most int64) error {
	key, err := entstore.ID(owner)
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: take of the quota of %s", owner)
	}
	day := quotaDay(at)
	err = s.lockQuota(ctx, key, day)
	n := 0
	if err == nil && bytes <= most {
		n, err = s.tx.Ent.UploadQuota.Update().Where(uploadquota.OwnerID(key), uploadquota.Day(day), uploadquota.BytesLTE(most-bytes)).AddBytes(bytes).Save(ctx)
	}
	if err == nil && n == 0 {
		err = content.ErrMediaQuota
	}
	return entstore.Failure(err, noRules, "contentstore: take of the quota of %s", owner)
}

// lockQuota has others who lock it wait until the transaction ends.
func (s mediaStore) lockQuota(ctx context.Context, owner uuid.UUID, day string) error {
	return s.tx.Ent.UploadQuota.Create().SetOwnerID(owner).SetDay(day).SetBytes(0).
		OnConflict(entsql.ConflictColumns(uploadquota.FieldOwnerID, uploadquota.FieldDay)).
		Update(func(u *contentent.UploadQuotaUpsert) { u.AddBytes(0) }).Exec(ctx)
}

// DeleteQuotas implements content.UploadStore.
func (s mediaStore) DeleteQuotas(ctx context.Context, before time.Time) error {
	_, err := s.tx.Ent.UploadQuota.Delete().Where(uploadquota.DayLT(quotaDay(before))).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: delete what was taken of quotas")
}

// InsertUpload implements content.UploadStore.
func (s mediaStore) InsertUpload(ctx context.Context, u content.Upload) error {
	id, err := entstore.ID(u.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: insert upload")
	}
	owner, err := entstore.ID(u.Owner)
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: insert upload %s", u.ID)
	}
	// With the day before, behind its own, uploads on both sides of midnight wait for each other.
	for _, at := range []time.Time{u.CreatedAt, u.CreatedAt.AddDate(0, 0, -1)} {
		if err := s.lockQuota(ctx, owner, quotaDay(at)); err != nil {
			return entstore.Failure(err, noRules, "contentstore: uploads of %s", u.Owner)
		}
	}
	open, err := s.tx.Ent.Upload.Query().Where(upload.OwnerID(owner), upload.Finished(false), upload.ExpiresAtGT(u.CreatedAt.UTC())).Count(ctx)
	if err == nil && open >= content.MaxOpenUploads {
		err = content.ErrTooManyUploads
	}
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: uploads of %s", u.Owner)
	}
	create := s.tx.Ent.Upload.Create().SetID(id).SetOwnerID(owner).SetName(u.Name).SetAlt(u.Alt).SetBytes(u.Bytes).SetReceived(u.Received).
		SetParts(u.Parts).SetFinished(u.Finished).SetCreatedAt(u.CreatedAt.UTC()).SetExpiresAt(u.ExpiresAt.UTC())
	if u.Replaces != "" {
		replaces, err := entstore.ID(u.Replaces)
		if err != nil {
			return entstore.Failure(err, mediaRules, "contentstore: insert upload %s", u.ID)
		}
		create.SetReplacesID(replaces).SetReplacesSeen(u.Seen)
	}
	return entstore.Failure(create.Exec(ctx), noRules, "contentstore: insert upload %s", u.ID)
}

// AddPart implements content.UploadStore.
func (s mediaStore) AddPart(ctx context.Context, id content.MediaID, seen int64, part string, bytes int64, expires time.Time) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, uploadRules, "contentstore: part of an upload")
	}
	row, err := s.tx.Ent.Upload.Get(ctx, key)
	if err == nil {
		var n int
		n, err = s.tx.Ent.Upload.Update().Where(upload.ID(key), upload.Received(seen)).
			SetReceived(seen + bytes).SetParts(append(row.Parts, part)).SetExpiresAt(expires.UTC()).Save(ctx)
		if err == nil && n == 0 {
			err = content.ErrUploadOffset
		}
	}
	return entstore.Failure(err, uploadRules, "contentstore: part of upload %s", id)
}

// FinishUpload implements content.UploadStore.
func (s mediaStore) FinishUpload(ctx context.Context, id content.MediaID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, uploadRules, "contentstore: finish upload")
	}
	n, err := s.tx.Ent.Upload.Update().Where(upload.ID(key), upload.Finished(false)).SetFinished(true).SetParts([]string{}).Save(ctx)
	if err == nil && n == 0 {
		err = content.ErrUploadNotFound
	}
	return entstore.Failure(err, uploadRules, "contentstore: finish upload %s", id)
}

// DeleteUpload implements content.UploadStore.
func (s mediaStore) DeleteUpload(ctx context.Context, id content.MediaID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, uploadRules, "contentstore: delete upload")
	}
	n, err := s.tx.Ent.Upload.Delete().Where(upload.ID(key)).Exec(ctx)
	if err == nil && n == 0 {
		err = content.ErrUploadNotFound
	}
	return entstore.Failure(err, uploadRules, "contentstore: delete upload %s", id)
}

// UploadByID implements content.UploadReads.
func (s *Store) UploadByID(ctx context.Context, id content.MediaID) (content.Upload, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return content.Upload{}, entstore.Failure(err, uploadRules, "contentstore: upload")
	}
	row, err := s.reads.Upload.Get(ctx, key)
	if err != nil {
		return content.Upload{}, entstore.Failure(err, uploadRules, "contentstore: upload %s", id)
	}
	return uploadOf(row), nil
}

// UploadsExpired implements content.UploadReads.
func (s *Store) UploadsExpired(ctx context.Context, t time.Time, limit int) ([]content.Upload, error) {
	rows, err := s.reads.Upload.Query().Where(upload.ExpiresAtLT(t.UTC())).Order(upload.ByExpiresAt(), upload.ByID()).Limit(limit).All(ctx)
	return uploadsOf(rows), entstore.Failure(err, noRules, "contentstore: uploads that expired")
}

// UploadsComplete implements content.UploadReads.
func (s *Store) UploadsComplete(ctx context.Context, t time.Time, limit int) ([]content.Upload, error) {
	rows, err := s.reads.Upload.Query().
		Where(upload.Finished(false), upload.ExpiresAtLT(t.Add(content.UploadTTL).UTC()), func(q *entsql.Selector) { q.Where(entsql.ColumnsEQ(q.C(upload.FieldReceived), q.C(upload.FieldBytes))) }).
		Order(upload.ByExpiresAt(), upload.ByID()).Limit(limit).All(ctx)
	return uploadsOf(rows), entstore.Failure(err, noRules, "contentstore: uploads that are complete")
}

// QuotaTaken implements content.UploadReads.
func (s *Store) QuotaTaken(ctx context.Context, owner identityport.UserID, at time.Time) (int64, error) {
	key, err := entstore.ID(owner)
	if err != nil {
		return 0, nil // nobody has that id
	}
	row, err := s.reads.UploadQuota.Query().Where(uploadquota.OwnerID(key), uploadquota.Day(quotaDay(at))).Only(ctx)
	if contentent.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, entstore.Failure(err, noRules, "contentstore: what %s uploaded", owner)
	}
	return row.Bytes, nil
}

func uploadsOf(rows []*contentent.Upload) []content.Upload {
	out := make([]content.Upload, len(rows))
	for i, row := range rows {
		out[i] = uploadOf(row)
	}
	return out
}

func uploadOf(row *contentent.Upload) content.Upload {
	u := content.Upload{
		ID: content.MediaID(row.ID.String()), Owner: identityport.UserID(row.OwnerID.String()), MediaDescription: content.MediaDescription{Name: row.Name, Alt: row.Alt},
		Bytes: row.Bytes, Seen: row.ReplacesSeen, Received: row.Received, Parts: row.Parts, Finished: row.Finished, CreatedAt: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
	}
	if row.ReplacesID != nil {
		u.Replaces = content.MediaID(row.ReplacesID.String())
	}
	return u
}
