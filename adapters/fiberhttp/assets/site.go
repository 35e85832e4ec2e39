package assets

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"slices"
	"sync"
)

// Site is what the manifest and the offline worker say of a program. Both come from the running program and not from the
// bundle: one bundle serves programs of several lists of modules, and development and release agree.
type Site struct {
	Name    string
	Edition string // changes with what pages are made of: copies of another one are fetched again
	// Pages are patterns of public pages that browsers keep once they were read ("/posts/{slug}"), and Private are paths
	// under which they keep nothing.
	Pages, Private []string
	Shortcuts      []Shortcut
	// ShareTarget is the path that takes what other programs of the device share, as a form of title, text and url; empty:
	// none. The offline worker keeps the form and goes on to the same path with ?kept=ID; without a worker the form is sent.
	ShareTarget string
}

// Shortcut is a page to which the icon of an installed site leads directly.
type Shortcut struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// For answers a store whose manifest and offline worker are a site's own. What the manifest of a product says itself stays.
func For(s Store, site Site) Store { return &siteStore{Store: s, site: site} }

type siteStore struct {
	Store
	site Site

	mu     sync.Mutex
	of     string // the ETag of the worker that was completed
	worker Asset
	packed Asset
}

func (s *siteStore) Lookup(requestPath, acceptEncoding string) (Asset, bool) {
	switch requestPath {
	case urlManifest:
		a, ok := s.Store.Lookup(requestPath, "")
		return s.completeManifest(a), ok
	case urlWorker:
		a, ok := s.Store.Lookup(requestPath, "")
		if !ok {
			return a, false
		}
		plain, packed := s.completeWorker(a)
		if choose(acceptEncoding, func(encoding string) bool { return encoding == "gzip" }) != "" && packed.Body != nil {
			return packed, true
		}
		return plain, true
	}
	return s.Store.Lookup(requestPath, acceptEncoding)
}

func (s *siteStore) Manifest() Asset { return s.completeManifest(s.Store.Manifest()) }

func (s *siteStore) ServiceWorker() Asset {
	plain, _ := s.completeWorker(s.Store.ServiceWorker())
	return plain
}

// completeManifest writes what a manifest without a name lacks before everything else that it says.
func (s *siteStore) completeManifest(a Asset) Asset {
	var said map[string]json.RawMessage
	rest, isObject := bytes.CutPrefix(bytes.TrimSpace(a.Body), []byte("{"))
	if err := json.Unmarshal(a.Body, &said); err != nil || !isObject {
		return a
	}
	var out bytes.Buffer
	out.WriteString("{")
	add := func(name string, value any) {
		text, err := json.Marshal(value)
		if _, has := said[name]; has || err != nil {
			return
		}
		out.WriteString("\n  \"" + name + "\": ")
		out.Write(text)
		out.WriteString(",")
	}
	if _, own := said["name"]; !own {
		add("name", s.site.Name)
		add("short_name", s.site.Name)
	}
	if len(s.site.Shortcuts) > 0 {
		add("shortcuts", s.site.Shortcuts)
	}
	if s.site.ShareTarget != "" {
		add("share_target", map[string]any{
			"action": s.site.ShareTarget, "method": "POST", "enctype": "application/x-www-form-urlencoded",
			"params": map[string]string{"title": "title", "text": "text", "url": "url"},
		})
	}
	if out.Len() == 1 {
		return a
	}
	out.Write(rest)
	out.WriteString("\n")
	a.Body = out.Bytes()
	a.ETag, a.Encoding, a.Vary = etag(a.Body, ""), "", ""
	return a
}

// completeWorker has the worker begin with the site's policy (see web/pwa/policy.js), and answers it as it is and packed.
func (s *siteStore) completeWorker(a Asset) (plain, packed Asset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.ETag != "" && s.of == a.ETag {
		return s.worker, s.packed
	}
	list := func(texts []string) []string {
		return append([]string{}, slices.Compact(slices.Sorted(slices.Values(texts)))...)
	}
	text, err := json.Marshal(map[string]any{"edition": s.site.Edition, "pages": list(s.site.Pages), "private": list(s.site.Private), "share": s.site.ShareTarget})
	if err != nil { // of texts alone there is none
		return a, Asset{}
	}
	plain = a
	plain.Body = slices.Concat([]byte("const NEOFORGE_SITE = "), text, []byte(";\n"), a.Body)
	plain.ETag, plain.Encoding, plain.Vary = etag(plain.Body, ""), "", "Accept-Encoding"
	var small bytes.Buffer
	w := gzip.NewWriter(&small)
	if _, err := w.Write(plain.Body); err == nil && w.Close() == nil {
		packed = plain
		packed.Body, packed.Encoding, packed.ETag = small.Bytes(), "gzip", etag(plain.Body, "gzip")
	}
	s.of, s.worker, s.packed = a.ETag, plain, packed
	return plain, packed
}
