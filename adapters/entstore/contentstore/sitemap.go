package contentstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// PublicationSpan implements content.SitemapReads.
func (s *Store) PublicationSpan(ctx context.Context) (first, last time.Time, err error) {
	for _, end := range []struct {
		order string
		to    *time.Time
	}{{"ASC", &first}, {"DESC", &last}} {
		err := s.db.Each(ctx, "SELECT published_at FROM content_posts WHERE "+publishedOf(content.KindPost, "")+" ORDER BY published_at "+end.order+", id "+end.order+" LIMIT 1", nil, func(scan func(...any) error) error {
			var at *time.Time
			err := scan(&at)
			*end.to = entstore.Time(at)
			return err
		})
		if err != nil {
			return time.Time{}, time.Time{}, entstore.Failure(err, noRules, "contentstore: when posts were published")
		}
	}
	return first, last, nil
}

// mappedOf is true of what is published of one kind and named by a map of the site: what is to be
// indexed, and at home here. The partial index of the details that it leaves out serves it in
// these words alone; without it Postgres reads all details over for each month.
func mappedOf(k content.Kind) string {
	return publishedOf(k, "") + " AND NOT EXISTS (SELECT 1 FROM content_post_details d WHERE d.post_id = content_posts.id AND (d.noindex OR d.canonical_url <> ''))"
}

var (
	monthsQuery = monthsOf(publishedOf(content.KindPost, ""))
	mappedQuery = monthsOf(mappedOf(content.KindPost))
)

// monthsOf counts what a condition is true of, twelve times between neighbours of its thirteen
// arguments, each up to the fourteenth.
func monthsOf(which string) string {
	var q strings.Builder
	q.WriteString("SELECT ")
	for i := range 12 {
		if i > 0 {
			q.WriteString(", ")
		}
		from, until := "$"+strconv.Itoa(i+1), "$"+strconv.Itoa(i+2)
		q.WriteString("(SELECT count(*) FROM (SELECT 1 FROM content_posts WHERE " + which + " AND published_at >= " + from + " AND published_at < " + until + " LIMIT $14) found)")
	}
	return q.String()
}

// PostsPerMonth implements content.SitemapReads.
func (s *Store) PostsPerMonth(ctx context.Context, year, most int) ([12]int, error) {
	return s.perMonth(ctx, monthsQuery, year, most)
}

// MappedPerMonth implements content.SitemapReads.
func (s *Store) MappedPerMonth(ctx context.Context, year, most int) ([12]int, error) {
	return s.perMonth(ctx, mappedQuery, year, most)
}

func (s *Store) perMonth(ctx context.Context, query string, year, most int) (counts [12]int, err error) {
	args, into := make([]any, 0, 14), make([]any, 12)
	for month := range 13 {
		args = append(args, time.Date(year, time.January+time.Month(month), 1, 0, 0, 0, 0, time.UTC))
	}
	for i := range counts {
		into[i] = &counts[i]
	}
	err = s.db.Each(ctx, query, append(args, max(most, 1)), func(scan func(...any) error) error { return scan(into...) })
	return counts, entstore.Failure(err, noRules, "contentstore: posts of %d by month", year)
}

// PublishedBetween implements content.SitemapReads.
func (s *Store) PublishedBetween(ctx context.Context, from, until time.Time, skip, limit int) ([]content.SitemapPost, error) {
	out, err := s.mapped(ctx, mappedOf(content.KindPost)+" AND published_at >= $1 AND published_at < $2 ORDER BY published_at, id LIMIT $3 OFFSET $4",
		from.UTC(), until.UTC(), max(limit, 1), max(skip, 0))
	return out, entstore.Failure(err, noRules, "contentstore: posts published between %s and %s", from, until)
}

// PublishedPages implements content.SitemapReads.
func (s *Store) PublishedPages(ctx context.Context, skip, limit int) ([]content.SitemapPost, error) {
	out, err := s.mapped(ctx, mappedOf(content.KindPage)+" ORDER BY published_at, id LIMIT $1 OFFSET $2", max(limit, 1), max(skip, 0))
	return out, entstore.Failure(err, noRules, "contentstore: published pages")
}

// mapped reads what a map of the site names; which is the rest of its query.
func (s *Store) mapped(ctx context.Context, which string, args ...any) (out []content.SitemapPost, err error) {
	err = s.db.Each(ctx, "SELECT slug, updated_at FROM content_posts WHERE "+which, args, func(scan func(...any) error) error {
		var p content.SitemapPost
		err := scan(&p.Slug, &p.UpdatedAt)
		p.UpdatedAt = p.UpdatedAt.UTC()
		out = append(out, p)
		return err
	})
	return out, err
}

// They go from one value of an index to the next, so that they read as many rows as there
// are values, however many posts have each. Who only wrote with others comes last.
var (
	tagsQuery = `WITH RECURSIVE found (tag) AS (
SELECT * FROM (SELECT tag FROM content_post_tags ORDER BY tag LIMIT 1) ranked
UNION ALL
SELECT (SELECT t.tag FROM content_post_tags t WHERE t.tag > found.tag ORDER BY t.tag LIMIT 1) FROM found WHERE found.tag IS NOT NULL
) SELECT tag FROM found WHERE tag IS NOT NULL LIMIT $1 OFFSET $2`

	authorsQuery = `WITH RECURSIVE found (author_id) AS (
SELECT * FROM (SELECT author_id FROM content_posts WHERE ` + publishedOf(content.KindPost, "") + ` ORDER BY author_id LIMIT 1) ranked
UNION ALL
SELECT (SELECT p.author_id FROM content_posts p WHERE ` + publishedOf(content.KindPost, "p.") + ` AND p.author_id > found.author_id ORDER BY p.author_id LIMIT 1) FROM found WHERE found.author_id IS NOT NULL
), names (author_id) AS (
SELECT * FROM (SELECT author_id FROM content_post_authors ORDER BY author_id LIMIT 1) ranked
UNION ALL
SELECT (SELECT w.author_id FROM content_post_authors w WHERE w.author_id > names.author_id ORDER BY w.author_id LIMIT 1) FROM names WHERE names.author_id IS NOT NULL
) SELECT a.handle FROM found JOIN content_authors a ON a.id = found.author_id
UNION ALL
SELECT a.handle FROM names JOIN content_authors a ON a.id = names.author_id
WHERE EXISTS (SELECT 1 FROM content_post_authors w JOIN content_posts p ON p.id = w.post_id AND ` + publishedOf(content.KindPost, "p.") + ` WHERE w.author_id = names.author_id)
AND NOT EXISTS (SELECT 1 FROM content_posts p WHERE ` + publishedOf(content.KindPost, "p.") + ` AND p.author_id = names.author_id)
LIMIT $1 OFFSET $2`
)

// PublishedTags implements content.SitemapReads.
func (s *Store) PublishedTags(ctx context.Context, skip, limit int) ([]string, error) {
	out, err := s.texts(ctx, tagsQuery, skip, limit)
	return out, entstore.Failure(err, noRules, "contentstore: tags of published posts")
}

// PublishedAuthors implements content.SitemapReads.
func (s *Store) PublishedAuthors(ctx context.Context, skip, limit int) ([]string, error) {
	out, err := s.texts(ctx, authorsQuery, skip, limit)
	return out, entstore.Failure(err, noRules, "contentstore: authors of published posts")
}

func (s *Store) texts(ctx context.Context, query string, skip, limit int) (out []string, err error) {
	err = s.db.Each(ctx, query, []any{max(limit, 1), max(skip, 0)}, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		out = append(out, text)
		return err
	})
	return out, err
}
