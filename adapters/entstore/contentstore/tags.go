package contentstore

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/tag"
	"github.com/neoforge-dev/neoforge/ent/contentent/tagname"
	"github.com/neoforge-dev/neoforge/ent/contentent/taguse"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

type tags struct{ tx transaction }

// alone has other changes of tags wait for the end of this one. SQLite has one writer anyway.
func (s tags) alone(ctx context.Context) error {
	if s.tx.Dialect() != entstore.Postgres {
		return nil
	}
	_, err := s.tx.Queries().ExecContext(ctx, "LOCK TABLE content_tag_names IN SHARE ROW EXCLUSIVE MODE")
	return err
}

// Put implements content.Tags. While it looks, the name does not become one that leads elsewhere.
func (s tags) Put(ctx context.Context, t content.Tag, seen int) error {
	err := s.alone(ctx)
	former := false
	if err == nil {
		former, err = s.tx.Ent.TagName.Query().Where(tagname.Name(t.Name)).Exist(ctx)
	}
	if err == nil && former {
		err = content.ErrTagNotFound
	}
	if err == nil {
		err = s.put(ctx, t, seen)
	}
	if err != nil {
		return entstore.Failure(err, tagRules, "contentstore: put tag %q", t.Name)
	}
	s.tx.Invalidate(content.TagPosts)
	return nil
}

func (s tags) put(ctx context.Context, t content.Tag, seen int) error {
	if seen == 0 {
		return s.tx.Ent.Tag.Create().SetName(t.Name).SetTitle(t.Title).SetDescription(t.Description).SetVersion(t.Version).SetUpdatedAt(t.UpdatedAt.UTC()).Exec(ctx)
	}
	n, err := s.tx.Ent.Tag.Update().Where(tag.Name(t.Name), tag.Version(seen)).
		SetTitle(t.Title).SetDescription(t.Description).SetVersion(t.Version).SetUpdatedAt(t.UpdatedAt.UTC()).Save(ctx)
	if err == nil && n == 0 {
		err = content.ErrTagChanged
	}
	return err
}

// Rename implements content.Tags. One is done after another, or two that lead to each other
// would make a loop.
func (s tags) Rename(ctx context.Context, name string, seen int, to string, merge bool, at time.Time) (content.Tag, bool, error) {
	fail := func(err error) (content.Tag, bool, error) {
		return content.Tag{}, false, entstore.Failure(err, tagRules, "contentstore: rename tag %q", name)
	}
	if err := s.alone(ctx); err != nil {
		return fail(err)
	}
	former, err := s.tx.Ent.TagName.Query().Where(tagname.NameIn(name, to)).All(ctx)
	if err != nil {
		return fail(err)
	}
	taken := false // the name leads to another tag
	for _, f := range former {
		switch {
		case f.Name == name:
			return fail(content.ErrTagNotFound)
		case f.Tag != name:
			to, taken = f.Tag, true
		}
	}
	if to == name {
		return fail(content.ErrTagUnchanged)
	}
	from, err := s.byName(ctx, name)
	if err != nil {
		return fail(err)
	}
	if from.Version != seen {
		return fail(content.ErrTagChanged)
	}
	target, err := s.byName(ctx, to)
	if err != nil {
		return fail(err)
	}
	if !taken && target.Version == 0 {
		if taken, err = s.tx.Ent.TagUse.Query().Where(taguse.Tag(to)).Exist(ctx); err != nil {
			return fail(err)
		}
	}
	merged := taken || target.Version > 0
	if merged && !merge {
		return fail(content.ErrTagExists)
	}
	kept := content.Tag{Name: to, Title: target.Title, Description: target.Description, Version: max(from.Version, target.Version) + 1, UpdatedAt: at}
	if target.Title == "" && target.Description == "" {
		kept.Title, kept.Description = from.Title, from.Description
	}
	if err := s.put(ctx, kept, target.Version); err != nil {
		return fail(err)
	}
	if _, err := s.tx.Ent.Tag.Delete().Where(tag.Name(name)).Exec(ctx); err != nil {
		return fail(err)
	}
	if _, err := s.tx.Ent.TagName.Delete().Where(tagname.Name(to)).Exec(ctx); err != nil {
		return fail(err)
	}
	if err := s.tx.Ent.TagName.Update().Where(tagname.Tag(name)).SetTag(to).Exec(ctx); err != nil {
		return fail(err)
	}
	if err := s.tx.Ent.TagName.Create().SetName(name).SetTag(to).SetLeftAt(at.UTC()).Exec(ctx); err != nil {
		return fail(err)
	}
	s.tx.Invalidate(content.TagPosts, content.TagTagged(name), content.TagTagged(to))
	return kept, merged, nil
}

