package content_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
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

// closedToOthers: who may edit a published post, and not publish it, does not decide who
// reads it: of a paid post for everybody, they would have published the rest.
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
	if _, err := as(content.ShareEdit, post.ID).RevisePost(ctx, dan, open(post.ID, published.Post.Version)); !errors.Is(err, content.ErrMayNotPublish) {
		t.Errorf("who may edit opens it to everybody: %v", err)
	}
	changed, err := as(content.ShareEdit, post.ID).RevisePost(ctx, dan, contentapp.RevisePost{ID: post.ID, Seen: published.Post.Version, Title: new("Paid for")})
	if err != nil {
		t.Fatalf("who may edit changes the text: %v", err)
	}
	if _, err := as(content.ShareEdit, draft.ID).RevisePost(ctx, dan, open(draft.ID, draft.Version)); err != nil {
		t.Errorf("who may edit changes a draft: %v", err)
	}
	if _, err := as(content.SharePublish, post.ID).RevisePost(ctx, dan, open(post.ID, changed.Post.Version)); err != nil {
		t.Errorf("who may publish opens it to everybody: %v", err)
	}
}
