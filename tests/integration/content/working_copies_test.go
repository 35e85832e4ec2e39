package content_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/privacy"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// saved saves a text on the working copy of a post.
func (p *testApp) saved(t *testing.T, by identityport.Actor, id content.PostID, seen int, markdown string) content.WorkingCopy {
	t.Helper()
	_, c, err := p.app.SaveWorkingCopy(t.Context(), by, contentapp.SaveWorkingCopy{ID: id, Seen: seen, Markdown: &markdown})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// reads is what a visitor reads of a post.
func (p *testApp) reads(t *testing.T, slug string) string {
	t.Helper()
	reading, err := p.app.ReadPost(t.Context(), identityport.Actor{}, slug)
	if err != nil {
		t.Fatal(err)
	}
	return reading.Article.Post.Rendered.Body
}

func (p *testApp) copyOf(t *testing.T, by identityport.Actor, id content.PostID) content.WorkingCopy {
	t.Helper()
	_, c, err := p.app.ReadWorkingCopy(t.Context(), by, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ptr[T any](v T) *T { return &v }

// workingCopies: readers keep the published text until the copy of it is published, as one
// version of its own, under the first date.
func workingCopies(t *testing.T, p *testApp) {
	ctx, ben := t.Context(), newAuthor("Ben")
	post := p.publish(t, ben, contentapp.WritePost{Title: "On salt", Slug: "on-salt", Markdown: "First.", Tags: []string{"salt"}})
	_, _, err := p.app.ReadWorkingCopy(ctx, ben, post.ID)
	fails(t, "there is none yet", err, content.ErrWorkingCopyNotFound)
	if c := p.saved(t, ben, post.ID, 0, "First."); c.Begun() {
		t.Errorf("a save that changes nothing begins %+v", c)
	}
	p.at(t, p.clock.Now().Add(time.Hour))
	first := p.saved(t, ben, post.ID, 0, "Second.")
	_, c, err := p.app.SaveWorkingCopy(ctx, ben, contentapp.SaveWorkingCopy{ID: post.ID, Seen: first.Save, Slug: ptr("on-pepper"), Title: ptr("On pepper"), Tags: &[]string{"pepper"}})
	if err != nil || c.Text.Markdown != "Second." || c.Base != post.Version {
		t.Fatalf("saved %+v, %v", c, err)
	}
	if again := p.saved(t, ben, post.ID, 7, "Second."); again.Save != c.Save {
		t.Errorf("a save that was sent again is save %d, after %d", again.Save, c.Save)
	}
	if have := p.reads(t, "on-salt"); !strings.Contains(have, "First.") {
		t.Errorf("readers get %q", have)
	}
	open, err := p.app.OpenPost(ctx, ben, post.ID)
	if err != nil || open.Post.Version != post.Version {
		t.Errorf("the post is at version %d, %v", open.Post.Version, err)
	}
	list, err := p.app.StudioPosts(ctx, ben, studio.Query{Limit: 10})
	if err != nil || len(list.Items) != 1 || !list.Items[0].CopySavedAt.Equal(c.SavedAt) {
		t.Errorf("listed %+v, %v", list.Items, err)
	}
	_, err = p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: first.Save})
	fails(t, "published an earlier save", err, content.ErrWorkingCopyChanged)

	a, err := p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save})
	if err != nil || a.Post.Version != post.Version+1 || !a.Post.PublishedAt.Equal(post.PublishedAt) || a.Post.Text.Title != "On pepper" {
		t.Fatalf("published %+v, %v", a.Post, err)
	}
	if have := p.reads(t, "on-salt"); !strings.Contains(have, "Second.") { // its former slug leads there
		t.Errorf("readers get %q", have)
	}
	if tagged, err := p.app.ListPosts(ctx, contentapp.ListPosts{Tag: "salt"}); err != nil || len(tagged.Items) != 0 {
		t.Errorf("under its former tag: %+v, %v", tagged.Items, err)
	}
	found, err := p.app.SearchPosts(ctx, identityport.Actor{}, contentapp.SearchPosts{Query: "second"})
	if err != nil || len(found.Hits) != 1 {
		t.Errorf("found %+v, %v", found, err)
	}
	revisions, err := p.app.PostRevisions(ctx, ben, post.ID)
	if err != nil || len(revisions) != 2 || revisions[0].Text.Title != "On pepper" || revisions[0].Number != a.Post.Version {
		t.Errorf("revisions %+v, %v", revisions, err)
	}
	_, _, err = p.app.ReadWorkingCopy(ctx, ben, post.ID)
	fails(t, "the copy is gone", err, content.ErrWorkingCopyNotFound)
	_, err = p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save})
	fails(t, "published twice", err, content.ErrWorkingCopyNotFound)
	_, _, err = p.app.SaveWorkingCopy(ctx, ben, contentapp.SaveWorkingCopy{ID: post.ID, Seen: c.Save, Markdown: ptr("Third.")})
	fails(t, "saved on a copy that is gone", err, content.ErrWorkingCopyChanged)
	for action, want := range map[string]int{"content.working_copy_saved": 2, "content.working_copy_published": 1} {
		if n := len(p.ledger.Did(action)); n != want {
			t.Errorf("%d entries of %s", n, action)
		}
	}
	if changed := p.ledger.Published(content.PostChanged{}.EventName()); len(changed) != 1 {
		t.Errorf("%d events tell of it", len(changed))
	}

	// A copy that is discarded leaves the post as readers see it, and the next one is another.
	p.at(t, p.clock.Now().Add(time.Hour))
	gone := p.saved(t, ben, post.ID, 0, "Nobody reads this.")
	fails(t, "discarded another save", p.app.DiscardWorkingCopy(ctx, ben, post.ID, gone.Save+1), content.ErrWorkingCopyChanged)
	if err := p.app.DiscardWorkingCopy(ctx, ben, post.ID, gone.Save); err != nil {
		t.Fatal(err)
	}
	fails(t, "discarded twice", p.app.DiscardWorkingCopy(ctx, ben, post.ID, gone.Save), content.ErrWorkingCopyNotFound)
	p.at(t, p.clock.Now().Add(time.Second))
	p.saved(t, ben, post.ID, 0, "The next one.")
	_, _, err = p.app.SaveWorkingCopy(ctx, ben, contentapp.SaveWorkingCopy{ID: post.ID, Seen: gone.Save, Markdown: ptr("From before.")})
	fails(t, "a save of the discarded copy goes over the next", err, content.ErrWorkingCopyChanged)
}

