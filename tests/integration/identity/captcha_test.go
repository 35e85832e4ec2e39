package identity_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// guild asks what only people of the trade know.
type guild struct{}

func (guild) Prompt(context.Context) (identity.CaptchaPrompt, error) {
	return identity.CaptchaPrompt{Label: "What lies on an anvil?", State: "question-1"}, nil
}

func (guild) Verify(_ context.Context, a identity.CaptchaAnswer) error {
	if a.Response != "iron" || a.State != "question-1" || a.IP == "" {
		return identity.ErrCaptchaFailed
	}
	return nil
}

// A product attaches a check of its own where it passes its modules.
func TestCaptcha_OfAProductIsAsked(t *testing.T) {
	t.Parallel()
	site := program.Start(t, program.Options{
		Modules: []wire.Module{wire.IdentityWith(wire.IdentityOptions{Captcha: guild{}}), wire.Billing, wire.Content},
	}).URL
	ask := func(method, path, kind, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, site+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}

	for _, path := range []string{"/register", "/forgot"} {
		if status, page := ask(http.MethodGet, path, "", ""); status != http.StatusOK || !strings.Contains(page, "What lies on an anvil?") || !strings.Contains(page, "question-1") {
			t.Errorf("%s does not ask: %d\n%s", path, status, page)
		}
	}
	for response, want := range map[string]int{"": http.StatusUnprocessableEntity, "snow": http.StatusUnprocessableEntity, "iron": http.StatusSeeOther} {
		form := url.Values{
			"name": {"Cleo"}, "email": {"smith-" + response + "@neoforge.test"}, "password": {fixture.Password}, "human_check": {response}, "human_state": {"question-1"},
		}
		status, page := ask(http.MethodPost, "/register", "application/x-www-form-urlencoded", form.Encode())
		if status != want {
			t.Errorf("register by form, %q: %d", response, status)
		}
		if want != http.StatusSeeOther && !strings.Contains(page, "The check that you are a person was not passed") {
			t.Errorf("register by form, %q: the page does not say why\n%s", response, page)
		}
	}
	for response, want := range map[string]int{"snow": http.StatusUnprocessableEntity, "iron": http.StatusAccepted} {
		status, said := ask(http.MethodPost, "/api/v1/auth/register", "application/json",
			`{"name":"Cleo","email":"program-`+response+`@neoforge.test","password":"`+fixture.Password+`","human_check":"`+response+`","human_state":"question-1"}`)
		if status != want || want != http.StatusAccepted && !strings.Contains(said, `"identity.human_check_failed"`) {
			t.Errorf("register by program, %q: %d %s", response, status, said)
		}
	}
}
