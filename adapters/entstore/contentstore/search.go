package contentstore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// searchEngine is what differs between the databases: how the index is written, and how it
// is asked. Both hold the same tokens, which this program makes, and both keep what
// everybody may read apart from what is behind a gate: a query for one reader names the
// texts that this reader may read, so that neither a match, nor the order of matches, nor a
// count can depend on another text.
type searchEngine interface {
	// put enters a published post, or takes it out.
	put(ctx context.Context, tx entstore.Querier, p content.PostState) error
	drop(ctx context.Context, tx entstore.Querier, id uuid.UUID) error
	compact(ctx context.Context, tx entstore.Querier) (done bool, err error)
	// found is a query for post_id and score of the newest matches, and its arguments.
	found(q content.SearchQuery, whole []content.Visibility) (query string, args []any)
	// frequencies is a query for how many posts everybody can find by each word: for each,
	// its place and a number up to most.
	frequencies(words []string, most int) (query string, args []any)
}

func newSearchEngine(dialect string) searchEngine {
	if dialect == entstore.Postgres {
		return vectors{}
	}
	return fullTexts{}
}

var _ content.Searches = (*Store)(nil)

// searchIndex implements content.SearchIndex.
type searchIndex struct {
	tx     transaction
	engine searchEngine
}

var _ content.SearchIndex = searchIndex{}

// Index implements content.SearchIndex.
func (s searchIndex) Index(ctx context.Context, id content.PostID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // no post has it
	}
	q := s.tx.Queries()
	p := content.PostState{ID: id}
	var (
		tags        []byte
		publishedAt *time.Time
		there       bool
	)
	const query = "SELECT title, visibility, status, published_at, version, tags, excerpt, teaser, body FROM content_posts WHERE id = $1"
	err = each(ctx, q, query, []any{key}, func(scan func(...any) error) error {
		there = true
		return scan(&p.Text.Title, &p.Text.Visibility, &p.Status, &publishedAt, &p.Version, &tags, &p.Text.Excerpt, &p.Rendered.Teaser, &p.Rendered.Body)
	})
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: index post %s", id)
	}
	if !there {
		return entstore.Failure(s.engine.drop(ctx, q, key), noRules, "contentstore: take post %s out of the index", id)
	}
	if p.Text.Tags, err = tagsOf(tags); err != nil {
		return entstore.Failure(err, noRules, "contentstore: index post %s", id)
	}
	p.PublishedAt = entstore.Time(publishedAt)
	return s.write(ctx, p)
}

// write enters a post as it is, or takes out one that is not published.
func (s searchIndex) write(ctx context.Context, p content.PostState) error {
	q := s.tx.Queries()
	key, err := entstore.ID(p.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: index post")
	}
	if !p.Searchable() {
		return entstore.Failure(s.engine.drop(ctx, q, key), noRules, "contentstore: take post %s out of the index", p.ID)
	}
	if err := s.engine.put(ctx, q, p); err != nil {
		return entstore.Failure(err, noRules, "contentstore: index post %s", p.ID)
	}
	return entstore.Failure(s.learn(ctx, q, p.OpenParts()), noRules, "contentstore: learn the words of post %s", p.ID)
}

// learnt is how many words are written by one statement.
const learnt = 200

