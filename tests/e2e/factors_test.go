package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

const samplePassword = "forge-ahead-2026"

func TestPasskeys_OnSQLite(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	site := program.Start(t, program.Options{}).URL
	passkeyStory(t, site, site)
}

func TestPasskeys_OnTwoReplicasWithPostgresAndRedis(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	r := program.StartReplicas(t, 2, program.Options{
		DatabaseURL: harness.Database(t, nil), RedisURL: harness.Redis(t),
	})
	passkeyStory(t, r.URL, r.All[0].URL, r.All[1].URL)
}

// authenticator is a security key that lives in the browser and answers at once.
type authenticator struct {
	b  *browser
	id webauthn.AuthenticatorID
}

func withAuthenticator(b *browser) authenticator {
	b.tb.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.tb.Fatal(err)
	}
	added, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	if err != nil {
		b.tb.Fatal(err)
	}
	return authenticator{b, added.AuthenticatorID}
}

// present says whether somebody touches the key from now on.
func (a authenticator) present(yes bool) {
	a.b.tb.Helper()
	_, err := chromedp.Call(a.b.ctx, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: a.id, Enabled: yes})
	if err != nil {
		a.b.tb.Fatal(err)
	}
}

// bogus makes the key sign wrongly from now on.
func (a authenticator) bogus(yes bool) {
	a.b.tb.Helper()
	if _, err := chromedp.Call(a.b.ctx, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: a.id, IsBogusSignature: &yes}); err != nil {
		a.b.tb.Fatal(err)
	}
}

// passkeyStory: a passkey is added, signs in where the address is typed, is asked
// for after a password, confirms who one is once the sign-in is old, and is removed.
func passkeyStory(t *testing.T, site string, replicas ...string) {
	t.Helper()
	b := open(t, site)
	b.expects("status of 4") // the pages after wrong answers, 401 and 422
	key := withAuthenticator(b)
	signIn(b, "cleo@neoforge.test", "/account/security")
	b.until("the element wakes", `customElements.get('nf-identity-passkey') !== undefined`)
	b.fill("name", "Laptop")
	b.press("Add a passkey")
	b.sees("Keep these codes")
	b.press("I have kept them")
	b.sees("Laptop")
	b.sees("10 are left")

	signOut(b)
	b.visit("/login?return_to=/account/security")
	b.until("the browser offers the passkey and comes in", `location.pathname === '/account/security'`)
	b.sees("last used")

	signOut(b)
	key.bogus(true)
	b.visit("/login?return_to=/account/security")
	b.sees("The passkey could not be verified")
	b.until("the element wakes", `customElements.get('nf-identity-passkey') !== undefined`)
	key.bogus(false)
	b.press("Sign in with a passkey")
	b.until("another challenge is begun and answered", `location.pathname === '/account/security'`)

	signOut(b)
	key.present(false)
	b.visit("/login?return_to=/account/security")
	b.fill("email", "cleo@neoforge.test")
	b.fill("password", samplePassword)
	b.press("Sign in")
	b.sees("One more step")
	b.until("the element wakes", `customElements.get('nf-identity-passkey') !== undefined`)
	key.present(true)
	key.bogus(true)
	b.press("Use your passkey")
	b.sees("The passkey could not be verified")
	b.until("the element wakes", `customElements.get('nf-identity-passkey') !== undefined`)
	key.bogus(false)
	b.press("Use your passkey")
	b.until("both factors lead in", `location.pathname === '/account/security'`)

	grow11MinutesOlder(t, replicas...)
	b.visit("/confirm?return_to=/account/security")
	b.until("the element wakes", `customElements.get('nf-identity-passkey') !== undefined`)
	b.press("Use your passkey")
	b.until("the proof leads back", `location.pathname === '/account/security'`)
	b.press("Remove Laptop")
	b.sees("The passkey is removed")
	signOut(b)
	key.present(false) // it would offer the removed one
	b.visit("/login?return_to=/account/security")
	b.fill("email", "cleo@neoforge.test")
	b.fill("password", samplePassword)
	b.press("Sign in")
	b.until("the password is enough again", `location.pathname === '/account/security'`)
}

// An authenticator app is set up, asked for, replaced by a recovery code and turned
// off without a script.
func TestTOTP_WithScriptsOff(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{}).URL)
	b.withoutScripts()
	b.expects("status of 422") // the pages after wrong codes
	begin := func() {
		t.Helper()
		b.visit("/login?return_to=/account/security")
		b.fill("email", "cleo@neoforge.test")
		b.fill("password", samplePassword)
		b.press("Sign in")
	}
	shows := func(text string) {
		t.Helper()
		if !strings.Contains(b.source(), text) {
			t.Fatalf("%s does not show %q:\n%s", b.path(), text, b.source())
		}
	}
	begin()
	b.press("Set up an authenticator app")
	shows("<svg class=\"qr__picture\"")
	secret := strings.ReplaceAll(read(b, chromedp.TextContent(chromedp.CSS("code.secret"))), " ", "")
	b.fill("code", "000000")
	b.press("Turn it on")
	shows("The code is wrong")
	b.fill("code", codeOf(t, secret, 0))
	b.press("Turn it on")
	shows("Keep these codes")
	recovery := read(b, chromedp.TextContent(chromedp.CSS(".codes code")))
	if file := read(b, chromedp.AttributeValue(chromedp.CSS(`a[download="neoforge-recovery-codes.txt"]`), "href")); !strings.Contains(file.Value, recovery) {
		t.Errorf("the file to be saved is %q", file.Value)
	}

	signOut(b)
	begin()
	shows("One more step")
	b.visit("/account")
	if !strings.HasPrefix(b.path(), "/login") {
		t.Fatalf("one factor opened %s", b.path())
	}
	begin()
	b.fill("code", codeOf(t, secret, 1))
	b.press("Continue")
	shows("Turn off")
	signOut(b)

	begin()
	b.fill("code", strings.ToUpper(recovery))
	b.press("Continue")
	shows("9 are left")
	signOut(b)
	begin()
	b.fill("code", recovery)
	b.press("Continue")
	shows("was used already")

	b.fill("code", codeOf(t, secret, 3)) // too early, even when the next step begins meanwhile
	b.press("Continue")
	shows("The code is wrong")
}

// codeOf is what an app shows steps from now.
func codeOf(t testing.TB, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}