// workingCopyRights: who edits a post writes on its copy, and who publishes it publishes that.
func workingCopyRights(t *testing.T, p *testApp) {
	ctx := t.Context()
	ben, writer := newAuthor("Ben"), fixture.NewActor("Eve", content.PermissionWrite)
	post := p.publish(t, ben, contentapp.WritePost{Title: "On salt", Markdown: "First.", Visibility: content.Paid})
	c := p.saved(t, ben, post.ID, 0, "Second.")
	_, _, err := p.app.SaveWorkingCopy(ctx, writer, contentapp.SaveWorkingCopy{ID: post.ID, Seen: c.Save, Markdown: ptr("Hers.")})
	fails(t, "a stranger saves", err, content.ErrPostNotFound)
	_, _, err = p.app.ReadWorkingCopy(ctx, writer, post.ID)
	fails(t, "a stranger reads", err, content.ErrPostNotFound)
	_, err = p.app.PublishWorkingCopy(ctx, writer, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save})
	fails(t, "a stranger publishes", err, content.ErrPostNotFound)
	fails(t, "a stranger discards", p.app.DiscardWorkingCopy(ctx, writer, post.ID, c.Save), content.ErrPostNotFound)

	editor := fixture.NewActor("Dan", content.PermissionWrite, content.PermissionEditAny)
	_, c, err = p.app.SaveWorkingCopy(ctx, editor, contentapp.SaveWorkingCopy{ID: post.ID, Seen: c.Save, Markdown: ptr("Words of Dan."), Visibility: ptr(content.Public)})
	if err != nil || c.Editor != editor.UserID {
		t.Fatalf("an editor saves: %+v, %v", c, err)
	}
	_, err = p.app.PublishWorkingCopy(ctx, editor, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save})
	fails(t, "who may not publish publishes", err, content.ErrMayNotPublish)

	// What they cannot publish opens no gate by a preview link either.
	_, secret, err := p.app.CreatePreviewLink(ctx, editor, post.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[identityport.UserID]bool{"": false, ben.UserID: true} {
		reader := identityport.Actor{}
		if who != "" {
			reader = ben
		}
		reading, err := p.app.OpenPreview(ctx, reader, secret)
		if err != nil || strings.Contains(reading.Article.Post.Rendered.Body+reading.Article.Post.Rendered.Teaser, "Words of Dan.") != want && want || !want && reading.Gate == content.Open {
			t.Errorf("%q is shown %+v, %v", who, reading, err)
		}
		if reading.Article.Post.Text.Markdown != "" {
			t.Error("a preview has the source")
		}
	}
	a, err := p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save})
	if err != nil || a.Post.Text.Visibility != content.Public {
		t.Fatalf("its author publishes: %+v, %v", a.Post, err)
	}
	if revisions, err := p.app.PostRevisions(ctx, ben, post.ID); err != nil || revisions[0].Editor != editor.UserID {
		t.Errorf("the revision is by %s, %v", revisions[0].Editor, err)
	}
}

