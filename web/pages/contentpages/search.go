package contentpages

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// SearchView is the page on which posts are searched for.
type SearchView struct {
	layout.Page
	Query       string
	Error       string // why it could not be searched for; empty: nothing is wrong
	Asked       bool   // there is something in the query
	OnlyWithout bool   // it only leaves out
	Hits        []SearchHit
	DidYouMean  layout.Link // a query that finds something; its zero value is none
	SignInURL   string      // for visitors, with the way back
	BestURL     string      // empty on the first page
	MoreURL     string      // empty on the last page
	Tags        []Tag       // offered where nothing is found
}

// SearchHit is a post that was found. Title and Snippet are texts with what was looked for
// marked.
type SearchHit struct {
	Post    PostSummary
	Title   []SearchRun
	Snippet []SearchRun
}

// SearchRun is a part of a text.
type SearchRun struct {
	Text   string
	Marked bool
}

func (v SearchView) found() bool { return len(v.Hits) > 0 }

func (v SearchView) describedBy() string {
	if v.Error != "" {
		return "search-error search-hint"
	}
	return "search-hint"
}

// marked writes the parts of a text with nothing between them, which a template would write.
func marked(runs []SearchRun) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		for _, r := range runs {
			text := templ.EscapeString(r.Text)
			if r.Marked {
				text = "<mark>" + text + "</mark>"
			}
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
		}
		return nil
	})
}
