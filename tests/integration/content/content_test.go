package content_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/privacy"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestContentOnBothDatabases tells the stories of content on every database.
func TestContentOnBothDatabases(t *testing.T) {
	t.Parallel()
	stories := map[string]func(t *testing.T, p *testApp){
		"a post is read while it is published":                   readWhilePublished,
		"a gated body leaves for those who are entitled only":    gatedBody,
		"the source of a post leaves for its editors only":       sourceIsForEditors,
		"a slug is made of the title and numbered":               derivedSlug,
		"a slug that was given is kept or refused":               givenSlug,
		"many posts of one title each get a slug":                slugRace,
		"a new post that is sent again is one post":              sentAgain,
		"two editors never overwrite each other":                 twoEditors,
		"a save that changes nothing is none":                    idleSave,
		"who may not edit a post does not see that it is there":  strangers,
		"a post that moved is found at its new slug":             movedPost,
		"what is cached is emptied by the note at the latest":    cacheEmptiedByNote,
		"lists are newest first and pages cover them once":       listPages,
		"a list is narrowed by tag and by author":                narrowedLists,
		"a cursor that was made up is refused":                   madeUpCursor,
		"authors see their own posts and editors everybody's":    writtenLists,
		"every change is published and audited":                  publishedAndAudited,
		"an author who registers gets a profile, once":           authorRegisters,
		"an erased author is gone with every post":               authorErased,
		"a renamed author is found by every name":                renamedAuthor,
		"a post from elsewhere keeps its date":                   imported,
		"the export has everything that somebody wrote":          contentExport,
		"a preview keeps nothing":                                preview,
		"an editor opens a published post to nobody else":        closedToOthers,
		"what is told of access is what happens":                 explainedPosts,
		"a scheduled post appears at its moment, once":           scheduledPosts,
		"what is inactive comes back as a draft, or goes":        inactivePosts,
		"a link to a slug that a post had goes on leading":       movedPosts,
		"readers keep the published text until it is replaced":   workingCopies,
		"a working copy is for those who edit and publish":       workingCopyRights,
		"a copy goes over no text that nobody saw":               passedWorkingCopies,
		"no word of a copy is lost with its post":                workingCopiesOfDrafts,
		"who began before a post was published saves a copy":     editsOfAPublishedMeanwhile,
		"of many changes of a copy at once one is made":          workingCopiesAtOnce,
		"what was saved is compared and brought back":            revisions,
		"a post has several authors":                             severalAuthors,
		"authors of a published post are named by who publishes": authorsOfPublished,
		"of two who name authors at once one is refused":         authorsAtOnce,
		"posts are handed to another author in bulk":             handedInBulk,
		"who has a post open is told of the others":              openEditors,
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for title, story := range stories {
				t.Run(title, func(t *testing.T) {
					t.Parallel()
					story(t, newTestApp(t, open(t)))
				})
			}
		})
	}
}

func TestNew_NamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := contentapp.New(contentapp.Deps{})
	for _, name := range []string{"UnitOfWork", "Reads", "Renderer", "Entitlements", "People", "Actors", "Limiter", "Cache", "Clock", "IDs", "Slug"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

func readWhilePublished(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	draft := p.write(t, ben, contentapp.WritePost{Title: "A post", Markdown: "Hello **there**."})
	absent := func(when string) {
		t.Helper()
		if _, err := p.app.ReadPublicPost(t.Context(), "a-post"); !errors.Is(err, content.ErrPostNotFound) {
			t.Errorf("%s: %v", when, err)
		}
	}
	absent("as a draft")
	if _, err := p.app.PublishPost(t.Context(), ben, draft.ID); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time from the cache
		r, err := p.app.ReadPublicPost(t.Context(), "a-post")
		if err != nil || r.Gate != content.Open || !strings.Contains(r.Article.Post.Rendered.Body, "<strong>there</strong>") {
			t.Fatalf("published: %+v, %v", r, err)
		}
		if r.Article.Author.Name != "Ben" || r.Article.Author.Handle != "ben" {
			t.Errorf("its author: %+v", r.Article.Author)
		}
	}
	feed, err := p.app.Feed(t.Context())
	if err != nil || len(feed) != 1 {
		t.Errorf("the feed: %+v, %v", feed, err)
	}
	if _, err := p.app.PublishPost(t.Context(), ben, draft.ID); !errors.Is(err, content.ErrAlreadyPublished) {
		t.Errorf("published twice: %v", err)
	}
	if _, err := p.app.UnpublishPost(t.Context(), ben, draft.ID); err != nil {
		t.Fatal(err)
	}
	absent("unpublished")
	if feed, err := p.app.Feed(t.Context()); err != nil || len(feed) != 0 {
		t.Errorf("the feed afterwards: %+v, %v", feed, err)
	}
	for _, slug := range []string{"", "A-POST", "a-post/", "../a-post", strings.Repeat("a", 200), "a-post\x00"} {
		if _, err := p.app.ReadPublicPost(t.Context(), slug); !errors.Is(err, content.ErrPostNotFound) {
			t.Errorf("%q: %v", slug, err)
		}
	}
}

