package content_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/details"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// grantedPost is a grant of one permission on one post, to everybody.
type grantedPost struct {
	identityport.Grants
	post       content.PostID
	permission identityport.Permission
}

func (g grantedPost) GrantedOn(_ context.Context, user identityport.UserID, resource string) ([]identityport.Grant, error) {
	if g.permission == "" || resource != content.ResourceOf(g.post) {
		return nil, nil
	}
	return []identityport.Grant{{Person: identityport.Person{ID: user}, Permission: g.permission, Resource: resource}}, nil
}

func (grantedPost) ListGrants(context.Context, string) ([]identityport.Grant, error) { return nil, nil }

// explainedPosts: what is told of a post's access is what happens when somebody tries, and
// follows from the rules that are listed, for everybody, whatever is shared with them.
func explainedPosts(t *testing.T, p *testApp) {
	ctx := t.Context()
	ben := newAuthor("Ben")
	posts := map[content.Visibility]content.PostState{}
	for _, v := range []content.Visibility{content.Public, content.Members, content.Paid} {
		post := p.write(t, ben, contentapp.WritePost{Title: "For " + string(v), Markdown: "Teaser.\n\nThe rest.", Visibility: v})
		if _, err := p.app.PublishPost(ctx, ben, post.ID); err != nil {
			t.Fatal(err)
		}
		posts[v] = post
	}
	other := p.write(t, ben, contentapp.WritePost{Title: "Another", Visibility: content.Paid})
	people := map[string]identityport.Actor{
		"a visitor": {}, "a member": fixture.NewActor("Cleo"), "the author": ben, "another author": newAuthor("Dan"), "an editor of any": newEditor("Ada"),
		"who may write alone": fixture.NewActor("Eve", content.PermissionWrite), "the author, who is none any more": {UserID: ben.UserID, Name: ben.Name},
		"who lacks a second factor": {UserID: "late", SecondFactorOverdue: true},
	}
	asked := 0
	for _, share := range []content.Share{content.NotShared, content.ShareRead, content.ShareEdit, content.SharePublish} {
		for visibility, post := range posts {
			deps := p.deps
			deps.Grants = grantedPost{post: post.ID, permission: share.Permission()}
			app, err := contentapp.New(deps)
			if err != nil {
				t.Fatal(err)
			}
			for who, actor := range people {
				where := fmt.Sprintf("%s, %s, shared %q", who, visibility, share)
				told := func(action, resource string) bool {
					t.Helper()
					e, err := app.Explainer().Explain(ctx, actor, action, resource)
					if err != nil {
						t.Fatalf("%s: %s: %v", where, action, err)
					}
					asked++
					some, all := false, true
					for _, r := range e.Rules {
						some = some || r.Holds && !r.Forbids
						all = all && (r.Holds || !r.Forbids)
					}
					if e.Allowed != (some && all) {
						t.Errorf("%s: %s is allowed: %v, by %+v", where, action, e.Allowed, e.Rules)
					}
					return e.Allowed
				}
				reading, err := app.ReadPost(ctx, actor, post.Text.Slug)
				if err != nil {
					t.Fatal(err)
				}
				if told("read", post.Text.Slug) != (reading.Gate == content.Open) {
					t.Errorf("%s: reads it: %v", where, reading.Gate)
				}
				_, err = app.OpenPost(ctx, actor, post.ID)
				if told("edit", string(post.ID)) != (err == nil) {
					t.Errorf("%s: edits it: %v", where, err)
				}
				_, _, err = app.PostShares(ctx, actor, post.ID)
				if told("share", string(post.ID)) != (err == nil) {
					t.Errorf("%s: shares it: %v", where, err)
				}
				if _, err = app.PublishPost(ctx, actor, post.ID); told("publish", string(post.ID)) != errors.Is(err, content.ErrAlreadyPublished) {
					t.Errorf("%s: publishes it: %v", where, err)
				}
				if _, err := app.OpenPost(ctx, actor, other.ID); (err == nil) != content.MayEdit(actor, other) {
					t.Errorf("%s: what is shared of one post opens another: %v", where, err)
				}
			}
		}
	}
	if asked == 0 {
		t.Error("nothing was asked")
	}
	for _, c := range []struct {
		action, resource string
		want             fault.Kind
	}{{"burn", string(other.ID), fault.Invalid}, {"read", "no-such-post", fault.NotFound}, {"edit", "", fault.NotFound}} {
		if _, err := p.app.Explainer().Explain(ctx, ben, c.action, c.resource); fault.KindOf(err) != c.want {
			t.Errorf("%s %q: %v", c.action, c.resource, err)
		}
	}
}

