package http_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestInput_IsRefusedOnEveryRouteBeforeTheDatabase sends every route of the program,
// as an administrator, what Postgres does not keep: U+0000 and bytes that are not
// UTF-8, in the path, the query, a form and JSON.
func TestInput_IsRefusedOnEveryRouteBeforeTheDatabase(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{DatabaseURL: url(t), Environ: []string{"RATE_LIMIT=off"}})
			unkept(t, p)
		})
	}
}

func unkept(t *testing.T, p *program.Program) {
	routes, err := p.App.Routes()
	if err != nil {
		t.Fatal(err)
	}
	client := p.SignedIn(t, "ada@neoforge.test")
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ask := func(method, path, contentType string, body []byte, headers ...string) (int, []byte) {
		t.Helper()
		r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, p.URL+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "application/json")
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, text
	}
	asked := 0
	for _, route := range routes {
		if route.Path == "/logout" || strings.HasSuffix(route.Path, "/auth/logout") {
			continue // ends the session that asks; its body is nobody's
		}
		filled := parameter.ReplaceAllString(route.Path, "x")
		for _, bad := range []string{"%00", "%ff", "a%00b"} {
			for _, path := range []string{parameter.ReplaceAllLiteralString(route.Path, bad), filled + "?q=" + bad, filled + "?" + bad + "=1"} {
				if path == route.Path {
					continue
				}
				asked++
				if status, body := ask(route.Method, path, "", nil); status != http.StatusBadRequest || route.Method != http.MethodHead && !bytes.Contains(body, []byte("http.invalid_text")) {
					t.Errorf("%s %s: %d %.200s", route.Method, path, status, body)
				}
			}
		}
		if route.Method == http.MethodGet {
			continue
		}
		for contentType, body := range map[string][]byte{
			"application/x-www-form-urlencoded": []byte("name=%00&email=%ff&title=%00"),
			"application/json":                  []byte(`{"email":"\u0000@example.com","password":"\u0000","name":"\u0000","token":"\u0000","title":"\u0000"}`),
			"application/json; charset=utf-8":   []byte("{\"email\":\"\xff\",\"name\":\"\xff\"}"),
			"application/problem+json":          []byte(`{"\u0000":1,"a":{"\u0000":1}}`),
			"application/merge-patch+json":      []byte(`{"email":"\u0000@example.com","password":"\u0000","name":"\u0000","token":"\u0000","title":"\u0000"}`),
			"json":                              []byte("{\"email\":\"\xff\",\"name\":\"\xff\"}"),
			"; charset=utf-8":                   []byte(`{"email":"\u0000@example.com","name":"\u0000"}`),
		} {
			asked++
			if status, text := ask(route.Method, filled, contentType, body, "Idempotency-Key", "k", "If-Match", `"1"`); status >= 500 || status < 300 && !strings.HasPrefix(route.Path, "/dev/") {
				t.Errorf("%s %s with %s: %d %.200s", route.Method, filled, contentType, status, text)
			}
		}
	}
	if status, body := ask("POST", "/api/v1/billing/checkout", "application/json", []byte(`{"price_id":"x"}`), "Idempotency-Key", "\xff"); status != http.StatusBadRequest {
		t.Errorf("a header that is kept: %d %s", status, body)
	}
	if asked < 1000 {
		t.Errorf("only %d requests", asked)
	}
}
