package content_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

const renamedFile = "ports/identityport/testdata/user_renamed.v1.golden.json"

// onTestApps runs a test of content on both databases.
func onTestApps(t *testing.T, run func(t *testing.T, p *testApp)) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, newTestApp(t, open(t)))
		})
	}
}

// called says what the directory calls somebody, and what their profile does.
func (p *testApp) called(t *testing.T, id identityport.UserID, name string) {
	t.Helper()
	p.people[id] = identityport.Person{ID: id, Name: name}
}

func (p *testApp) profile(t *testing.T, id identityport.UserID, want string) {
	t.Helper()
	if a, err := p.deps.Reads.AuthorByID(t.Context(), id); err != nil || a.Name != want || a.Handle != content.HandleFrom(want) {
		t.Errorf("the profile is %+v, %v; want %q", a, err, want)
	}
}

// counting counts how often pages are made stale.
type counting struct {
	cache.Cache
	n atomic.Int32
}

func (c *counting) Invalidate(ctx context.Context, tags ...string) error {
	if slices.Contains(tags, content.TagBylines) {
		c.n.Add(1)
	}
	return c.Cache.Invalidate(ctx, tags...)
}

// TestOpenAuthorProfile_KeepsTheLaterName has an author write and be registered by names
// that they had before: an actor comes from a cache, and an event may be late.
func TestOpenAuthorProfile_KeepsTheLaterName(t *testing.T) {
	onTestApps(t, func(t *testing.T, p *testApp) {
		ada := newAuthor("Ada")
		ada.UserID = fixture.GoldenUser
		p.called(t, ada.UserID, "Grace")
		p.write(t, ada, contentapp.WritePost{Title: "One"}) // a first post, by the name from before
		p.profile(t, ada.UserID, "Grace")

		p.called(t, ada.UserID, "Lin")
		if err := p.app.PersonRenamed(t.Context(), ada.UserID); err != nil {
			t.Fatal(err)
		}
		p.write(t, ada, contentapp.WritePost{Title: "Two"})
		p.profile(t, ada.UserID, "Lin")
		late := fixture.GoldenEvent(t, identityport.UserRegistered{}.EventName(), fixture.RegisteredFile, `"member"`, `"author"`)
		if err := fixture.Deliver(t, p.app.Subscribers(), late); err != nil {
			t.Fatal(err)
		}
		p.profile(t, ada.UserID, "Lin")
		imported := contentapp.ImportPost{Title: "Then", Slug: "then", Markdown: "x", Visibility: content.Public, PublishedAt: p.clock.Now()}
		if _, err := p.app.ImportPost(t.Context(), ada, imported); err != nil {
			t.Fatal(err)
		}
		p.profile(t, ada.UserID, "Lin")
		if n := len(p.ledger.Published(content.AuthorRenamed{}.EventName())); n != 1 {
			t.Errorf("renamed %d times, want once", n)
		}

		// Who is erased before the event of their registration is dealt with gets no profile.
		if err := fixture.Deliver(t, p.app.Subscribers(), fixture.GoldenEvent(t, identityport.UserErased{}.EventName(), fixture.ErasedFile)); err != nil {
			t.Fatal(err)
		}
		delete(p.people, ada.UserID)
		late.ID = fixture.GoldenEvent(t, late.Name, fixture.RegisteredFile).ID
		if err := fixture.Deliver(t, p.app.Subscribers(), late); err != nil {
			t.Fatal(err)
		}
		if _, err := p.deps.Reads.AuthorByID(t.Context(), ada.UserID); !errors.Is(err, content.ErrAuthorNotFound) {
			t.Errorf("the profile of who is erased: %v", err)
		}
	})
}

// slow answers what the directory said before something else happened.
type slow struct {
	identityport.Directory
	meanwhile func()
}

func (s *slow) Person(ctx context.Context, id identityport.UserID) (identityport.Person, error) {
	who, err := s.Directory.Person(ctx, id)
	if fn := s.meanwhile; fn != nil {
		s.meanwhile = nil
		fn()
	}
	return who, err
}

