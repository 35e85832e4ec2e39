package contentstore

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/post"
	"github.com/neoforge-dev/neoforge/ent/contentent/postschedule"
	"github.com/neoforge-dev/neoforge/ent/contentent/revision"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Published implements content.Reads.
func (s *Store) Published(ctx context.Context, slug string) (content.Article, error) {
	a, err := s.one(ctx, s.published, slug, false)
	if err != nil {
		return content.Article{}, entstore.Failure(err, postRules, "contentstore: published post %q", slug)
	}
	return a, nil
}

// PublishedAs implements content.Reads.
func (s *Store) PublishedAs(ctx context.Context, former string) (content.Article, error) {
	a, err := s.one(ctx, s.former, former, false)
	if err != nil {
		return content.Article{}, entstore.Failure(err, postRules, "contentstore: published post that was %q", former)
	}
	return a, nil
}

// Article implements content.Reads.
func (s *Store) Article(ctx context.Context, id content.PostID) (content.Article, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return content.Article{}, entstore.Failure(err, postRules, "contentstore: article")
	}
	a, err := s.one(ctx, s.article, key, true)
	if err != nil {
		return content.Article{}, entstore.Failure(err, postRules, "contentstore: article %s", id)
	}
	return a, nil
}

func (s *Store) one(ctx context.Context, query string, arg any, source bool) (a content.Article, err error) {
	rows, err := s.db.Query(ctx, query, arg)
	if err != nil {
		return content.Article{}, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return content.Article{}, err
		}
		return content.Article{}, sql.ErrNoRows
	}
	return scanArticle(rows, source)
}

// scanArticle reads a row of an [articleQuery]; source says that it has the source as well.
func scanArticle(rows entstore.Rows, source bool) (a content.Article, err error) {
	var (
		p            = &a.Post
		publishedAt  *time.Time
		publishAt    *time.Time
		zone         *string
		tags         []byte
		handle, name *string
		details      detailColumns
		cover        coverColumns
	)
	columns := []any{
		&p.ID, &p.Author, &p.Text.Slug, &p.Text.Title, &p.Text.Visibility, &p.Status, &publishedAt,
		&p.CreatedAt, &p.UpdatedAt, &p.Version, &p.Rendered.ReadingMinutes, &tags, &p.Text.Excerpt,
		&p.Rendered.Teaser, &p.Rendered.Body, &p.RenderedVersion, &p.Rendered.Renderer, &handle, &name,
	}
	var others []byte
	columns = append(append(append(append(columns, details.into()...), &p.Kind), cover.into()...), &others)
	if source {
		columns = append(columns, &publishAt, &zone, &p.Text.Markdown, &p.TextVersion)
	}
	if err := rows.Scan(columns...); err != nil {
		return content.Article{}, err
	}
	if p.Text.Tags, err = tagsOf(tags); err != nil {
		return content.Article{}, err
	}
	p.PublishedAt, p.CreatedAt, p.UpdatedAt = entstore.Time(publishedAt), p.CreatedAt.UTC(), p.UpdatedAt.UTC()
	p.Schedule = content.Schedule{At: entstore.Time(publishAt), Zone: entstore.Text(zone)}
	if a.Cover, err = cover.value(); err != nil {
		return content.Article{}, err
	}
	a.Details = details.value()
	a.Details.Cover = cover.choice()
	a.Author = content.Author{User: p.Author, Handle: entstore.Text(handle), Name: entstore.Text(name)}
	if a.CoAuthors, err = coAuthorsOf(others); err != nil {
		return content.Article{}, err
	}
	for _, other := range a.CoAuthors {
		p.CoAuthors = append(p.CoAuthors, other.User)
	}
	return a, nil
}

// coAuthorsOf reads what [coAuthors] selects.
func coAuthorsOf(data []byte) ([]content.Author, error) {
	if len(data) == 0 || string(data) == "[]" {
		return nil, nil
	}
	var rows [][3]string
	if err := json.Unmarshal(data, &rows); err != nil {
		return nil, fmt.Errorf("read the other authors: %w", err)
	}
	out := make([]content.Author, len(rows))
	for i, row := range rows {
		out[i] = content.Author{User: identityport.UserID(row[0]), Handle: row[1], Name: row[2]}
	}
	return out, nil
}

