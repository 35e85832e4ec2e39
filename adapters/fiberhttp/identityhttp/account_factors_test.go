package identityhttp_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
)

func (*recorded) Security(_ context.Context, a identity.Actor) (account.Security, error) {
	return account.Security{
		User: identity.User{ID: a.UserID, Email: identity.Email(a.Email), EmailVerified: true}, HasPassword: true, RecoveryCodesLeft: 7,
		Passkeys: []identity.Passkey{{ID: "p-1", Name: "Lap<top>", BackedUp: true}},
	}, nil
}

// cleo sets an app up; ben has one already.
func (f *recorded) StartTOTP(_ context.Context, a identity.Actor) (account.TOTPSetup, error) {
	if a.UserID == "u-ben" {
		return account.TOTPSetup{}, identity.ErrTOTPActive
	}
	return pendingTOTP, nil
}

var pendingTOTP = account.TOTPSetup{
	Secret: "JBSWY3DPEHPK3PXP", URI: "otpauth://totp/Forge:cleo?secret=JBSWY3DPEHPK3PXP", QR: [][]bool{{true, false}, {false, true}},
}

func (*recorded) PendingTOTP(_ context.Context, a identity.Actor) (account.TOTPSetup, error) {
	if a.UserID == "u-ben" {
		return account.TOTPSetup{}, identity.ErrTOTPMissing
	}
	return pendingTOTP, nil
}

func (f *recorded) ConfirmTOTP(_ context.Context, _ identity.Actor, code string) ([]identity.RecoveryCode, error) {
	switch code {
	case "111111":
		return []identity.RecoveryCode{"first-code", "second-code"}, nil
	case "222222": // there are codes already
		return nil, nil
	case "999999":
		return nil, identity.ErrTooManyAttempts.WithRetryAfter(time.Minute)
	}
	return nil, identity.ErrCodeWrong
}

func (f *recorded) RemoveTOTP(context.Context, identity.Actor) error { return nil }

func (f *recorded) MakeRecoveryCodes(context.Context, identity.Actor) ([]identity.RecoveryCode, error) {
	return []identity.RecoveryCode{"third-code"}, nil
}

func (f *recorded) BeginPasskey(context.Context, identity.Actor) (identity.PasskeyChallenge, error) {
	return identity.PasskeyChallenge{Challenge: "ch", Options: []byte(`{"challenge":"abc"}`)}, nil
}

func (f *recorded) BeginPasskeySignIn(context.Context) (identity.PasskeyChallenge, error) {
	return identity.PasskeyChallenge{}, identity.ErrPasskeysOff
}

func (f *recorded) AddPasskey(_ context.Context, c account.AddPasskey) (account.AddedPasskey, error) {
	f.answers = append(f.answers, string(c.Response))
	switch {
	case c.Challenge != "ch":
		return account.AddedPasskey{}, identity.ErrChallengeUnknown
	case string(c.Response) != `{"id":"good"}`:
		return account.AddedPasskey{}, identity.ErrPasskeyRefused
	}
	return account.AddedPasskey{Passkey: identity.Passkey{ID: "p-2", Name: c.Name}, Codes: []identity.RecoveryCode{"fourth-code"}}, nil
}

func (f *recorded) RenamePasskey(_ context.Context, _ identity.Actor, id, name string) error {
	if id != "p-1" {
		return identity.ErrPasskeyNotFound
	}
	_, err := identity.ParsePasskeyName(name)
	return err
}

func (f *recorded) RemovePasskey(_ context.Context, _ identity.Actor, id string) error {
	if id != "p-1" {
		return identity.ErrPasskeyNotFound
	}
	return identity.ErrLastAuthMethod
}

func (f *recorded) SignInWithPasskey(_ context.Context, c signin.SignInWithPasskey) (signin.SignedIn, error) {
	f.answers = append(f.answers, string(c.Response))
	if string(c.Response) != `{"id":"good"}` {
		return signin.SignedIn{}, identity.ErrPasskeyInvalid
	}
	return signin.SignedIn{Secret: "new-secret"}, nil
}

func (f *recorded) SignInProgramWithPasskey(ctx context.Context, c signin.SignInWithPasskey) (signin.TokenPair, error) {
	_, err := f.SignInWithPasskey(ctx, c)
	return signin.TokenPair{AccessToken: "jwt", ExpiresIn: 10 * time.Minute, RefreshToken: "refresh"}, err
}

func (*recorded) SecondFactor(_ context.Context, challenge identity.Secret) (signin.SecondFactorOffer, error) {
	if challenge != "due" {
		return signin.SecondFactorOffer{}, identity.ErrChallengeUnknown
	}
	return signin.SecondFactorOffer{TOTP: true, Passkey: []byte(`{"challenge":"x","name":"</script>\""}`)}, nil
}