func gatedBody(t *testing.T, p *testApp) {
	const secret = "the-hidden-words"
	ben, ada, cleo, dan := newAuthor("Ben"), newEditor("Ada"), fixture.NewActor("Cleo"), fixture.NewActor("Dan")
	p.paying.set(nil, dan.Organizations...)
	gates := map[content.Visibility]map[string]content.Gate{
		content.Public:  {"visitor": content.Open, "cleo": content.Open, "dan": content.Open, "ben": content.Open, "ada": content.Open},
		content.Members: {"visitor": content.NeedSignIn, "cleo": content.Open, "dan": content.Open, "ben": content.Open, "ada": content.Open},
		content.Paid:    {"visitor": content.NeedPlan, "cleo": content.NeedPlan, "dan": content.Open, "ben": content.Open, "ada": content.Open},
	}
	readers := map[string]identityport.Actor{"visitor": {}, "cleo": cleo, "dan": dan, "ben": ben, "ada": ada}
	for visibility, want := range gates {
		post := p.publish(t, ben, contentapp.WritePost{
			Title: string(visibility), Markdown: "Before.\n\n<!--more-->\n\n" + secret + "[^n]\n\n[^n]: " + secret, Visibility: visibility,
		})
		for range 2 {
			for name, reader := range readers {
				r, err := p.app.ReadPost(t.Context(), reader, post.Text.Slug)
				if err != nil {
					t.Fatal(err)
				}
				if r.Gate != want[name] {
					t.Errorf("%s to %s is %s, want %s", visibility, name, r.Gate, want[name])
				}
				if has := strings.Contains(fmt.Sprintf("%+v", r), secret); has != (r.Gate == content.Open) {
					t.Errorf("%s to %s has the words: %v", visibility, name, has)
				}
				if r.Gate != content.Open && (r.Article.Post.Rendered.Body != "" || !strings.Contains(r.Article.Post.Rendered.Teaser, "Before.")) {
					t.Errorf("%s to %s: %+v", visibility, name, r.Article.Post.Rendered)
				}
			}
		}
	}
	list, err := p.app.ListPosts(t.Context(), contentapp.ListPosts{})
	if err != nil || len(list.Items) != 3 {
		t.Fatalf("list: %d, %v", len(list.Items), err)
	}
	for _, s := range list.Items {
		if s.Visibility != content.Public && strings.Contains(fmt.Sprintf("%+v", s), secret) {
			t.Errorf("the list has the words of %s", s.Slug)
		}
	}
	p.paying.set(nil)
	if r, err := p.app.ReadPost(t.Context(), dan, "paid"); err != nil || r.Gate != content.NeedPlan || r.Article.Post.Rendered.Body != "" {
		t.Errorf("after the plan ended: %s, %v", r.Gate, err)
	}
	away := errors.New("billing is away")
	p.paying.set(away)
	if r, err := p.app.ReadPost(t.Context(), dan, "paid"); !errors.Is(err, away) || r.Article.Post.ID != "" {
		t.Errorf("while nobody can say: %+v, %v", r, err)
	}
}

func sourceIsForEditors(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	post := p.publish(t, ben, contentapp.WritePost{Title: "Open", Markdown: "Text. <!-- a note to myself -->"})
	r, err := p.app.ReadPost(t.Context(), ben, post.Text.Slug)
	if err != nil || strings.Contains(fmt.Sprintf("%+v", r), "a note to myself") {
		t.Errorf("a reader got the source: %+v, %v", r, err)
	}
	a, err := p.app.OpenPost(t.Context(), ben, post.ID)
	if err != nil || !strings.Contains(a.Post.Text.Markdown, "a note to myself") {
		t.Errorf("its author did not: %+v, %v", a, err)
	}
}

func derivedSlug(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	long := strings.Repeat("word ", 39)
	for i, c := range []struct{ title, want string }{
		{"Über uns & Co.", "uber-uns-and-co"},
		{"Same", "same"}, {"Same", "same-2"}, {"same!", "same-3"},
		{"!!!", "post"}, {"???", "post-2"},
		{"鍛造について", "鍛造について"}, {"鍛造について!", "鍛造について-2"}, {strings.Repeat("語", 50), strings.Repeat("語", 40)},
		{strings.Repeat("語", 51), strings.Repeat("語", 39) + "-2"}, {"Привет, мир", "privet-mir"},
		{long, strings.TrimRight(strings.Repeat("word-", 24), "-")},
	} {
		if got := p.write(t, ben, contentapp.WritePost{Title: c.title}).Text.Slug; got != c.want {
			t.Errorf("%d: %q is at %q, want %q", i, c.title, got, c.want)
		}
	}
	second := p.write(t, ben, contentapp.WritePost{Title: long}).Text.Slug
	if len(second) > content.MaxSlug || !strings.HasSuffix(second, "-2") {
		t.Errorf("a long one that is taken is at %q", second)
	}
	for range 25 {
		if got := p.write(t, ben, contentapp.WritePost{Title: "Same"}); !content.IsSlug(got.Text.Slug) {
			t.Errorf("slug %q", got.Text.Slug)
		}
	}
}

