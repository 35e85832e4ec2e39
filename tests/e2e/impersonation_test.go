package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// An administrator acts in a person's name: every page says so, what is the person's
// alone is refused, one click ends it, and the trail tells who did what.
func TestImpersonation_OfAPerson(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"with scripts": true, "with scripts off": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harness.Chromium(t)
			b := open(t, program.Start(t, program.Options{}).URL)
			b.expects("status of 40") // the pages that refuse, and those that do not exist
			if !scripts {
				b.withoutScripts()
			}
			impersonation(b)
		})
	}
}

func TestImpersonation_OnTwoReplicas(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.StartReplicas(t, 2, program.Options{DatabaseURL: harness.Database(t, nil), RedisURL: harness.Redis(t)}).URL)
	b.expects("status of 40")
	impersonation(b)
}

func impersonation(b *browser) {
	b.tb.Helper()
	b.visit("/login?return_to=/admin/people")
	b.fill("email", "ada@neoforge.test")
	b.fill("password", samplePassword)
	b.press("Sign in")

	actFor(b, "Cleo")
	everyPageSaysFor(b, "Cleo",
		"/account", "/account/security", "/account/connections", "/account/devices", "/account/tokens", "/account/organizations", "/account/data",
		"/account/email", "/confirm", "/billing", "/pricing", "/", "/posts", "/posts/welcome", "/posts/inside-the-forge", "/tags/craft",
		"/docs", "/docs/identity", "/dev", "/dev/mailbox", "/posts/there-is-none", "/there-is-none")
	refusesWhatIsTheirs(b)

	b.visit("/account")
	b.choose(`form[action="/account/profile"] button`)
	b.sees("You act for Cleo.")

	b.visit("/pricing")
	b.press("Choose Pro")
	b.sees("No card is charged")
	saysFor(b, "Cleo") // at the provider of payments too, as far as it is the site's own
	b.choose(`form.checkout__form button[value="declined"]`)
	b.sees("The card was declined")
	saysFor(b, "Cleo")

	stopActing(b, "Cleo")
	b.visit("/account")
	b.sees("ada@neoforge.test")
	saysNothing(b)

	actFor(b, "Ben")
	everyPageSaysFor(b, "Ben", "/studio", "/studio/posts/new", "/account", "/posts/welcome")
	stopActing(b, "Ben")
	saysNothing(b)

	b.visit("/admin/audit?resource=cleo@neoforge.test")
	for _, text := range []string{"identity.impersonation_started", "identity.profile_changed", "identity.impersonation_stopped"} {
		b.sees(text)
	}
	if by := strings.Join(strings.Fields(read(b, chromedp.TextContent(chromedp.CSS("td .badge")))), " "); by != "done by Ada" {
		b.tb.Errorf("what was done in the person's name was %q", by)
	}
}

// actFor finds somebody among the people and acts in their name.
func actFor(b *browser, name string) {
	b.tb.Helper()
	b.visit("/admin/people")
	b.fill("q", strings.ToLower(name))
	b.press("Find")
	b.press(name)
	b.press("Act as " + name)
	b.sees("You act for " + name + ".")
	if got := b.path(); got != "/account" {
		b.tb.Errorf("who acts for %s comes to %s", name, got)
	}
}

func everyPageSaysFor(b *browser, name string, paths ...string) {
	b.tb.Helper()
	for _, path := range paths {
		b.visit(path)
		saysFor(b, name)
	}
}

// saysFor fails unless the page has the bar that tells in whose name one acts.
func saysFor(b *browser, name string) {
	b.tb.Helper()
	page := b.source()
	if n := strings.Count(page, `class="acting"`); n != 1 || !strings.Contains(page, "You act for "+name+". Everything you do is logged in your name.") {
		b.tb.Errorf("%s says %d times that one acts for %s", b.path(), n, name)
	}
}

func saysNothing(b *browser) {
	b.tb.Helper()
	if strings.Contains(b.source(), "You act for") && !strings.Contains(b.source(), "You act for yourself again.") {
		b.tb.Errorf("%s says that one acts for somebody", b.path())
	}
}

// refusesWhatIsTheirs asks for what nobody does in another's name.
func refusesWhatIsTheirs(b *browser) {
	b.tb.Helper()
	for _, path := range []string{"/account/password", "/account/data/delete", "/account/tokens/new", "/account/security/totp"} {
		b.visit(path)
		b.sees("You act for somebody else, which does not include this.")
		saysFor(b, "Cleo")
	}
	for path, button := range map[string]string{
		"/account/data":     `form[action="/account/data/export"] button`,
		"/account/security": `form[action="/account/security/totp"] button`,
	} {
		b.visit(path)
		b.choose(button)
		b.sees("You act for somebody else, which does not include this.")
		saysFor(b, "Cleo")
	}
	for _, path := range []string{"/admin/people", "/admin/audit", "/studio"} {
		b.visit(path)
		b.sees("This is not yours to open")
		saysFor(b, "Cleo")
	}
}

// stopActing ends it with one click, on whatever page, which leads back to the
// person's page.
func stopActing(b *browser, name string) {
	b.tb.Helper()
	b.choose(".acting__stop")
	b.sees("You act for yourself again.")
	if got := read(b, chromedp.TextContent(chromedp.CSS("h1"))); got != name || !strings.HasPrefix(b.path(), "/admin/people/") {
		b.tb.Errorf("who acted for %s comes back to %s, about %q", name, b.path(), got)
	}
}
