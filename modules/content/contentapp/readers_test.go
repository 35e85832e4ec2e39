package contentapp

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// onePost is a store with one published post.
type onePost struct {
	content.Reads
	post content.PostState
}

func (s *onePost) Published(_ context.Context, slug string) (content.Article, error) {
	if slug != s.post.Text.Slug {
		return content.Article{}, content.ErrPostNotFound
	}
	return content.Article{Post: s.post}, nil
}

func (s *onePost) PublishedAs(context.Context, string) (content.Article, error) {
	return content.Article{}, content.ErrPostNotFound
}

// stale keeps everything, whatever becomes of it.
type stale map[string][]byte

func (c stale) Fetch(ctx context.Context, key string, _ cache.Options, load cache.Loader) (value []byte, err error) {
	if value, ok := c[key]; ok {
		return value, nil
	}
	if value, err = load(ctx); err == nil {
		c[key] = value
	}
	return value, err
}

func (stale) Invalidate(context.Context, ...string) error { return nil }

type payers []identityport.OrganizationID

func (p payers) Entitled(_ context.Context, organizations []identityport.OrganizationID, _ billingport.Entitlement) (bool, error) {
	if p == nil {
		return false, errors.New("billing is away")
	}
	return slices.ContainsFunc(organizations, func(o identityport.OrganizationID) bool { return slices.Contains(p, o) }), nil
}

func newReader(v content.Visibility) (*App, *onePost) {
	store := &onePost{post: content.PostState{
		ID: "one", Author: "ben", CoAuthors: []identityport.UserID{"fay", "zoe"}, Version: 3, Text: content.Text{Slug: "post", Visibility: v}, Rendered: content.Rendered{Body: "body", Teaser: "teaser"},
	}}
	return &App{reads: store, cache: stale{}, entitlements: payers{"o-dan"}}, store
}

// Replicas of two releases share a cache while an upgrade goes on, and for minutes after.
func TestReadPost_TakesNothingOfAReleaseThatKnowsNoKinds(t *testing.T) {
	t.Parallel()
	app, store := newReader(content.Public)
	store.post.Kind = content.KindPage
	app.cache = stale{"content.article:post": []byte(`{"Post":{"ID":"one","Text":{"Slug":"post","Visibility":"public"}}}`)}
	if r, err := app.ReadPost(t.Context(), identityport.Actor{}, "post"); err != nil || r.Article.Post.Kind != content.KindPage {
		t.Errorf("the page is of kind %q, %v", r.Article.Post.Kind, err)
	}
}

func TestReadersOf_NamesThoseAlikeWhoGetTheSame(t *testing.T) {
	t.Parallel()
	people := map[string]identityport.Actor{
		"visitor": {},
		"cleo":    {UserID: "cleo", Organizations: []identityport.OrganizationID{"o-cleo"}},
		"dan":     {UserID: "dan", Organizations: []identityport.OrganizationID{"o-other", "o-dan"}},
		"eve":     {UserID: "eve", SecondFactorOverdue: true},
		"ben":     {UserID: "ben", Permissions: []identityport.Permission{content.PermissionWrite}},
		"zoe":     {UserID: "zoe", Permissions: []identityport.Permission{content.PermissionWrite}},
		"fay":     {UserID: "fay"}, // who may write no longer
		"ada":     {UserID: "ada", Permissions: []identityport.Permission{content.PermissionEditAny}},
	}
	for visibility, open := range map[content.Visibility][]string{
		content.Public:  nil, // visitors read it, so that nobody is anything else
		content.Members: {"cleo", "dan", "ben", "zoe", "fay", "ada"},
		content.Paid:    {"dan", "ben", "zoe", "ada"},
	} {
		app, _ := newReader(visibility)
		for name, who := range people {
			want := Visitors
			if slices.Contains(open, name) {
				want = "open:one:3"
			}
			readers, err := app.ReadersOf(t.Context(), who, "post")
			if err != nil || readers != want {
				t.Errorf("%s to %s: %q, %v, want %q", visibility, name, readers, err, want)
				continue
			}
			kept, err := app.ReadPostFor(t.Context(), readers, "post")
			if err != nil {
				t.Fatal(err)
			}
			own, err := app.ReadPost(t.Context(), who, "post")
			if err != nil || kept.Gate != own.Gate || kept.Article.Post.Rendered != own.Article.Post.Rendered {
				t.Errorf("%s to %s: %+v is kept, %+v is theirs, %v", visibility, name, kept, own, err)
			}
		}
	}
}

// Who may read one version of a post, by what was known then, is not given another one.
func TestReadPostFor_RefusesAnotherVersion(t *testing.T) {
	t.Parallel()
	member := identityport.Actor{UserID: "cleo"}
	for name, change := range map[string]func(p *content.PostState){
		"a version that costs":             func(p *content.PostState) { p.Version, p.Text.Visibility = 4, content.Paid },
		"another post of the same version": func(p *content.PostState) { p.ID, p.Text.Visibility = "two", content.Paid },
	} {
		app, store := newReader(content.Members)
		if _, err := app.ReadersOf(t.Context(), member, "post"); err != nil {
			t.Fatal(err)
		}
		change(&store.post)
		readers, err := app.ReadersOf(t.Context(), member, "post") // from before the change
		if err != nil || readers == Visitors {
			t.Fatalf("%s: %q, %v", name, readers, err)
		}
		if r, err := app.ReadPostFor(t.Context(), readers, "post"); !errors.Is(err, content.ErrPostChanged) || r.Article.Post.Rendered.Body != "" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	app, _ := newReader(content.Paid)
	for _, made := range []Readers{"open", "open:one", "open:one:", "open:one:03", "open:one:4", "open:two:3"} {
		if r, err := app.ReadPostFor(t.Context(), made, "post"); !errors.Is(err, content.ErrPostChanged) {
			t.Errorf("%q reads %+v, %v", made, r, err)
		}
	}
}

func TestReadersOf_FailsWithoutAPostOrAnAnswer(t *testing.T) {
	t.Parallel()
	app, _ := newReader(content.Paid)
	for _, slug := range []string{"", "another", "no slug", "../post"} {
		if _, err := app.ReadersOf(t.Context(), identityport.Actor{}, slug); !errors.Is(err, content.ErrPostNotFound) {
			t.Errorf("%q: %v", slug, err)
		}
		for _, readers := range []Readers{Visitors, "open:one:3"} {
			if _, err := app.ReadPostFor(t.Context(), readers, slug); !errors.Is(err, content.ErrPostNotFound) {
				t.Errorf("%q: %v", slug, err)
			}
		}
	}
	app.entitlements = payers(nil)
	if readers, err := app.ReadersOf(t.Context(), identityport.Actor{UserID: "dan", Organizations: []identityport.OrganizationID{"o-dan"}}, "post"); err == nil || readers != Visitors {
		t.Errorf("while nobody knows who pays: %q, %v", readers, err)
	}
}
