package contentstore

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// fullTexts is the index on SQLite: three tables of FTS5, of what everybody may read, and
// of the posts that are whole for members and for who pays. They hold no text, only where
// the tokens stand. A row's number says when the post was published, so that the newest
// matches are found without being put in order.
type fullTexts struct{}

// ftsTables are the tables by the visibility of the posts that they hold whole.
var ftsTables = map[content.Visibility]string{
	content.Public: "content_search_open", content.Members: "content_search_members", content.Paid: "content_search_paid",
}

// ftsWeights are what a match in each part of a post is worth: how often a word stands in a
// text counts less the more often it does, so a title counts for many.
const ftsWeights = "20.0, 3.0, 1.5, 1.0"

// perMicrosecond is how many posts have a place of their own that were published within
// one microsecond; others are placed in the next ones.
const perMicrosecond = 1000

func (f fullTexts) put(ctx context.Context, tx entstore.Querier, p content.PostState) error {
	key, err := entstore.ID(p.ID)
	if err != nil {
		return err
	}
	if err := f.drop(ctx, tx, key); err != nil {
		return err
	}
	place, err := f.place(ctx, tx, p)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO content_search_posts (post_id, place, visibility, version, tokens) VALUES ($1, $2, $3, $4, $5)",
		key, place, string(p.Text.Visibility), p.Version, textform.TokensVersion)
	if err != nil {
		return err
	}
	if err := f.insert(ctx, tx, ftsTables[content.Public], place, p.OpenParts()); err != nil || p.Text.Visibility == content.Public {
		return err
	}
	return f.insert(ctx, tx, ftsTables[p.Text.Visibility], place, p.WholeParts())
}

func (fullTexts) insert(ctx context.Context, tx entstore.Querier, table string, place int64, parts content.SearchParts) error {
	args := []any{place}
	for _, part := range parts.All() {
		args = append(args, strings.Join(textform.SearchTokens(part), " "))
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO "+table+" (rowid, title, tags, opening, rest) VALUES ($1, $2, $3, $4, $5)", args...)
	return err
}

// place finds a number for a post that none has.
func (fullTexts) place(ctx context.Context, tx entstore.Querier, p content.PostState) (int64, error) {
	for first := p.PublishedAt.UnixMicro() * perMicrosecond; ; first += perMicrosecond {
		place, err := number(ctx, tx, "SELECT coalesce(max(place) + 1, $1) FROM content_search_posts WHERE place BETWEEN $1 AND $2", first, first+perMicrosecond-1)
		if err != nil || place < first+perMicrosecond {
			return place, err
		}
	}
}

// drop leaves the tokens to a trigger, which also goes when the post does.
func (fullTexts) drop(ctx context.Context, tx entstore.Querier, id uuid.UUID) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM content_search_posts WHERE post_id = $1", id)
	return err
}

// compacted is how many pages one step of compaction writes.
const compacted = 500

// compact has tokens leave the file that were deleted: they stay until the parts of the
// index that hold them are merged.
func (fullTexts) compact(ctx context.Context, tx entstore.Querier) (done bool, err error) {
	done = true
	for _, v := range []content.Visibility{content.Public, content.Members, content.Paid} {
		table := ftsTables[v]
		before, err := number(ctx, tx, "SELECT total_changes()")
		if err != nil {
			return false, err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+table+" ("+table+", rank) VALUES ('merge', "+strconv.Itoa(-compacted)+")"); err != nil {
			return false, err
		}
		after, err := number(ctx, tx, "SELECT total_changes()")
		if err != nil {
			return false, err
		}
		done = done && after-before < 2 // as the manual of FTS5 says
	}
	return done, nil
}

// number is what a query answers that answers one.
func number(ctx context.Context, tx entstore.Querier, query string, args ...any) (n int64, err error) {
	err = each(ctx, tx, query, args, func(scan func(...any) error) error { return scan(&n) })
	return n, err
}

func (f fullTexts) found(q content.SearchQuery, whole []content.Visibility) (string, []any) {
	parts := []string{f.newest(ftsTables[content.Public], "")}
	if len(whole) > 0 {
		parts[0] = f.newest(ftsTables[content.Public], " AND e.visibility IN ("+listed(classes(whole))+")")
	}
	for _, v := range whole {
		parts = append(parts, f.newest(ftsTables[v], ""))
	}
	return "WITH found AS (" + strings.Join(parts, " UNION ALL ") + ")", []any{ftsQuery(q)}
}

// newest puts a number of bm25 into a score that keeps apart even the words of most posts,
// each of which is worth a millionth of a rare one.
func (fullTexts) newest(table, and string) string {
	return `SELECT * FROM (SELECT e.post_id, CAST(round(bm25(` + table + `, ` + ftsWeights + `) * -1000000000000) AS integer) AS score FROM ` + table +
		` JOIN content_search_posts e ON e.place = ` + table + `.rowid WHERE ` + table + ` MATCH $1` + and +
		` ORDER BY ` + table + `.rowid DESC LIMIT ` + strconv.Itoa(content.SearchRanked) + `)`
}

func (fullTexts) frequencies(words []string, most int) (string, []any) {
	parts, args := make([]string, len(words)), make([]any, len(words))
	for i, word := range words {
		args[i] = ftsPhrase([]string{word})
		parts[i] = "SELECT " + strconv.Itoa(i) + ", (SELECT count(*) FROM (SELECT 1 FROM content_search_open WHERE content_search_open MATCH $" +
			strconv.Itoa(i+1) + " LIMIT " + strconv.Itoa(most) + "))"
	}
	return strings.Join(parts, " UNION ALL "), args
}

// ftsQuery writes a query as FTS5 reads it. Tokens are letters, marks and digits, and
// stand in quotes all the same.
func ftsQuery(q content.SearchQuery) string {
	var find, leave strings.Builder
	for _, t := range q.Terms {
		phrase := ftsPhrase(t.Tokens)
		switch {
		case t.Prefix:
			phrase += " *"
		case t.Titles:
			phrase = "(" + phrase + " OR {title tags} : " + phrase + " *)"
		}
		if t.Without {
			leave.WriteString(" NOT " + phrase)
			continue
		}
		if find.Len() > 0 {
			find.WriteString(" AND ")
		}
		find.WriteString(phrase)
	}
	return "(" + find.String() + ")" + leave.String()
}

func ftsPhrase(tokens []string) string {
	return `"` + strings.ReplaceAll(strings.Join(tokens, " "), `"`, `""`) + `"`
}
