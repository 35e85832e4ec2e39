package content_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/details"
	"github.com/neoforge-dev/neoforge/modules/content/tagging"
	"github.com/neoforge-dev/neoforge/ports/cache"
)

// emptied counts how often what is cached is made stale.
type emptied struct {
	cache.Cache
	n atomic.Int32
}

func (c *emptied) Invalidate(ctx context.Context, tags ...string) error {
	c.n.Add(1)
	return c.Cache.Invalidate(ctx, tags...)
}

// TestSaveDraft_LeavesThePagesOfOthersCached: nobody reads a draft, so its saves keep no reader
// of the published posts waiting.
func TestSaveDraft_LeavesThePagesOfOthersCached(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, ben := t.Context(), newAuthor("Ben")
		count := &emptied{Cache: p.deps.Cache}
		d := p.deps
		d.Cache = count
		app, err := contentapp.New(d)
		if err != nil {
			t.Fatal(err)
		}
		draft := p.write(t, ben, contentapp.WritePost{Title: "Draft", Markdown: "One."})
		if _, err := app.RevisePost(ctx, ben, contentapp.RevisePost{ID: draft.ID, Seen: 1, Markdown: new("Two.")}); err != nil {
			t.Fatal(err)
		}
		if _, err := app.ChangePostDetails(ctx, ben, details.ChangePostDetails{ID: draft.ID, Details: content.PostDetails{SEOTitle: "Later"}}); err != nil {
			t.Fatal(err)
		}
		for _, do := range []func() error{
			func() error { _, err := app.ArchivePost(ctx, ben, draft.ID); return err },
			func() error { _, err := app.RestorePost(ctx, ben, draft.ID); return err },
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
		if n := count.n.Load(); n != 0 {
			t.Errorf("a draft emptied the cache %d times", n)
		}
		if _, err := app.PublishPost(ctx, ben, draft.ID); err != nil || count.n.Load() != 1 {
			t.Errorf("publishing emptied it %d times: %v", count.n.Load(), err)
		}
		if _, err := app.ChangePostDetails(ctx, ben, details.ChangePostDetails{ID: draft.ID, Seen: 1, Details: content.PostDetails{SEOTitle: "Now"}}); err != nil || count.n.Load() != 2 {
			t.Errorf("its details emptied it %d times: %v", count.n.Load(), err)
		}
		if _, err := app.UnpublishPost(ctx, ben, draft.ID); err != nil || count.n.Load() != 3 {
			t.Errorf("unpublishing emptied it %d times: %v", count.n.Load(), err)
		}
	})
}

// TestRelatedPosts_OfATagThatWasRenamed asks once more for the posts under the old name, as a
// reader does who had the post before: the answer is none for those who have it now.
func TestRelatedPosts_OfATagThatWasRenamed(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, ben, ada := t.Context(), newAuthor("Ben"), newTagManager("Ada")
		before := p.publish(t, ben, contentapp.WritePost{Title: "One", Tags: []string{"db"}})
		other := p.publish(t, ben, contentapp.WritePost{Title: "Other", Tags: []string{"db"}})
		if _, err := p.app.RenameTag(ctx, ada, tagging.RenameTag{Name: "db", To: "databases"}); err != nil {
			t.Fatal(err)
		}
		p.runJob(t, "content.move_tags")
		if _, err := p.app.RelatedPosts(ctx, before); err != nil {
			t.Fatal(err)
		}
		now, err := p.app.ReadPublicPost(ctx, before.Text.Slug)
		if err != nil || now.Article.Post.Version != before.Version {
			t.Fatalf("version %d, and %d before: %v", now.Article.Post.Version, before.Version, err)
		}
		related, err := p.app.RelatedPosts(ctx, now.Article.Post)
		if err != nil || len(related) != 1 || related[0].ID != other.ID {
			t.Errorf("related are %+v, %v", related, err)
		}
	})
}
