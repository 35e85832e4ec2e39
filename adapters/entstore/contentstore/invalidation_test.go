package contentstore_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore/contentstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Whatever changes what visitors see of a post is noted in its transaction, under the
// slugs that it had and has; what happens to a draft is not.
func TestPosts_NoteWhatVisitorsSeeChange(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	store, err := contentstore.New(db, entstoretest.MustOutbox(t, db))
	if err != nil {
		t.Fatal(err)
	}
	var noted []string
	db.OnInvalidation(func(_ int64, tags []string) { noted = append(noted, tags...) })
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	ids := uuidv7.Generator{}
	author := identityport.UserID(ids.New())
	state := content.PostState{
		ID: content.PostID(ids.New()), Author: author, Status: content.Draft, Version: 1, CreatedAt: now, UpdatedAt: now,
		Text: content.Text{Slug: "one", Title: "One", Markdown: "Text.", Visibility: content.Public},
	}
	update := func(change func(*content.Post) error) func(context.Context, content.Stores) error {
		return func(ctx context.Context, s content.Stores) error {
			p := content.RestorePost(state)
			if err := change(p); err != nil {
				return err
			}
			state = p.State()
			return s.Posts.Update(ctx, p, author)
		}
	}
	retitle := func(title, slug string) func(*content.Post) error {
		return func(p *content.Post) error {
			text := p.State().Text
			text.Title, text.Slug = title, slug
			return p.Revise(p.State().Version, text, content.Rendered{}, now)
		}
	}
	for _, tt := range []struct {
		name string
		do   func(context.Context, content.Stores) error
		want []string
	}{
		{"a draft is written", func(ctx context.Context, s content.Stores) error {
			_, _, err := s.Authors.Put(ctx, content.Author{User: author, Handle: "ben", Name: "Ben"})
			if err == nil {
				err = s.Posts.Insert(ctx, content.RestorePost(state))
			}
			return err
		}, nil},
		{"a draft is changed", update(retitle("Two", "one")), nil},
		{"it is published", update(func(p *content.Post) error { return p.Publish(now) }), []string{"content.post:one", "content.posts"}},
		{"its slug changes", update(retitle("Two", "two")), []string{"content.post:one", "content.post:two", "content.posts"}},
		{"it is rendered anew", func(ctx context.Context, s content.Stores) error {
			return s.Posts.PutRendering(ctx, state.ID, state.Version, content.Rendered{Body: "body"})
		}, []string{"content.post:two", "content.posts"}},
		{"it is a draft again", update(func(p *content.Post) error { return p.Unpublish(now) }), []string{"content.post:two", "content.posts"}},
	} {
		noted = nil
		if err := store.Do(t.Context(), tt.do); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if !slices.Equal(noted, tt.want) {
			t.Errorf("%s: noted %q, want %q", tt.name, noted, tt.want)
		}
	}
}
