package content_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/contenthttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// door knows people by their session cookies.
type door map[string]identityport.Actor

func (d door) AuthenticateSession(_ context.Context, s identity.Secret) (identity.Actor, error) {
	if who, ok := d[s.Reveal()]; ok {
		return who, nil
	}
	return identity.Actor{}, identity.ErrNotSignedIn
}

func (d door) AuthenticateToken(ctx context.Context, token string) (identity.Actor, error) {
	return d.AuthenticateSession(ctx, identity.Secret(token))
}

func (d door) AuthenticatePersonalToken(ctx context.Context, s identity.Secret, _ string) (identity.Actor, error) {
	return d.AuthenticateSession(ctx, s)
}

// countedReads counts the posts that are read from the database.
type countedReads struct {
	content.Reads
	posts atomic.Int64
}

func (r *countedReads) Published(ctx context.Context, slug string) (content.Article, error) {
	r.posts.Add(1)
	return r.Reads.Published(ctx, slug)
}

type noOffers struct{}

func (noOffers) OfferFor(context.Context, billingport.Entitlement) (*billingport.Offer, error) {
	return nil, nil
}

// newsstand serves content's API to the people of a door.
type newsstand struct {
	*testApp
	t      *testing.T
	app    *contentapp.App
	client fiberhttptest.Client
	reads  *countedReads
	door   door
	ben    identityport.Actor
}

func openNewsstand(t *testing.T, p *testApp) *newsstand {
	t.Helper()
	n := &newsstand{testApp: p, t: t, reads: &countedReads{Reads: p.deps.Reads}, ben: newAuthor("Ben")}
	overdue := fixture.NewActor("Eve")
	overdue.SecondFactorOverdue = true
	n.door = door{"ben": n.ben, "ada": newEditor("Ada"), "cleo": fixture.NewActor("Cleo"), "dan": fixture.NewActor("Dan"), "eve": overdue}
	p.paying.set(nil, n.door["dan"].Organizations...)
	deps := p.deps
	deps.Reads = n.reads
	var err error
	if n.app, err = contentapp.New(deps); err != nil {
		t.Fatal(err)
	}
	settings := fiberhttptest.Settings(t)
	settings.Cache, settings.Sessions = deps.Cache, n.door
	server := fiberhttptest.MustNew(t, settings)
	if err := contenthttp.Register(server, contenthttp.Deps{Content: n.app, Offers: noOffers{}, People: p.people, Markdown: markdown.FromHTML}); err != nil {
		t.Fatal(err)
	}
	n.client = fiberhttptest.Serve(t, server)
	return n
}

type keptPost struct {
	Title    string  `json:"title"`
	Gate     string  `json:"gate"`
	BodyHTML *string `json:"body_html"`
	Author   struct{ Name string }
	Version  int `json:"version"`
}

func (n *newsstand) read(session, slug string) (keptPost, fiberhttptest.Answer) {
	n.t.Helper()
	a := n.client.Get("/api/v1/posts/"+slug, session)
	var p keptPost
	if a.StatusCode == 200 {
		if err := json.Unmarshal([]byte(a.Body), &p); err != nil {
			n.t.Fatal(err)
		}
		if cached := a.Header.Get("Cache-Control"); session != "" && cached != "private, no-store" {
			n.t.Errorf("an answer to %s may be kept elsewhere: %q", session, cached)
		}
	}
	return p, a
}

// gates checks who reads the body of a post and who stands before which gate.
func (n *newsstand) gates(slug, words string, want map[string]content.Gate) {
	n.t.Helper()
	for range 3 { // from the database, and twice from what is kept
		for session, gate := range want {
			p, a := n.read(session, slug)
			open := p.BodyHTML != nil && strings.Contains(*p.BodyHTML, words)
			if p.Gate != string(gate) || open != (gate == content.Open) || strings.Contains(a.Body, words) != open {
				n.t.Errorf("%s of %q: gate %q, open %t, want %s: %d %s", slug, session, p.Gate, open, gate, a.StatusCode, a.Body)
			}
		}
	}
}

// An answer is kept for all who get the same bytes, and for nobody else, until what it is
// made of changes.
func TestGetPost_KeepsAnAnswerForThoseWhoGetItAlike(t *testing.T) {
	t.Parallel()
	stories := map[string]func(*newsstand){
		"by visibility":                  keptByVisibility,
		"from what is kept":              keptAsBytes,
		"until the post changes":         keptUntilChanged,
		"until its author is renamed":    keptUntilRenamed,
		"and a plan that ends ends it":   keptWhilePaid,
		"of the post that has the slug":  keptOfThePost,
		"while an author gets their own": authorsGetTheirOwn,
		"until an author is taken out":   keptWhileWrittenTogether,
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for title, story := range stories {
				t.Run(title, func(t *testing.T) {
					t.Parallel()
					story(openNewsstand(t, newTestApp(t, open(t))))
				})
			}
		})
	}
}

const keptWords = "the-hidden-words"

