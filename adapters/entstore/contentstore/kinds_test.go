package contentstore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/contentstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// TestLists_TellPagesFromPostsByAnIndex looks at the plan of every list that is of one kind, or
// says of which each row is: the kind itself stands behind the texts in a row of SQLite, which
// would be read over to it.
func TestLists_TellPagesFromPostsByAnIndex(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	store, err := contentstore.New(db, entstoretest.MustOutbox(t, db))
	if err != nil {
		t.Fatal(err)
	}
	var plan, asked string
	db.Watch(func(ctx context.Context, s entstore.Statement) {
		asked = s.Text
		of, err := db.Explain(ctx, s.Text, len(s.Args))
		if err != nil {
			t.Errorf("%s: %v", s.Text, err)
		}
		plan += of
	})
	now := time.Now()
	ids := uuidv7.Generator{}
	after, author := cursor.Position{At: now, ID: ids.New()}, identityport.UserID(ids.New())
	only := func(_ any, err error) error { return err }
	for _, c := range []struct {
		name, index string
		read        func(ctx context.Context) error
	}{
		{"posts", "content_posts_kind_post", func(ctx context.Context) error {
			return only(store.List(ctx, content.Listing{Limit: 10}))
		}},
		{"posts after others", "content_posts_kind_post", func(ctx context.Context) error {
			return only(store.List(ctx, content.Listing{Limit: 10, After: after}))
		}},
		{"posts of an author", "content_posts_author_kind_post", func(ctx context.Context) error {
			return only(store.List(ctx, content.Listing{Limit: 10, Author: "ada"}))
		}},
		{"pages", "content_posts_kind_page", func(ctx context.Context) error {
			return only(store.List(ctx, content.Listing{Limit: 10, Pages: true}))
		}},
		{"pages of an author", "content_posts_author_pages", func(ctx context.Context) error {
			return only(store.List(ctx, content.Listing{Limit: 10, Pages: true, Author: "ada"}))
		}},
		{"the newest posts whole", "content_posts_kind_post", func(ctx context.Context) error {
			return only(store.NewestArticles(ctx, 10))
		}},
		{"posts of a month", "content_posts_kind_post", func(ctx context.Context) error {
			return only(store.Archived(ctx, now, now, 0, 10))
		}},
		{"the count of posts by month", "content_posts_kind_post", func(ctx context.Context) error {
			return only(store.PostsPerMonth(ctx, 2026, 10))
		}},
		{"the count of mapped posts by month", "content_posts_kind_post", func(ctx context.Context) error {
			return only(store.MappedPerMonth(ctx, 2026, 10))
		}},
		{"authors of posts", "content_posts_author_kind_post", func(ctx context.Context) error {
			return only(store.PublishedAuthors(ctx, 0, 10))
		}},
		{"the map of posts", "content_posts_kind_post", func(ctx context.Context) error {
			return only(store.PublishedBetween(ctx, now, now, 0, 10))
		}},
		{"the map of pages", "content_posts_kind_page", func(ctx context.Context) error {
			return only(store.PublishedPages(ctx, 0, 10))
		}},
		{"what was written", "content_posts_pages", func(ctx context.Context) error {
			return only(store.Written(ctx, content.Writing{Limit: 10}))
		}},
		{"pages that were written", "content_posts_pages", func(ctx context.Context) error {
			return only(store.WrittenPages(ctx, "", 10))
		}},
		{"what is found", "content_posts_pages", func(ctx context.Context) error {
			q, err := content.ParseSearch("steel")
			if err != nil {
				return err
			}
			return only(store.Search(ctx, content.Search{Query: q, Limit: 10}))
		}},
		{"pages that somebody wrote", "content_posts_author_pages", func(ctx context.Context) error {
			return only(store.WrittenPages(ctx, author, 10))
		}},
	} {
		plan, asked = "", ""
		if err := c.read(t.Context()); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if !strings.Contains(plan, c.index) {
			t.Errorf("%s are read by\n%s\nfor %s", c.name, plan, asked)
		}
	}
}
