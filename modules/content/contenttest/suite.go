// Package contenttest is the contract of content's ports, as suites that every
// adapter runs, and the builders that they and other tests use.
package contenttest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

// Harness is one empty database, as content sees it.
type Harness struct {
	UnitOfWork content.UnitOfWork
	Reads      content.Reads
	// OlderProfile opens a profile as releases do that know no former handles: under
	// a handle that nobody has at the moment, whoever had it before.
	OlderProfile func(t *testing.T, a content.Author)
	// OlderSave saves a post as releases do that know no index of words.
	OlderSave func(t *testing.T, id content.PostID, v content.Visibility, s content.Status)
}

// RunStores checks a database against content's ports. open is called for each
// case and gives it a database of its own.
func RunStores(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	storetest.Run(t, open, postCases, lifecycleCases, previewCases, workingCopyCases, tagCases, viewCases, reviewCases, revisionCases, feedCases, sitemapCases, archiveCases, listCases, kindCases, authorCases, postAuthorCases, openEditorCases, sitePageCases, searchCases, mediaCases)
}

// Now is the moment at which the suites begin.
var Now = storetest.Now

func (h Harness) do(t *testing.T, fn func(ctx context.Context, s content.Stores) error) {
	t.Helper()
	storetest.Do(t, h.UnitOfWork, fn)
}

func (h Harness) fails(t *testing.T, want error, fn func(ctx context.Context, s content.Stores) error) {
	t.Helper()
	storetest.Fails(t, h.UnitOfWork, want, fn)
}

func (h Harness) atOnce(t *testing.T, n int, fn func(ctx context.Context, s content.Stores) error) []error {
	t.Helper()
	return storetest.AtOnce(t, h.UnitOfWork, n, fn)
}

// Somebody is a new person's id.
func Somebody() identityport.UserID { return identityport.UserID(idgentest.New()) }

// Text is what an author wrote; its slug is taken by nobody.
func Text(tags ...string) content.Text {
	if tags == nil {
		tags = []string{}
	}
	return content.Text{
		Slug: "post-" + idgentest.New(), Title: "Zoë’s “Größe” \U0001F525", Excerpt: "An excerpt.",
		Markdown: "# A heading\n\n" + content.MoreMark + "\n\nThe rest.", Tags: tags, Visibility: content.Paid,
	}
}

// Rendered is the HTML of a text.
func Rendered() content.Rendered {
	return content.Rendered{Body: "<h1>A heading</h1><p>The rest.</p>", Teaser: "<h1>A heading</h1>", ReadingMinutes: 3, Renderer: renderer}
}

// Draft is a new post.
func Draft(author identityport.UserID, tags ...string) *content.Post {
	return content.NewPost(content.PostID(idgentest.New()), author, Text(tags...), Rendered(), Now)
}

// Published is a post that was published at a time.
func Published(author identityport.UserID, at time.Time, tags ...string) *content.Post {
	p := Draft(author, tags...)
	if err := p.Publish(at); err != nil {
		panic(err) // a draft can be published
	}
	return p
}

// Page is a draft of a page.
func Page(author identityport.UserID, tags ...string) *content.Post {
	return content.NewDraft(content.KindPage, content.PostID(idgentest.New()), author, Text(tags...), Rendered(), Now)
}

// PublishedPage is a page that was published at a time.
func PublishedPage(author identityport.UserID, at time.Time, tags ...string) *content.Post {
	p := Page(author, tags...)
	if err := p.Publish(at); err != nil {
		panic(err) // a draft can be published
	}
	return p
}

func (h Harness) insert(t *testing.T, all ...*content.Post) {
	t.Helper()
	h.do(t, func(ctx context.Context, s content.Stores) error {
		for _, p := range all {
			if err := s.Posts.Insert(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h Harness) profile(t *testing.T, handle string) content.Author {
	t.Helper()
	a := content.Author{User: Somebody(), Handle: handle, Name: "The author " + handle}
	h.do(t, func(ctx context.Context, s content.Stores) error {
		kept, _, err := s.Authors.Put(ctx, a)
		a = kept
		return err
	})
	return a
}