func givenSlug(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	first := p.write(t, ben, contentapp.WritePost{Title: "One", Slug: " mine "})
	if first.Text.Slug != "mine" {
		t.Errorf("slug %q", first.Text.Slug)
	}
	if typed := p.write(t, ben, contentapp.WritePost{Title: "One", Slug: "u\u0308ber-ガ"}); typed.Text.Slug != "über-ガ" {
		t.Errorf("slug %q", typed.Text.Slug)
	}
	_, err := p.app.WritePost(t.Context(), ben, contentapp.WritePost{Title: "Two", Slug: "mine", Visibility: content.Public})
	if !errors.Is(err, content.ErrSlugTaken) {
		t.Errorf("written at a taken one: %v", err)
	}
	_, err = p.app.WritePost(t.Context(), ben, contentapp.WritePost{Title: "Two", Slug: "Not Mine", Visibility: content.Public})
	if !errors.Is(err, content.ErrInvalidPost) {
		t.Errorf("written at a faulty one: %v", err)
	}
	other := p.write(t, ben, contentapp.WritePost{Title: "Other"})
	if _, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: other.ID, Seen: 1, Slug: new("mine")}); !errors.Is(err, content.ErrSlugTaken) {
		t.Errorf("moved to a taken one: %v", err)
	}
	cleared, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: other.ID, Seen: 1, Slug: new(""), Title: new("Mine")})
	if err != nil || cleared.Post.Text.Slug != "mine-2" {
		t.Errorf("cleared: %q, %v", cleared.Post.Text.Slug, err)
	}
	kept, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: other.ID, Seen: 2, Slug: new(""), Excerpt: new("About it.")})
	if err != nil || kept.Post.Text.Slug != "mine-2" {
		t.Errorf("cleared again under the same title: %q, %v", kept.Post.Text.Slug, err)
	}
}

func slugRace(t *testing.T, p *testApp) {
	const writers = 8
	var wg sync.WaitGroup
	slugs := make([]string, writers)
	for i := range writers {
		ben := newAuthor(fmt.Sprintf("Ben %d", i))
		wg.Go(func() {
			state, err := p.app.WritePost(t.Context(), ben, contentapp.WritePost{Title: "Race", Visibility: content.Public})
			if err != nil {
				t.Error(err)
			}
			slugs[i] = state.Post.Text.Slug
		})
	}
	wg.Wait()
	slices.Sort(slugs)
	if got := slices.Compact(slices.Clone(slugs)); len(got) != writers || slugs[0] != "race" {
		t.Errorf("slugs: %v", slugs)
	}
}

func sentAgain(t *testing.T, p *testApp) {
	ben, eve := newAuthor("Ben"), newAuthor("Eve")
	sent := contentapp.WritePost{Key: "one draft", Title: "Sent", Markdown: "One sentence.", Tags: []string{"A"}, Visibility: content.Public}
	first := p.write(t, ben, sent)
	for range 2 { // the answer was lost
		if again := p.write(t, ben, sent); again.ID != first.ID || again.Version != 1 || again.Text.Slug != "sent" {
			t.Errorf("sent again: %+v", again)
		}
	}
	sent.Markdown = "One sentence. Another one."
	for range 2 {
		again := p.write(t, ben, sent)
		if again.ID != first.ID || again.Version != 2 || again.Text.Markdown != sent.Markdown || again.Text.Slug != "sent" {
			t.Errorf("sent again with more: %+v", again)
		}
	}
	sent.Markdown = "Something else."
	if _, err := p.app.WritePost(t.Context(), ben, sent); !errors.Is(err, content.ErrPostChanged) {
		t.Errorf("sent again after it was saved since: %v", err)
	}
	if _, err := p.app.PublishPost(t.Context(), ben, first.ID); err != nil {
		t.Fatal(err)
	}
	sent.Markdown = "One sentence. Another one."
	if again := p.write(t, ben, sent); again.ID != first.ID || again.Status != content.Published {
		t.Errorf("sent again once it is published: %+v", again)
	}

	// A key belongs to one person: with somebody else's one begins a post of one's own.
	if theirs := p.write(t, eve, sent); theirs.ID == first.ID || theirs.Author != eve.UserID || theirs.Text.Slug != "sent-2" {
		t.Errorf("another author's: %+v", theirs)
	}
	if another := p.write(t, ben, contentapp.WritePost{Title: "Sent", Markdown: "x"}); another.ID == first.ID {
		t.Error("a post without a key is one of its own")
	}
	for _, key := range []string{strings.Repeat("k", content.MaxDraftKey+1), "a\nb", "schl\u00fcssel"} {
		if _, err := p.app.WritePost(t.Context(), ben, contentapp.WritePost{Key: key, Title: "x", Visibility: content.Public}); !errors.Is(err, content.ErrInvalidDraftKey) {
			t.Errorf("the key %q: %v", key, err)
		}
	}

	// At once, with a slug of its own choice too.
	for _, slug := range []string{"", "given"} {
		var wg sync.WaitGroup
		var ids sync.Map
		for range 8 {
			wg.Go(func() {
				state, err := p.app.WritePost(t.Context(), ben, contentapp.WritePost{Key: "at once " + slug, Title: "At once", Slug: slug, Visibility: content.Public})
				if err != nil {
					t.Error(err)
				}
				ids.Store(state.Post.ID, state.Post.Version)
			})
		}
		wg.Wait()
		posts := 0
		ids.Range(func(_, version any) bool {
			posts++
			if version != 1 {
				t.Errorf("version %d", version)
			}
			return true
		})
		if posts != 1 {
			t.Errorf("%d posts with the slug %q", posts, slug)
		}
	}
}

