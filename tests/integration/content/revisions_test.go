package content_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// revisions: what was saved is compared and brought back, which publishes nothing and loses
// neither the published text nor any other that was saved.
func revisions(t *testing.T, p *testApp) {
	ctx, ben := t.Context(), newAuthor("Ben")
	post := p.write(t, ben, contentapp.WritePost{Title: "On salt", Slug: "on-salt", Markdown: "One.\n\nTwo is here.", Tags: []string{"salt"}})
	_, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: 1, Title: ptr("On pepper"), Slug: ptr("on-pepper"), Markdown: ptr("One.\n\nTwo was here."), Tags: &[]string{"pepper"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range [][2]int{{1, 2}, {2, 1}, {1, 0}} {
		c, err := p.app.CompareRevisions(ctx, ben, post.ID, order[0], order[1])
		if err != nil || c.Earlier != 1 || !c.Differs() || len(c.Body) != 2 || c.Body[0].Changed || len(c.Body[1].Runs) != 4 || c.Body[1].Runs[1] != (content.Run{Op: content.Deleted, Text: "is"}) {
			t.Errorf("%v: %+v, %v", order, c, err)
		}
	}
	if c, err := p.app.CompareRevisions(ctx, ben, post.ID, 2, 0); err != nil || c.Differs() {
		t.Errorf("the last save and the text as it is: %+v, %v", c, err)
	}
	_, err = p.app.CompareRevisions(ctx, ben, post.ID, 1, 9)
	fails(t, "compared with none", err, content.ErrRevisionNotFound)
	revisionsTakenIn(t, p)
	stranger := fixture.NewActor("Eve", content.PermissionWrite)
	_, err = p.app.CompareRevisions(ctx, stranger, post.ID, 1, 2)
	fails(t, "a stranger compares", err, content.ErrPostNotFound)
	_, err = p.app.ListRevisions(ctx, stranger, post.ID, 0)
	fails(t, "a stranger lists", err, content.ErrPostNotFound)
	_, err = p.app.RestoreRevision(ctx, stranger, contentapp.RestoreRevision{ID: post.ID, Number: 1, Seen: 2})
	fails(t, "a stranger restores", err, content.ErrPostNotFound)

	// Of a draft: a save of its own, whose slug another post has taken meanwhile.
	p.write(t, ben, contentapp.WritePost{Title: "Quicker", Slug: "on-salt", Markdown: "Text."})
	_, err = p.app.RestoreRevision(ctx, ben, contentapp.RestoreRevision{ID: post.ID, Number: 1, Seen: 1})
	fails(t, "restored over what was saved since", err, content.ErrPostChanged)
	for range 2 { // the answer was lost
		if c, err := p.app.RestoreRevision(ctx, ben, contentapp.RestoreRevision{ID: post.ID, Number: 1, Seen: 2}); err != nil || c.Begun() {
			t.Fatalf("restored %+v, %v", c, err)
		}
	}
	draft, err := p.app.OpenPost(ctx, ben, post.ID)
	if err != nil || draft.Post.Version != 3 || draft.Post.Text.Title != "On salt" || draft.Post.Text.Slug != "on-pepper" || draft.Post.Text.Tags[0] != "salt" || draft.Post.Status != content.Draft {
		t.Errorf("the draft is %+v, %v", draft.Post, err)
	}
	list, err := p.app.ListRevisions(ctx, ben, post.ID, 0)
	if err != nil || len(list.Items) != 3 || list.Before != 0 {
		t.Errorf("listed %+v, %v", list, err)
	}

	// Of a published post: its working copy.
	published, err := p.app.PublishPost(ctx, ben, post.ID)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.app.RestoreRevision(ctx, ben, contentapp.RestoreRevision{ID: post.ID, Number: 2, Seen: published.Post.Version})
	if err != nil || c.Text.Markdown != "One.\n\nTwo was here." {
		t.Fatalf("restored %+v, %v", c, err)
	}
	if have := p.reads(t, "on-pepper"); !strings.Contains(have, "Two is here.") {
		t.Errorf("readers get %q", have)
	}
	if compared, err := p.app.CompareRevisions(ctx, ben, post.ID, 2, 0); err != nil || compared.Differs() {
		t.Errorf("the copy and what it was restored from: %+v, %v", compared, err)
	}
	_, err = p.app.RestoreRevision(ctx, ben, contentapp.RestoreRevision{ID: post.ID, Number: 1, Seen: published.Post.Version})
	fails(t, "restored over changes that were not seen", err, content.ErrWorkingCopyChanged)
	if n := len(p.ledger.Did("content.revision_restored")); n != 2 {
		t.Errorf("%d entries in the trail", n)
	}
	if _, err := p.app.ArchivePost(ctx, ben, post.ID); err != nil {
		t.Fatal(err)
	}
	_, err = p.app.RestoreRevision(ctx, ben, contentapp.RestoreRevision{ID: post.ID, Number: 1, Seen: published.Post.Version + 1})
	fails(t, "restored to what is put away", err, content.ErrPostInactive)
}

// revisionsTakenIn: the number of an autosave leads to the save that took it in, but brings back
// no text that nobody looked at.
func revisionsTakenIn(t *testing.T, p *testApp) {
	t.Helper()
	ctx, ben := t.Context(), newAuthor("Ben")
	post := p.write(t, ben, contentapp.WritePost{Title: "On autosaves", Markdown: "By hand."})
	for seen := 1; seen < 4; seen++ {
		if _, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: seen, Markdown: ptr("By hand." + strings.Repeat(" More.", seen)), Autosave: true}); err != nil {
			t.Fatal(err)
		}
	}
	for number, want := range map[int]int{1: 1, 2: 4, 3: 4, 4: 4} {
		if _, r, err := p.app.ReadRevision(ctx, ben, post.ID, number); err != nil || r.Number != want {
			t.Errorf("revision %d is %d, %v", number, r.Number, err)
		}
	}
	for _, order := range [][2]int{{1, 2}, {3, 1}} {
		if c, err := p.app.CompareRevisions(ctx, ben, post.ID, order[0], order[1]); err != nil || c.Earlier != 1 || c.Later != 4 || !c.Differs() {
			t.Errorf("%v: %+v, %v", order, c, err)
		}
	}
	_, err := p.app.RestoreRevision(ctx, ben, contentapp.RestoreRevision{ID: post.ID, Number: 2, Seen: 4})
	fails(t, "what was taken in is restored", err, content.ErrRevisionNotFound)
}