func (n *newsstand) publishes(title string, v content.Visibility) content.PostState {
	n.t.Helper()
	return n.publish(n.t, n.ben, contentapp.WritePost{Title: title, Markdown: "Before.\n\n<!--more-->\n\n" + keptWords, Visibility: v})
}

func keptByVisibility(n *newsstand) {
	for visibility, want := range map[content.Visibility]map[string]content.Gate{
		content.Public:  {"": content.Open, "nobody": content.Open, "cleo": content.Open, "dan": content.Open, "eve": content.Open, "ada": content.Open},
		content.Members: {"": content.NeedSignIn, "nobody": content.NeedSignIn, "eve": content.NeedSignIn, "cleo": content.Open, "dan": content.Open, "ben": content.Open, "ada": content.Open},
		content.Paid:    {"": content.NeedPlan, "nobody": content.NeedPlan, "cleo": content.NeedPlan, "eve": content.NeedPlan, "dan": content.Open, "ben": content.Open, "ada": content.Open},
	} {
		n.publishes(string(visibility), visibility)
		n.gates(string(visibility), keptWords, want)
	}
	draft := n.write(n.t, n.ben, contentapp.WritePost{Title: "A draft", Markdown: keptWords})
	for range 2 {
		for _, session := range []string{"", "cleo", "dan", "ada"} {
			if _, a := n.read(session, draft.Text.Slug); a.StatusCode != 404 || strings.Contains(a.Body, keptWords) {
				n.t.Errorf("a draft to %q: %d", session, a.StatusCode)
			}
		}
	}
}

func keptAsBytes(n *newsstand) {
	n.publishes("kept", content.Members)
	for range 3 {
		n.read("cleo", "kept")
		n.read("dan", "kept")
	}
	// One read finds out who may, one is the answer of all who may.
	if reads := n.reads.posts.Load(); reads != 2 {
		n.t.Errorf("%d reads for six requests, want 2", reads)
	}
	_, a := n.read("cleo", "kept")
	if known := n.client.Get("/api/v1/posts/kept", "dan", "If-None-Match", a.Header.Get("ETag")); known.StatusCode != 304 {
		n.t.Errorf("who has the answer got %d", known.StatusCode)
	}
	if known := n.client.Get("/api/v1/posts/kept", "eve", "If-None-Match", a.Header.Get("ETag")); known.StatusCode != 200 {
		n.t.Errorf("who may not have it learns that it is the same: %d", known.StatusCode)
	}
}

func keptUntilChanged(n *newsstand) {
	post := n.publishes("kept", content.Members)
	members := map[string]content.Gate{"": content.NeedSignIn, "cleo": content.Open, "dan": content.Open}
	n.gates("kept", keptWords, members)

	text := "Before.\n\n<!--more-->\n\nother words"
	edited, err := n.app.RevisePost(n.t.Context(), n.ben, contentapp.RevisePost{ID: post.ID, Seen: post.Version, Markdown: &text})
	if err != nil {
		n.t.Fatal(err)
	}
	n.gates("kept", "other words", members)

	paid := content.Paid
	_, err = n.app.RevisePost(n.t.Context(), n.ben, contentapp.RevisePost{ID: post.ID, Seen: edited.Post.Version, Visibility: &paid})
	if err != nil {
		n.t.Fatal(err)
	}
	n.gates("kept", "other words", map[string]content.Gate{"": content.NeedPlan, "cleo": content.NeedPlan, "eve": content.NeedPlan, "dan": content.Open})

	if _, err := n.app.UnpublishPost(n.t.Context(), n.ben, post.ID); err != nil {
		n.t.Fatal(err)
	}
	for _, session := range []string{"", "cleo", "dan"} {
		if _, a := n.read(session, "kept"); a.StatusCode != 404 {
			n.t.Errorf("taken back, to %q: %d", session, a.StatusCode)
		}
	}
	if _, err := n.app.PublishPost(n.t.Context(), n.ben, post.ID); err != nil {
		n.t.Fatal(err)
	}
	n.gates("kept", "other words", map[string]content.Gate{"": content.NeedPlan, "cleo": content.NeedPlan, "dan": content.Open})
}

// keptWhileWrittenTogether: an author who is taken out reads it no longer, and one who is erased
// is named no longer, though that makes no new version.
func keptWhileWrittenTogether(n *newsstand) {
	zoe := newAuthor("Zoe")
	n.door["zoe"] = zoe
	n.opened(n.t, zoe)
	post := n.publishes("kept", content.Paid)
	n.gates("kept", keptWords, map[string]content.Gate{"": content.NeedPlan, "zoe": content.NeedPlan, "cleo": content.NeedPlan})
	name := func(handles ...string) {
		n.t.Helper()
		if _, err := n.nameAuthors(n.t, n.ben, post.ID, handles...); err != nil {
			n.t.Fatal(err)
		}
	}
	name("ben", "zoe")
	n.gates("kept", keptWords, map[string]content.Gate{"": content.NeedPlan, "zoe": content.Open, "ben": content.Open, "cleo": content.NeedPlan})
	name("ben")
	n.gates("kept", keptWords, map[string]content.Gate{"": content.NeedPlan, "zoe": content.NeedPlan, "ben": content.Open, "cleo": content.NeedPlan})
	name("ben", "zoe")
	tags := map[string]string{"": "", "dan": ""}
	for session := range tags {
		_, before := n.read(session, "kept")
		if tags[session] = before.Header.Get("ETag"); !strings.Contains(before.Body, "Zoe") {
			n.t.Errorf("%q reads %s", session, before.Body)
		}
	}
	e, err := events.New(idgentest.New(), n.clock.Now(), identityport.UserErased{UserID: zoe.UserID})
	if err != nil {
		n.t.Fatal(err)
	}
	if err := fixture.Deliver(n.t, n.app.Subscribers(), e); err != nil {
		n.t.Fatal(err)
	}
	for session, tag := range tags {
		if after := n.client.Get("/api/v1/posts/kept", session, "If-None-Match", tag); after.StatusCode != 200 || strings.Contains(after.Body, "Zoe") {
			n.t.Errorf("%q reads of who is erased: %d %s", session, after.StatusCode, after.Body)
		}
	}
}