func twoEditors(t *testing.T, p *testApp) {
	ben, ada := newAuthor("Ben"), newEditor("Ada")
	post := p.write(t, ben, contentapp.WritePost{Title: "Draft", Markdown: "one"})
	saved, err := p.app.RevisePost(t.Context(), ada, contentapp.RevisePost{ID: post.ID, Seen: 1, Markdown: new("hers")})
	if err != nil || saved.Post.Version != 2 || saved.Post.Text.Title != "Draft" {
		t.Fatalf("the first save: %+v, %v", saved, err)
	}
	if _, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: post.ID, Seen: 1, Markdown: new("his")}); !errors.Is(err, content.ErrPostChanged) {
		t.Errorf("the second save: %v", err)
	}
	var wg sync.WaitGroup
	outcomes := make(chan error, 8)
	for i := range cap(outcomes) {
		wg.Go(func() {
			_, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: post.ID, Seen: 2, Markdown: new(fmt.Sprintf("at once %d", i))})
			outcomes <- err
		})
	}
	wg.Wait()
	close(outcomes)
	won := 0
	for err := range outcomes {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, content.ErrPostChanged):
			t.Errorf("at once: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of many saves at once went through", won)
	}
	revisions, err := p.app.PostRevisions(t.Context(), ben, post.ID)
	if err != nil || len(revisions) != 3 {
		t.Fatalf("revisions: %d, %v", len(revisions), err)
	}
	if revisions[2].Text.Markdown != "one" || revisions[1].Text.Markdown != "hers" || revisions[1].Editor != ada.UserID {
		t.Errorf("revisions: %+v", revisions)
	}
}

func idleSave(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	post := p.publish(t, ben, contentapp.WritePost{Title: "Calm", Markdown: "Text.", Tags: []string{"a"}})
	before := len(p.ledger.Published(content.PostChanged{}.EventName()))
	for _, c := range []contentapp.RevisePost{{}, {Title: new(" Calm "), Markdown: new("Text."), Tags: &[]string{"A"}}} {
		c.ID, c.Seen = post.ID, post.Version
		state, err := p.app.RevisePost(t.Context(), ben, c)
		if err != nil || state.Post.Version != post.Version || !state.Post.UpdatedAt.Equal(post.UpdatedAt) {
			t.Errorf("saved as %+v, %v", state, err)
		}
	}
	// The same save, whose answer was lost, is no conflict with oneself.
	for range 2 {
		state, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: post.ID, Seen: post.Version, Markdown: new("More.")})
		if err != nil || state.Post.Version != post.Version+1 {
			t.Errorf("sent again: %+v, %v", state, err)
		}
	}
	if n := len(p.ledger.Published(content.PostChanged{}.EventName())); n != before+1 {
		t.Errorf("%d events", n-before)
	}
}

func strangers(t *testing.T, p *testApp) {
	ben, eve := newAuthor("Ben"), newAuthor("Eve")
	former := ben
	former.Permissions = nil
	post := p.publish(t, ben, contentapp.WritePost{Title: "His", Markdown: "x"})
	for name, who := range map[string]identityport.Actor{"a visitor": {}, "a member": fixture.NewActor("Cleo"), "another author": eve, "a former author": former} {
		_, opened := p.app.OpenPost(t.Context(), who, post.ID)
		_, revised := p.app.RevisePost(t.Context(), who, contentapp.RevisePost{ID: post.ID, Seen: post.Version, Title: new("Hers")})
		_, unpublished := p.app.UnpublishPost(t.Context(), who, post.ID)
		_, revisions := p.app.PostRevisions(t.Context(), who, post.ID)
		for what, err := range map[string]error{"opened": opened, "revised": revised, "unpublished": unpublished, "looked back": revisions} {
			if !errors.Is(err, content.ErrPostNotFound) {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
	}
	for name, id := range map[string]content.PostID{"nothing": "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4cff", "no id": "x' OR 1=1", "empty": ""} {
		if _, err := p.app.OpenPost(t.Context(), newEditor("Ada"), id); !errors.Is(err, content.ErrPostNotFound) {
			t.Errorf("%s was opened: %v", name, err)
		}
	}
	if _, err := p.app.WritePost(t.Context(), fixture.NewActor("Cleo"), contentapp.WritePost{Title: "x", Visibility: content.Public}); !errors.Is(err, content.ErrMayNotWrite) {
		t.Errorf("a member wrote: %v", err)
	}
	writer := fixture.NewActor("Wim", content.PermissionWrite)
	own := p.write(t, writer, contentapp.WritePost{Title: "Own"})
	if _, err := p.app.PublishPost(t.Context(), writer, own.ID); !errors.Is(err, content.ErrMayNotPublish) {
		t.Errorf("a writer published: %v", err)
	}
	if _, err := p.app.PublishPost(t.Context(), newEditor("Ada"), own.ID); err != nil {
		t.Errorf("an editor did not: %v", err)
	}
}

func movedPost(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	post := p.publish(t, ben, contentapp.WritePost{Title: "Old", Markdown: "x", Tags: []string{"craft"}})
	if _, err := p.app.ReadPublicPost(t.Context(), "old"); err != nil {
		t.Fatal(err)
	}
	moved, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: post.ID, Seen: post.Version, Slug: new("new")})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.app.ReadPublicPost(t.Context(), "old"); err != nil || r.Article.Post.Text.Slug != "new" {
		t.Errorf("at the old slug: %q, %v", r.Article.Post.Text.Slug, err)
	}
	if _, err := p.app.ReadPublicPost(t.Context(), "new"); err != nil {
		t.Errorf("at the new slug: %v", err)
	}
	published := p.ledger.Published(content.PostChanged{}.EventName())
	if len(published) != 1 {
		t.Fatalf("%d events", len(published))
	}
	e, err := events.Decode[content.PostChanged](published[0])
	if err != nil || e.PreviousSlug != "old" || e.Slug != "new" || !e.Published || e.PostID != moved.Post.ID {
		t.Errorf("published %+v, %v", e, err)
	}
}

