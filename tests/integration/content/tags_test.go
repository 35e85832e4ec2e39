package content_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/details"
	"github.com/neoforge-dev/neoforge/modules/content/tagging"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/storetest"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func newTagManager(name string) identityport.Actor {
	return fixture.NewActor(name, content.PermissionWrite, content.PermissionPublish, content.PermissionEditAny, content.PermissionManageTags)
}

// runJob runs what the program does every so often.
func (p *testApp) runJob(t *testing.T, kind string) {
	t.Helper()
	for _, h := range p.app.JobHandlers() {
		if h.Kind == kind {
			if err := h.Run(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("there is no job %s", kind)
}

func onEachDatabase(t *testing.T, test func(t *testing.T, p *testApp)) {
	t.Helper()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newTestApp(t, open(t)))
		})
	}
}

func (p *testApp) tagsOf(t *testing.T, id content.PostID) []string {
	t.Helper()
	return storetest.Must[content.Article](t)(p.deps.Reads.Article(t.Context(), id)).Post.Text.Tags
}

// TestRenameTag_ToOneThatExistsIsAMerge: it is told before it is done, and then every post
// has the tag once, whatever its status.
func TestRenameTag_ToOneThatExistsIsAMerge(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ada, ben := newTagManager("Ada"), newAuthor("Ben")
		both := p.publish(t, ben, contentapp.WritePost{Title: "Both", Tags: []string{"db", "databases"}})
		one := p.publish(t, ben, contentapp.WritePost{Title: "One", Tags: []string{"go", "db"}})
		draft := p.write(t, ben, contentapp.WritePost{Title: "Draft", Tags: []string{"db"}})
		trashed := p.write(t, ben, contentapp.WritePost{Title: "Trashed", Tags: []string{"db"}})
		if _, err := p.app.TrashPost(t.Context(), ben, trashed.ID); err != nil {
			t.Fatal(err)
		}
		_, err := p.app.RenameTag(t.Context(), ben, tagging.RenameTag{Name: "db", To: "databases"})
		storetest.Is(t, err, content.ErrMayNotManageTags)
		_, err = p.app.RenameTag(t.Context(), ada, tagging.RenameTag{Name: "db", To: "Databases"})
		storetest.Is(t, err, content.ErrTagExists)
		storetest.Equal(t, p.tagsOf(t, draft.ID), []string{"db"})
		for _, to := range []string{"", "no/tag", "a very long name of a tag that nobody wants to read"} {
			_, err = p.app.RenameTag(t.Context(), ada, tagging.RenameTag{Name: "db", To: to, Merge: true})
			storetest.Is(t, err, content.ErrInvalidTag)
		}
		_, err = p.app.RenameTag(t.Context(), ada, tagging.RenameTag{Name: "nothing", To: "databases", Merge: true})
		storetest.Is(t, err, content.ErrTagNotFound)

		told := len(p.ledger.Published("content.post_changed.v1"))
		merged, err := p.app.RenameTag(t.Context(), ada, tagging.RenameTag{Name: "db", To: "Databases", Merge: true})
		if err != nil {
			t.Fatal(err)
		}
		if merged.Name != "databases" || merged.Posts != 4 || merged.Moving != 0 || !slices.Equal(merged.Former, []string{"db"}) {
			t.Errorf("it is %+v", merged)
		}
		for id, want := range map[content.PostID][]string{both.ID: {"databases"}, one.ID: {"go", "databases"}, draft.ID: {"databases"}, trashed.ID: {"databases"}} {
			storetest.Equal(t, p.tagsOf(t, id), want)
		}
		storetest.Equal(t, len(p.ledger.Published("content.post_changed.v1"))-told, 2)
		storetest.Equal(t, len(p.ledger.Did("content.tag_merged")), 1)
		for _, tag := range []string{"db", "databases", "DB"} {
			list, err := p.app.ListPosts(t.Context(), contentapp.ListPosts{Tag: tag})
			if err != nil || len(list.Items) != 2 || list.Tag.Name != "databases" {
				t.Errorf("%s lists %+v, %v", tag, list, err)
			}
		}

		// What is saved under the old name is filed under the new one; nothing changed, so
		// nothing is saved.
		same, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: draft.ID, Seen: draft.Version, Tags: &[]string{"db"}})
		if err != nil || same.Post.Version != draft.Version {
			t.Errorf("it is saved as %+v, %v", same.Post, err)
		}
		again := p.write(t, ben, contentapp.WritePost{Title: "Again", Tags: []string{"x", "DB", "databases"}})
		storetest.Equal(t, again.Text.Tags, []string{"x", "databases"})

		_, err = p.app.RenameTag(t.Context(), ada, tagging.RenameTag{Name: "databases", Seen: 0, To: "storage"})
		storetest.Is(t, err, content.ErrTagChanged)
	})
}

