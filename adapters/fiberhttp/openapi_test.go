package fiberhttp_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/billinghttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/contenthttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/dochttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
)

// described is the whole site without a database.
func described(t *testing.T) *fiberhttp.Server {
	t.Helper()
	s := fiberhttptest.MustNew(t, fiberhttp.Config{SiteName: "NeoForge", BaseURL: "http://localhost:8080", Describe: true})
	for _, err := range []error{
		identityhttp.Register(s, identityhttp.Deps{}), contenthttp.Register(s, contenthttp.Deps{}),
		billinghttp.Register(s, billinghttp.Deps{}), dochttp.Register(s, dochttp.Deps{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

const golden = "openapi.golden.json"

// TestOpenAPI_IsWhatTheGoldenFileSays compares the description with the one that
// was reviewed. NEOFORGE_UPDATE=1 writes it anew.
func TestOpenAPI_IsWhatTheGoldenFileSays(t *testing.T) {
	t.Parallel()
	doc, err := described(t).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, doc, "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	if os.Getenv("NEOFORGE_UPDATE") != "" {
		if err := os.WriteFile(golden, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, pretty.Bytes()) {
		t.Errorf("the API is not what %s says; if that is meant, run NEOFORGE_UPDATE=1 go test ./adapters/fiberhttp/", golden)
	}
}

func TestOpenAPI_NamesSecurityAndProblems(t *testing.T) {
	t.Parallel()
	doc, err := described(t).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var api struct {
		OpenAPI    string
		Components struct {
			Schemas         map[string]any
			SecuritySchemes map[string]any
		}
		Paths map[string]map[string]struct {
			Security  []map[string][]string
			Responses map[string]struct{ Content map[string]any }
		}
	}
	if err := json.Unmarshal(doc, &api); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(api.OpenAPI, "3.1") || api.Components.SecuritySchemes["session"] == nil || api.Components.SecuritySchemes["bearer"] == nil {
		t.Errorf("version %q, schemes %v", api.OpenAPI, api.Components.SecuritySchemes)
	}
	if api.Components.Schemas["ErrorModel"] != nil || api.Components.Schemas["Problem"] == nil {
		t.Errorf("errors are described as %v", api.Components.Schemas)
	}
	access := map[string]string{}
	for _, r := range described(t).Routes() {
		access[strings.ToLower(r.Method)+" "+r.Path] = r.Access
	}
	if len(api.Paths) < 15 {
		t.Fatalf("%d paths", len(api.Paths))
	}
	for path, operations := range api.Paths {
		for method, op := range operations {
			if _, ok := op.Responses["default"].Content["application/problem+json"]; !ok {
				t.Errorf("%s %s does not describe its problems", method, path)
			}
			if public := len(op.Security) == 0; public != (access[method+" "+path] == "public") {
				t.Errorf("%s %s: security %v, access %q", method, path, op.Security, access[method+" "+path])
			}
		}
	}
}

func TestRoutes_HoldTheFixedPoints(t *testing.T) {
	t.Parallel()
	s := described(t)
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	have := map[string]string{}
	for _, r := range s.Routes() {
		have[r.Method+" "+r.Path] = r.Access
	}
	for route, access := range map[string]string{
		"GET /": "public", "GET /posts": "public", "GET /posts/{slug}": "public", "GET /tags/{tag}": "public", "GET /authors/{handle}": "public",
		"GET /feed.xml": "public", "GET /sitemap.xml": "public", "GET /robots.txt": "public", "GET /pricing": "public", "GET /docs": "public",
		"GET /login": "public", "POST /login": "public", "POST /logout": "public", "GET /auth/{provider}": "public",
		"GET /auth/{provider}/callback": "public", "POST /auth/{provider}/callback": "public",
		"GET /account": "signed in", "POST /account/sessions/{id}/revoke": "signed in", "GET /billing": "signed in", "POST /billing/checkout": "signed in",
		"GET /studio": "content.post.write", "POST /studio/posts": "content.post.write", "POST /studio/posts/{id}": "content.post.write",
		"POST /webhooks/{provider}": "public", "GET /healthz": "public", "GET /readyz": "public", "GET /api/openapi.json": "public",
		"GET /.well-known/jwks.json": "public", "GET /.well-known/security.txt": "public", "GET /sw.js": "public", "GET /manifest.webmanifest": "public",
		"POST /api/v1/auth/login": "public", "POST /api/v1/auth/refresh": "public", "POST /api/v1/auth/logout": "signed in", "GET /api/v1/me": "signed in",
		"GET /api/v1/me/sessions": "signed in", "DELETE /api/v1/me/sessions/{id}": "signed in",
		"GET /api/v1/posts": "public", "GET /api/v1/posts/{slug}": "public", "POST /api/v1/posts": "content.post.write",
		"PATCH /api/v1/posts/{id}": "content.post.write", "POST /api/v1/posts/{id}/publish": "content.post.write",
		"POST /api/v1/posts/{id}/unpublish": "content.post.write", "GET /api/v1/posts/{id}/revisions": "content.post.write", "POST /api/v1/posts/preview": "content.post.write",
		"GET /api/v1/billing/plans": "public", "POST /api/v1/billing/checkout": "signed in", "GET /api/v1/billing/subscription": "signed in", "GET /api/v1/billing/entitlements": "signed in",
	} {
		if have[route] != access {
			t.Errorf("%s: access %q, want %q", route, have[route], access)
		}
	}
}