// learn adds the words of what everybody may read to those that are offered to whoever
// mistypes one. Nothing is taken away with a post: whoever offers one asks the index first
// whether it is read anywhere.
func (s searchIndex) learn(ctx context.Context, q entstore.Querier, parts content.SearchParts) error {
	spelt := map[string]string{}
	for _, text := range parts.All() {
		for span := range textform.SearchSpans(text) {
			if n := utf8.RuneCountInString(span.Text); span.Unspaced || n < content.MinSpelt || n > content.MaxSpelt || strings.ContainsAny(span.Text, "0123456789") || spelt[span.Text] != "" {
				continue
			}
			spelt[span.Text] = strings.ToLower(text[span.From:span.To])
		}
	}
	words := make([]string, 0, len(spelt))
	for word := range spelt {
		words = append(words, word)
	}
	slices.Sort(words) // who writes at the same time waits, and does not lock itself in
	for some := range slices.Chunk(words, learnt) {
		args := make([]any, 0, 4*len(some))
		marks := make([]string, len(some))
		for i, word := range some {
			head, _ := utf8.DecodeRuneInString(word)
			args = append(args, string(head), utf8.RuneCountInString(word), word, spelt[word])
			n := 4 * i
			marks[i] = "($" + strconv.Itoa(n+1) + ", $" + strconv.Itoa(n+2) + ", $" + strconv.Itoa(n+3) + ", $" + strconv.Itoa(n+4) + ")"
		}
		_, err := q.ExecContext(ctx, "INSERT INTO content_search_words (head, letters, word, spelt) VALUES "+strings.Join(marks, ", ")+" ON CONFLICT DO NOTHING", args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// PruneWords implements content.SearchIndex.
func (s searchIndex) PruneWords(ctx context.Context, after string, limit int) (last string, err error) {
	defer func() { err = entstore.Failure(err, noRules, "contentstore: prune words") }()
	q := s.tx.Queries()
	head := ""
	if r, n := utf8.DecodeRuneInString(after); n > 0 {
		head = string(r)
	}
	var words []string
	err = each(ctx, q, "SELECT word FROM content_search_words WHERE (head, letters, word) > ($1, $2, $3) ORDER BY head, letters, word LIMIT "+strconv.Itoa(min(max(limit, 1), learnt)),
		[]any{head, utf8.RuneCountInString(after), after}, func(scan func(...any) error) error {
			var word string
			err := scan(&word)
			words = append(words, word)
			return err
		})
	if err != nil || len(words) == 0 {
		return "", err
	}
	var unread []any
	query, args := s.engine.frequencies(words, 1)
	err = each(ctx, q, query, args, func(scan func(...any) error) error {
		var at, n int
		err := scan(&at, &n)
		if n == 0 {
			unread = append(unread, words[at])
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if len(unread) > 0 {
		marks := make([]string, len(unread))
		for i := range unread {
			marks[i] = "$" + strconv.Itoa(i+1)
		}
		_, err = q.ExecContext(ctx, "DELETE FROM content_search_words WHERE word IN ("+strings.Join(marks, ", ")+")", unread...)
	}
	return words[len(words)-1], err
}

// each runs a query in a transaction, as [entstore.DB.Each] does outside of one.
func each(ctx context.Context, q entstore.Querier, query string, args []any, row func(scan func(...any) error) error) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Compact implements content.SearchIndex.
func (s searchIndex) Compact(ctx context.Context) (bool, error) {
	done, err := s.engine.compact(ctx, s.tx.Queries())
	return done, entstore.Failure(err, noRules, "contentstore: compact the index")
}

// isIndexed holds for a post whose entry in the index, e, is of it as it is now.
var isIndexed = "e.version = p.version AND e.tokens = " + strconv.Itoa(textform.TokensVersion)

// Search implements content.Searches. What is searched and what is shown are read by one
// statement, and a post whose entry is of another version is not shown: a release that
// knows no index may have put it behind a gate.
func (s *Store) Search(ctx context.Context, search content.Search) ([]content.SearchMatch, error) {
	if !search.Query.Finds() {
		return nil, nil
	}
	limit := min(max(search.Limit, 1), 101)
	var out []content.SearchMatch
	for {
		page, last, err := s.ranked(ctx, search, limit)
		if err != nil {
			return nil, entstore.Failure(err, noRules, "contentstore: search posts")
		}
		out = append(out, page...)
		if last == nil || len(out) >= limit {
			return out[:min(len(out), limit)], nil
		}
		search.After = last // some were of another version
	}
}

// ranked is one page of those that match, without those that are not shown. It returns the
// last one of all, when there may be more of them.
func (s *Store) ranked(ctx context.Context, search content.Search, limit int) (out []content.SearchMatch, last *content.SearchPlace, err error) {
	found, args := s.search.found(search.Query, search.Whole)
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	after := ""
	if search.After != nil {
		id, err := entstore.ID(search.After.ID)
		if err != nil {
			return nil, nil, nil
		}
		after = "WHERE (score, post_id) < (CAST(" + arg(search.After.Score) + " AS bigint), " + s.uuidArg(arg(id)) + ") "
	}
	open := listed(append([]content.Visibility{content.Public}, search.Whole...))
	query := found + `, ranked AS (SELECT post_id, score FROM found ` + after + `ORDER BY score DESC, post_id DESC LIMIT ` + strconv.Itoa(limit) + `)
SELECT p.id, p.slug, p.title, p.excerpt, p.teaser, p.tags, p.visibility, p.status, p.reading_minutes, p.published_at, p.updated_at, p.version, a.handle, a.name, ` + coAuthors(s.db.Dialect()) + `,
  substr(CASE WHEN p.visibility IN (` + open + `) THEN p.body ELSE p.teaser END, 1, ` + strconv.Itoa(content.SearchedHTML) + `), ranked.score, p.` + published + ` AND ` + isIndexed + `, ` + isPage("p") + `
FROM ranked JOIN content_search_posts e ON e.post_id = ranked.post_id JOIN content_posts p ON p.id = ranked.post_id LEFT JOIN content_authors a ON a.id = p.author_id
ORDER BY ranked.score DESC, ranked.post_id DESC`
	n := 0
	err = s.db.Each(ctx, query, args, func(scan func(...any) error) error {
		var (
			m            content.SearchMatch
			publishedAt  *time.Time
			tags         []byte
			handle, name *string
			others       []byte
			shown        bool
			page         bool
		)
		v := &m.Summary
		if err := scan(&v.ID, &v.Slug, &v.Title, &v.Excerpt, &v.Teaser, &tags, &v.Visibility, &v.Status,
			&v.ReadingMinutes, &publishedAt, &v.UpdatedAt, &v.Version, &handle, &name, &others, &m.HTML, &m.Score, &shown, &page); err != nil {
			return err
		}
		if n++; n == limit {
			last = &content.SearchPlace{Score: m.Score, ID: v.ID}
		}
		if !shown {
			return nil
		}
		if v.Tags, err = tagsOf(tags); err != nil {
			return err
		}
		if v.CoAuthors, err = coAuthorsOf(others); err != nil {
			return err
		}
		v.PublishedAt, v.UpdatedAt = entstore.Time(publishedAt), v.UpdatedAt.UTC()
		v.Kind, v.AuthorHandle, v.AuthorName = kindOf(page), entstore.Text(handle), entstore.Text(name)
		out = append(out, m)
		return nil
	})
	return out, last, err
}

// uuidArg has Postgres know the type of an argument that it compares as part of a row.
func (s *Store) uuidArg(mark string) string {
	if s.db.Dialect() == entstore.Postgres {
		return "CAST(" + mark + " AS uuid)"
	}
	return mark
}

// candidates is how many similar words are looked up in the index.
const candidates = 12

// SimilarWords implements content.Searches. The first letter is mostly right, or the
// second one: so few words are compared. Which of them is the likeliest is decided by what
// everybody may read, and so is whether there is any.
func (s *Store) SimilarWords(ctx context.Context, word string, limit int) (out []string, err error) {
	defer func() { err = entstore.Failure(err, noRules, "contentstore: words like another") }()
	letters := []rune(word)
	bound := content.SpellingBound(len(letters))
	if bound == 0 || len(letters) > content.MaxSpelt+bound {
		return nil, nil
	}
	type similar struct {
		word, spelt      string
		mistakes, common int
	}
	var all []similar
	err = s.db.Each(ctx, "SELECT word, spelt FROM content_search_words WHERE head IN ($1, $2) AND letters BETWEEN $3 AND $4",
		[]any{string(letters[0]), string(letters[1]), len(letters) - bound, len(letters) + bound},
		func(scan func(...any) error) error {
			var w similar
			if err := scan(&w.word, &w.spelt); err != nil {
				return err
			}
			mistakes, ok := content.Mistakes(w.word, word, bound)
			if w.mistakes = mistakes; ok {
				all = append(all, w)
			}
			return nil
		})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	slices.SortFunc(all, func(a, b similar) int { return cmp.Or(a.mistakes-b.mistakes, strings.Compare(a.word, b.word)) })
	all = all[:min(len(all), candidates)]
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = w.word
	}
	query, args := s.search.frequencies(words, content.SearchRanked)
	err = s.db.Each(ctx, query, args, func(scan func(...any) error) error {
		var at, n int
		err := scan(&at, &n)
		all[at].common = n
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b similar) int { return cmp.Or(a.mistakes-b.mistakes, b.common-a.common) })
	for _, w := range all {
		switch {
		case w.common == 0:
		case w.mistakes == 0:
			return nil, nil // it is spelt right
		case len(out) < limit:
			out = append(out, w.spelt)
		}
	}
	return out, nil
}

// Unindexed implements content.Searches.
func (s *Store) Unindexed(ctx context.Context, after content.PostID, limit int) (out []content.PostID, err error) {
	from, err := entstore.ID(after)
	if err != nil {
		from = uuid.UUID{}
	}
	query := `SELECT p.id FROM content_posts p LEFT JOIN content_search_posts e ON e.post_id = p.id
WHERE p.id > $1 AND CASE WHEN p.` + published + ` THEN e.post_id IS NULL OR NOT (` + isIndexed + `) ELSE e.post_id IS NOT NULL END
ORDER BY p.id LIMIT ` + strconv.Itoa(max(limit, 1))
	err = s.db.Each(ctx, query, []any{from}, func(scan func(...any) error) error {
		var id content.PostID
		err := scan(&id)
		out = append(out, id)
		return err
	})
	return out, entstore.Failure(err, noRules, "contentstore: posts that are not in the index")
}

// SearchCounts implements content.Searches.
func (s *Store) SearchCounts(ctx context.Context) (all, indexed int, err error) {
	query := `SELECT (SELECT count(*) FROM content_posts WHERE ` + published + `), (SELECT count(*) FROM content_search_posts WHERE tokens = ` + strconv.Itoa(textform.TokensVersion) + `)`
	err = s.db.Each(ctx, query, nil, func(scan func(...any) error) error { return scan(&all, &indexed) })
	return all, indexed, entstore.Failure(err, noRules, "contentstore: count the index")
}

// classes parts the visibilities into those whose posts are searched whole, and those of
// whose posts the open part is: public ones are open to their end.
func classes(whole []content.Visibility) (open []content.Visibility) {
	for _, v := range []content.Visibility{content.Public, content.Members, content.Paid} {
		if !slices.Contains(whole, v) {
			open = append(open, v)
		}
	}
	return open
}

// listed writes visibilities into a query; they are this program's own words.
func listed(all []content.Visibility) string {
	words := make([]string, len(all))
	for i, v := range all {
		words[i] = "'" + string(v) + "'"
	}
	return strings.Join(words, ", ")
}
