package contentapp

import (
	"context"
	"fmt"
	"slices"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// SearchPosts asks for a page of published posts that match a query, the best first
// (content.ParseSearch says how it is read). Cursor is a NextCursor of the same query.
// Limit is 1 to 100, 20 when it is zero; beyond its bounds the nearest is taken.
type SearchPosts struct {
	Query  string
	Cursor string
	Limit  int
}

// SearchResult is a page of a search. NextCursor is empty on the last page. DidYouMean is a
// query that finds something, when this one does not and a word of it may be mistyped;
// empty for none. Meant are the words in it that were not typed.
type SearchResult struct {
	Query      content.SearchQuery
	Hits       []content.SearchHit
	NextCursor string
	DidYouMean string
	Meant      []string
}

// SearchPosts finds published posts by what the actor may read of them: nothing that is
// behind a gate for them is found, and nothing of the answer depends on it, not even for how
// long it takes to read. It fails with
// content.ErrSearchTooLong and content.ErrInvalidCursor.
func (a *App) SearchPosts(ctx context.Context, actor identityport.Actor, s SearchPosts) (SearchResult, error) {
	q, err := content.ParseSearch(s.Query)
	if err != nil {
		return SearchResult{}, err
	}
	after, ok := cursor.DecodeRank(s.Cursor, cursor.UUIDs)
	if !ok {
		return SearchResult{}, content.ErrInvalidCursor
	}
	out := SearchResult{Query: q}
	if !q.Finds() {
		return out, nil
	}
	whole, err := a.searchedWhole(ctx, actor)
	if err != nil {
		return SearchResult{}, fmt.Errorf("search posts: %w", err)
	}
	limit := pageSize(s.Limit)
	search := content.Search{Query: q, Whole: whole, Limit: limit + 1}
	if after != nil {
		search.After = &content.SearchPlace{Score: after.Score, ID: content.PostID(after.ID)}
	}
	matches, err := a.reads.Search(ctx, search)
	if err != nil {
		return SearchResult{}, fmt.Errorf("search posts: %w", err)
	}
	if len(matches) > limit {
		last := matches[limit-1]
		out.NextCursor = cursor.EncodeRank(cursor.Rank{Score: last.Score, ID: string(last.ID)})
		matches = matches[:limit]
	}
	for _, m := range matches {
		if m.Visibility != content.Public && !slices.Contains(whole, m.Visibility) {
			m.ReadingMinutes = 0 // it tells how long a text is that is hidden
		}
		out.Hits = append(out.Hits, hit(q, m))
	}
	if len(matches) == 0 && after == nil {
		out.DidYouMean, out.Meant, err = a.didYouMean(ctx, q, whole)
	}
	return out, err
}

// searchedWhole says whose posts an actor's search goes through to their end. What they
// pay for is asked only of who could pay.
func (a *App) searchedWhole(ctx context.Context, actor identityport.Actor) ([]content.Visibility, error) {
	paying := false
	if len(actor.Organizations) > 0 {
		var err error
		if paying, err = a.entitlements.Entitled(ctx, actor.Organizations, billingport.ContentPaid); err != nil {
			return nil, err
		}
	}
	return content.SearchedWhole(actor, paying), nil
}

// hit shows of a match where its words stand: in the text, in the excerpt when the text has
// none of them, and else how the text begins.
func hit(q content.SearchQuery, m content.SearchMatch) content.SearchHit {
	h := content.SearchHit{Summary: m.Summary, Title: q.Mark(m.Title), Snippet: q.Snippet(content.TextOf(m.HTML))}
	if excerpt := q.Snippet(m.Excerpt); len(h.Snippet) == 0 || !marked(h.Snippet) && marked(excerpt) {
		h.Snippet = excerpt
	}
	return h
}

func marked(all []content.SearchRun) bool {
	for _, r := range all {
		if r.Marked {
			return true
		}
	}
	return false
}

// didYouMean puts likelier words into a query that found nothing. What comes of it finds
// something for who asked.
func (a *App) didYouMean(ctx context.Context, q content.SearchQuery, whole []content.Visibility) (text string, meant []string, err error) {
	words := map[int]string{}
	for i, t := range q.Terms {
		word := t.Word()
		if word == "" {
			continue
		}
		similar, err := a.reads.SimilarWords(ctx, word, 1)
		if err != nil {
			return "", nil, fmt.Errorf("search posts: %w", err)
		}
		if len(similar) > 0 {
			words[i], meant = similar[0], append(meant, similar[0])
		}
	}
	if len(words) == 0 {
		return "", nil, nil
	}
	other, err := content.ParseSearch(q.With(words))
	if err != nil {
		return "", nil, nil // longer than a query may be
	}
	matches, err := a.reads.Search(ctx, content.Search{Query: other, Whole: whole, Limit: 1})
	if err != nil || len(matches) == 0 {
		return "", nil, err
	}
	return other.Text, meant, nil
}
