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

// A tag may be renamed, and the post filed under its new name, after somebody has loaded the
// post to save it: what they save is noted under the name that pages carry by then, and lists
// are entered under it.
func TestPosts_NoteTheTagThatWasRenamedSinceThePostWasLoaded(t *testing.T) {
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
	id := content.PostID(ids.New())
	do := func(fn func(context.Context, content.Stores) error) {
		t.Helper()
		if err := store.Do(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	do(func(ctx context.Context, s content.Stores) error {
		if _, _, err := s.Authors.Put(ctx, content.Author{User: author, Handle: "ben", Name: "Ben"}); err != nil {
			return err
		}
		p := content.NewPost(id, author, content.Text{Slug: "one", Title: "One", Markdown: "Text.", Visibility: content.Public, Tags: []string{"a"}}, content.Rendered{}, now)
		if err := p.Publish(now); err != nil {
			return err
		}
		return s.Posts.Insert(ctx, p)
	})
	for seen, tt := range []struct {
		name, from, to string
		change         func(*content.Post) error
		want           []string // beside the post and the lists
		listed         string   // the tag that it is found under
	}{
		{"it is a draft again", "a", "b", func(p *content.Post) error { return p.Unpublish(now) }, []string{"b"}, ""},
		{"it is published", "b", "c", func(p *content.Post) error { return p.Publish(now) }, []string{"c"}, "c"},
		{"it gets another tag", "c", "d", func(p *content.Post) error {
			text := p.State().Text
			text.Tags = []string{"x"}
			return p.Revise(p.State().Version, text, content.Rendered{}, now)
		}, []string{"d", "x"}, "x"},
	} {
		loaded, err := store.Article(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		do(func(ctx context.Context, s content.Stores) error {
			if _, _, err := s.Tags.Rename(ctx, tt.from, seen, tt.to, false, now); err != nil {
				return err
			}
			_, _, err := s.Posts.MoveTags(ctx, id)
			return err
		})
		noted = nil
		do(func(ctx context.Context, s content.Stores) error {
			p := content.RestorePost(loaded.Post)
			if err := tt.change(p); err != nil {
				return err
			}
			return s.Posts.Update(ctx, p, author)
		})
		for _, tag := range tt.want {
			if !slices.Contains(noted, content.TagTagged(tag)) {
				t.Errorf("%s: noted %q, without that of the tag %q", tt.name, noted, tag)
			}
		}
		for _, tag := range []string{"a", "b", "c", "d", "x"} {
			list, err := store.List(t.Context(), content.Listing{Tag: tag, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			if found := len(list) == 1; found != (tag == tt.listed) {
				t.Errorf("%s: found under %q: %t", tt.name, tag, found)
			}
		}
	}
}