// TestPersonRenamed_NeverEndsWithTheOlderName lets a later rename overtake an older one
// that has looked the name up already, with and without a profile.
func TestPersonRenamed_NeverEndsWithTheOlderName(t *testing.T) {
	onTestApps(t, func(t *testing.T, p *testApp) {
		ada := newAuthor("Ada")
		directory := &slow{Directory: p.people}
		d := p.deps
		d.People = directory
		app, err := contentapp.New(d)
		if err != nil {
			t.Fatal(err)
		}
		becomes := func(name string) func() {
			return func() {
				p.called(t, ada.UserID, name)
				if err := p.app.PersonRenamed(t.Context(), ada.UserID); err != nil {
					t.Error(err)
				}
			}
		}
		p.called(t, ada.UserID, "Ada")
		directory.meanwhile = becomes("Grace")
		if _, err := app.OpenAuthorProfile(t.Context(), ada.UserID, ada.Name); err != nil {
			t.Fatal(err)
		}
		p.profile(t, ada.UserID, "Grace")
		directory.meanwhile = becomes("Lin")
		if err := app.PersonRenamed(t.Context(), ada.UserID); err != nil {
			t.Fatal(err)
		}
		p.profile(t, ada.UserID, "Lin")
	})
}

// TestPersonRenamed_MakesPagesStaleWhenSomethingChanged counts the invalidations of a rename,
// and of events that come again.
func TestPersonRenamed_MakesPagesStaleWhenSomethingChanged(t *testing.T) {
	onTestApps(t, func(t *testing.T, p *testApp) {
		ada := newAuthor("Ada")
		ada.UserID = fixture.GoldenUser
		count := &counting{Cache: p.cache}
		d := p.deps
		d.Cache = count
		app, err := contentapp.New(d)
		if err != nil {
			t.Fatal(err)
		}
		again := func(want int32) {
			t.Helper()
			for range 3 {
				if err := app.PersonRenamed(t.Context(), ada.UserID); err != nil {
					t.Error(err)
				}
				if err := fixture.Deliver(t, app.Subscribers(), fixture.GoldenEvent(t, identityport.UserRenamed{}.EventName(), renamedFile)); err != nil {
					t.Error(err)
				}
			}
			if n := count.n.Load(); n != want {
				t.Errorf("stale %d times, want %d", n, want)
			}
		}
		p.called(t, ada.UserID, "Ada")
		again(0) // is no author
		p.publish(t, ada, contentapp.WritePost{Title: "Hers"})
		again(0)
		p.called(t, ada.UserID, "Grace")
		again(1)

		// When the cache is away, the note of the rename makes the pages stale in the end.
		byline := func() string {
			t.Helper()
			r, err := app.ReadPost(t.Context(), identityport.Actor{}, "hers")
			if err != nil {
				t.Fatal(err)
			}
			return r.Article.Author.Name
		}
		if have := byline(); have != "Grace" {
			t.Fatalf("the byline is %q", have)
		}
		p.called(t, ada.UserID, "Lin")
		p.cache.Away.Store(true)
		if err := app.PersonRenamed(t.Context(), ada.UserID); err == nil {
			t.Error("nothing is said of a cache that is away")
		}
		published := p.ledger.Published(content.AuthorRenamed{}.EventName())
		if len(published) != 2 {
			t.Fatalf("published %d times", len(published))
		}
		p.cache.Away.Store(false)
		p.cache.ReadNotes(t)
		if have := byline(); have != "Lin" {
			t.Errorf("the byline is %q after the note", have)
		}
	})
}

// TestChangeProfile_SaysBesideTheFieldWhenToComeBack renames by the form and the API.
func TestChangeProfile_SaysBesideTheFieldWhenToComeBack(t *testing.T) {
	t.Parallel()
	p := program.Start(t, program.Options{DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")})
	who := p.SignedIn(t, "cleo@neoforge.test")
	cleo := fixture.Correspondent{T: t, HTTP: who, Site: p.URL}
	for i := range 10 {
		cleo.JSON("PATCH", "/api/v1/me", fmt.Sprintf(`{"name":"Cleo %d"}`, i), 200, nil)
	}
	var problem struct{ Code, Detail string }
	cleo.JSON("PATCH", "/api/v1/me", `{"name":"Cleo again"}`, 429, &problem)
	if problem.Code != "identity.too_many_renames" || !strings.Contains(problem.Detail, "Try again in") {
		t.Errorf("the API says %+v", problem)
	}
	answer, err := who.PostForm(p.URL+"/account/profile", url.Values{"name": {"Cleo again"}})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" {
		t.Errorf("the form: %d, Retry-After %q, %v", answer.StatusCode, answer.Header.Get("Retry-After"), err)
	}
	_, beside, found := strings.Cut(string(body), `id="field-name-error"`)
	if !found || !strings.Contains(beside[:min(len(beside), 600)], "Try again in") || !strings.Contains(string(body), `value="Cleo again"`) {
		t.Errorf("the field says nothing of the limit, or lost what was typed")
	}
}
