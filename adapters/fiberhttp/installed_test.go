package fiberhttp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

// deviceFiles has a manifest and a worker.
type deviceFiles struct{ assets.Store }

func (f deviceFiles) Lookup(path, acceptEncoding string) (assets.Asset, bool) {
	switch path {
	case "/manifest.webmanifest":
		return assets.Asset{Body: []byte(`{"id": "/"}`), ContentType: "application/manifest+json", ETag: `"m"`}, true
	case "/sw.js":
		return assets.Asset{Body: []byte("worker();\n"), ContentType: "text/javascript; charset=utf-8", ETag: `"w"`}, true
	}
	return f.Store.Lookup(path, acceptEncoding)
}

func (deviceFiles) Roots() []string { return []string{"/manifest.webmanifest", "/sw.js"} }

func readPage(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
	return fiberhttp.Bytes("text/plain", []byte("read")), nil
}

func untagged(*fiberhttp.Request) []string { return nil }

func TestOffline_IsInTheWorkerAndTheManifestOfTheRunningProgram(t *testing.T) {
	t.Parallel()
	settings := fiberhttptest.Settings(t)
	settings.Assets = deviceFiles{settings.Assets}
	s := fiberhttptest.MustNew(t, settings)
	s.Page(http.MethodGet, "/notes/{name}", fiberhttp.Public(), readPage, fiberhttp.Cached(untagged))
	s.Page(http.MethodGet, "/notes", fiberhttp.Public(), readPage, fiberhttp.Cached(untagged))
	s.Page(http.MethodGet, "/desk/share", fiberhttp.SignedIn(), readPage)
	s.Page(http.MethodPost, "/desk/share", fiberhttp.SignedIn(), readPage, fiberhttp.FromBrowser("fills a form"))
	s.Private("/desk")
	s.Offline("/notes/{name}")
	s.Shortcut("Notes", "/notes")
	s.ShareTarget("/desk/share")
	c := fiberhttptest.Serve(t, s)
	worker := c.Get("/sw.js", "").Body
	line, rest, _ := strings.Cut(worker, "\n")
	text, ok := strings.CutPrefix(strings.TrimSuffix(line, ";"), "const NEOFORGE_SITE = ")
	var policy struct {
		Edition        string
		Pages, Private []string
		Share          string
	}
	if err := json.Unmarshal([]byte(text), &policy); err != nil || !ok || rest != "worker();\n" {
		t.Fatalf("the worker is %s: %v", worker, err)
	}
	if len(policy.Pages) != 1 || policy.Pages[0] != "/notes/{name}" || strings.Join(policy.Private, " ") != "/api/ /desk" || policy.Edition == "" || policy.Share != "/desk/share" {
		t.Errorf("the policy is %+v", policy)
	}
	manifest := c.Get("/manifest.webmanifest", "").Body
	for _, want := range []string{`"name": "Forge"`, `"shortcuts": [{"name":"Notes","url":"/notes"}]`, `"action":"/desk/share"`} {
		if !strings.Contains(manifest, want) {
			t.Errorf("the manifest lacks %s:\n%s", want, manifest)
		}
	}
}

func TestOffline_RefusesWhatIsNotTheSameForEverybody(t *testing.T) {
	t.Parallel()
	for want, declare := range map[string]func(s *fiberhttp.Server){
		"which no route serves":            func(s *fiberhttp.Server) { s.Offline("/nowhere") },
		"/mine, which is not the same for": func(s *fiberhttp.Server) { s.Offline("/mine") },
		"/open, which is not the same for": func(s *fiberhttp.Server) { s.Offline("/open") },
		"/now, which is not the same for":  func(s *fiberhttp.Server) { s.Offline("/now") },
		"which is another page with each":  func(s *fiberhttp.Server) { s.Offline("/list") },
		"which takes every path":           func(s *fiberhttp.Server) { s.Offline("/any/{rest...}") },
		"among the private paths":          func(s *fiberhttp.Server) { s.Private("/kept/"); s.Offline("/kept/{name}") },
		"a shortcut to /mine":              func(s *fiberhttp.Server) { s.Shortcut("Mine", "/mine") },
		"what devices share, /nowhere":     func(s *fiberhttp.Server) { s.ShareTarget("/nowhere") },
		"what devices share, /mine, which takes no POST": func(s *fiberhttp.Server) {
			s.Page(http.MethodPost, "/mine", fiberhttp.SignedIn(), readPage)
			s.ShareTarget("/mine")
		},
		"target of what devices share": func(s *fiberhttp.Server) { s.ShareTarget("/open"); s.Owner("another"); s.ShareTarget("/mine") },
	} {
		s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
		s.Page(http.MethodGet, "/mine", fiberhttp.SignedIn(), readPage)
		s.Page(http.MethodGet, "/open", fiberhttp.Public(), readPage)
		s.Page(http.MethodGet, "/now", fiberhttp.Public(), readPage, fiberhttp.Cached(untagged), fiberhttp.Revalidated())
		s.Page(http.MethodGet, "/list", fiberhttp.Public(), readPage, fiberhttp.Cached(untagged, "cursor"))
		s.Page(http.MethodGet, "/any/{rest...}", fiberhttp.Public(), readPage, fiberhttp.Cached(untagged))
		s.Page(http.MethodGet, "/kept/{name}", fiberhttp.Public(), readPage, fiberhttp.Cached(untagged))
		declare(s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, have %v", want, err)
		}
	}
}