func (f *recorded) FinishSignIn(_ context.Context, c signin.FinishSignIn) (signin.SignedIn, error) {
	f.answers = append(f.answers, c.Proof.Code+string(c.Proof.Passkey))
	switch {
	case c.Challenge != "due":
		return signin.SignedIn{}, identity.ErrChallengeUnknown
	case c.Proof.Code != "111111":
		return signin.SignedIn{}, identity.ErrCodeWrong
	}
	return signin.SignedIn{Secret: "new-secret"}, nil
}

func (f *recorded) FinishProgramSignIn(context.Context, signin.FinishSignIn) (signin.TokenPair, error) {
	return signin.TokenPair{}, identity.ErrCodeWrong
}

func lacks(t *testing.T, a fiberhttptest.Answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.Body, text) {
			t.Errorf("the page has %q", text)
		}
	}
}

func has(t *testing.T, a fiberhttptest.Answer, status int, texts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%d, want %d: %.300s", a.StatusCode, status, a.Body)
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
}

func TestTOTPSetUp_ShowsTheSecretAndKeepsItFromCaches(t *testing.T) {
	t.Parallel()
	_, c := freshSite(t)
	begun := c.Submit("/account/security/totp", "cleo", nil)
	if begun.StatusCode != 303 || begun.Header.Get("Location") != "/account/security/totp" {
		t.Fatalf("begun: %d %v", begun.StatusCode, begun.Header)
	}
	shown := c.Get("/account/security/totp", "cleo")
	has(t, shown, 200, `<svg class="qr__picture"`, "JBSW Y3DP EHPK 3PXP")
	if shown.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("a secret is kept: %v", shown.Header)
	}
	has(t, c.Submit("/account/security/totp", "ben", nil), 409, "set up already")
	has(t, c.Get("/account/security/totp", "ben"), 409, "No authenticator app is being set up")
	for _, path := range []string{"/account/security/totp", "/account/security"} {
		if a := c.Get(path, ""); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login?") {
			t.Errorf("a visitor at %s: %d", path, a.StatusCode)
		}
	}
}

func TestTOTPSetUp_IsShownAgainAfterAWrongCodeWithoutTheCode(t *testing.T) {
	t.Parallel()
	_, c := freshSite(t)
	for _, code := range []string{"", "000000", "11111", `"><script>alert(1)</script>`, strings.Repeat("1", 5000)} {
		a := c.Submit("/account/security/totp/confirm", "cleo", url.Values{"code": {code}})
		has(t, a, 422, "The code is wrong", "JBSW Y3DP EHPK 3PXP")
		lacks(t, a, "<script>alert", "first-code")
	}
	many := c.Submit("/account/security/totp/confirm", "cleo", url.Values{"code": {"999999"}})
	has(t, many, 429, "JBSW Y3DP EHPK 3PXP")
	if many.Header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After: %q", many.Header.Get("Retry-After"))
	}
}

func TestRecoveryCodes_AreShownInOneAnswerAndNoOther(t *testing.T) {
	t.Parallel()
	_, c := freshSite(t)
	made := c.Submit("/account/security/totp/confirm", "cleo", url.Values{"code": {"111111"}})
	has(t, made, 200, "first-code", "second-code", "Keep these codes")
	if made.Header.Get("Cache-Control") != "private, no-store" || made.Header.Get("Location") != "" {
		t.Errorf("%v", made.Header)
	}
	again := c.Submit("/account/security/totp/confirm", "cleo", url.Values{"code": {"222222"}})
	if again.StatusCode != 303 || again.Header.Get("Location") != "/account/security" {
		t.Errorf("with codes already: %d", again.StatusCode)
	}
	for _, path := range []string{"/account/security", "/account/security/totp"} {
		lacks(t, c.Get(path, "cleo"), "first-code", "second-code")
	}
	has(t, c.Get("/account/security", "cleo"), 200, "7 are left")
	has(t, c.Submit("/account/security/recovery-codes", "cleo", nil), 200, "third-code")
	for _, path := range []string{"/account/security/recovery-codes", "/account/security/totp/confirm"} {
		if a := c.Get(path, "cleo"); a.StatusCode != 405 {
			t.Errorf("GET %s: %d", path, a.StatusCode)
		}
	}
	if a := c.Get("/api/v1/me/recovery-codes", "cleo"); strings.TrimSpace(a.Body) != `{"left":7}` {
		t.Errorf("%s", a.Body)
	}
}

// A recent proof is asked for before anything is set up, shown or taken away.
func TestFactorRoutes_NeedARecentProof(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	for _, path := range []string{
		"/totp", "/totp/confirm", "/totp/remove", "/recovery-codes", "/passkeys", "/passkeys/p-1/rename", "/passkeys/p-1/remove",
	} {
		a := c.Submit("/account/security"+path, "cleo", url.Values{"code": {"111111"}, "challenge": {"ch"}, "passkey": {`{"id":"good"}`}, "name": {"x"}})
		if a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/confirm?") {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.Header.Get("Location"))
		}
	}
	if len(f.answers) != 0 {
		t.Errorf("identity was asked: %q", f.answers)
	}
}