// byName is what is said of a tag; its name alone where nothing is.
func (s tags) byName(ctx context.Context, name string) (content.Tag, error) {
	row, err := s.tx.Ent.Tag.Query().Where(tag.Name(name)).Only(ctx)
	if contentent.IsNotFound(err) {
		return content.Tag{Name: name}, nil
	}
	if err != nil {
		return content.Tag{}, err
	}
	return tagOf(row), nil
}

// FreeName implements content.Tags.
func (s tags) FreeName(ctx context.Context, of, former string) error {
	n, err := s.tx.Ent.TagName.Delete().Where(tagname.Name(former), tagname.Tag(of)).Exec(ctx)
	if err == nil && n == 0 {
		err = content.ErrTagNotFound
	}
	if err != nil {
		return entstore.Failure(err, tagRules, "contentstore: free name %q of tag %q", former, of)
	}
	s.tx.Invalidate(content.TagPosts, content.TagTagged(of), content.TagTagged(former))
	return nil
}

func tagOf(row *contentent.Tag) content.Tag {
	return content.Tag{Name: row.Name, Title: row.Title, Description: row.Description, Version: row.Version, UpdatedAt: row.UpdatedAt.UTC()}
}

// eachOf is [entstore.DB.Each], or each of a transaction.
type eachOf func(ctx context.Context, query string, args []any, row func(scan func(...any) error) error) error

// currentTags are tags under the names that they have now.
func currentTags(ctx context.Context, query eachOf, tags []string) ([]string, error) {
	if len(tags) == 0 {
		return tags, nil
	}
	marks, args := make([]string, len(tags)), make([]any, len(tags))
	for i, name := range tags {
		marks[i], args[i] = "$"+strconv.Itoa(i+1), name
	}
	leads := map[string]string{}
	err := query(ctx, "SELECT name, tag FROM content_tag_names WHERE name IN ("+strings.Join(marks, ", ")+")", args, func(scan func(...any) error) error {
		var name, tag string
		err := scan(&name, &tag)
		leads[name] = tag
		return err
	})
	if err != nil || len(leads) == 0 {
		return tags, err
	}
	out := make([]string, 0, len(tags))
	for _, name := range tags {
		if now := cmp.Or(leads[name], name); !slices.Contains(out, now) {
			out = append(out, now)
		}
	}
	return out, nil
}

// CurrentTags implements content.TagReads.
func (s *Store) CurrentTags(ctx context.Context, tags []string) ([]string, error) {
	out, err := currentTags(ctx, s.db.Each, tags)
	return out, entstore.Failure(err, noRules, "contentstore: names of tags")
}

// tagQuery finds a tag by its name, or by one that it had.
const tagQuery = `WITH sought (name) AS (SELECT COALESCE((SELECT tag FROM content_tag_names WHERE name = $1), $1))
SELECT sought.name, t.title, t.description, t.version, t.updated_at FROM sought LEFT JOIN content_tags t ON t.name = sought.name`

// Tag implements content.TagReads.
func (s *Store) Tag(ctx context.Context, name string) (t content.Tag, err error) {
	err = s.db.Each(ctx, tagQuery, []any{name}, func(scan func(...any) error) error {
		return scanTag(&t, scan)
	})
	return t, entstore.Failure(err, noRules, "contentstore: tag %q", name)
}

func scanTag(t *content.Tag, scan func(...any) error, more ...any) error {
	var (
		title, description *string
		version            *int
		updatedAt          *time.Time
	)
	if err := scan(append([]any{&t.Name, &title, &description, &version, &updatedAt}, more...)...); err != nil {
		return err
	}
	t.Title, t.Description, t.UpdatedAt = entstore.Text(title), entstore.Text(description), entstore.Time(updatedAt)
	if version != nil {
		t.Version = *version
	}
	return nil
}

// TagNames implements content.TagReads.
func (s *Store) TagNames(ctx context.Context, of string) ([]string, error) {
	out, err := s.reads.TagName.Query().Where(tagname.Tag(of)).Order(tagname.ByLeftAt(), tagname.ByID()).Select(tagname.FieldName).Strings(ctx)
	return out, entstore.Failure(err, noRules, "contentstore: names of tag %q", of)
}