func tagsOf(data []byte) ([]string, error) {
	var tags []string
	if err := json.Unmarshal(data, &tags); err != nil {
		return nil, fmt.Errorf("read tags: %w", err)
	}
	return tags, nil
}

// List implements content.Reads.
func (s *Store) List(ctx context.Context, l content.Listing) ([]content.Summary, error) {
	if l.Pages && l.Tag != "" {
		return []content.Summary{}, nil
	}
	var args []any
	if l.Tag != "" {
		args = append(args, l.Tag)
	}
	if l.Author != "" {
		args = append(args, l.Author)
	}
	args, more := afterCursor(args, l.After)
	shape := listing{pages: l.Pages, tag: l.Tag != "", author: l.Author != "", after: more}
	out, err := s.summaries(ctx, s.lists[shape], l.Limit, args, nil)
	if err == nil && shape.author {
		shape.coAuthor = true
		var others []content.Summary
		others, err = s.summaries(ctx, s.lists[shape], l.Limit, args, nil)
		out = newestOf(out, others, l.Limit, func(p content.Summary) time.Time { return p.PublishedAt })
	}
	return out, entstore.Failure(err, noRules, "contentstore: list posts")
}

// Written implements content.Reads.
func (s *Store) Written(ctx context.Context, w content.Writing) ([]content.Summary, error) {
	var args []any
	if w.Author != "" {
		id, err := entstore.ID(w.Author)
		if err != nil {
			return []content.Summary{}, nil // nobody has that id, and so wrote nothing
		}
		args = append(args, id)
	}
	if w.Status != "" {
		args = append(args, string(w.Status))
	}
	args, more := afterCursor(args, w.After)
	shape := writing{author: w.Author != "", status: w.Status != "", unpublished: w.Status != "" && w.Status != content.Published, everything: w.Everything && w.Status == "", after: more}
	out, err := s.scheduled(ctx, s.written[shape], w.Limit, args)
	if err == nil && shape.author {
		shape.coAuthor = true
		var others []content.Summary
		others, err = s.scheduled(ctx, s.written[shape], w.Limit, args)
		out = newestOf(out, others, w.Limit, func(p content.Summary) time.Time { return p.UpdatedAt })
	}
	return out, entstore.Failure(err, noRules, "contentstore: posts written by %q", string(w.Author))
}

// newestOf is a page of two lists in their common order, of which no post is in both.
func newestOf(a, b []content.Summary, limit int, at func(content.Summary) time.Time) []content.Summary {
	if len(b) == 0 {
		return a
	}
	all := append(a, b...)
	slices.SortFunc(all, func(x, y content.Summary) int {
		return cmp.Or(at(y).Compare(at(x)), cmp.Compare(y.ID, x.ID))
	})
	return all[:min(len(all), pageLimit(limit))]
}

// pageLimit is how many posts a page has.
func pageLimit(limit int) int { return min(max(limit, 1), 100) }

// scheduled reads a page of summaries by a query that has what the studio shows, too.
func (s *Store) scheduled(ctx context.Context, query string, limit int, args []any) ([]content.Summary, error) {
	var (
		publishAt, copied *time.Time
		zone              *string
		review            *int
	)
	return s.summaries(ctx, query, limit, args, func(v *content.Summary) {
		v.Schedule = content.Schedule{At: entstore.Time(publishAt), Zone: entstore.Text(zone)}
		v.CopySavedAt = entstore.Time(copied)
		v.InReview = review != nil
	}, &publishAt, &zone, &copied, &review)
}

// Due implements content.Reads.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]content.PostID, error) {
	rows, err := s.reads.PostSchedule.Query().Where(postschedule.PublishAtLTE(now.UTC())).
		Order(postschedule.ByPublishAt(), postschedule.ByPostID()).Limit(max(limit, 1)).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: posts that are due")
	}
	out := make([]content.PostID, len(rows))
	for i, row := range rows {
		out[i] = content.PostID(row.PostID.String())
	}
	return out, nil
}

// TrashedBefore implements content.Reads.
func (s *Store) TrashedBefore(ctx context.Context, t time.Time, limit int) ([]content.PostID, error) {
	ids, err := s.reads.Post.Query().Where(post.Status(string(content.Trashed)), post.UpdatedAtLT(t.UTC()), func(q *entsql.Selector) {
		q.Where(entsql.P(func(b *entsql.Builder) { b.WriteString(unpublished) }))
	}).
		Order(post.ByUpdatedAt(), post.ByID()).Limit(max(limit, 1)).IDs(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: posts in the trash")
	}
	out := make([]content.PostID, len(ids))
	for i, id := range ids {
		out[i] = content.PostID(id.String())
	}
	return out, nil
}