func keptUntilRenamed(n *newsstand) {
	n.people[n.ben.UserID] = identityport.Person{ID: n.ben.UserID, Name: "Ben"}
	n.publishes("kept", content.Members)
	for _, name := range []string{"Ben", "Quill", "Vellum"} {
		n.people[n.ben.UserID] = identityport.Person{ID: n.ben.UserID, Name: name}
		if err := n.app.PersonRenamed(n.t.Context(), n.ben.UserID); err != nil {
			n.t.Fatal(err)
		}
		for range 2 {
			for _, session := range []string{"", "cleo", "dan", "eve"} {
				if p, _ := n.read(session, "kept"); p.Author.Name != name {
					n.t.Errorf("%q reads of %q, want %q", session, p.Author.Name, name)
				}
			}
		}
	}
}

func keptWhilePaid(n *newsstand) {
	n.publishes("kept", content.Paid)
	n.gates("kept", keptWords, map[string]content.Gate{"dan": content.Open, "cleo": content.NeedPlan})
	n.paying.set(nil, n.door["cleo"].Organizations...)
	n.gates("kept", keptWords, map[string]content.Gate{"cleo": content.Open, "dan": content.NeedPlan, "": content.NeedPlan})
	n.paying.set(nil)
	n.gates("kept", keptWords, map[string]content.Gate{"cleo": content.NeedPlan, "dan": content.NeedPlan})
	n.paying.set(context.DeadlineExceeded)
	if _, a := n.read("dan", "kept"); a.StatusCode < 500 || strings.Contains(a.Body, keptWords) {
		n.t.Errorf("while nobody knows who pays: %d %s", a.StatusCode, a.Body)
	}
}

func keptOfThePost(n *newsstand) {
	moved := n.publishes("kept", content.Members)
	n.gates("kept", keptWords, map[string]content.Gate{"cleo": content.Open})
	elsewhere := "elsewhere"
	if _, err := n.app.RevisePost(n.t.Context(), n.ben, contentapp.RevisePost{ID: moved.ID, Seen: moved.Version, Slug: &elsewhere}); err != nil {
		n.t.Fatal(err)
	}
	for _, slug := range []string{"elsewhere", "kept"} { // which leads there
		n.gates(slug, keptWords, map[string]content.Gate{"": content.NeedSignIn, "cleo": content.Open})
	}
	if _, err := n.app.TrashPost(n.t.Context(), n.ben, moved.ID); err != nil {
		n.t.Fatal(err)
	}
	if err := n.app.DeletePost(n.t.Context(), n.ben, moved.ID); err != nil {
		n.t.Fatal(err)
	}
	n.publish(n.t, n.ben, contentapp.WritePost{Title: "kept", Slug: "kept", Markdown: "Before.\n\n<!--more-->\n\nfor money", Visibility: content.Paid})
	n.gates("kept", "for money", map[string]content.Gate{"": content.NeedPlan, "cleo": content.NeedPlan, "dan": content.Open})
}

func authorsGetTheirOwn(n *newsstand) {
	post := n.publishes("kept", content.Paid)
	for _, session := range []string{"ben", "ada"} {
		if _, a := n.read(session, "kept"); a.Header.Get("ETag") != fiberhttp.ETagOf(post.Version) {
			n.t.Errorf("%s gets ETag %s, which names no version", session, a.Header.Get("ETag"))
		}
		source := n.client.Get("/api/v1/posts/"+string(post.ID), session)
		if source.StatusCode != 200 || !strings.Contains(source.Body, "body_markdown") {
			n.t.Errorf("%s: %d %s", session, source.StatusCode, source.Body)
		}
	}
	for _, session := range []string{"", "cleo", "dan"} {
		for range 2 {
			if _, a := n.read(session, string(post.ID)); a.StatusCode != 404 {
				n.t.Errorf("%q reads a post by its id: %d", session, a.StatusCode)
			}
		}
	}
	if p, _ := n.read("dan", "kept"); strconv.Itoa(p.Version) != strings.Trim(fiberhttp.ETagOf(post.Version), `"`) {
		n.t.Errorf("version %d", p.Version)
	}
}