func cacheEmptiedByNote(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	post := p.publish(t, ben, contentapp.WritePost{Title: "Slow", Markdown: "old"})
	read := func() string {
		t.Helper()
		r, err := p.app.ReadPost(t.Context(), identityport.Actor{}, "slow")
		if err != nil {
			t.Fatal(err)
		}
		return r.Article.Post.Rendered.Body
	}
	read()
	p.cache.Away.Store(true)
	if _, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: post.ID, Seen: post.Version, Markdown: new("new")}); err != nil {
		t.Fatalf("a cache that is away fails a save: %v", err)
	}
	p.cache.Away.Store(false)
	if got := read(); !strings.Contains(got, "old") {
		t.Fatalf("read %q: the cache heard of the change otherwise", got)
	}
	p.cache.ReadNotes(t)
	if got := read(); !strings.Contains(got, "new") {
		t.Errorf("read %q", got)
	}
}

func listPages(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	var want []string
	for i := range 7 {
		want = append(want, p.publish(t, ben, contentapp.WritePost{Title: fmt.Sprintf("Post %d", i)}).Text.Slug)
		p.clock.Advance(time.Minute)
	}
	slices.Reverse(want)
	p.write(t, ben, contentapp.WritePost{Title: "A draft"})
	for _, limit := range []int{1, 2, 3, 6, 7, 8, 100} {
		var got []string
		cursor := ""
		for pages := 0; pages == 0 || cursor != ""; pages++ {
			list, err := p.app.ListPosts(t.Context(), contentapp.ListPosts{Cursor: cursor, Limit: limit})
			if err != nil || len(list.Items) == 0 || len(list.Items) > limit {
				t.Fatalf("limit %d: %d items, %v", limit, len(list.Items), err)
			}
			for _, s := range list.Items {
				got = append(got, s.Slug)
			}
			cursor = list.NextCursor
		}
		if !slices.Equal(got, want) {
			t.Errorf("limit %d: %v, want %v", limit, got, want)
		}
	}
	for _, limit := range []int{0, -5, 1000} {
		if list, err := p.app.ListPosts(t.Context(), contentapp.ListPosts{Limit: limit}); err != nil || len(list.Items) == 0 {
			t.Errorf("limit %d: %d items, %v", limit, len(list.Items), err)
		}
	}
}

func narrowedLists(t *testing.T, p *testApp) {
	ben, eve := newAuthor("Ben"), newAuthor("Eve")
	p.publish(t, ben, contentapp.WritePost{Title: "One", Tags: []string{"Craft", "writing"}})
	p.publish(t, eve, contentapp.WritePost{Title: "Two", Tags: []string{"craft"}})
	count := func(q contentapp.ListPosts, want int) {
		t.Helper()
		for range 2 {
			list, err := p.app.ListPosts(t.Context(), q)
			if err != nil || len(list.Items) != want {
				t.Errorf("%+v: %d posts, %v, want %d", q, len(list.Items), err, want)
			}
		}
	}
	count(contentapp.ListPosts{Tag: "craft"}, 2)
	count(contentapp.ListPosts{Tag: " CRAFT "}, 2)
	count(contentapp.ListPosts{Tag: "writing"}, 1)
	count(contentapp.ListPosts{Tag: "craft", Author: "eve"}, 1)
	count(contentapp.ListPosts{Author: "ben"}, 1)
	count(contentapp.ListPosts{Author: "nobody"}, 0)
	count(contentapp.ListPosts{Tag: "no such tag"}, 0)
	count(contentapp.ListPosts{Tag: "a:b'c"}, 0)
	count(contentapp.ListPosts{Author: "BEN' OR 1=1"}, 0)
	p.publish(t, eve, contentapp.WritePost{Title: "Three", Tags: []string{"no-such-tag"}})
	count(contentapp.ListPosts{Tag: "no such tag"}, 1)
	if a, err := p.app.ReadAuthor(t.Context(), "ben"); err != nil || a.User != ben.UserID {
		t.Errorf("author: %+v, %v", a, err)
	}
	for _, handle := range []string{"nobody", "BEN", "", "b/en"} {
		if _, err := p.app.ReadAuthor(t.Context(), handle); !errors.Is(err, content.ErrAuthorNotFound) {
			t.Errorf("%q: %v", handle, err)
		}
	}
}