// WrittenPages implements content.Reads.
func (s *Store) WrittenPages(ctx context.Context, author identityport.UserID, limit int) (out []content.PostID, err error) {
	query, args := "SELECT id FROM content_posts WHERE kind = 'page'", []any{max(limit, 1)}
	if author != "" {
		id, err := entstore.ID(author)
		if err != nil {
			return nil, nil // nobody has that id, and so wrote nothing
		}
		query += " AND author_id = $2 UNION ALL SELECT w.post_id FROM content_post_authors w JOIN content_posts p ON p.id = w.post_id AND p.kind = 'page' WHERE w.author_id = $2"
		args = append(args, id)
	}
	err = s.db.Each(ctx, query+" LIMIT $1", args, func(scan func(...any) error) error {
		var id content.PostID
		err := scan(&id)
		out = append(out, id)
		return err
	})
	return out, entstore.Failure(err, noRules, "contentstore: pages written by %q", string(author))
}

// Summaries implements content.Reads.
func (s *Store) Summaries(ctx context.Context, ids []content.PostID, limit int) ([]content.Summary, error) {
	keys := make([]any, 0, len(ids))
	for _, id := range ids {
		if key, err := entstore.ID(id); err == nil { // no post has another
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return []content.Summary{}, nil
	}
	t := newTables()
	query, args := t.inStudio(s.db.Dialect()).
		Where(entsql.In(t.post.C(post.FieldID), keys...)).
		OrderBy(entsql.Desc(t.post.C(post.FieldUpdatedAt)), entsql.Desc(t.post.C(post.FieldID))).Query()
	out, err := s.scheduled(ctx, query, limit, args)
	return out, entstore.Failure(err, noRules, "contentstore: %d posts", len(ids))
}

// afterCursor adds the place that a page begins after to a query's arguments. A place without a post's
// id is before every post of its moment.
func afterCursor(args []any, from cursor.Position) ([]any, bool) {
	if from.At.IsZero() {
		return args, false
	}
	id, err := entstore.ID(from.ID)
	if err != nil {
		id = [16]byte{}
	}
	return append(args, from.At.UTC(), id), true
}

// summaries reads a page of summaries. more are the columns behind those of every
// summary, which fill adds to each.
func (s *Store) summaries(ctx context.Context, query string, limit int, args []any, fill func(*content.Summary), more ...any) (out []content.Summary, err error) {
	limit = pageLimit(limit)
	rows, err := s.db.Query(ctx, query+" LIMIT "+strconv.Itoa(limit), args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = make([]content.Summary, 0, limit)
	for rows.Next() {
		var (
			v            content.Summary
			publishedAt  *time.Time
			tags         []byte
			handle, name *string
			noIndex      *bool
			cover        coverColumns
			others       []byte
			page         bool
		)
		err := rows.Scan(append(append(append([]any{
			&v.ID, &v.Slug, &v.Title, &v.Excerpt, &v.Teaser, &tags, &v.Visibility, &v.Status,
			&v.ReadingMinutes, &publishedAt, &v.UpdatedAt, &v.Version, &handle, &name, &noIndex,
		}, append(cover.into(), &others)...), &page), more...)...)
		if err != nil {
			return nil, err
		}
		if v.Tags, err = tagsOf(tags); err != nil {
			return nil, err
		}
		if v.Cover, err = cover.value(); err != nil {
			return nil, err
		}
		if v.CoAuthors, err = coAuthorsOf(others); err != nil {
			return nil, err
		}
		v.PublishedAt, v.UpdatedAt = entstore.Time(publishedAt), v.UpdatedAt.UTC()
		v.Kind, v.AuthorHandle, v.AuthorName = kindOf(page), entstore.Text(handle), entstore.Text(name)
		v.NoIndex = noIndex != nil && *noIndex
		if fill != nil {
			fill(&v)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// OutdatedRenderings implements content.Reads.
func (s *Store) OutdatedRenderings(ctx context.Context, renderer int, after content.RenderingPosition, limit int) (out []content.PostState, err error) {
	defer func() { err = entstore.Failure(err, noRules, "contentstore: outdated renderings") }()
	from, err := entstore.ID(after.ID)
	if err != nil {
		from = [16]byte{}
	}
	limit = max(limit, 1)
	if !after.Rendered {
		if out, err = s.outdatedBy(ctx, nil, s.saved, limit, from); err != nil || len(out) == limit {
			return out, err
		}
		from = [16]byte{}
	}
	return s.outdatedBy(ctx, out, s.rendered, limit-len(out), renderer, after.Renderer, from)
}

func (s *Store) outdatedBy(ctx context.Context, out []content.PostState, query string, limit int, args ...any) (_ []content.PostState, err error) {
	rows, err := s.db.Query(ctx, query+" LIMIT "+strconv.Itoa(limit), args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var (
			p    content.PostState
			tags []byte
		)
		if err := rows.Scan(
			&p.ID, &p.Text.Slug, &tags, &p.Text.Visibility, &p.Status, &p.Version, &p.RenderedVersion, &p.Rendered.Renderer, &p.Text.Markdown,
		); err != nil {
			return nil, err
		}
		if p.Text.Tags, err = tagsOf(tags); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// Revisions implements content.Reads.
func (s *Store) Revisions(ctx context.Context, id content.PostID, limit int) ([]content.Revision, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	rows, err := s.reads.Revision.Query().
		Where(revision.PostID(key)).
		Order(revision.ByNumber(entsql.OrderDesc())).
		Limit(max(limit, 1)).
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: revisions of %s", id)
	}
	return revisionsOf(id, rows), nil
}

// RevisionHeads implements content.Reads.
func (s *Store) RevisionHeads(ctx context.Context, id content.PostID, before, limit int) ([]content.Revision, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	if before <= 0 {
		before = math.MaxInt
	}
	rows, err := s.reads.Revision.Query().
		Where(revision.PostID(key), revision.NumberLT(before)).
		Order(revision.ByNumber(entsql.OrderDesc())).
		Limit(max(limit, 1)).
		Select(revision.FieldNumber, revision.FieldEditorID, revision.FieldSlug, revision.FieldTitle, revision.FieldVisibility, revision.FieldTags, revision.FieldSavedAt, revision.FieldAutosavedFrom).
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: saves of %s", id)
	}
	return revisionsOf(id, rows), nil
}

// Revision implements content.Reads.
func (s *Store) Revision(ctx context.Context, id content.PostID, number int) (content.Revision, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return content.Revision{}, entstore.Failure(err, revisionRules, "contentstore: revision")
	}
	row, err := s.reads.Revision.Query().Where(revision.PostID(key), revision.Number(number)).Only(ctx)
	if err != nil {
		return content.Revision{}, entstore.Failure(err, revisionRules, "contentstore: revision %d of %s", number, id)
	}
	return revisionOf(id, row), nil
}

// RevisionFrom implements content.Reads.
func (s *Store) RevisionFrom(ctx context.Context, id content.PostID, number int) (content.Revision, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return content.Revision{}, entstore.Failure(err, revisionRules, "contentstore: revision")
	}
	row, err := s.reads.Revision.Query().Where(revision.PostID(key), revision.NumberGTE(number)).Order(revision.ByNumber()).First(ctx)
	if err != nil {
		return content.Revision{}, entstore.Failure(err, revisionRules, "contentstore: revision %d of %s, or the next", number, id)
	}
	return revisionOf(id, row), nil
}

var revisionRules = entstore.Rules{Absent: content.ErrRevisionNotFound}

func revisionsOf(id content.PostID, rows []*contentent.Revision) []content.Revision {
	out := make([]content.Revision, len(rows))
	for i, row := range rows {
		out[i] = revisionOf(id, row)
	}
	return out
}

func revisionOf(id content.PostID, row *contentent.Revision) content.Revision {
	out := content.Revision{
		Post:   id,
		Number: row.Number,
		Editor: identityport.UserID(row.EditorID.String()),
		Text: content.Text{
			Slug: row.Slug, Title: row.Title, Excerpt: row.Excerpt, Markdown: row.Markdown,
			Tags: row.Tags, Visibility: content.Visibility(row.Visibility),
		},
		SavedAt: row.SavedAt.UTC(),
	}
	if row.AutosavedFrom != nil {
		out.AutosavedFrom = row.AutosavedFrom.UTC()
	}
	return out
}