// closedToOthers: who may edit a published post, and not publish it, changes nothing of what its
// readers see: neither who they are, nor a word. Nor of what they will see by itself.
func closedToOthers(t *testing.T, p *testApp) {
	ctx, ben, dan := t.Context(), newAuthor("Ben"), newAuthor("Dan")
	post := p.write(t, ben, contentapp.WritePost{Title: "Paid", Markdown: "Teaser.\n\nThe rest.", Visibility: content.Paid})
	draft := p.write(t, ben, contentapp.WritePost{Title: "Draft", Markdown: "Teaser.\n\nThe rest.", Visibility: content.Paid})
	published, err := p.app.PublishPost(ctx, ben, post.ID)
	if err != nil {
		t.Fatal(err)
	}
	as := func(share content.Share, id content.PostID) *contentapp.App {
		t.Helper()
		deps := p.deps
		deps.Grants = grantedPost{post: id, permission: share.Permission()}
		app, err := contentapp.New(deps)
		if err != nil {
			t.Fatal(err)
		}
		return app
	}
	open := func(id content.PostID, seen int) contentapp.RevisePost {
		return contentapp.RevisePost{ID: id, Seen: seen, Visibility: new(content.Public)}
	}
	if _, err := as(content.ShareEdit, post.ID).RevisePost(ctx, dan, open(post.ID, published.Post.Version)); !errors.Is(err, content.ErrMayNotChangeShown) {
		t.Errorf("who may edit opens it to everybody: %v", err)
	}
	scheduled := p.write(t, ben, contentapp.WritePost{Title: "Soon"})
	later, err := p.app.SchedulePost(ctx, ben, scheduled.ID, content.Schedule{At: p.clock.Now().Add(time.Hour), Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	for name, loaded := range map[string]content.PostState{"published": published.Post, "scheduled": later.Post} {
		app, id, seen := as(content.ShareEdit, loaded.ID), loaded.ID, loaded.Version
		for what, c := range map[string]contentapp.RevisePost{
			"a title": {Title: new("Mine")}, "a text": {Markdown: new("Mine.")}, "a slug": {Slug: new("mine")}, "an excerpt": {Excerpt: new("Mine.")}, "tags": {Tags: &[]string{"mine"}},
		} {
			c.ID, c.Seen = id, seen
			if _, err := app.RevisePost(ctx, dan, c); !errors.Is(err, content.ErrMayNotChangeShown) {
				t.Errorf("%s: who may edit it changes %s: %v", name, what, err)
			}
		}
		if _, err := app.RevisePost(ctx, dan, contentapp.RevisePost{ID: id, Seen: seen, Title: new(loaded.Text.Title)}); err != nil {
			t.Errorf("%s: what changes nothing: %v", name, err)
		}
		if _, err := app.ChangePostDetails(ctx, dan, details.ChangePostDetails{ID: id, Details: content.PostDetails{SEOTitle: "Mine"}}); !errors.Is(err, content.ErrMayNotChangeShown) {
			t.Errorf("%s: who may edit it changes its details: %v", name, err)
		}
		if _, err := app.ChooseCover(ctx, dan, details.ChooseCover{ID: id, Cover: content.CoverChoice{Media: content.MediaID(idgentest.New())}}); !errors.Is(err, content.ErrMayNotChangeShown) {
			t.Errorf("%s: who may edit it chooses its cover: %v", name, err)
		}
		if result, err := app.BulkEdit(ctx, dan, studio.BulkEdit{Action: studio.BulkAddTag, Value: "mine", Posts: []studio.BulkPost{{ID: id, Version: seen}}}); err != nil || len(result.Items) != 1 || !errors.Is(result.Items[0].Why, content.ErrMayNotChangeShown) {
			t.Errorf("%s: who may edit it tags it among others: %+v, %v", name, result, err)
		}
	}
	if _, err := as(content.ShareEdit, scheduled.ID).SaveEdits(ctx, dan, contentapp.SaveEdits{RevisePost: contentapp.RevisePost{ID: scheduled.ID, Seen: later.Post.Version, Title: new("Mine")}}); !errors.Is(err, content.ErrMayNotChangeShown) {
		t.Errorf("who may edit a scheduled post writes on it in the studio: %v", err)
	}
	if copied, err := as(content.ShareEdit, post.ID).SaveEdits(ctx, dan, contentapp.SaveEdits{RevisePost: contentapp.RevisePost{ID: post.ID, Seen: published.Post.Version, Title: new("Paid for")}}); err != nil || !copied.Begun() {
		t.Errorf("who may edit writes on the working copy: %+v, %v", copied, err)
	}
	if _, err := as(content.ShareEdit, draft.ID).RevisePost(ctx, dan, open(draft.ID, draft.Version)); err != nil {
		t.Errorf("who may edit changes a draft: %v", err)
	}
	if _, err := as(content.SharePublish, post.ID).RevisePost(ctx, dan, open(post.ID, published.Post.Version)); err != nil {
		t.Errorf("who may publish opens it to everybody: %v", err)
	}
}