// passedWorkingCopies: a text that was published directly meanwhile is not taken back unseen,
// and what else was done to the post is no other text.
func passedWorkingCopies(t *testing.T, p *testApp) {
	ctx, ben := t.Context(), newAuthor("Ben")
	post := p.publish(t, ben, contentapp.WritePost{Title: "On salt", Markdown: "First."})
	c := p.saved(t, ben, post.ID, 0, "Mine.")
	direct, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: post.Version, Markdown: ptr("By a program.")})
	if err != nil || !strings.Contains(p.reads(t, post.Text.Slug), "By a program.") {
		t.Fatalf("%+v, %v", direct.Post, err)
	}
	for _, seen := range []int{0, post.Version, -1} {
		_, err = p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save, Post: seen})
		fails(t, "published over what nobody saw", err, content.ErrPublishedTextChanged)
	}
	if have := p.copyOf(t, ben, post.ID); have.Text.Markdown != "Mine." {
		t.Errorf("the copy is %+v", have)
	}
	a, err := p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save, Post: direct.Post.Version})
	if err != nil || a.Post.Text.Markdown != "Mine." {
		t.Fatalf("published over what was seen: %+v, %v", a.Post, err)
	}
	revisions, err := p.app.PostRevisions(ctx, ben, post.ID)
	if err != nil || len(revisions) != 3 || revisions[1].Text.Markdown != "By a program." {
		t.Errorf("revisions %+v, %v", revisions, err)
	}

	// The same words from both sides are no conflict.
	c = p.saved(t, ben, post.ID, 0, "Alike.")
	if _, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: a.Post.Version, Markdown: ptr("Alike.")}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save}); err != nil {
		t.Errorf("the same words: %v", err)
	}
	// A slug that another post has taken meanwhile is told, and the copy stays.
	_, c, err = p.app.SaveWorkingCopy(ctx, ben, contentapp.SaveWorkingCopy{ID: post.ID, Slug: ptr("wanted")})
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, ben, contentapp.WritePost{Title: "Quicker", Slug: "wanted", Markdown: "Text."})
	_, err = p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save})
	fails(t, "published under the slug of another", err, content.ErrSlugTaken)
	// It keeps nobody from taking the post back; the words are the draft's, under its own slug.
	draft, err := p.app.UnpublishPost(ctx, ben, post.ID)
	if err != nil || draft.Post.Text.Slug != post.Text.Slug || draft.Post.Text.Markdown != "Alike." {
		t.Errorf("unpublished: %+v, %v", draft.Post, err)
	}
}

