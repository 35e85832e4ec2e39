package content

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

// Bounds of what may be searched for.
const (
	MaxSearch      = 200 // characters
	MaxSearchTerms = 32  // words and phrases
)

// SearchQuery is what somebody looks for: posts in which every term is found, and none of
// those that are left out.
type SearchQuery struct {
	Text  string // as it was typed, without spaces around it
	Terms []SearchTerm
}

// SearchTerm is a word or a phrase of a query.
type SearchTerm struct {
	// Tokens stand beside one another, in this order (textform.SearchTokens).
	Tokens []string
	// Without has posts left out in which they stand.
	Without bool
	// Prefix takes the last token as the beginning of one.
	Prefix bool
	// Titles has also the beginnings of words found, but only in titles and tags: so few
	// letters begin too many words.
	Titles bool
	// From and To say where the term stands in the text of the query, in bytes.
	From, To int

	spans []textform.SearchSpan
}

// ParseSearch reads what somebody typed: words, "phrases", and -words or -"phrases" to
// leave out. The last word may be unfinished, as long as nothing stands behind it. All
// signs but these part words, and nothing is a fault of syntax. It fails with
// ErrSearchTooLong.
func ParseSearch(text string) (SearchQuery, error) {
	text = strings.TrimSpace(strings.ToValidUTF8(text, " "))
	if len(text) > MaxSearch*utf8.UTFMax || utf8.RuneCountInString(text) > MaxSearch {
		return SearchQuery{}, ErrSearchTooLong
	}
	q := SearchQuery{Text: text}
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		if unicode.IsSpace(r) {
			at += n
			continue
		}
		term := SearchTerm{From: at}
		if strings.ContainsRune("-\u2212\u2013", r) {
			term.Without = true
			at += n
			r, n = utf8.DecodeRuneInString(text[at:])
		}
		from, to, phrase := at, len(text), quotes(r) && at < len(text)
		if phrase {
			from = at + n
		}
		for i, r := range text[from:] {
			if quotes(r) || !phrase && unicode.IsSpace(r) {
				to = from + i
				break
			}
		}
		if at = to; phrase && at < len(text) {
			_, n = utf8.DecodeRuneInString(text[at:])
			at += n
		}
		term.To = at
		unfinished := to == len(text) && !phrase && !term.Without
		if term.read(text[from:to], unfinished); len(term.Tokens) > 0 {
			q.Terms = append(q.Terms, term)
		}
	}
	if len(q.Terms) > MaxSearchTerms {
		return SearchQuery{}, ErrSearchTooLong
	}
	return q, nil
}

func quotes(r rune) bool { return strings.ContainsRune("\"\u201c\u201d\u201e\u201f\u00ab\u00bb", r) }

// read takes the tokens out of the words of a term. Where a script has no spaces, its last
// letter alone is left out: in a text another one may follow it.
func (t *SearchTerm) read(words string, unfinished bool) {
	t.spans = slices.Collect(textform.SearchSpans(words))
	for i, span := range t.spans {
		tokens := span.Tokens()
		if i < len(t.spans)-1 {
			t.Tokens = append(t.Tokens, tokens...)
			continue
		}
		switch letters := utf8.RuneCountInString(span.Text); {
		case span.Unspaced && letters > 1:
			tokens = tokens[:len(tokens)-1]
		case span.Unspaced:
			t.Prefix = true
		case unfinished && letters > 2:
			t.Prefix = true
		case unfinished && letters == 2:
			t.Titles = true
		}
		t.Tokens = append(t.Tokens, tokens...)
	}
}

// Finds reports whether there is anything in the query to find, and not only what to
// leave out.
func (q SearchQuery) Finds() bool {
	return slices.ContainsFunc(q.Terms, func(t SearchTerm) bool { return !t.Without })
}

// Word is the one word that the term is, where spelling matters; empty for a phrase, for
// what is left out and for scripts whose words are not known.
func (t SearchTerm) Word() string {
	if t.Without || len(t.Tokens) != 1 || t.spans[0].Unspaced {
		return ""
	}
	return t.Tokens[0]
}