func madeUpCursor(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	for i := range 3 {
		p.publish(t, ben, contentapp.WritePost{Title: fmt.Sprintf("Post %d", i)})
	}
	list, err := p.app.ListPosts(t.Context(), contentapp.ListPosts{Limit: 1})
	if err != nil || list.NextCursor == "" {
		t.Fatalf("%+v, %v", list, err)
	}
	good := list.NextCursor
	for _, cursor := range []string{
		"x", "!", good + "=", good + "A", good[1:], strings.Repeat("A", 5000), "MQ", "MS4", "LTEuMDE5OGMzZjA",
		"OTIyMzM3MjAzNjg1NDc3NTgwNy4wMTk4YzNmMC03ZDJhLTdjMzEtOWE0NC0zZjZiMWQyZTRjMDE", // the last microsecond of 64 bits
		"MS4wMTk4QzNGMC03ZDJhLTdjMzEtOWE0NC0zZjZiMWQyZTRjMDE",                         // an id in capitals
	} {
		if _, err := p.app.ListPosts(t.Context(), contentapp.ListPosts{Cursor: cursor}); !errors.Is(err, content.ErrInvalidCursor) {
			t.Errorf("%.60q: %v", cursor, err)
		}
		if _, err := p.app.StudioPosts(t.Context(), ben, studio.Query{Cursor: cursor, Limit: 1}); !errors.Is(err, content.ErrInvalidCursor) {
			t.Errorf("written after %.60q: %v", cursor, err)
		}
	}
}

func writtenLists(t *testing.T, p *testApp) {
	ben, eve, ada := newAuthor("Ben"), newAuthor("Eve"), newEditor("Ada")
	p.publish(t, ben, contentapp.WritePost{Title: "Public"})
	p.clock.Advance(time.Minute)
	draft := p.write(t, ben, contentapp.WritePost{Title: "Draft"})
	p.write(t, eve, contentapp.WritePost{Title: "Hers"})
	list, err := p.app.StudioPosts(t.Context(), ben, studio.Query{Limit: 1})
	if err != nil || len(list.Items) != 1 || list.Items[0].ID != draft.ID || list.NextCursor == "" {
		t.Fatalf("ben sees %+v, %v", list, err)
	}
	list, err = p.app.StudioPosts(t.Context(), ben, studio.Query{Cursor: list.NextCursor, Limit: 1})
	if err != nil || len(list.Items) != 1 || list.Items[0].Slug != "public" || list.NextCursor != "" {
		t.Errorf("ben's second page: %+v, %v", list, err)
	}
	if list, err := p.app.StudioPosts(t.Context(), ada, studio.Query{Limit: 0}); err != nil || len(list.Items) != 3 {
		t.Errorf("an editor sees %d, %v", len(list.Items), err)
	}
	for name, who := range map[string]identityport.Actor{"a visitor": {}, "a member": fixture.NewActor("Cleo")} {
		if _, err := p.app.StudioPosts(t.Context(), who, studio.Query{Limit: 0}); !errors.Is(err, content.ErrMayNotWrite) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func publishedAndAudited(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	post := p.write(t, ben, contentapp.WritePost{Title: "Told", Visibility: content.Paid, Tags: []string{"craft"}})
	revise := func(seen int) {
		t.Helper()
		_, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: post.ID, Seen: seen, Markdown: new(fmt.Sprintf("text %d", seen))})
		if err != nil {
			t.Fatal(err)
		}
	}
	revise(1)
	if n := len(p.ledger.Events); n != 0 {
		t.Errorf("a draft was published: %d events", n)
	}
	if _, err := p.app.PublishPost(t.Context(), ben, post.ID); err != nil {
		t.Fatal(err)
	}
	revise(3)
	if _, err := p.app.UnpublishPost(t.Context(), ben, post.ID); err != nil {
		t.Fatal(err)
	}
	published := p.ledger.Published(content.PostPublished{}.EventName())
	if len(published) != 1 {
		t.Fatalf("published %d times", len(published))
	}
	want := content.PostPublished{PostID: post.ID, Slug: "told", Title: "Told", Author: ben.UserID, Visibility: content.Paid, Tags: []string{"craft"}}
	if e, err := events.Decode[content.PostPublished](published[0]); err != nil || fmt.Sprint(e) != fmt.Sprint(want) {
		t.Errorf("published %+v, %v, want %+v", e, err, want)
	}
	var standing []bool
	for _, e := range p.ledger.Published(content.PostChanged{}.EventName()) {
		c, err := events.Decode[content.PostChanged](e)
		if err != nil {
			t.Fatal(err)
		}
		standing = append(standing, c.Published)
	}
	if !slices.Equal(standing, []bool{true, false}) {
		t.Errorf("changed, and published: %v", standing)
	}
	for action, want := range map[string]int{
		"content.post_written": 1, "content.post_revised": 2, "content.post_published": 1, "content.post_unpublished": 1,
	} {
		acts := p.ledger.Did(action)
		if len(acts) != want {
			t.Errorf("%s: %d times, want %d", action, len(acts), want)
		}
		for _, act := range acts {
			if act.Actor != string(ben.UserID) || act.Resource != "post:"+string(post.ID) || act.IP != ben.IP {
				t.Errorf("%s: %+v", action, act)
			}
		}
	}
}

