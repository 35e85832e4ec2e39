package identity_test

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestBreachedPassword_IsRefusedByPageAndAPI runs the whole program with a service
// that goes away in the end.
func TestBreachedPassword_IsRefusedByPageAndAPI(t *testing.T) {
	t.Parallel()
	const breached = "seven lanterns leaked"
	hash := fmt.Sprintf("%X", sha1.Sum([]byte(breached)))
	var away atomic.Bool
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case away.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/range/"+hash[:5]:
			_, _ = io.WriteString(w, hash[5:]+":21\r\n")
		}
	}))
	t.Cleanup(service.Close)
	p := program.Start(t, program.Options{Environ: []string{"BREACHED_PASSWORDS_URL=" + service.URL + "/range", "RATE_LIMIT=off"}})

	register := func(password string) (int, string) {
		return answerOf(t, p.URL+"/api/v1/auth/register", "application/json", fmt.Sprintf(`{"email":"newcomer@neoforge.test","name":"Cleo","password":%q}`, password))
	}
	status, body := register(breached)
	var problem struct {
		Code   string
		Errors []struct{ Field, Message string }
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil {
		t.Fatal(err)
	}
	if status != http.StatusUnprocessableEntity || problem.Code != "identity.breached_password" || len(problem.Errors) != 1 ||
		problem.Errors[0].Field != "password" || !strings.Contains(problem.Errors[0].Message, "Choose another one") {
		t.Errorf("the API answers %d\n%s", status, body)
	}
	form := url.Values{"email": {"newcomer@neoforge.test"}, "name": {"Cleo"}, "password": {breached}}
	if status, body := answerOf(t, p.URL+"/register", "application/x-www-form-urlencoded", form.Encode()); status != http.StatusUnprocessableEntity || !strings.Contains(body, "leaked from another service") {
		t.Errorf("the page answers %d\n%s", status, body)
	}
	away.Store(true)
	if status, body := register("another that nobody could look up"); status >= http.StatusBadRequest {
		t.Errorf("with the service away: %d\n%s", status, body)
	}
}

// answerOf posts from the site's own pages.
func answerOf(t *testing.T, address, kind, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
