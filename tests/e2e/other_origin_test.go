package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/web/docs"
)

// documentedClient is the page that the documentation shows, for the site at api.
func documentedClient(t *testing.T, api string) string {
	t.Helper()
	text, err := fs.ReadFile(docs.FS, "browser-clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "```html\n")
	client, _, ended := strings.Cut(after, "```")
	if !found || !ended || !strings.Contains(client, "{{API}}") {
		t.Fatal("the page shows no client")
	}
	return strings.ReplaceAll(client, "{{API}}", api)
}

// accessToken signs somebody in as a program does.
func accessToken(t *testing.T, site, email string) string {
	t.Helper()
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, email, samplePassword)
	answer, err := http.Post(site+"/api/v1/auth/login", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&tokens); err != nil || tokens.AccessToken == "" {
		t.Fatalf("sign %s in: %d, %v", email, answer.StatusCode, err)
	}
	return tokens.AccessToken
}

// The client that the documentation shows runs at an origin that is listed, with a token
// and never with the cookie of the person at the browser.
func TestClientOfAnotherOrigin_WorksAsDocumented(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	var client atomic.Value
	serve := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, client.Load().(string))
	}
	listed, other := httptest.NewServer(http.HandlerFunc(serve)), httptest.NewServer(http.HandlerFunc(serve))
	t.Cleanup(listed.Close)
	t.Cleanup(other.Close)
	site := program.Start(t, program.Options{Environ: []string{"CORS_ORIGINS=" + listed.URL}}).URL
	client.Store(documentedClient(t, site))
	token := accessToken(t, site, "ben@neoforge.test")

	b := open(t, listed.URL)
	b.visit("/")
	b.fill("token", token)
	b.click("form button")
	b.until("the draft is saved", `/^Ben.* saved version "\d+" of \/api\/v1\/posts\/[0-9a-f-]{36}$/.test(document.querySelector("output").value)`)

	b.expects("status of 401")
	b.visit("/")
	b.fill("token", "nothing")
	b.click("form button")
	b.until("the refusal can be read", `document.querySelector("output").value.includes("identity.invalid_token")`)

	// Ben is signed in at the site, and browsers take its cookies to any port of its host:
	// another origin can read nothing by them.
	ben := open(t, site)
	signIn(ben, "ben@neoforge.test", "/account")
	ben.expects(site + "/api/v1/") // each refusal is reported
	refused := func(origin string, requests ...string) {
		ben.do("open another origin", chromedp.Navigate(origin))
		for _, request := range requests {
			ben.until("refused: "+request, `fetch('`+site+`/api/v1/' + `+request+`).then(() => false, () => true)`)
		}
	}
	refused(listed.URL,
		`'me', {credentials: 'include'}`,
		`'posts'`,
		`'posts', {method: 'POST', credentials: 'include', headers: {'Content-Type': 'application/json'}, body: '{}'}`,
		`'me', {credentials: 'include', headers: {Authorization: 'Bearer `+token+`'}}`,
	)
	refused(other.URL, `'me', {headers: {Authorization: 'Bearer `+token+`'}}`)
}