func TestPasskey_RefusesAndShowsAMalformedAnswer(t *testing.T) {
	t.Parallel()
	f, c := freshSite(t)
	for _, answer := range []string{"", "null", "{", "[]", `{"id":`, strings.Repeat("A", 20000)} {
		a := c.Submit("/account/security/passkeys", "cleo", url.Values{"challenge": {"ch"}, "passkey": {answer}, "name": {"Laptop"}})
		has(t, a, 422, "could not be verified, so it was not added")
		in := c.Submit("/login/passkey", "", url.Values{"challenge": {"ch"}, "passkey": {answer}, "return_to": {"/posts"}})
		has(t, in, 401, "The passkey could not be verified", `data-options-url="/api/v1/auth/passkey/options"`, `name="return_to" value="/posts"`)
		if in.Cookie("session") != nil {
			t.Errorf("%.20q signs in", answer)
		}
	}
	has(t, c.Submit("/account/security/passkeys", "cleo", url.Values{"challenge": {"old"}, "passkey": {`{"id":"good"}`}}), 422, "Start again")
	has(t, c.Submit("/account/security/passkeys", "cleo", url.Values{"challenge": {"ch"}, "passkey": {`{"id":"good"}`}, "name": {"Laptop"}}), 200, "fourth-code")
	has(t, c.Submit("/account/security/passkeys/p-1/rename", "cleo", url.Values{"name": {""}}), 422, "1 to 60 characters", "Lap&lt;top&gt;")
	has(t, c.Submit("/account/security/passkeys/p-9/rename", "cleo", url.Values{"name": {"x"}}), 404)
	has(t, c.Submit("/account/security/passkeys/p-1/remove", "cleo", nil), 409, identity.ErrLastAuthMethod.Message)
	has(t, c.Submit("/account/security/passkeys/p-9/remove", "cleo", nil), 404)

	f.answers = nil
	for body, status := range map[string]int{
		``: 400, `{`: 400, `[]`: 422, `{}`: 422, `{"challenge":"ch"}`: 422, `{"challenge":"ch","passkey":"text","name":"x"}`: 422,
		`{"challenge":"ch","passkey":[1],"name":"x"}`: 422, `{"challenge":"` + strings.Repeat("c", 201) + `","passkey":{},"name":"x"}`: 422,
		`{"challenge":"ch","passkey":{},"name":""}`: 422, `{"challenge":"ch","passkey":{"id":"bad"},"name":"x"}`: 422,
	} {
		a := c.JSON("POST", "/api/v1/me/passkeys", "cleo", body)
		if a.StatusCode != status || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.60s: %d %s", body, a.StatusCode, a.Body)
		}
	}
	if len(f.answers) != 1 || f.answers[0] != `{"id":"bad"}` {
		t.Errorf("identity was asked %q", f.answers)
	}
}

func TestPasskeyOptions_AreJSONAndTellWhenThereAreNone(t *testing.T) {
	t.Parallel()
	_, c := freshSite(t)
	if a := c.JSON("POST", "/api/v1/me/passkeys/options", "cleo", ""); a.StatusCode != 200 || strings.TrimSpace(a.Body) != `{"challenge":"ch","options":{"challenge":"abc"}}` {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.JSON("POST", "/api/v1/auth/passkey/options", "", ""); a.StatusCode != 409 || !strings.Contains(a.Body, "identity.passkeys_off") {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.JSON("POST", "/api/v1/me/passkeys/options", "", ""); a.StatusCode != 401 {
		t.Errorf("a visitor: %d", a.StatusCode)
	}
}

func TestSecondFactor_IsAskedForUntilItIsRightOrOver(t *testing.T) {
	t.Parallel()
	_, c := site(t)
	due := []string{"Cookie", "second_factor=due"}
	page := c.Do("GET", "/login/second-factor?return_to=/posts/a", "", due...)
	has(t, page, 200, "One more step", `value="/posts/a"`)
	lacks(t, page, `</script>\"`) // the options are data, whatever they hold
	form := append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}, due...)
	wrong := c.Do("POST", "/login/second-factor", "code=000000&return_to=%2Fposts%2Fa", form...)
	has(t, wrong, 422, "The code is wrong", `value="/posts/a"`)
	if wrong.Cookie("session") != nil || wrong.Cookie("second_factor") != nil {
		t.Errorf("a wrong code sets %v", wrong.Cookies())
	}
	right := c.Do("POST", "/login/second-factor", "code=111111&return_to=%2F%2Fevil.test", form...)
	if right.StatusCode != 303 || right.Header.Get("Location") != "/" || right.Cookie("session").Value != "new-secret" || right.Cookie("second_factor").Value != "" {
		t.Errorf("both: %d %v", right.StatusCode, right.Header)
	}
	over := c.Submit("/login/second-factor", "", url.Values{"code": {"111111"}})
	has(t, over, 422, "Start again")
	if over.Cookie("session") != nil || over.Cookie("second_factor") == nil {
		t.Errorf("over: %v", over.Cookies())
	}
}