// With is the text of the query with other words in place of some terms, by their index.
func (q SearchQuery) With(words map[int]string) string {
	var out strings.Builder
	at := 0
	for i, t := range q.Terms {
		if word, ok := words[i]; ok {
			out.WriteString(q.Text[at:t.From])
			out.WriteString(word)
			at = t.To
		}
	}
	out.WriteString(q.Text[at:])
	return out.String()
}

// SearchPlace is where in the order of matches a page ends: by how well they match, then
// by the id of the post, both descending.
type SearchPlace struct {
	Score int64
	ID    PostID
}

// Search asks for published posts that match a query. A post matches by what its reader
// may read of it and by nothing else.
type Search struct {
	Query SearchQuery
	Whole []Visibility // see SearchedWhole
	After *SearchPlace // nil: from the best match on
	Limit int          // 1 to 100
}

// SearchMatch is a post that matches.
type SearchMatch struct {
	Summary
	// HTML is what the reader may read of the post, up to SearchedHTML characters of it.
	HTML string
	// Score says how well it matches, for a place in the list. It depends on nothing that
	// the reader may not read.
	Score int64
}

// SearchedHTML is how much of a post is looked through for the words that matched, in
// characters. Beyond it words are found all the same, but not shown.
const SearchedHTML = 100_000

// SearchRanked is how many matches are put in order, the newest ones. Whoever looks for
// what more posts have in common has to say more.
const SearchRanked = 1000

// SearchHit is a match as it is shown.
type SearchHit struct {
	Summary
	Title   []SearchRun
	Snippet []SearchRun
}

// Searches finds posts by their words.
type Searches interface {
	// Search returns up to Limit matches, the best first, of the SearchRanked newest ones.
	// A query that finds nothing has none.
	Search(ctx context.Context, s Search) ([]SearchMatch, error)
	// SimilarWords returns up to limit words, as they are spelt, that everybody may read in
	// some post and that can be taken for a word, the likeliest first; none when somebody
	// may read the word itself.
	SimilarWords(ctx context.Context, word string, limit int) ([]string, error)
	// Unindexed lists published posts that the index does not have as they are, and others
	// that it still has, in the order of their ids, which are above after.
	Unindexed(ctx context.Context, after PostID, limit int) ([]PostID, error)
	// SearchCounts counts the published posts, and those of them that are in the index.
	SearchCounts(ctx context.Context) (published, indexed int, err error)
}

// SearchIndex is the index of words, which [Posts] keeps as it writes.
type SearchIndex interface {
	// Index enters a post as it is, or takes out one that is not published, or not there.
	Index(ctx context.Context, id PostID) error
	// PruneWords looks through up to limit words that SimilarWords knows, in their order, and
	// deletes those that nobody may read any more. It begins after a word, and returns the
	// last one that it looked at, or none at the end.
	PruneWords(ctx context.Context, after string, limit int) (last string, err error)
	// Compact has what was taken out leave the file as well, a part of it at a time. It
	// reports whether that is done.
	Compact(ctx context.Context) (done bool, err error)
}

// Searchable reports whether a search finds the post.
func (s PostState) Searchable() bool { return s.Status == Published }

// SearchParts is a post as an index has it. No phrase goes from one part into the next.
type SearchParts struct {
	Title   string
	Tags    string
	Opening string // what everybody may read of a gated post
	Rest    string
}

// OpenParts is what everybody may read of the post.
func (s PostState) OpenParts() SearchParts {
	p := SearchParts{Title: s.Text.Title, Tags: strings.Join(s.Text.Tags, "\n"), Opening: s.Text.Excerpt + "\n" + TextOf(s.Rendered.Teaser)}
	if s.Text.Visibility == Public {
		p.Opening, p.Rest = s.Text.Excerpt, TextOf(s.Rendered.Body)
	}
	return p
}

// WholeParts is the whole post.
func (s PostState) WholeParts() SearchParts {
	p := s.OpenParts()
	if s.Text.Visibility == Public {
		return p
	}
	body := TextOf(s.Rendered.Body)
	if rest, ok := strings.CutPrefix(body, TextOf(s.Rendered.Teaser)); ok {
		body = rest
	}
	p.Rest = body
	return p
}

// All lists the parts, from the one whose words say most.
func (p SearchParts) All() []string { return []string{p.Title, p.Tags, p.Opening, p.Rest} }