// workingCopiesOfDrafts: no word of a copy is lost, whatever becomes of its post.
func workingCopiesOfDrafts(t *testing.T, p *testApp) {
	ctx, ben, dan := t.Context(), newAuthor("Ben"), newEditor("Dan")
	post := p.publish(t, ben, contentapp.WritePost{Title: "On salt", Markdown: "Published."})
	p.saved(t, dan, post.ID, 0, "Dan's copy.")
	a, err := p.app.UnpublishPost(ctx, ben, post.ID)
	if err != nil || a.Post.Status != content.Draft || a.Post.Text.Markdown != "Dan's copy." {
		t.Fatalf("unpublished: %+v, %v", a.Post, err)
	}
	revisions, err := p.app.PostRevisions(ctx, ben, post.ID)
	if err != nil || len(revisions) != 2 || revisions[0].Editor != dan.UserID || revisions[1].Text.Markdown != "Published." {
		t.Errorf("revisions %+v, %v", revisions, err)
	}
	_, _, err = p.app.ReadWorkingCopy(ctx, ben, post.ID)
	fails(t, "a draft has a copy", err, content.ErrWorkingCopyNotFound)
	_, _, err = p.app.SaveWorkingCopy(ctx, ben, contentapp.SaveWorkingCopy{ID: post.ID, Markdown: ptr("Text.")})
	fails(t, "a draft is given a copy", err, content.ErrNotPublished)

	if _, err := p.app.PublishPost(ctx, ben, post.ID); err != nil {
		t.Fatal(err)
	}
	for _, put := range []func(context.Context, identityport.Actor, content.PostID) (content.Article, error){p.app.ArchivePost, p.app.TrashPost} {
		c := p.saved(t, ben, post.ID, 0, "Written before it was put away, "+p.clock.Now().String())
		if _, err := put(ctx, ben, post.ID); err != nil {
			t.Fatal(err)
		}
		if kept := p.copyOf(t, ben, post.ID); kept.Save != c.Save {
			t.Errorf("kept %+v", kept)
		}
		_, _, err = p.app.SaveWorkingCopy(ctx, ben, contentapp.SaveWorkingCopy{ID: post.ID, Seen: c.Save, Markdown: ptr("More.")})
		fails(t, "what is put away is written on", err, content.ErrPostInactive)
		_, err = p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save})
		fails(t, "what is put away is published", err, content.ErrNotPublished)
		a, err := p.app.RestorePost(ctx, ben, post.ID)
		if err != nil || a.Post.Text.Markdown != c.Text.Markdown || a.Post.Status != content.Draft {
			t.Errorf("restored: %+v, %v", a.Post, err)
		}
		if _, err := p.app.PublishPost(ctx, ben, post.ID); err != nil {
			t.Fatal(err)
		}
		p.at(t, p.clock.Now().Add(time.Minute))
	}

	c := p.saved(t, ben, post.ID, 0, "In the export.")
	data, err := p.app.ExportUser(ctx, identityport.Subject{User: ben.UserID})
	if err != nil {
		t.Fatal(err)
	}
	if posts := data.(privacy.Export).Posts; len(posts) != 1 || posts[0].Unpublished == nil || posts[0].Unpublished.BodyMarkdown != c.Text.Markdown {
		t.Errorf("exported %+v", posts)
	}
}

