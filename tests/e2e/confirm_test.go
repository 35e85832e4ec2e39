package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// What somebody began is finished by one press after the proof that it waited for.
func TestRecentProof_ResumesWhatWasBegun(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"with scripts": true, "with scripts off": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harness.Chromium(t)
			b := open(t, program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}}).URL)
			if !scripts {
				b.withoutScripts()
			}
			b.visit("/login?return_to=/admin/people")
			b.fill("email", "ada@neoforge.test")
			b.fill("password", samplePassword)
			b.press("Sign in")

			b.fill("q", "cleo")
			b.press("Find")
			b.press("Cleo")
			b.fill("reason", `Wrote "spam" <often>`)
			b.grows11MinutesOlder()
			b.press("Suspend")
			b.proves()
			b.resumes("Suspend the account", `Wrote "spam" <often>`)
			b.sees("The account is suspended and signed out everywhere.")
			b.sees(`Wrote "spam" <often>`)

			b.visit("/account/email")
			b.fill("email", "ada.l@neoforge.test")
			b.grows11MinutesOlder()
			b.press("Send the mail")
			b.proves()
			b.resumes("Change the address", "ada.l@neoforge.test")
			b.sees("You asked to use ada.l@neoforge.test.")

			b.visit("/account/tokens/new")
			b.fill("name", "Backup")
			b.click(`input[name=scopes][value=write]`)
			b.grows11MinutesOlder()
			b.press("Make the token")
			b.proves()
			b.sees("Ends: In 90 days")
			b.resumes("Make the token", "May: Write")
			b.sees("Backup")
		})
	}
}

// What waits for a proof is its person's, whatever becomes of the session meanwhile.
func TestRecentProof_ResumesAfterTheSessionEnded(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	signIn(b, "cleo@neoforge.test", "/account/email")
	b.fill("email", "cleo.b@neoforge.test")
	b.grows11MinutesOlder()
	b.press("Send the mail")
	endSessions(t, p, "cleo@neoforge.test")
	b.proves()
	b.until("the sign-in page", `location.pathname === '/login' && document.readyState === 'complete'`)
	b.press("Development sign-in")
	b.choose(`button[name="email"][value="cleo@neoforge.test"]`)
	b.resumes("Change the address", "cleo.b@neoforge.test")
	b.sees("You asked to use cleo.b@neoforge.test.")
}

func TestRecentProof_ResumesTheNamingOfAPasskey(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}}).URL)
	b.expects("status of 403") // the island asks for options, which want a recent proof
	key := withAuthenticator(b)
	signIn(b, "cleo@neoforge.test", "/account/security")
	b.until("the element wakes", `customElements.get('nf-identity-passkey') !== undefined`)
	b.fill("name", "Laptop")
	b.grows11MinutesOlder()
	b.press("Add a passkey")
	b.proves()
	b.sees("Nothing was done yet")
	b.until("the name is kept", `customElements.get('nf-identity-passkey') !== undefined && document.querySelector('nf-identity-passkey [name=name]').value === 'Laptop'`)
	b.press("Add a passkey")
	b.sees("Keep these codes")
	b.press("I have kept them")
	b.sees("Laptop")
	key.present(false) // the proof is the password
	b.run(`document.querySelector('.row__more').open = true`)
	b.run(`document.querySelector('form[action$="/rename"] input').value = ''`)
	b.do("name it", chromedp.SendKeys(chromedp.CSS(`form[action$="/rename"] input`), "The one at work"))
	b.grows11MinutesOlder()
	b.choose(`form[action$="/rename"] button`)
	b.proves()
	b.resumes("Rename the passkey", "The one at work")
	b.sees("The passkey has its new name.")
	b.sees("The one at work")
}

// The page that sets up a required second factor is where one comes back to.
func TestRecentProof_LeadsBackToTheSetUpOfASecondFactor(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off", "REQUIRE_SECOND_FACTOR=everybody", "SECOND_FACTOR_GRACE=0s"}}).URL)
	b.expects("status of 403") // the island asks for options, which want a recent proof
	withAuthenticator(b)
	signIn(b, "cleo@neoforge.test", "/account/second-factor")
	b.visit("/account/second-factor?return_to=/billing")
	b.until("the element wakes", `customElements.get('nf-identity-passkey') !== undefined`)
	b.grows11MinutesOlder()
	b.fill("name", "Laptop")
	b.press("Add a passkey")
	b.proves()
	b.sees("Set up a second factor")
	b.sees("Nothing was done yet")
	if at := b.path(); at != "/account/second-factor?name=Laptop&return_to=%2Fbilling" {
		t.Fatalf("the proof leads back to %s", at)
	}
	b.until("the element wakes", `customElements.get('nf-identity-passkey') !== undefined && document.querySelector('nf-identity-passkey [name=name]').value === 'Laptop'`)
	b.press("Add a passkey")
	b.sees("Keep these codes")
	b.press("I have kept them")
	b.arrives("/billing")
}

// grows11MinutesOlder makes every proof too old for what asks for a recent one.
func (b *browser) grows11MinutesOlder() {
	b.tb.Helper()
	grow11MinutesOlder(b.tb, b.site)
}

// grow11MinutesOlder is grows11MinutesOlder for replicas, each of which has a clock.
func grow11MinutesOlder(tb testing.TB, replicas ...string) {
	tb.Helper()
	for _, replica := range replicas {
		res, err := http.Post(replica+"/dev/clock", "application/json", strings.NewReader(`{"advance":"11m"}`))
		if err != nil {
			tb.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
			tb.Fatalf("the clock answers %d, %v", res.StatusCode, err)
		}
	}
}

func (b *browser) proves() {
	b.tb.Helper()
	if at := b.path(); !strings.HasPrefix(at, "/confirm?") {
		b.tb.Fatalf("no proof is asked for: %s", at)
	}
	b.fill("password", samplePassword)
	b.press("Confirm")
}

// resumes presses the one button that finishes an act, which shows what it is about.
func (b *browser) resumes(button, shows string) {
	b.tb.Helper()
	b.sees(fmt.Sprintf("Press “%s” to finish.", button))
	b.sees(shows)
	b.press(button)
}
