package contentstore

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// vectors is the index on Postgres: of each post a tsvector of what everybody may read,
// and of a gated one another of the whole.
type vectors struct{}

func (vectors) put(ctx context.Context, tx entstore.Querier, p content.PostState) error {
	key, err := entstore.ID(p.ID)
	if err != nil {
		return err
	}
	var whole *string
	if p.Text.Visibility != content.Public {
		text := vector(p.WholeParts())
		whole = &text
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO content_search_posts (post_id, published_at, visibility, version, tokens, open, whole)
VALUES ($1, $2, $3, $4, $5, CAST($6 AS tsvector), CAST($7 AS tsvector))
ON CONFLICT (post_id) DO UPDATE SET published_at = excluded.published_at, visibility = excluded.visibility, version = excluded.version,
  tokens = excluded.tokens, open = excluded.open, whole = excluded.whole`,
		key, p.PublishedAt.UTC(), string(p.Text.Visibility), p.Version, textform.TokensVersion, vector(p.OpenParts()), whole)
	return err
}

func (vectors) drop(ctx context.Context, tx entstore.Querier, id uuid.UUID) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM content_search_posts WHERE post_id = $1", id)
	return err
}

// compact has nothing to do: vacuum takes deleted rows away.
func (vectors) compact(context.Context, entstore.Querier) (bool, error) { return true, nil }

// The bounds of a tsvector (PostgreSQL, "Text Search Types").
const (
	vectorBytes     = 1_000_000 // below 1 MiB of lexemes and positions
	vectorPositions = 255       // of one lexeme
	vectorPosition  = 16383     // the last one
)

// vector writes the parts of a post as a tsvector. Beyond its bounds words are left out:
// those that a post of the greatest length has at its end.
func vector(parts content.SearchParts) string {
	lexemes := map[string][]string{}
	size, at := 0, 0
	for i, part := range parts.All() {
		weight := string("ABCD"[i])
		for _, token := range textform.SearchTokens(part) {
			at++
			positions, known := lexemes[token]
			need := 2
			if !known {
				need += len(token) + 8
			}
			if len(positions) == vectorPositions || size+need > vectorBytes {
				continue
			}
			size += need
			lexemes[token] = append(positions, strconv.Itoa(min(at, vectorPosition))+weight)
		}
		at++ // so that no phrase goes from one part into the next
	}
	var out strings.Builder
	for _, token := range slices.Sorted(maps.Keys(lexemes)) {
		out.WriteString(quoted(token) + ":" + strings.Join(lexemes[token], ",") + " ")
	}
	return out.String()
}

func quoted(token string) string {
	return "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(token) + "'"
}

func (v vectors) found(q content.SearchQuery, whole []content.Visibility) (string, []any) {
	and := ""
	if len(whole) > 0 {
		and = " AND visibility IN (" + listed(classes(whole)) + ")"
	}
	parts := []string{v.newest("open", and)}
	if len(whole) > 0 {
		parts = append(parts, v.newest("whole", " AND visibility IN ("+listed(whole)+")"))
	}
	return "WITH found AS MATERIALIZED (" + strings.Join(parts, " UNION ALL ") + ")", []any{tsQuery(q)}
}

// newest ranks by how often, and in which parts, the words stand, for the length of what
// the reader may read.
func (vectors) newest(column, and string) string {
	return `SELECT post_id, CAST(ts_rank('{0.1, 0.2, 0.5, 1.0}', ` + column + `, CAST($1 AS tsquery), 1) * 1000000000 AS bigint) AS score
FROM (SELECT post_id, ` + column + ` FROM content_search_posts WHERE ` + column + ` @@ CAST($1 AS tsquery)` + and + `
  ORDER BY published_at DESC LIMIT ` + strconv.Itoa(content.SearchRanked) + `) AS newest_` + column
}

func (vectors) frequencies(words []string, most int) (string, []any) {
	parts, args := make([]string, len(words)), make([]any, len(words))
	for i, word := range words {
		args[i] = quoted(word)
		parts[i] = "SELECT " + strconv.Itoa(i) + ", (SELECT count(*) FROM (SELECT 1 FROM content_search_posts WHERE open @@ CAST($" +
			strconv.Itoa(i+1) + " AS tsquery) LIMIT " + strconv.Itoa(most) + ") AS few)"
	}
	return strings.Join(parts, " UNION ALL "), args
}

// tsQuery writes a query as Postgres reads it.
func tsQuery(q content.SearchQuery) string {
	terms := make([]string, 0, len(q.Terms))
	for _, t := range q.Terms {
		phrase := tsPhrase(t.Tokens, "")
		switch {
		case t.Prefix:
			phrase = tsPhrase(t.Tokens, ":*")
		case t.Titles:
			phrase = "(" + phrase + " | " + tsPhrase(t.Tokens, ":*AB") + ")"
		}
		if t.Without {
			phrase = "!" + phrase
		}
		terms = append(terms, phrase)
	}
	return strings.Join(terms, " & ")
}

func tsPhrase(tokens []string, last string) string {
	words := make([]string, len(tokens))
	for i, token := range tokens {
		words[i] = quoted(token)
	}
	words[len(words)-1] += last
	return "(" + strings.Join(words, " <-> ") + ")"
}
