package content_test

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// articleReads counts how often a post is read outside of a transaction.
type articleReads struct {
	content.Reads
	articles atomic.Int64
}

func (r *articleReads) Article(ctx context.Context, id content.PostID) (content.Article, error) {
	r.articles.Add(1)
	return r.Reads.Article(ctx, id)
}

// countedGrants lets everybody edit every post, and counts who asks.
type countedGrants struct {
	identityport.Grants
	asked atomic.Int64
}

func (g *countedGrants) GrantedOn(context.Context, identityport.UserID, string) ([]identityport.Grant, error) {
	g.asked.Add(1)
	return []identityport.Grant{{Permission: content.PermissionEdit}}, nil
}

var tagsAlone = regexp.MustCompile(`^SELECT .content_posts.\..id., .content_posts.\..tags. FROM `)

// TestStatements_AWriteReadsAPostOnce: what is loaded to decide whether somebody may change
// a post is what is changed, and what is answered. Its tags alone are read again: they may have
// a new name since. Grants are looked up for whoever is neither its author nor an editor of any.
func TestStatements_AWriteReadsAPostOnce(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			var (
				mu       sync.Mutex
				selected []string
				tagReads int
			)
			db.Watch(func(_ context.Context, s entstore.Statement) {
				if s.InTransaction && strings.HasPrefix(s.Text, "SELECT") && strings.Contains(s.Text, "content_posts") {
					mu.Lock()
					defer mu.Unlock()
					if tagsAlone.MatchString(s.Text) {
						tagReads++
						return
					}
					selected = append(selected, s.Text)
				}
			})
			p := newTestApp(t, db)
			reads, grants := &articleReads{Reads: p.deps.Reads}, &countedGrants{}
			p.deps.Reads, p.deps.Grants = reads, grants
			var err error
			if p.app, err = contentapp.New(p.deps); err != nil {
				t.Fatal(err)
			}
			ben, editor := newAuthor("Ben"), newAuthor("Eve")
			post := p.write(t, ben, contentapp.WritePost{Title: "One", Tags: []string{"go"}})
			for _, step := range []struct {
				name   string
				grants int64
				do     func() (content.Article, error)
			}{
				{"revise", 1, func() (content.Article, error) {
					return p.app.RevisePost(t.Context(), editor, contentapp.RevisePost{ID: post.ID, Seen: 1, Title: new("Two"), Slug: new("two"), Tags: &[]string{"web"}})
				}},
				{"publish", 0, func() (content.Article, error) { return p.app.PublishPost(t.Context(), ben, post.ID) }},
				{"unpublish", 0, func() (content.Article, error) { return p.app.UnpublishPost(t.Context(), ben, post.ID) }},
			} {
				reads.articles.Store(0)
				grants.asked.Store(0)
				mu.Lock()
				tagReads = 0
				mu.Unlock()
				have, err := step.do()
				if err != nil {
					t.Fatalf("%s: %v", step.name, err)
				}
				mu.Lock()
				if tagReads > 1 {
					t.Errorf("%s reads its tags %d times", step.name, tagReads)
				}
				mu.Unlock()
				if n := reads.articles.Load(); n != 1 {
					t.Errorf("%s reads the post %d times", step.name, n)
				}
				if n := grants.asked.Load(); n != step.grants {
					t.Errorf("%s asks %d times what was granted, want %d", step.name, n, step.grants)
				}
				kept, err := p.deps.Reads.Article(t.Context(), post.ID)
				if err != nil || have.Post.Version != kept.Post.Version || have.Post.Status != kept.Post.Status || have.Author != kept.Author || have.Author.Name != "Ben" {
					t.Errorf("%s answers %+v, kept is %+v, %v", step.name, have, kept, err)
				}
			}
			if len(selected) > 0 {
				t.Errorf("posts are selected once more in transactions: %q", selected)
			}
		})
	}
}

// TestStatements_ADraftIsWrittenByFew: each is a way to Postgres and back while the
// transaction is open.
func TestStatements_ADraftIsWrittenByFew(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			var (
				mu    sync.Mutex
				asked []string
			)
			db.Watch(func(_ context.Context, s entstore.Statement) {
				if s.InTransaction {
					mu.Lock()
					defer mu.Unlock()
					asked = append(asked, s.Text)
				}
			})
			p := newTestApp(t, db)
			ben := newAuthor("Ben")
			p.write(t, ben, contentapp.WritePost{Title: "First"}) // opens the profile
			asked = nil
			p.write(t, ben, contentapp.WritePost{Title: "One", Tags: []string{"go", "web"}})
			want := 3 // the post; its revision, tags and former slugs; the audit
			if db.Dialect() == entstore.SQLite {
				want = 5
			}
			if len(asked) > want {
				t.Errorf("%d statements, want at most %d: %q", len(asked), want, asked)
			}
		})
	}
}