func authorRegisters(t *testing.T, p *testApp) {
	name := identityport.UserRegistered{}.EventName()
	p.called(t, fixture.GoldenUser, "Cleo")
	if err := fixture.Deliver(t, p.app.Subscribers(), fixture.GoldenEvent(t, name, fixture.RegisteredFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.app.ReadAuthor(t.Context(), "cleo"); !errors.Is(err, content.ErrAuthorNotFound) {
		t.Errorf("a member got a profile: %v", err)
	}
	e := fixture.GoldenEvent(t, name, fixture.RegisteredFile, `"member"`, `"author"`)
	for range 3 {
		if err := fixture.Deliver(t, p.app.Subscribers(), e); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := p.app.ReadAuthor(t.Context(), "cleo"); err != nil || a.User != fixture.GoldenUser || a.Name != "Cleo" {
		t.Errorf("profile: %+v, %v", a, err)
	}
	a, err := p.app.OpenAuthorProfile(t.Context(), newAuthor("Cleo").UserID, "Cleo")
	if err != nil || a.Handle != "cleo-2" {
		t.Errorf("another of the same name: %+v, %v", a, err)
	}
	broken := e
	broken.Payload = []byte("{")
	if err := fixture.Deliver(t, p.app.Subscribers(), broken); err == nil {
		t.Error("a broken event was taken")
	}
}

func authorErased(t *testing.T, p *testApp) {
	cleo, ben := newAuthor("Cleo"), newAuthor("Ben")
	cleo.UserID = fixture.GoldenUser
	hers := p.publish(t, cleo, contentapp.WritePost{Title: "Hers", Tags: []string{"craft"}})
	p.write(t, cleo, contentapp.WritePost{Title: "Her draft"})
	p.publish(t, ben, contentapp.WritePost{Title: "His"})
	if _, err := p.app.ReadPublicPost(t.Context(), "hers"); err != nil {
		t.Fatal(err)
	}
	e := fixture.GoldenEvent(t, identityport.UserErased{}.EventName(), fixture.ErasedFile)
	for range 2 {
		if err := fixture.Deliver(t, p.app.Subscribers(), e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.app.ReadPublicPost(t.Context(), "hers"); !errors.Is(err, content.ErrPostNotFound) {
		t.Errorf("her post: %v", err)
	}
	if _, err := p.app.ReadAuthor(t.Context(), "cleo"); !errors.Is(err, content.ErrAuthorNotFound) {
		t.Errorf("her profile: %v", err)
	}
	if list, err := p.app.StudioPosts(t.Context(), newEditor("Ada"), studio.Query{Limit: 0}); err != nil || len(list.Items) != 1 {
		t.Errorf("left: %d, %v", len(list.Items), err)
	}
	published := p.ledger.Published(content.PostChanged{}.EventName())
	if len(published) != 1 {
		t.Fatalf("published %d times", len(published))
	}
	if c, err := events.Decode[content.PostChanged](published[0]); err != nil || c.PostID != hers.ID || c.Published {
		t.Errorf("published %+v, %v", c, err)
	}
}

func imported(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	at := p.clock.Now().Add(-30 * 24 * time.Hour)
	c := contentapp.ImportPost{Title: "Then", Slug: "then", Markdown: "x", Visibility: content.Public, PublishedAt: at}
	state, err := p.app.ImportPost(t.Context(), ben, c)
	if err != nil || !state.PublishedAt.Equal(at) || !state.CreatedAt.Equal(at) || state.Status != content.Published {
		t.Errorf("imported as %+v, %v", state, err)
	}
	if _, err := p.app.ImportPost(t.Context(), ben, c); !errors.Is(err, content.ErrSlugTaken) {
		t.Errorf("imported twice: %v", err)
	}
	c.Slug, c.PublishedAt = "later", p.clock.Now().Add(time.Hour)
	if state, err := p.app.ImportPost(t.Context(), ben, c); err != nil || state.PublishedAt.After(p.clock.Now()) {
		t.Errorf("imported from the future as %+v, %v", state, err)
	}
	if _, err := p.app.ImportPost(t.Context(), fixture.NewActor("Cleo"), c); !errors.Is(err, content.ErrMayNotPublish) {
		t.Errorf("a member imported: %v", err)
	}
	if n := len(p.ledger.Published(content.PostPublished{}.EventName())); n != 2 {
		t.Errorf("published %d times", n)
	}
}

func contentExport(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	p.publish(t, ben, contentapp.WritePost{Title: "One", Markdown: "first", Visibility: content.Paid})
	p.write(t, ben, contentapp.WritePost{Title: "Two", Markdown: "second"})
	p.write(t, newAuthor("Eve"), contentapp.WritePost{Title: "Hers"})
	got, err := p.app.ExportUser(t.Context(), identityport.Subject{User: ben.UserID})
	if err != nil {
		t.Fatal(err)
	}
	export := got.(privacy.Export)
	if export.Handle != "ben" || len(export.Posts) != 2 {
		t.Errorf("exported %+v", export)
	}
	for _, post := range export.Posts {
		if post.BodyMarkdown == "" || (post.PublishedAt != nil) != (post.Slug == "one") {
			t.Errorf("exported %+v", post)
		}
	}
	for _, nobody := range []identityport.UserID{fixture.NewActor("Cleo").UserID, ""} {
		if got, err := p.app.ExportUser(t.Context(), identityport.Subject{User: nobody}); err != nil || len(got.(privacy.Export).Posts) != 0 {
			t.Errorf("%q: %+v, %v", nobody, got, err)
		}
	}
}

func preview(t *testing.T, p *testApp) {
	ben := newAuthor("Ben")
	r, err := p.app.Preview(t.Context(), ben, "**bold** <script>alert(1)</script>", content.Public)
	if err != nil || !strings.Contains(r.Body, "<strong>bold</strong>") || strings.Contains(r.Body, "<script") {
		t.Errorf("preview: %+v, %v", r, err)
	}
	if _, err := p.app.Preview(t.Context(), fixture.NewActor("Cleo"), "x", content.Public); !errors.Is(err, content.ErrMayNotWrite) {
		t.Errorf("a member: %v", err)
	}
	for _, text := range []string{strings.Repeat("a", content.MaxBody+1), "\xff"} {
		if _, err := p.app.Preview(t.Context(), ben, text, content.Paid); !errors.Is(err, content.ErrInvalidPost) {
			t.Errorf("a faulty text: %v", err)
		}
	}
	if list, err := p.app.StudioPosts(t.Context(), newEditor("Ada"), studio.Query{Limit: 0}); err != nil || len(list.Items) != 0 {
		t.Errorf("kept: %+v, %v", list, err)
	}
}

// renamedAuthor holds what a reader gets of an author who has another name: the
// directory knows it, and content is published, or hears the event.
func renamedAuthor(t *testing.T, p *testApp) {
	ada := newAuthor("Ada")
	ada.UserID = fixture.GoldenUser
	p.people[ada.UserID] = identityport.Person{ID: ada.UserID, Name: "Ada"}
	post := p.publish(t, ada, contentapp.WritePost{Title: "Hers", Tags: []string{"craft"}})
	read := func(want string) {
		t.Helper()
		reading, err := p.app.ReadPost(t.Context(), identityport.Actor{}, post.Text.Slug)
		if err != nil || reading.Article.Author.Name != want {
			t.Errorf("the post is by %q, %v; want %q", reading.Article.Author.Name, err, want)
		}
		for _, q := range []contentapp.ListPosts{{}, {Tag: "craft"}, {Author: "ada"}} {
			if list, err := p.app.ListPosts(t.Context(), q); err != nil || len(list.Items) != 1 || list.Items[0].AuthorName != want {
				t.Errorf("%+v lists %+v, %v; want one by %q", q, list.Items, err, want)
			}
		}
	}
	leads := func(from, to string) {
		t.Helper()
		if a, err := p.app.ReadAuthor(t.Context(), from); err != nil || a.Handle != to {
			t.Errorf("%s leads to %q, %v; want %q", from, a.Handle, err, to)
		}
	}
	read("Ada")
	p.people[ada.UserID] = identityport.Person{ID: ada.UserID, Name: "Grace"}
	if err := p.app.PersonRenamed(t.Context(), ada.UserID); err != nil {
		t.Fatal(err)
	}
	read("Grace")
	leads("ada", "grace")
	p.people[ada.UserID] = identityport.Person{ID: ada.UserID, Name: "Lin"}
	e := fixture.GoldenEvent(t, identityport.UserRenamed{}.EventName(), "ports/identityport/testdata/user_renamed.v1.golden.json")
	for range 2 {
		if err := fixture.Deliver(t, p.app.Subscribers(), e); err != nil {
			t.Fatal(err)
		}
	}
	read("Lin")
	leads("ada", "lin")
	leads("grace", "lin")
	given, err := p.app.ExportUser(t.Context(), identityport.Subject{User: ada.UserID})
	if x, ok := given.(privacy.Export); err != nil || !ok || x.Handle != "lin" || len(x.FormerHandles) != 2 || x.FormerHandles[0].Handle != "ada" || x.FormerHandles[0].LeftAt.IsZero() {
		t.Errorf("the export has %+v, %v", given, err)
	}
	p.people[ada.UserID] = identityport.Person{ID: ada.UserID, Name: "Lin", Suspended: true}
	if _, err := p.app.ReadAuthor(t.Context(), "ada"); !errors.Is(err, content.ErrAuthorNotFound) {
		t.Errorf("a former handle of who is suspended: %v", err)
	}
	if err := fixture.Deliver(t, p.app.Subscribers(), fixture.GoldenEvent(t, identityport.UserErased{}.EventName(), fixture.ErasedFile)); err != nil {
		t.Fatal(err)
	}
	for _, handle := range []string{"ada", "grace", "lin"} {
		if _, err := p.app.ReadAuthor(t.Context(), handle); !errors.Is(err, content.ErrAuthorNotFound) {
			t.Errorf("%s of who is erased: %v", handle, err)
		}
	}
	if err := p.app.PersonRenamed(t.Context(), ada.UserID); err != nil {
		t.Errorf("a rename of who is no author: %v", err)
	}
}