// editsOfAPublishedMeanwhile: an editor who began before the post was published by itself saves
// what they wrote as its working copy, and nobody tells them that somebody else saved.
func editsOfAPublishedMeanwhile(t *testing.T, p *testApp) {
	ctx, ben := t.Context(), newAuthor("Ben")
	post := p.write(t, ben, contentapp.WritePost{Title: "At seven", Markdown: "As scheduled."})
	scheduled, err := p.app.SchedulePost(ctx, ben, post.ID, content.Schedule{At: p.clock.Now().Add(time.Hour), Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	seen := scheduled.Post.Version // on the page of the editor
	p.at(t, p.clock.Now().Add(2*time.Hour))
	p.run(t, "content.publish_due")
	edits := contentapp.SaveEdits{RevisePost: contentapp.RevisePost{ID: post.ID, Seen: seen, Markdown: ptr("Written over the moment.")}}
	c, err := p.app.SaveEdits(ctx, ben, edits)
	if err != nil || !c.Begun() || c.Base != seen {
		t.Fatalf("saved %+v, %v", c, err)
	}
	if have := p.reads(t, post.Text.Slug); !strings.Contains(have, "As scheduled.") {
		t.Errorf("readers get %q", have)
	}
	if _, err := p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save}); err != nil {
		t.Errorf("publishing it: %v", err)
	}
	// A program that names a version is held to it, as before.
	_, err = p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: seen, Markdown: ptr("By a program.")})
	fails(t, "a program changes a version that is none", err, content.ErrPostChanged)

	// A draft that was scheduled meanwhile is the same text; one that was saved is not.
	draft := p.write(t, ben, contentapp.WritePost{Title: "Draft", Markdown: "First."})
	if _, err := p.app.SchedulePost(ctx, ben, draft.ID, content.Schedule{At: p.clock.Now().Add(time.Hour), Zone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	edits = contentapp.SaveEdits{RevisePost: contentapp.RevisePost{ID: draft.ID, Seen: draft.Version, Markdown: ptr("Second.")}}
	if c, err := p.app.SaveEdits(ctx, ben, edits); err != nil || c.Begun() {
		t.Errorf("saved %+v, %v", c, err)
	}
	edits.Markdown = ptr("Third.")
	_, err = p.app.SaveEdits(ctx, ben, edits)
	fails(t, "saved over what was saved since", err, content.ErrPostChanged)
	edits.Markdown = ptr("Second.")
	if _, err := p.app.SaveEdits(ctx, ben, edits); err != nil {
		t.Errorf("sent again: %v", err)
	}

	// What somebody made a page stays one: a form that was opened before says that it is a post.
	asPost, asPage := content.KindPost, content.KindPage
	before, err := p.app.OpenPost(ctx, ben, draft.ID)
	if err != nil {
		t.Fatal(err)
	}
	edits.Seen = before.Post.Version
	if _, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: draft.ID, Seen: edits.Seen, Kind: &asPage}); err != nil {
		t.Fatal(err)
	}
	edits.Kind, edits.Markdown = &asPost, ptr("Fourth.")
	_, err = p.app.SaveEdits(ctx, ben, edits)
	fails(t, "made it a post again unseen", err, content.ErrPostChanged)
	edits.Kind = &asPage
	if _, err := p.app.SaveEdits(ctx, ben, edits); err != nil {
		t.Errorf("saved as the page that it is: %v", err)
	}
}

// workingCopiesAtOnce: of what many do to one copy at once, each is done once, and nothing is
// half done.
func workingCopiesAtOnce(t *testing.T, p *testApp) {
	ctx, ben := t.Context(), newAuthor("Ben")
	post := p.publish(t, ben, contentapp.WritePost{Title: "On salt", Markdown: "First."})
	c := p.saved(t, ben, post.ID, 0, "Second.")
	var all sync.WaitGroup
	errs := make([]error, 12)
	for i := range errs {
		all.Go(func() {
			switch i % 3 {
			case 0:
				_, errs[i] = p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: post.ID, Seen: c.Save})
			case 1:
				_, _, errs[i] = p.app.SaveWorkingCopy(ctx, ben, contentapp.SaveWorkingCopy{ID: post.ID, Seen: c.Save, Markdown: ptr("Another.")})
			default:
				errs[i] = p.app.DiscardWorkingCopy(ctx, ben, post.ID, c.Save)
			}
		})
	}
	all.Wait()
	done := 0
	for _, err := range errs {
		switch {
		case err == nil:
			done++
		case !errors.Is(err, content.ErrWorkingCopyChanged) && !errors.Is(err, content.ErrWorkingCopyNotFound):
			t.Errorf("at once: %v", err)
		}
	}
	// The same text that is saved again is no second save.
	saves, published, discarded := len(p.ledger.Did("content.working_copy_saved"))-1, len(p.ledger.Did("content.working_copy_published")), len(p.ledger.Did("content.working_copy_discarded"))
	if done == 0 || saves+published+discarded != 1 {
		t.Errorf("%d answers, of %d saves, %d publications, %d discarded", done, saves, published, discarded)
	}
	_, _, err := p.app.ReadWorkingCopy(ctx, ben, post.ID)
	if saves == 1 != (err == nil) {
		t.Errorf("after %d saves the copy: %v", saves, err)
	}
	if have := p.reads(t, post.Text.Slug); strings.Contains(have, "Second.") != (published == 1) {
		t.Errorf("after %d publications readers get %q", published, have)
	}
}
