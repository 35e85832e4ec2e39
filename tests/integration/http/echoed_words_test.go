package http_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestPublicPages_SayNoWordsOfALink opens every page that a visitor may see by links
// whose parameters hold words of a stranger's choice: none of them stands where people
// read, in the title, or in what others show of the page.
func TestPublicPages_SayNoWordsOfALink(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{DatabaseURL: database(t), Environ: []string{"RATE_LIMIT=off"}})
			cursor := cursorOf(t, p.URL)
			const words = "your-account-is-blocked"
			query := url.Values{"cursor": {cursor}}
			for _, named := range []string{
				"tag", "q", "query", "search", "title", "heading", "name", "author", "message", "text", "error", "error_description", "reason", "notice", "flash",
				"token", "state", "code", "interval", "currency", "plan", "checkout", "what", "provider", "login_hint", "email", "to", "from", "after", "act", "v", "format",
			} {
				query.Set(named, words)
			}
			back := url.Values{"return_to": {"/" + words}}
			without, tagOnly := url.Values{"tag": {words}}, url.Values{"tag": {words}, "cursor": {cursor}}
			routes, err := p.App.Routes()
			if err != nil {
				t.Fatal(err)
			}
			asked := 0
			for _, route := range routes {
				if route.Method != http.MethodGet || route.Access != "public" || strings.HasPrefix(route.Path, "/dev/") {
					continue
				}
				filled := parameter.ReplaceAllString(route.Path, words)
				for _, path := range []string{filled, filled + "?" + query.Encode(), filled + "?" + back.Encode(), filled + "?" + without.Encode(), filled + "?" + tagOnly.Encode()} {
					status, contentType, body := openPage(t, p.URL+path)
					asked++
					if status < 300 && parameter.MatchString(route.Path) {
						t.Errorf("%s: %d, though nothing has that name", path, status)
					}
					if route.Path == "/search" { // what is looked for stands in its field, and nowhere else
						body = strings.Replace(body, `value="`+words+`"`, "", 1)
					}
					shown := body
					if strings.HasPrefix(contentType, "text/html") {
						shown = fixture.ShownText(t, body)
					}
					if strings.Contains(shown, words) || strings.Contains(shown, strings.ReplaceAll(words, "-", " ")) {
						at := strings.Index(shown, words)
						t.Errorf("%s: %d, it says %q", path, status, shown[max(at-60, 0):min(at+60, len(shown))])
					}
				}
			}
			if asked < 100 {
				t.Errorf("only %d pages", asked)
			}
			for path, want := range map[string]int{
				"/posts?tag=" + words: 404, "/tags/" + words: 404, "/posts?" + tagOnly.Encode(): 404, "/tags/" + words + "?cursor=" + url.QueryEscape(cursor): 404,
				"/posts?tag=craft": 200, "/tags/craft": 200, "/posts": 200, "/posts?cursor=" + url.QueryEscape(cursor): 200,
				"/tags/craft?cursor=" + url.QueryEscape(cursor): 200,
			} {
				if status, _, _ := openPage(t, p.URL+path); status != want {
					t.Errorf("%s: %d, want %d", path, status, want)
				}
			}
		})
	}
}

// cursorOf is where the list of all posts goes on.
func cursorOf(t *testing.T, site string) string {
	t.Helper()
	var list struct {
		NextCursor string `json:"next_cursor"`
	}
	(fixture.Correspondent{T: t, HTTP: http.DefaultClient, Site: site}).JSON("GET", "/api/v1/posts?limit=1", "", http.StatusOK, &list)
	if list.NextCursor == "" {
		t.Fatal("one page holds all posts")
	}
	return list.NextCursor
}

func openPage(t *testing.T, address string) (status int, contentType, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Content-Type"), string(text)
}
