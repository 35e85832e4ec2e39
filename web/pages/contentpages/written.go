package contentpages

import (
	"context"
	"fmt"
	"strings"

	"github.com/a-h/templ"
)

// WrittenPost is a post as HTML, to be put into the pages of all who get the same of it
// ([WrittenPostPage]). Nothing of a reader is in it: neither who they are nor what was said to them.
type WrittenPost struct {
	text, related string // above and below the island that shares it
	shared        bool
	title         string
	address       string
}

// WritePost writes what a page shows of a post. Of the view's page it reads where the site and the
// post are, and which pages the site has.
func WritePost(ctx context.Context, v PostView) (WrittenPost, error) {
	v.Viewer, v.Flash = nil, nil
	text, err := written(ctx, postText(v))
	if err != nil {
		return WrittenPost{}, err
	}
	below, err := written(ctx, related(v.Related))
	return WrittenPost{text: text, related: below, shared: v.shared(), title: v.Post.Title, address: v.address()}, err
}

func written(ctx context.Context, part templ.Component) (string, error) {
	var out strings.Builder
	if err := part.Render(ctx, &out); err != nil {
		return "", fmt.Errorf("contentpages: write post: %w", err)
	}
	return out.String(), nil
}

// Size is how many bytes of HTML it holds.
func (w WrittenPost) Size() int { return len(w.text) + len(w.related) }