// TestRenameTag_WhilePostsAreSaved: each post ends with the new name and with the text that
// was saved last.
func TestRenameTag_WhilePostsAreSaved(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ada, ben := newTagManager("Ada"), newAuthor("Ben")
		const posts, saves = 6, 5
		var ids []content.PostID
		for i := range posts {
			ids = append(ids, p.publish(t, ben, contentapp.WritePost{Title: fmt.Sprint("Post ", i), Tags: []string{"old"}}).ID)
		}
		p.write(t, ben, contentapp.WritePost{Title: "Target", Tags: []string{"new"}})
		var all sync.WaitGroup
		for i, id := range ids {
			all.Go(func() {
				for n := range saves {
					tags := []string{"old", fmt.Sprint("n", n)}
					for {
						a, err := p.deps.Reads.Article(context.WithoutCancel(t.Context()), id)
						if err != nil {
							t.Error(err)
							return
						}
						c := contentapp.RevisePost{ID: id, Seen: a.Post.Version, Markdown: new(fmt.Sprint("Text ", i, " ", n))}
						if n%2 == 0 {
							c.Tags = &tags
						}
						if _, err = p.app.RevisePost(t.Context(), ben, c); err == nil {
							break
						}
						if !errors.Is(err, content.ErrPostChanged) {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		all.Go(func() {
			if _, err := p.app.RenameTag(t.Context(), ada, tagging.RenameTag{Name: "old", To: "new", Merge: true}); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		p.runJob(t, "content.move_tags")
		for i, id := range ids {
			a := storetest.Must[content.Article](t)(p.deps.Reads.Article(t.Context(), id))
			storetest.Equal(t, a.Post.Text.Tags, []string{"new", "n4"})
			storetest.Equal(t, a.Post.Text.Markdown, fmt.Sprint("Text ", i, " ", saves-1))
			if n := len(storetest.Must[[]content.Revision](t)(p.deps.Reads.Revisions(t.Context(), id, 100))); n != saves+1 {
				t.Errorf("%d revisions", n)
			}
		}
		for tag, want := range map[string]int{"old": 0, "new": posts} {
			list := storetest.Must[[]content.Summary](t)(p.deps.Reads.List(t.Context(), content.Listing{Tag: tag, Limit: 100}))
			storetest.Equal(t, len(list), want)
		}
		storetest.Equal(t, len(storetest.Must[[]content.PostID](t)(p.deps.Reads.Unindexed(t.Context(), "", 100))), 0)
	})
}

// TestRenameTag_MovesTheRestByAJob: a rename answers before all posts of a large tag are moved.
func TestRenameTag_MovesTheRestByAJob(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ada := newTagManager("Ada")
		for i := range 53 {
			p.write(t, ada, contentapp.WritePost{Title: fmt.Sprint("Post ", i), Tags: []string{"old"}})
		}
		renamed, err := p.app.RenameTag(t.Context(), ada, tagging.RenameTag{Name: "old", To: "new"})
		if err != nil || renamed.Posts != 50 || renamed.Moving != 3 {
			t.Fatalf("%+v, %v", renamed, err)
		}
		p.runJob(t, "content.move_tags")
		done, err := p.app.OpenTag(t.Context(), ada, "old")
		if err != nil || done.Name != "new" || done.Posts != 53 || done.Moving != 0 {
			t.Errorf("%+v, %v", done, err)
		}
		list, err := p.app.ListTags(t.Context(), ada, "")
		if err != nil || len(list.Items) != 1 || list.Items[0].Name != "new" || list.NextCursor != "" {
			t.Errorf("%+v, %v", list, err)
		}
		for _, cursor := range []string{"x", "====", "Tm8gdGFn"} {
			_, err := p.app.ListTags(t.Context(), ada, cursor)
			storetest.Is(t, err, content.ErrInvalidCursor)
		}
		if err := p.app.FreeTagName(t.Context(), ada, "new", "old"); err != nil {
			t.Fatal(err)
		}
		storetest.Equal(t, p.write(t, ada, contentapp.WritePost{Title: "Own", Tags: []string{"old"}}).Text.Tags, []string{"old"})
	})
}

func TestDescribeTag_OverTheVersionThatWasSeen(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ada, ben := newTagManager("Ada"), newAuthor("Ben")
		p.publish(t, ben, contentapp.WritePost{Title: "One", Tags: []string{"db"}})
		describe := func(seen int, title string) (tagging.ManagedTag, error) {
			return p.app.DescribeTag(t.Context(), ada, tagging.DescribeTag{Name: "db", Seen: seen, Title: &title, Description: new("Where things are kept.")})
		}
		if tag, err := describe(0, " Databases "); err != nil || tag.Title != "Databases" || tag.Version != 1 {
			t.Fatalf("%+v, %v", tag, err)
		}
		if tag, err := describe(0, "Databases"); err != nil || tag.Version != 1 {
			t.Errorf("sent again it is %+v, %v", tag, err)
		}
		_, err := describe(0, "Others")
		storetest.Is(t, err, content.ErrTagChanged)
		_, err = describe(1, "Two\nlines")
		storetest.Is(t, err, content.ErrInvalidTag)
		_, err = p.app.DescribeTag(t.Context(), ben, tagging.DescribeTag{Name: "db", Seen: 1})
		storetest.Is(t, err, content.ErrMayNotManageTags)
		tag, err := p.app.ReadTag(t.Context(), "db")
		if err != nil || tag.Heading() != "Databases" || tag.Description != "Where things are kept." {
			t.Errorf("%+v, %v", tag, err)
		}
	})
}

func TestChangePostDetails_OverTheVersionThatWasSeen(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ben, eve := newAuthor("Ben"), newAuthor("Eve")
		post := p.publish(t, ben, contentapp.WritePost{Title: "One"})
		change := func(by identityport.Actor, seen int, d content.PostDetails) (content.PostDetails, error) {
			a, err := p.app.ChangePostDetails(t.Context(), by, details.ChangePostDetails{ID: post.ID, Seen: seen, Details: d})
			return a.Details, err
		}
		_, err := change(eve, 0, content.PostDetails{SEOTitle: "Mine"})
		storetest.Is(t, err, content.ErrPostNotFound)
		for _, canonical := range []string{"http://a.example/", "//a.example/", "javascript:alert(1)", "https://", "https://a b.example", "https://me:secret@a.example/", "https://a.example/#part", "/posts/one", `https://a.example/"><script>`} {
			_, err := change(ben, 0, content.PostDetails{Canonical: canonical})
			storetest.Is(t, err, content.ErrInvalidDetails)
		}
		told := len(p.ledger.Published("content.post_changed.v1"))
		d, err := change(ben, 0, content.PostDetails{SEOTitle: " T ", Canonical: "https://example.org/größe?x=1", NoIndex: true})
		if err != nil || d.SEOTitle != "T" || d.Version != 1 {
			t.Fatalf("%+v, %v", d, err)
		}
		storetest.Equal(t, len(p.ledger.Published("content.post_changed.v1"))-told, 1)
		storetest.Equal(t, len(p.ledger.Did("content.post_details_changed")), 1)
		if _, err = change(ben, 0, d); err != nil {
			t.Errorf("sent again: %v", err)
		}
		_, err = change(ben, 0, content.PostDetails{SEOTitle: "Other"})
		storetest.Is(t, err, content.ErrDetailsChanged)
		read, err := p.app.ReadPost(t.Context(), identityport.Actor{}, post.Text.Slug)
		if err != nil || read.Article.Details != d {
			t.Errorf("readers get %+v, %v", read.Article.Details, err)
		}
		if _, err := p.app.ArchivePost(t.Context(), ben, post.ID); err != nil {
			t.Fatal(err)
		}
		_, err = change(ben, 1, content.PostDetails{})
		storetest.Is(t, err, content.ErrPostInactive)
	})
}
