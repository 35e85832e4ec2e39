// Package e2e_test tells the story of the product in a real browser: a visitor
// reads, signs in, pays and reads on; an author writes and publishes.
package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

func TestMain(m *testing.M) {
	program.Main()
	os.Exit(harness.Main(m))
}

// gated is what the body of a paid post contains and nobody may see unpaid.
const gated = "only-for-subscribers"

func TestStory_OnSQLite(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	story(t, program.Start(t, program.Options{}).URL)
}

func TestStory_OnTwoReplicasWithPostgresAndRedis(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	story(t, program.StartReplicas(t, 2, program.Options{
		DatabaseURL: harness.Database(t, nil), RedisURL: harness.Redis(t),
	}).URL)
}

// Every core flow works without JavaScript.
func TestStory_WithScriptsOff(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	site := program.Start(t, program.Options{}).URL
	b := open(t, site)
	b.withoutScripts()
	b.visit("/login?return_to=/pricing")
	b.fill("email", "cleo@neoforge.test")
	b.fill("password", "forge-ahead-2026")
	b.press("Sign in")
	b.visit("/pricing")
	b.press("Choose Pro")
	b.choose(`form.checkout__form button[value="paid"]`)
	b.eventually("/billing shows the plan", func() bool {
		b.visit("/billing")
		return strings.Contains(b.source(), "Paid until")
	})
	b.visit("/posts/inside-the-forge")
	if !strings.Contains(b.source(), gated) {
		t.Error("what was paid for is not shown")
	}
	signOut(b)
	b.visit("/posts/inside-the-forge")
	mustNotShow(t, b.source())

	b.visit("/login?return_to=/studio/posts/new")
	b.fill("email", "ben@neoforge.test")
	b.fill("password", "forge-ahead-2026")
	b.press("Sign in")
	b.fill("title", "Written without a script")
	b.fill("body_markdown", "Plain forms carry a *long* way.")
	b.press("Publish")
	b.visit("/posts/written-without-a-script")
	if !strings.Contains(b.source(), "<em>long</em>") {
		t.Errorf("the post is not published:\n%s", b.source())
	}
}

func story(t *testing.T, site string) {
	t.Helper()
	visitorReads(t, site)
	memberPays(t, site)
	authorPublishes(t, site)
}

// A visitor reads public posts, and of a paid one the teaser and an offer.
func visitorReads(t *testing.T, site string) {
	t.Helper()
	b := open(t, site)
	b.visit("/")
	b.sees("Sign in")
	b.visit("/posts/welcome")
	b.until("the island under the post wakes", `(() => {
		const island = document.querySelector('nf-content-share');
		island?.scrollIntoView();
		return island?.hasUpdated === true;
	})()`)

	b.visit("/posts/inside-the-forge")
	b.sees("The rest is for subscribers")
	mustNotShow(t, b.source())
	for _, path := range []string{"/posts/inside-the-forge", "/api/v1/posts/inside-the-forge", "/feed.xml", "/posts", "/", "/sitemap.xml", "/api/v1/posts"} {
		mustNotShow(t, get(t, site+path))
	}
	b.press("See the plans")
	if got := b.path(); !strings.HasPrefix(got, "/pricing") {
		t.Fatalf("the offer leads to %s", got)
	}
}

// A member signs in by the development provider, pays at the sandbox and reads on.
func memberPays(t *testing.T, site string) {
	t.Helper()
	b := open(t, site)
	signIn(b, "cleo@neoforge.test", "/posts/inside-the-forge")
	b.sees("The rest is for subscribers")
	b.press("See the plans")
	b.press("Choose Pro")
	b.sees("No card is charged")
	b.choose(`form.checkout__form button[value="paid"]`)
	b.until("the subscription is in force", `location.pathname !== '' && document.body.innerText.includes('Pro') && !document.body.innerText.includes('Being activated') && !document.body.innerText.includes('No card is charged')`)

	b.visit("/posts/inside-the-forge")
	b.sees(gated)
	b.visit("/billing")
	b.sees("Pro")

	// Nobody else reads it.
	mustNotShow(t, get(t, site+"/posts/inside-the-forge"))
	other := open(t, site)
	other.visit("/posts/inside-the-forge")
	mustNotShow(t, other.source())

	// Signed out, the same browser reads it no more.
	signOut(b)
	b.visit("/posts/inside-the-forge")
	b.sees("The rest is for subscribers")
	mustNotShow(t, b.source())
}

// An author writes in Markdown and publishes.
func authorPublishes(t *testing.T, site string) {
	t.Helper()
	b := open(t, site)
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.until("the editor wakes", `document.querySelector('nf-content-editor')?.hasUpdated === true`)
	b.fill("title", "Notes from the anvil")
	b.fill("body_markdown", "## Heat first\n\nStrike while it is **hot**, and never before.\n")
	b.fill("excerpt", "On heat and patience.")
	b.fill("tags", "craft, notes")
	b.press("Publish")
	b.visit("/posts")
	b.sees("Notes from the anvil")
	b.visit("/posts/notes-from-the-anvil")
	b.sees("Strike while it is hot")
	if feed := get(t, site+"/feed.xml"); !strings.Contains(feed, "Notes from the anvil") {
		t.Error("the feed does not have the new post")
	}
	if list := get(t, site+"/api/v1/posts?tag=craft"); !strings.Contains(list, `"notes-from-the-anvil"`) {
		t.Errorf("the list by tag does not have the new post: %s", list)
	}
}

// signIn goes the way of a person: the sign-in page, the provider's page, back.
func signIn(b *browser, email, then string) {
	b.tb.Helper()
	b.visit("/login?return_to=" + then)
	b.press("Development sign-in")
	b.choose(fmt.Sprintf(`button[name="email"][value=%q]`, email))
	b.until("back at "+then, fmt.Sprintf(`location.pathname === %q`, then))
}

func signOut(b *browser) {
	b.tb.Helper()
	b.visit("/account")
	b.press("Sign out")
}

func get(t testing.TB, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d:\n%s", url, res.StatusCode, body)
	}
	return string(body)
}

func mustNotShow(t *testing.T, page string) {
	t.Helper()
	if strings.Contains(page, gated) {
		t.Fatalf("a gated body is shown to who has not paid:\n%s", page)
	}
}
