package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// SearchUseCases is what the search asks of content.
type SearchUseCases interface {
	SearchPosts(ctx context.Context, actor identityport.Actor, s contentapp.SearchPosts) (contentapp.SearchResult, error)
}

// searching registers the search. No answer of it is kept by anybody: what one reader finds
// is theirs, and what visitors look for is for them to make up.
func (h *routes) searching() {
	s := h.server
	s.Page(http.MethodGet, "/search", fiberhttp.Public(), h.search)

	type input struct {
		Q      string `query:"q" maxLength:"2000" doc:"Words, \"phrases\" and -words to leave out. The last word may be unfinished. At most 200 characters and 32 words."`
		Cursor string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before, of the same search."`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	}
	type output struct{ Body SearchResult }
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{
		OperationID: "search-posts", Method: http.MethodGet, Path: "/search", Tags: []string{"content"}, Summary: "Search published posts and pages, the best match first",
		Description: "Finds what the reader may read, and nothing else of a post. The newest 1,000 posts that match are put in order.",
	}, func(ctx context.Context, in *input) (*output, error) {
		r, err := h.Content.SearchPosts(ctx, fiberhttp.ActorFrom(ctx), contentapp.SearchPosts{Query: in.Q, Cursor: in.Cursor, Limit: in.Limit})
		if err != nil {
			return nil, err
		}
		out := SearchResult{Items: make([]SearchHit, 0, len(r.Hits)), NextCursor: optional(r.NextCursor), DidYouMean: optional(r.DidYouMean)}
		for _, hit := range r.Hits {
			out.Items = append(out.Items, SearchHit{PostSummary: h.summary(hit.Summary), MarkedTitle: runsOf(hit.Title), Snippet: runsOf(hit.Snippet)})
		}
		return &output{Body: out}, nil
	})
}

// SearchResult is a page of what was found.
type SearchResult struct {
	Items      []SearchHit `json:"items" nullable:"false"`
	NextCursor *string     `json:"next_cursor"`
	DidYouMean *string     `json:"did_you_mean" doc:"A search that finds something, when this one does not and a word of it may be mistyped."`
}

// SearchHit is a post that was found.
type SearchHit struct {
	PostSummary
	MarkedTitle []SearchRun `json:"marked_title" nullable:"false" doc:"The title in parts, of which those are marked that were looked for."`
	Snippet     []SearchRun `json:"snippet" nullable:"false" doc:"Where in the text the words stand, likewise; plain text."`
}

// SearchRun is a part of a text.
type SearchRun struct {
	Text   string `json:"text"`
	Marked bool   `json:"marked"`
}

func runsOf(all []content.SearchRun) []SearchRun {
	out := make([]SearchRun, 0, len(all))
	for _, r := range all {
		out = append(out, SearchRun(r))
	}
	return out
}

func (h *routes) search(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	text, cursor := r.Query("q"), r.Query("cursor")
	v := contentpages.SearchView{Page: h.server.View(r, fiberhttp.View{Title: "Search", Description: "Find posts and pages on " + h.server.SiteName() + " by their words.", Robots: "noindex"})}
	found, err := h.Content.SearchPosts(ctx, r.Actor, contentapp.SearchPosts{Query: text, Cursor: cursor, Limit: listPosts})
	if errors.Is(err, content.ErrSearchTooLong) {
		v.Query, v.Error = shortened(text), content.ErrSearchTooLong.Message
		return fiberhttp.HTML(contentpages.Search(v)).Status(http.StatusUnprocessableEntity), nil
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	q := found.Query
	v.Query, v.Asked, v.OnlyWithout = q.Text, q.Text != "", q.Text != "" && len(q.Terms) > 0 && !q.Finds()
	for _, hit := range found.Hits {
		v.Hits = append(v.Hits, contentpages.SearchHit{
			Post: summaries([]content.Summary{hit.Summary})[0], Title: pageRuns(hit.Title), Snippet: pageRuns(hit.Snippet),
		})
	}
	if cursor != "" {
		v.BestURL = searchPath(q.Text, "")
	}
	if found.NextCursor != "" {
		v.MoreURL = searchPath(q.Text, found.NextCursor)
	}
	if len(v.Hits) > 0 {
		return fiberhttp.HTML(contentpages.Search(v)), nil
	}
	if found.DidYouMean != "" {
		// The rest of the query is the words of whoever made the link.
		v.DidYouMean = layout.Link{Label: strings.Join(found.Meant, ", "), URL: searchPath(found.DidYouMean, "")}
	}
	if v.Asked && !r.Actor.SignedIn() {
		v.SignInURL = "/login?return_to=" + url.QueryEscape(searchPath(q.Text, ""))
	}
	newest, err := h.Content.Feed(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Tags = tagsOf(newest, "")
	return fiberhttp.HTML(contentpages.Search(v)), nil
}

func pageRuns(all []content.SearchRun) []contentpages.SearchRun {
	out := make([]contentpages.SearchRun, 0, len(all))
	for _, r := range all {
		out = append(out, contentpages.SearchRun(r))
	}
	return out
}

func searchPath(text, cursor string) string {
	path := "/search?q=" + url.QueryEscape(text)
	if cursor != "" {
		path += "&cursor=" + url.QueryEscape(cursor)
	}
	return path
}

// shortened is the beginning of a query that is too long, for its field.
func shortened(text string) string {
	n := 0
	for at := range text {
		if n++; n > content.MaxSearch {
			return text[:at]
		}
	}
	if !utf8.ValidString(text) {
		return ""
	}
	return text
}