// TagCounts implements content.TagReads.
func (s *Store) TagCounts(ctx context.Context, after string, limit int) (out []content.TagCount, err error) {
	query := `WITH RECURSIVE names (name) AS (
  SELECT ` + next("$1") + ` UNION ALL SELECT ` + next("names.name") + ` FROM names WHERE names.name IS NOT NULL
), page (name) AS (SELECT name FROM names WHERE name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM content_tag_names f WHERE f.name = names.name) LIMIT ` + strconv.Itoa(max(limit, 1)) + `)
SELECT page.name, t.title, t.description, t.version, t.updated_at, ` + counted("page.name") + ` FROM page LEFT JOIN content_tags t ON t.name = page.name ORDER BY page.name`
	err = s.db.Each(ctx, query, []any{after}, func(scan func(...any) error) error {
		var t content.TagCount
		err := scanTag(&t.Tag, scan, &t.Posts)
		out = append(out, t)
		return err
	})
	return out, entstore.Failure(err, noRules, "contentstore: tags")
}

// next is the first name behind another, by the indexes of both tables.
func next(after string) string {
	return `(SELECT min(n.name) FROM (SELECT (SELECT min(tag) FROM content_tag_uses WHERE tag > ` + after + `) AS name UNION ALL SELECT (SELECT min(name) FROM content_tags WHERE name > ` + after + `)) n)`
}

// counted is how many posts a tag has, as far as they are counted.
func counted(name string) string {
	return `(SELECT count(*) FROM (SELECT 1 FROM content_tag_uses u WHERE u.tag = ` + name + ` LIMIT ` + strconv.Itoa(content.MaxTagCount) + `) counted)`
}

// TagCount implements content.TagReads.
func (s *Store) TagCount(ctx context.Context, name string) (n int, err error) {
	err = s.db.Each(ctx, "SELECT "+counted("$1"), []any{name}, func(scan func(...any) error) error { return scan(&n) })
	return n, entstore.Failure(err, noRules, "contentstore: count the posts of tag %q", name)
}

// TaggedPosts implements content.TagReads.
func (s *Store) TaggedPosts(ctx context.Context, name string, author identityport.UserID, limit int) (out []content.PostID, err error) {
	query, args := "SELECT u.post_id FROM content_tag_uses u WHERE u.tag = $1", []any{name}
	if author != "" {
		by, err := entstore.ID(author)
		if err != nil {
			return nil, nil // nobody has that id, and so wrote nothing
		}
		query, args = "SELECT u.post_id FROM content_tag_uses u JOIN content_posts p ON p.id = u.post_id WHERE u.tag = $1 AND "+writtenBy("p", "$2"), append(args, by)
	}
	err = s.db.Each(ctx, query+" LIMIT "+strconv.Itoa(max(limit, 1)), args, func(scan func(...any) error) error {
		var id content.PostID
		err := scan(&id)
		out = append(out, id)
		return err
	})
	return out, entstore.Failure(err, noRules, "contentstore: posts of tag %q", name)
}

// formerlyTagged are posts under names that lead elsewhere, some of them twice. Lists of
// readers are looked at, too: a release that knows no names of tags keeps those alone. Of
// each table it reads what it answers, up to a limit: of a large tag that is moved in steps
// it is not all read for each.
func formerlyTagged(where string, limit int) string {
	among := func(table string) string {
		return "SELECT * FROM (SELECT t.post_id FROM content_tag_names f JOIN " + table + " t ON t.tag = f.name " + where + " LIMIT " + strconv.Itoa(limit) + ") " + table
	}
	return among("content_tag_uses") + " UNION ALL " + among("content_post_tags")
}

// FormerlyTagged implements content.TagReads.
func (s *Store) FormerlyTagged(ctx context.Context, but []content.PostID, limit int) (out []content.PostID, err error) {
	limit = max(limit, 1)
	var (
		where strings.Builder
		args  []any
	)
	for _, id := range but {
		key, err := entstore.ID(id)
		if err != nil {
			continue // no post has it
		}
		args = append(args, key)
		where.WriteString(" AND t.post_id <> $" + strconv.Itoa(len(args)))
	}
	// A post may be met once for each of its tags and in both tables.
	err = s.db.Each(ctx, formerlyTagged(where.String(), limit), args, func(scan func(...any) error) error {
		var id content.PostID
		err := scan(&id)
		if len(out) < limit && !slices.Contains(out, id) {
			out = append(out, id)
		}
		return err
	})
	return out, entstore.Failure(err, noRules, "contentstore: posts under former names of tags")
}

// FormerlyTaggedCount implements content.TagReads.
func (s *Store) FormerlyTaggedCount(ctx context.Context, of string) (n int, err error) {
	query := "SELECT count(*) FROM (SELECT DISTINCT post_id FROM (" + formerlyTagged("AND f.tag = $1", content.MaxTagCount) + ") moved LIMIT " + strconv.Itoa(content.MaxTagCount) + ") counted"
	err = s.db.Each(ctx, query, []any{of}, func(scan func(...any) error) error { return scan(&n) })
	return n, entstore.Failure(err, noRules, "contentstore: posts under former names of tag %q", of)
}
