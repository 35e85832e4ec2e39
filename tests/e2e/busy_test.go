package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

const busyMessage = "The site is very busy at this moment. Try again in a few seconds."

// Who comes while too many have a password hashed has their form back, and sends it again.
func TestBusy_GivesBackTheForm(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"with scripts": true, "with scripts off": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harness.Chromium(t)
			hasher := fixture.NewHeldHasher()
			p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}, Modules: []wire.Module{
				wire.IdentityWith(wire.IdentityOptions{Passwords: hasher, PasswordsAtOnce: 1}), wire.Billing, wire.Content,
			}})
			b := open(t, p.URL)
			b.expects("status of 503")
			if !scripts {
				b.withoutScripts()
			}
			letGo := hasher.Hold()
			t.Cleanup(letGo)
			answered := make(chan error, 1)
			go func() {
				answered <- guess(t, p.URL)
			}()
			<-hasher.Arrived

			b.visit("/register")
			b.fill("name", "Some Body")
			b.fill("email", "body@example.com")
			b.fill("password", samplePassword)
			b.press("Register")
			b.sees(busyMessage)
			b.until("the form has what was typed, but for the password",
				`document.querySelector('[name=name]').value === 'Some Body' && document.querySelector('[name=email]').value === 'body@example.com' && document.querySelector('[name=password]').value === ''`)

			b.visit("/login?return_to=/account")
			b.fill("email", "cleo@neoforge.test")
			b.fill("password", samplePassword)
			b.press("Sign in")
			b.sees(busyMessage)
			b.until("the form has the address, but not the password",
				`document.querySelector('[name=email]').value === 'cleo@neoforge.test' && document.querySelector('[name=password]').value === ''`)

			letGo()
			if err := <-answered; err != nil {
				t.Fatal(err)
			}
			b.fill("password", samplePassword)
			b.press("Sign in")
			b.until("the account", `location.pathname === '/account' && document.readyState === 'complete'`)
		})
	}
}

// guess tries a password of nobody's, as a page of the site would.
func guess(t *testing.T, site string) error {
	form := url.Values{"email": {"nobody@neoforge.test"}, "password": {"a guess of a stranger"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	return a.Body.Close()
}
